// Times the compiled training step on one fixed batch, without loader, metrics or logs.
#pragma once
#include "runtime/program/Context.h"

namespace tl::program {

/// `bench STAGE[.PHASE]`: one line of JSON for each phase.
void runBench(Context &context);

}  // namespace tl::program
