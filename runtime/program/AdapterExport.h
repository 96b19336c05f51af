// `./prog export STAGE.best FOLDER --adapter`: what a stage's adapters have, apart from the weights that they adapt, as PEFT lays it out.
#pragma once
#include "runtime/program/PublishedExport.h"

namespace tl::program {

void exportAdapters(Context &context, const abi::Stage &stage, const std::vector<ExportedWeight> &all, const std::string &folder);

} // namespace tl::program
