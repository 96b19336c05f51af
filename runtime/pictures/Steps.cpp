// Steps one after the other; of what is cut away behind a resize nothing is computed.
#include "runtime/pictures/Steps.h"
#include "runtime/io/Error.h"
#include "runtime/pictures/Decode.h"
#include <algorithm>
#include <charconv>
#include <sstream>

namespace tl::pictures {

static Size sizeAfterResize(const Step &step, Size size) {
  Size made = step.size;
  if (made.height == 0) {
    int64_t side = step.size.width, shorter = std::min(size.height, size.width), longer = std::max(size.height, size.width);
    made = {side, side};
    (size.height > size.width ? made.height : made.width) = side * longer / shorter;
  }
  if (made.height > mostPixels || made.width > mostPixels || made.pixels() > mostPixels)
    throw badData("`resize` would make it " + textOf(made) + " pixels of " + textOf(size) + ", more than the 64 million that a picture may have; give both sides: resize(image, [" +
                  std::to_string(std::max(step.size.height, step.size.width)) + ", " + std::to_string(step.size.width) + "])");
  return made;
}

/// As many pixels on either side; of an odd number too many, half of it rounded to an even number stands before.
static Window centreOf(const Step &step, Size size) {
  if (step.size.height > size.height || step.size.width > size.width)
    throw badData("`centre_crop` takes " + textOf(step.size) + " pixels, and it has " + textOf(size) + "; make it larger first: resize(image, " +
                  std::to_string(std::max(step.size.height, step.size.width)) + ") |> centre_crop(…)");
  auto before = [](int64_t spare) { return spare / 2 + (spare % 4 == 3); };
  return {before(size.height - step.size.height), before(size.width - step.size.width), step.size};
}

Size Steps::sizeAfter(Size size) const {
  for (const Step &step : steps)
    switch (step.kind) {
    case Step::Kind::Resize: size = sizeAfterResize(step, size); break;
    case Step::Kind::CentreCrop: size = centreOf(step, size).size; break;
    case Step::Kind::RandomResizedCrop: size = step.size; break;
    case Step::Kind::Flip: break;
    }
  return size;
}

std::optional<Size> Steps::fixedSize() const {
  for (size_t i = steps.size(); i-- > 0;)
    if (steps[i].kind != Step::Kind::Flip)
      return steps[i].size.height ? std::optional(steps[i].size) : std::nullopt;
  return std::nullopt;
}

/// Left to right.
static void mirror(Picture &picture) {
  const int64_t width = picture.size.width, channels = picture.channels;
  for (int64_t y = 0; y < picture.size.height; ++y)
    for (int64_t x = 0; x < width / 2; ++x)
      std::swap_ranges(picture.row(y) + x * channels, picture.row(y) + (x + 1) * channels, picture.row(y) + (width - 1 - x) * channels);
}

Picture Steps::apply(Picture made, size_t first, Chance *chance) const {
  for (size_t i = first; i < steps.size(); ++i) {
    const Step &step = steps[i];
    if (step.isDrawn() && !chance)
      throw Error(exitInternal, "nothing is drawn but for training");
    switch (step.kind) {
    case Step::Kind::CentreCrop: {
      const Window seen = centreOf(step, made.size);
      made = cut(std::move(made), seen);
      break;
    }
    case Step::Kind::RandomResizedCrop: {
      const Window part = randomPart(step.part, made.size, *chance);
      made = resized(cut(std::move(made), part), step.size, step.filter, {0, 0, step.size});
      break;
    }
    case Step::Kind::Flip:
      if (chance->between(0, 1) < step.probability)
        mirror(made);
      break;
    case Step::Kind::Resize: {
      const Size whole = sizeAfterResize(step, made.size);
      const bool isCut = i + 1 < steps.size() && steps[i + 1].kind == Step::Kind::CentreCrop;
      const Window seen = isCut ? centreOf(steps[i + 1], whole) : Window{0, 0, whole};
      made = resized(std::move(made), whole, step.filter, seen);
      i += isCut;
    }
    }
  }
  return made;
}

Picture Steps::apply(Picture picture) const { return apply(std::move(picture), 0, nullptr); }

Picture Steps::draw(std::string_view bytes, int64_t channels, uint64_t seed) const {
  Chance chance(seed);
  if (steps.empty() || steps.front().kind != Step::Kind::RandomResizedCrop)
    return apply(decode(bytes, channels), 0, &chance);
  const Step &first = steps.front();
  const Window part = randomPart(first.part, headerOf(bytes).size(), chance);
  return apply(resized(decode(bytes, channels, part), first.size, first.filter, {0, 0, first.size}), 1, &chance);
}

/// As short as reads back to the same number.
static std::string textOfNumber(double number) {
  char text[32];
  const auto end = std::to_chars(text, text + sizeof text, number).ptr;
  return {text, end};
}

static std::string textOfStep(const Step &step) {
  const std::string filter = step.filter == Filter::Bicubic ? " bicubic" : " bilinear";
  switch (step.kind) {
  case Step::Kind::Resize: return "resize " + (step.size.height == 0 ? std::to_string(step.size.width) : textOf(step.size)) + filter;
  case Step::Kind::CentreCrop: return "centre_crop " + textOf(step.size);
  case Step::Kind::RandomResizedCrop: {
    const auto &[least, most, narrow, wide] = step.part;
    return "random_resized_crop " + textOf(step.size) + filter + " " + textOfNumber(least) + " " + textOfNumber(most) + " " + textOfNumber(narrow) + " " + textOfNumber(wide);
  }
  case Step::Kind::Flip: break;
  }
  return "flip " + textOfNumber(step.probability);
}

std::string Steps::text() const {
  std::string text;
  for (const Step &step : steps)
    text += (text.empty() ? "" : ", ") + textOfStep(step);
  return text;
}

static Step::Kind kindNamed(const std::string &name) {
  using Kind = Step::Kind;
  return name == "resize" ? Kind::Resize : name == "centre_crop" ? Kind::CentreCrop
                                       : name == "flip"          ? Kind::Flip
                                                                 : Kind::RandomResizedCrop;
}

Steps Steps::parse(const std::string &text) {
  std::vector<Step> steps;
  std::istringstream parts(text);
  for (std::string part; std::getline(parts, part, ',');) {
    std::istringstream words(part);
    std::string name, word;
    Step step;
    words >> name;
    step.kind = kindNamed(name);
    if (step.kind == Step::Kind::Flip) {
      words >> step.probability;
    } else {
      words >> step.size.width >> word;
      if (word == "x") {
        step.size.height = step.size.width;
        words >> step.size.width >> word;
      }
      step.filter = word == "bicubic" ? Filter::Bicubic : Filter::Bilinear;
    }
    if (step.kind == Step::Kind::RandomResizedCrop)
      words >> step.part.least >> step.part.most >> step.part.narrow >> step.part.wide;
    steps.push_back(step);
  }
  return Steps(std::move(steps));
}

} // namespace tl::pictures
