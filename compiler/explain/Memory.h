// What a program needs of memory, as its descriptor and the costs of its functions tell.
#pragma once
#include "compiler/explain/Explain.h"
#include "runtime/program/HoldingPlan.h"

namespace tl {

using Costs = std::map<std::string, FunctionCost>;

int64_t elementsOf(const std::vector<int64_t> &shape);
int64_t bytesOf(const abi::Variable &variable);
/// Where data may take what this machine has left for it, and nothing is made of it yet.
program::HoldingPlan holdingOf(const abi::Program &program);
int64_t dataBytes(const abi::Data &data, const program::HoldingPlan &holding);
/// Scratch of one function.
int64_t workOf(const abi::Function &function, const Costs &costs);
/// Of a stage: its variables, and the largest of its functions' arenas.
int64_t stageBytes(const abi::Program &program, const abi::Stage &stage, const Costs &costs);
int64_t gradientBytes(const abi::Stage &stage);
/// What the program itself will say before it trains, where features may take `cacheBytes`; 0 before the plan.
int64_t peakBytes(abi::Program program, const Costs &costs, const program::HoldingPlan &holding, int64_t cacheBytes);

/// Null where the program has none of that name.
const abi::Function *find(const abi::Program &program, const std::string &name);

}  // namespace tl
