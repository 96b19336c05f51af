// A session that holds the weights of a checkpoint, and the functions that are called with them.
#include "runtime/program/Model.h"
#include "runtime/abi/ChoiceFunction.h"
#include "runtime/abi/ElementTypes.h"
#include "runtime/checkpoint/Checkpoint.h"

namespace tl::program {

static std::vector<std::string> functionsOf(const abi::Deploy &deploy) {
  std::vector<std::string> names{deploy.function};
  if (!deploy.tokenFunction.empty())
    names.push_back(deploy.tokenFunction);
  if (deploy.repeats)
    names.push_back(abi::choiceFunctionOf(deploy.name));
  return names;
}

Model::Model(Context &context, const abi::Deploy &deploy, const RunFolder &run, const std::string &which)
    : session(context, context.stage(deploy.stage), functionsOf(deploy)), whole(session, context.function(deploy.function)) {
  const abi::Stage &stage = context.stage(deploy.stage);
  session.loadWeights(run.checkpoint(stage.name, whichOf(stage, which, deploy.which)));
  if (char *valid = whole.input("valid"))
    putNumber(DType::F32, valid, 0, 1); // the one record there is
  if (!deploy.tokenFunction.empty())
    token.emplace(session, context.function(deploy.tokenFunction));
  if (deploy.repeats)
    choice.emplace(session, context.function(abi::choiceFunctionOf(deploy.name)));
}

} // namespace tl::program
