// What a script does to pictures as they are read, before they are a field of one size: `image = resize(image, 256) |> centre_crop(224)`.
#pragma once
#include "runtime/pictures/Resize.h"

namespace tl::pictures {

struct Step {
  enum class Kind { Resize, CentreCrop } kind = Kind::Resize;
  Size size;           // height 0: its width is what the shorter side becomes, and the longer one in proportion
  Filter filter = Filter::Bilinear;
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
  Picture apply(Picture picture) const;

private:
  std::vector<Step> steps;
};

} // namespace tl::pictures
