// What a script does to pictures as they are read, before they are a field of one size: `image = resize(image, 256) |> centre_crop(224)`.
#pragma once
#include "runtime/pictures/RandomCrop.h"
#include "runtime/pictures/Resize.h"
#include <optional>
#include <string_view>

namespace tl::pictures {

struct Step {
  enum class Kind { Resize, CentreCrop, RandomResizedCrop, Flip } kind = Kind::Resize;
  Size size = {};      // height 0: its width is what the shorter side becomes, and the longer one in proportion
  Filter filter = Filter::Bilinear;
  PartRange part = {};      // of RandomResizedCrop
  double probability = 0.5; // of Flip
  bool isDrawn() const { return kind == Kind::RandomResizedCrop || kind == Kind::Flip; }
  bool operator==(const Step &) const = default;
};

class Steps {
public:
  Steps() = default;
  explicit Steps(std::vector<Step> steps) : steps(std::move(steps)) {}
  /// As the compiler passes them on with a source: "resize 256 bilinear, centre_crop 224 x 224".
  static Steps parse(const std::string &text);
  std::string text() const;
  bool empty() const { return steps.empty(); }

  /// Of a picture of that size. A tl::Error, without the name of a file, where a step cannot be done to it.
  Size sizeAfter(Size size) const;
  /// The size of whatever picture they are done to, where that does not depend on it.
  std::optional<Size> fixedSize() const;
  /// Of steps that draw nothing.
  Picture apply(Picture picture) const;
  /// What the steps make of the picture that a file holds, drawn by `seed` alone: to the bits of decoding it whole, with `channels`. Where the first of them
  /// draws a part, little more than that is decoded.
  Picture draw(std::string_view bytes, int64_t channels, uint64_t seed) const;

private:
  Picture apply(Picture picture, size_t first, Chance *chance) const;
  std::vector<Step> steps;
};

} // namespace tl::pictures
