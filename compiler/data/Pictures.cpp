// Pictures of one size: what a step such as `image = resize(image, 256) |> centre_crop(224)` tells their reader.
#include "compiler/data/DataChecks.h"
#include "compiler/syntax/AstWalk.h"
#include "runtime/data/Formats.h"
#include <algorithm>

namespace tl {

using Kind = ast::Expr::Kind;

namespace {

constexpr int64_t mostSide = 16'384;

bool isPictureStep(const ast::Expr &expr, const Library &library) {
  if (expr.kind != Kind::Call || expr.operands.front()->kind != Kind::Name)
    return false;
  const std::string &name = expr.operands.front()->text;
  return (name == "resize" || name == "centre_crop") && !library.definitions.count(name);
}

/// Steps that stand one behind the other, the first of them on a field as it is read.
struct Chain {
  const ast::Expr *field = nullptr;
  struct Step {
    const ast::Expr *call;
    size_t given; // its first argument that is its own: the picture may be piped in
  };
  std::vector<Step> steps;
};

/// `resize(image, 256)`, `image |> resize(256)`, and steps on such.
bool follow(const ast::Expr &expr, const Library &library, Chain &chain) {
  const bool isPiped = expr.kind == Kind::Pipe;
  const ast::Expr &call = isPiped ? *expr.operands[1] : expr;
  if (!isPictureStep(call, library) || (!isPiped && (call.arguments.empty() || !call.arguments.front().name.empty())))
    return false;
  const ast::Expr &picture = isPiped ? *expr.operands[0] : *call.arguments.front().value;
  if (picture.kind == Kind::Name)
    chain.field = &picture;
  else if (!follow(picture, library, chain))
    return false;
  chain.steps.push_back({&call, isPiped ? size_t{0} : size_t{1}});
  return true;
}

const char *const example = "image = resize(image, 256) |> centre_crop(224) |> to_float";

} // namespace

/// "128", or "96 x 128" of a list; "" after an error.
std::string DataChecks::pictureSize(const ast::Expr &size, const std::string &step, bool isShorterSide) {
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
    return "";
  }
  for (const ast::Expr *side : each) {
    dims.evaluateIn(*side);
    std::optional<int64_t> pixels = declared.integer(*side, "the size that `" + step + "` gives");
    if (pixels && (*pixels < 1 || *pixels > mostSide)) {
      declared.report(Diag::PictureStep, side->span, "`" + step + "` makes pictures of 1 to 16,384 pixels a side, and this is " + std::to_string(*pixels));
      return "";
    }
    if (!pixels)
      return "";
    sides.push_back(*pixels);
  }
  if (sides.size() == 1 && isShorterSide)
    return std::to_string(sides[0]);
  return std::to_string(sides.front()) + " x " + std::to_string(sides.back());
}

/// What one call says, as the reader takes it; "" after an error.
std::string DataChecks::pictureStep(const ast::Expr &call, size_t given) {
  const std::string &name = call.operands.front()->text;
  const bool isResize = name == "resize";
  std::string size, filter = "bilinear";
  bool hasSize = false;
  for (size_t i = given; i < call.arguments.size(); ++i) {
    const ast::Argument &argument = call.arguments[i];
    const ast::Expr &value = *argument.value;
    if (argument.name == "size" || (argument.name.empty() && !hasSize)) {
      hasSize = true;
      size = pictureSize(value, name, isResize);
      if (size.empty())
        return "";
    } else if (argument.name == "by" && isResize) {
      filter = value.kind == Kind::String ? value.text : "";
      if (filter != "bilinear" && filter != "bicubic") {
        std::string near = nearest(filter, {"bilinear", "bicubic"});
        declared.report(Diag::PictureStep, value.span, "pictures are resized by \"bilinear\" or \"bicubic\"" + (filter.empty() ? "" : ", not by \"" + filter + "\"")).help =
            near.empty() ? "" : "did you mean \"" + near + "\"?";
        return "";
      }
    } else {
      declared.report(Diag::ArgumentUnknown, argument.name.empty() ? value.span : argument.nameSpan,
                      "`" + name + "` takes a size" + (isResize ? " and `by = \"bilinear\"` or `\"bicubic\"`" : "") + ", not this" + (argument.name.empty() ? "" : " `" + argument.name + "`"));
      return "";
    }
  }
  if (!hasSize) {
    declared.report(Diag::ArgumentMissing, call.span, "`" + name + "` does not say the size").help =
        isResize ? "write resize(image, 256), the shorter side, or resize(image, [224, 224])" : "write centre_crop(image, 224)";
    return "";
  }
  return name + " " + size + (isResize ? " " + filter : "");
}

/// Takes the steps of a field's statement for the readers of `plan`; false after errors. `bound`: the fields of statements before it.
bool DataChecks::takePictureSteps(const ast::Statement &statement, const std::set<std::string> &bound, DataPlan &plan) {
  const size_t before = declared.errorCount();
  std::set<const ast::Expr *> taken;
  eachExpr(*statement.value, [&](const ast::Expr &expr) {
    Chain chain;
    if (declared.errorCount() == before && follow(expr, declared.library, chain) && !taken.contains(chain.steps.back().call)) {
      for (const Chain::Step &step : chain.steps)
        taken.insert(step.call);
      const ast::Expr &first = *chain.steps.front().call;
      auto isNoPicture = [](const ast::Source &source) { return source.reader != data::imagesFormat.name; };
      auto other = std::find_if(plan.ast->sources.begin(), plan.ast->sources.end(), isNoPicture);
      if (other != plan.ast->sources.end() && (chain.field->text == "image" || !bound.contains(chain.field->text)))
        declared.report(Diag::PictureStep, first.span, "`" + first.operands.front()->text + "` changes pictures as `images` reads them, and source `" + other->name + "` is read by `" + other->reader + "`");
      else if (chain.field->text != "image" || bound.contains("image"))
        declared.report(Diag::PictureStep, first.span, bound.contains(chain.field->text) ? "`" + first.operands.front()->text + "` changes pictures as they are read, and `" + chain.field->text + "` has been changed by then" : "`images` reads the field `image`, and this is `" + chain.field->text + "`")
            .help = std::string("write it first: ") + example;
      else if (plan.tokenOptions.contains("images.steps"))
        declared.report(Diag::PictureStep, first.span, "pictures get their size where they are read, and it has been said").help = "make another data of the same files for another size";
      if (declared.errorCount() != before)
        return;
      std::string steps;
      for (const Chain::Step &step : chain.steps) {
        std::string said = pictureStep(*step.call, step.given);
        if (said.empty())
          return;
        steps += (steps.empty() ? "" : ", ") + said;
      }
      plan.tokenOptions["images.steps"] = steps;
    } else if (declared.errorCount() == before && isPictureStep(expr, declared.library) && !taken.contains(&expr)) {
      declared.report(Diag::PictureStep, expr.span, "`" + expr.operands.front()->text + "` changes pictures as they are read, so it comes before all else that is done to them").help =
          std::string("write it first: ") + example;
    }
  });
  return declared.errorCount() == before;
}

} // namespace tl
