// Pictures of one size: what a step such as `image = resize(image, 256) |> centre_crop(224)` tells their reader, and what `if training` has it draw.
#include "compiler/data/DataChecks.h"
#include "compiler/syntax/AstWalk.h"
#include "runtime/abi/DrawnInputs.h"
#include "runtime/data/Formats.h"
#include <algorithm>

namespace tl {

using Kind = ast::Expr::Kind;

namespace {

/// Steps that stand one behind the other, the first of them on a field as it is read.
struct Chain {
  const ast::Expr *field = nullptr;
  std::vector<PictureCall> calls;
  /// The first that draws; null: none does.
  const ast::Expr *drawn() const {
    auto at = std::find_if(calls.begin(), calls.end(), [](const PictureCall &call) { return isDrawnStep(*call.step); });
    return at == calls.end() ? nullptr : at->step;
  }
};

/// `resize(image, 256)`, `image |> resize(256)`, and steps on such.
bool follow(const ast::Expr &expr, const Library &library, Chain &chain) {
  const bool isPiped = expr.kind == Kind::Pipe;
  const ast::Expr &step = isPiped ? *expr.operands[1] : expr;
  if (!isPictureStep(step, library) || (!isPiped && (step.arguments.empty() || !step.arguments.front().name.empty())))
    return false;
  const ast::Expr &picture = isPiped ? *expr.operands[0] : *step.arguments.front().value;
  if (picture.kind == Kind::Name)
    chain.field = &picture;
  else if (!follow(picture, library, chain))
    return false;
  chain.calls.push_back({&step, isPiped ? size_t{0} : size_t{1}});
  return true;
}

/// What a branch of `if training` makes of a picture: steps, or nothing. nullopt where it is anything else.
std::optional<Chain> branchOf(const ast::Block *block, const Library &library) {
  if (!block || block->statements.size() != 1 || block->statements.front().kind != ast::Statement::Kind::Value)
    return std::nullopt;
  const ast::Expr &value = *block->statements.front().value;
  Chain chain;
  if (value.kind == Kind::Name)
    chain.field = &value;
  else if (!follow(value, library, chain))
    return std::nullopt;
  return chain;
}

/// Whether it is `if training` of pictures as they are read: of what is computed from them it is none.
bool isChoice(const ast::Expr &expr, const Library &library) {
  if (expr.kind != Kind::If || expr.operands[0]->kind != Kind::Name || expr.operands[0]->text != "training")
    return false;
  bool has = false;
  for (const ast::Block *block : {expr.thenBlock.get(), expr.elseBlock.get()})
    if (block)
      eachExpr(*block, [&](const ast::Expr &inside) {
        Chain chain;
        has = has || follow(inside, library, chain);
      });
  return has;
}

/// Whether `train` is of this source, wholly or as a part: see checkSplits.
bool isOfTrain(const ast::Data &data, const ast::Source &source) {
  auto isSource = [&](const ast::SplitPart &part) {
    return std::any_of(data.sources.begin(), data.sources.end(), [&](const ast::Source &each) { return each.name == part.name; });
  };
  for (const ast::Split &split : data.splits)
    if (std::any_of(split.parts.begin(), split.parts.end(), [](const ast::SplitPart &part) { return part.name == "train"; })) {
      auto divided = std::find_if(split.parts.begin(), split.parts.end(), isSource);
      return divided == split.parts.end() ? data.sources.size() == 1 : divided->name == source.name;
    }
  return source.name == "train";
}

const char *const example = "image = resize(image, 256) |> centre_crop(224) |> to_float";
const char *const choiceExample = "image = if training { random_resized_crop(image, 224) |> flip() } else { resize(image, 256) |> centre_crop(224) }";

} // namespace

std::string DataChecks::drawnStepsOf(const ast::Source &source, const DataPlan &plan) {
  auto steps = plan.tokenOptions.find(abi::drawnSteps);
  return steps != plan.tokenOptions.end() && isOfTrain(*plan.ast, source) ? steps->second : "";
}

/// That steps on `field`, the first of which is `first`, are done where it is read.
bool DataChecks::checkPictureField(const ast::Expr &field, const ast::Expr &first, const std::set<std::string> &bound, const DataPlan &plan) {
  const std::string name = first.kind == Kind::If ? "if training" : nameOfStep(first);
  auto isNoPicture = [](const ast::Source &source) { return source.reader != data::imagesFormat.name; };
  auto other = std::find_if(plan.ast->sources.begin(), plan.ast->sources.end(), isNoPicture);
  if (other != plan.ast->sources.end() && (field.text == "image" || !bound.contains(field.text)))
    declared.report(Diag::PictureStep, first.span, "`" + name + "` changes pictures as `images` reads them, and source `" + other->name + "` is read by `" + other->reader + "`");
  else if (field.text != "image" || bound.contains("image"))
    declared.report(Diag::PictureStep, first.span, bound.contains(field.text) ? "`" + name + "` changes pictures as they are read, and `" + field.text + "` has been changed by then" : "`images` reads the field `image`, and this is `" + field.text + "`").help =
        std::string("write it first: ") + example;
  else if (plan.tokenOptions.contains("images.steps") || plan.tokenOptions.contains(abi::drawnSteps))
    declared.report(Diag::PictureStep, first.span, "pictures get their size where they are read, and it has been said").help = "make another data of the same files for another size";
  else
    return true;
  return false;
}

std::optional<pictures::Steps> DataChecks::pictureSteps(const std::vector<PictureCall> &calls) {
  std::vector<pictures::Step> steps;
  for (const PictureCall &call : calls) {
    std::optional<pictures::Step> said = pictureStep(call);
    if (!said)
      return std::nullopt;
    steps.push_back(*said);
  }
  return pictures::Steps(std::move(steps));
}

/// `if training { … } else { … }`: what is drawn for training, and what all else sees.
void DataChecks::takePictureChoice(const ast::Expr &choice, const std::set<std::string> &bound, DataPlan &plan) {
  auto refuse = [&](ast::Span span, const std::string &message) { declared.report(Diag::PictureDrawn, span, message).help = choiceExample; };
  const std::optional<Chain> drawn = branchOf(choice.thenBlock.get(), declared.library), other = branchOf(choice.elseBlock.get(), declared.library);
  if (!choice.elseBlock)
    return refuse(choice.span, "it is said what training sees of pictures, and not what all else does");
  if (!drawn || !other)
    return refuse((drawn ? *choice.elseBlock : *choice.thenBlock).span, "what is read of pictures is `image` and steps on it alone; what is computed of them comes behind `if training`");
  for (const Chain *chain : {&*drawn, &*other})
    if (!checkPictureField(*chain->field, chain->calls.empty() ? choice : *chain->calls.front().step, bound, plan))
      return;
  if (!drawn->drawn())
    return refuse(choice.span, "`if training` says what is drawn anew in each epoch, and nothing is drawn in it; what is not is the same for all");
  if (const ast::Expr *step = other->drawn())
    return refuse(step->span, "`" + nameOfStep(*step) + "` draws, and what is not training draws nothing: results would not be comparable");
  if (std::none_of(plan.ast->sources.begin(), plan.ast->sources.end(), [&](const ast::Source &source) { return isOfTrain(*plan.ast, source); }))
    return refuse(choice.span, "it is said what training sees, and `" + plan.ast->name + "` has no `train`");
  const std::optional<pictures::Steps> ofTraining = pictureSteps(drawn->calls), ofOthers = ofTraining ? pictureSteps(other->calls) : std::nullopt;
  if (!ofOthers)
    return;
  const std::optional<pictures::Size> seen = ofTraining->fixedSize(), elsewhere = ofOthers->fixedSize();
  if (seen && elsewhere && *seen != *elsewhere)
    return refuse(choice.span, "training sees pictures of " + textOf(*seen) + " pixels and all else of " + textOf(*elsewhere) + ": a field has one size");
  plan.tokenOptions[abi::drawnSteps] = ofTraining->text();
  if (!ofOthers->empty())
    plan.tokenOptions["images.steps"] = ofOthers->text();
  plan.asRead[&choice] = other->field;
}

/// Takes the steps of a field's statement for the readers of `plan`; false after errors. `bound`: the fields of statements before it.
bool DataChecks::takePictureSteps(const ast::Statement &statement, const std::set<std::string> &bound, DataPlan &plan) {
  const size_t before = declared.errorCount();
  std::set<const ast::Expr *> taken;
  auto take = [&](const ast::Expr &expr) { eachExpr(expr, [&](const ast::Expr &inside) { taken.insert(&inside); }); };
  eachExpr(*statement.value, [&](const ast::Expr &expr) {
    if (declared.errorCount() != before || taken.contains(&expr))
      return;
    Chain chain;
    if (isChoice(expr, declared.library)) {
      take(expr);
      takePictureChoice(expr, bound, plan);
    } else if (follow(expr, declared.library, chain)) {
      take(expr);
      if (const ast::Expr *step = chain.drawn()) {
        declared.report(Diag::PictureDrawn, step->span, "`" + nameOfStep(*step) + "` draws what is read of a picture, and what is not training draws nothing").help = choiceExample;
        return;
      }
      if (!checkPictureField(*chain.field, *chain.calls.front().step, bound, plan))
        return;
      if (std::optional<pictures::Steps> steps = pictureSteps(chain.calls))
        plan.tokenOptions["images.steps"] = steps->text();
    } else if (expr.kind == Kind::Call && isPictureStep(expr, declared.library) && !isDrawnStep(expr)) {
      declared.report(Diag::PictureStep, expr.span, "`" + expr.operands.front()->text + "` changes pictures as they are read, so it comes before all else that is done to them").help =
          std::string("write it first: ") + example;
    }
  });
  return declared.errorCount() == before;
}

} // namespace tl
