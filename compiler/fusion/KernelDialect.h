// The `kernel` dialect: groups of tl ops that run as one loop nest.
#pragma once
#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "compiler/fusion/KernelDialect.h.inc"
#define GET_ATTRDEF_CLASSES
#include "compiler/fusion/KernelAttributes.h.inc"
#define GET_OP_CLASSES
#include "compiler/fusion/KernelOps.h.inc"
