// Laying out what the steps of a scan read again and again.
#pragma once
#include "compiler/ir/TlDialect.h"

namespace tl {

/// What a step would copy or turn of a constant is copied or turned once, before the first: transposes, and the panels
/// that contractions read.
void packForSteps(ir::ScanOp scan);

} // namespace tl
