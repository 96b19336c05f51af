// Steps one after the other; of what is cut away behind a resize nothing is computed.
#include "runtime/pictures/Steps.h"
#include "runtime/io/Error.h"
#include <algorithm>
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
    size = step.kind == Step::Kind::Resize ? sizeAfterResize(step, size) : centreOf(step, size).size;
  return size;
}

Picture Steps::apply(Picture made) const {
  for (size_t i = 0; i < steps.size(); ++i) {
    if (steps[i].kind == Step::Kind::CentreCrop) {
      Window seen = centreOf(steps[i], made.size);
      made = cut(std::move(made), seen);
      continue;
    }
    Size whole = sizeAfterResize(steps[i], made.size);
    bool isCut = i + 1 < steps.size() && steps[i + 1].kind == Step::Kind::CentreCrop;
    Window seen = isCut ? centreOf(steps[i + 1], whole) : Window{0, 0, whole};
    made = resized(std::move(made), whole, steps[i].filter, seen);
    i += isCut;
  }
  return made;
}

static std::string textOfSize(const Step &step) { return step.size.height == 0 ? std::to_string(step.size.width) : textOf(step.size); }

std::string Steps::text() const {
  std::string text;
  for (const Step &step : steps) {
    bool isResize = step.kind == Step::Kind::Resize;
    text += (text.empty() ? "" : ", ") + std::string(isResize ? "resize " : "centre_crop ") + textOfSize(step) +
            (!isResize ? "" : step.filter == Filter::Bicubic ? " bicubic"
                                                             : " bilinear");
  }
  return text;
}

Steps Steps::parse(const std::string &text) {
  std::vector<Step> steps;
  std::istringstream parts(text);
  for (std::string part; std::getline(parts, part, ',');) {
    std::istringstream words(part);
    std::string name, word;
    Step step;
    words >> name >> step.size.width >> word;
    step.kind = name == "resize" ? Step::Kind::Resize : Step::Kind::CentreCrop;
    if (word == "x") {
      step.size.height = step.size.width;
      words >> step.size.width >> word;
    }
    step.filter = word == "bicubic" ? Filter::Bicubic : Filter::Bilinear;
    steps.push_back(step);
  }
  return Steps(std::move(steps));
}

} // namespace tl::pictures
