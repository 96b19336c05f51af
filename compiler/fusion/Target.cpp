// The target as an attribute of the module.
#include "compiler/fusion/Target.h"
#include "compiler/fusion/KernelDialect.h"
#include "mlir/IR/BuiltinOps.h"

using namespace mlir;

namespace tl {

static constexpr const char *name = "kernel.target";

Target Target::of(Operation *inModule) {
  auto module = isa<ModuleOp>(inModule) ? cast<ModuleOp>(inModule) : inModule->getParentOfType<ModuleOp>();
  auto said = module ? module->getAttrOfType<kernel::TargetAttr>(name) : kernel::TargetAttr();
  if (!said)
    return {};
  return {said.getLanes(), said.getRegisters(), said.getTileRegisters(), said.getVectorsACycle(), said.getLatency(), said.getScalarCost(),
          said.getFarScalarCost(), said.getFarVectorCost(), said.getFirstCache(), said.getWays(), said.getSecondCache(), said.getSharedWork(),
          said.getArenaSpace(), said.getMultipliesPairs(), said.getMultipliesTiles()};
}

void Target::set(ModuleOp module) const {
  module->setAttr(name, kernel::TargetAttr::get(module.getContext(), lanes, registers, tileRegisters, vectorsACycle, latency, scalarCost, farScalarCost,
                                                farVectorCost, firstCache, ways, secondCache, sharedWork, arenaSpace, multipliesPairs, multipliesTiles));
}

} // namespace tl
