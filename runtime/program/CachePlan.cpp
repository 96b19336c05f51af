// Which features of a phase are kept, and what is said of it.
#include "runtime/program/CachePlan.h"
#include "runtime/io/Units.h"
#include "runtime/program/Feed.h"
#include "runtime/program/Terminal.h"

namespace tl::program {

CachePlan::CachePlan(int64_t trainBytes, int64_t valBytes, int64_t budget) : trainBytes(trainBytes), valBytes(valBytes) {
  keepsTrain = trainBytes > 0 && trainBytes <= budget;
  keepsVal = valBytes > 0 && valBytes <= budget - (keepsTrain ? trainBytes : 0);
}

static int64_t recordsOf(Context &context, const abi::Stage &stage, const Intake &intake) {
  return int64_t(context.records(context.data(stage.data), intake.split).size());
}

static int64_t bytesOf(Context &context, const abi::Stage &stage, const Intake &intake) {
  return intake.features.empty() ? 0
                                 : intake.featureBytes(context.program, recordsOf(context, stage, intake),
                                                       context.dataset(context.data(stage.data), intake.split).records());
}

CachePlan CachePlan::of(Context &context, const abi::Stage &stage, const abi::Phase &phase) {
  return {bytesOf(context, stage, Intake::ofTraining(stage, phase)), bytesOf(context, stage, Intake::ofEvaluation(stage, phase)),
          context.options.cacheBytes};
}

std::vector<std::string> cacheSentences(Context &context, const abi::Stage &stage, const abi::Phase &phase) {
  CachePlan plan = CachePlan::of(context, stage, phase);
  std::vector<std::string> said;
  auto say = [&](const char *before, const Intake &intake, const std::string &reason, bool keeps, int64_t bytes, int64_t left,
                 int64_t featuresFlops, int64_t restFlops, const char *each) {
    if (intake.features.empty()) {
      if (!reason.empty())
        said.push_back(before + ("nothing is cached: " + reason));
      return;
    }
    std::string records = withCommas(recordsOf(context, stage, intake)) + " records";
    if (keeps)
      said.push_back(before + ("features of " + records + " are cached: " + bytesText(bytes) + ", " + flopsText(featuresFlops) +
                               " of " + flopsText(featuresFlops + restFlops) + " a " + each + " saved"));
    else
      said.push_back(before + ("features are computed anew at each " + std::string(each) + ": those of " + records + " take " +
                               bytesText(bytes) + ", and " + bytesText(left) + " may be cached"));
  };
  int64_t budget = context.options.cacheBytes;
  say("", Intake::ofTraining(stage, phase), phase.notCached, plan.keepsTrain, plan.trainBytes, budget, phase.featuresFlops,
      phase.stepFlops, "step");
  const abi::Evaluation &evaluation = phase.evaluation;
  say("in evaluation ", Intake::ofEvaluation(stage, phase), evaluation.notCached, plan.keepsVal, plan.valBytes,
      budget - (plan.keepsTrain ? plan.trainBytes : 0), evaluation.featuresFlops, evaluation.flops, "batch");
  return said;
}

}  // namespace tl::program
