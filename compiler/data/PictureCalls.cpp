// What one step on pictures says, `random_resized_crop(image, 224, least = 0.3)`, as their reader takes it.
#include "compiler/data/DataChecks.h"

namespace tl {

using Kind = ast::Expr::Kind;

namespace {

constexpr int64_t mostSide = 16'384;

struct Form {
  pictures::Step::Kind kind;
  std::vector<std::string> byPlace; // arguments that need no name, in their order, behind the picture
  bool hasFilter;
  const char *takes, *example;
};

/// Those that are drawn have the arguments and defaults of the library's augmentations.
const std::map<std::string, Form> forms = {
    {"resize", {pictures::Step::Kind::Resize, {"size"}, true, "a size and `by = \"bilinear\"` or `\"bicubic\"`", "resize(image, 256), the shorter side, or resize(image, [224, 224])"}},
    {"centre_crop", {pictures::Step::Kind::CentreCrop, {"size"}, false, "a size", "centre_crop(image, 224)"}},
    {"random_resized_crop",
     {pictures::Step::Kind::RandomResizedCrop, {"size", "least", "most", "narrow", "wide"}, true, "a size, `least`, `most`, `narrow`, `wide` and `by`", "random_resized_crop(image, 224)"}},
    {"flip", {pictures::Step::Kind::Flip, {"p"}, false, "a probability `p`", "flip(image)"}}};

std::string text(double number) {
  char shown[32];
  snprintf(shown, sizeof shown, "%.6g", number);
  return shown;
}

/// The arguments that are numbers, by their names.
std::map<std::string, double *> numbersOf(pictures::Step &step) {
  auto &[least, most, narrow, wide] = step.part;
  return {{"least", &least}, {"most", &most}, {"narrow", &narrow}, {"wide", &wide}, {"p", &step.probability}};
}

/// What is wrong with the numbers of a step; "": nothing.
std::string problemOf(const pictures::Step &step) {
  const auto &[least, most, narrow, wide] = step.part;
  if (!(least > 0 && least <= most && most <= 1))
    return "takes a share of the area above 0 and up to 1, the lower one first, and here least = " + text(least) + ", most = " + text(most);
  if (!(narrow > 0 && narrow <= wide))
    return "takes a width over a height above 0, the lower one first, and here narrow = " + text(narrow) + ", wide = " + text(wide);
  if (!(step.probability >= 0 && step.probability <= 1))
    return "takes a probability from 0 to 1, and here p = " + text(step.probability);
  return "";
}

} // namespace

const std::string &nameOfStep(const ast::Expr &step) { return step.kind == Kind::Name ? step.text : step.operands.front()->text; }

bool isPictureStep(const ast::Expr &expr, const Library &library) {
  if (expr.kind != Kind::Name && (expr.kind != Kind::Call || expr.operands.front()->kind != Kind::Name))
    return false;
  const std::string &name = nameOfStep(expr);
  auto form = forms.find(name);
  if (form == forms.end())
    return false;
  const ast::Definition *declared = library.definition(name, expr.span.file);
  return !declared || (isDrawnStep(expr) && declared->kind == ast::Definition::Kind::Augment && library.isStandard(declared->span.file));
}

bool isDrawnStep(const ast::Expr &step) { return pictures::Step{.kind = forms.at(nameOfStep(step)).kind}.isDrawn(); }

std::optional<pictures::Size> DataChecks::pictureSize(const ast::Expr &size, const std::string &step, bool isShorterSide) {
  std::vector<int64_t> sides;
  std::vector<const ast::Expr *> each;
  if (size.kind == Kind::List)
    for (const ast::ExprPtr &item : size.operands)
      each.push_back(item.get());
  else
    each.push_back(&size);
  if (each.size() > 2 || each.empty() || (size.kind == Kind::List && each.size() != 2)) {
    declared.report(Diag::PictureStep, size.span, "`" + step + "` takes a height and a width, and here are " + std::to_string(each.size()) + " numbers").help =
        "write " + step + "(image, [96, 128]), height first";
    return std::nullopt;
  }
  for (const ast::Expr *side : each) {
    dims.evaluateIn(*side);
    std::optional<int64_t> pixels = declared.integer(*side, "the size that `" + step + "` gives");
    if (pixels && (*pixels < 1 || *pixels > mostSide)) {
      declared.report(Diag::PictureStep, side->span, "`" + step + "` makes pictures of 1 to 16,384 pixels a side, and this is " + std::to_string(*pixels));
      return std::nullopt;
    }
    if (!pixels)
      return std::nullopt;
    sides.push_back(*pixels);
  }
  if (sides.size() == 1 && isShorterSide)
    return pictures::Size{0, sides[0]};
  return pictures::Size{sides.front(), sides.back()};
}

/// `"bilinear"` or `"bicubic"`.
std::optional<pictures::Filter> DataChecks::pictureFilter(const ast::Expr &value) {
  const std::string filter = value.kind == Kind::String ? value.text : "";
  if (filter == "bilinear" || filter == "bicubic")
    return filter == "bicubic" ? pictures::Filter::Bicubic : pictures::Filter::Bilinear;
  std::string near = nearest(filter, {"bilinear", "bicubic"});
  declared.report(Diag::PictureStep, value.span, "pictures are resized by \"bilinear\" or \"bicubic\"" + (filter.empty() ? "" : ", not by \"" + filter + "\"")).help =
      near.empty() ? "" : "did you mean \"" + near + "\"?";
  return std::nullopt;
}

/// nullopt after an error.
std::optional<pictures::Step> DataChecks::pictureStep(const PictureCall &said) {
  const ast::Expr &call = *said.step;
  const std::string &name = nameOfStep(call);
  const Form &form = forms.at(name);
  pictures::Step step{.kind = form.kind};
  std::map<std::string, double *> numbers = numbersOf(step);
  size_t place = 0;
  bool hasSize = false;
  for (size_t i = said.given; i < call.arguments.size(); ++i) {
    const ast::Argument &argument = call.arguments[i];
    const ast::Expr &value = *argument.value;
    const std::string meant = !argument.name.empty() ? argument.name : place < form.byPlace.size() ? form.byPlace[place++]
                                                                                                   : "";
    if (meant == "by" && form.hasFilter) {
      std::optional<pictures::Filter> filter = pictureFilter(value);
      if (!filter)
        return std::nullopt;
      step.filter = *filter;
    } else if (std::find(form.byPlace.begin(), form.byPlace.end(), meant) == form.byPlace.end()) {
      declared.report(Diag::ArgumentUnknown, argument.name.empty() ? value.span : argument.nameSpan, "`" + name + "` takes " + form.takes + ", not this" + (argument.name.empty() ? "" : " `" + argument.name + "`")).help =
          argument.name == "scale" || argument.name == "ratio" ? "scale = (a, b) is least = a, most = b; ratio = (a, b) is narrow = a, wide = b" : "";
      return std::nullopt;
    } else if (meant == "size") {
      std::optional<pictures::Size> size = pictureSize(value, name, form.kind == pictures::Step::Kind::Resize);
      if (!size)
        return std::nullopt;
      step.size = *size;
      hasSize = true;
    } else {
      dims.evaluateIn(value);
      std::optional<double> number = declared.number(value, "`" + meant + "` of `" + name + "`");
      if (!number)
        return std::nullopt;
      *numbers.at(meant) = *number;
    }
  }
  if (!hasSize && form.byPlace.front() == "size") {
    declared.report(Diag::ArgumentMissing, call.span, "`" + name + "` does not say the size").help = std::string("write ") + form.example;
    return std::nullopt;
  }
  if (std::string problem = problemOf(step); !problem.empty()) {
    declared.report(Diag::PictureStep, call.span, "`" + name + "` " + problem);
    return std::nullopt;
  }
  return step;
}

} // namespace tl
