// What `tlc explain` prints and every program carries: parameters, data, phase tables, and the cost of it all.
#pragma once
#include "compiler/sema/CheckedProgram.h"
#include <map>

namespace tl {

/// How a step updates a table of which it takes rows by number.
struct TableUpdate {
  std::string name;
  int64_t rows = 0, named = 0;  // of the table; by the ids of a step
  std::string why;              // all rows are walked; empty: only those named
};

/// What only later rooms know of a function: its scratch memory, what its kernels have on the stack, and the floating-point operations of one call.
struct FunctionCost {
  int64_t workBytes = 0, stackBytes = 0;
  int64_t flops = 0;
  std::vector<std::string> frozenOnPath;  // frozen parameters that the gradients of trained ones still pass through
  std::vector<TableUpdate> tables;
  int64_t tilesOfFour = 0, tilesOfTwo = 0; // convolutions and their gradients that are computed in tiles of 4 x 4 and 2 x 2 results
  // Of a training step before anything is cached: up to its loss, from there to its gradients, and to all gradients were
  // nothing frozen. 0 where no phase freezes anything.
  int64_t forward = 0, backward = 0, backwardOfAll = 0;
  // Where its stage has a budget of memory.
  int64_t budget = 0, workBytesKept = 0;       // what its work would take were nothing computed again
  std::map<std::string, int64_t> again;  // what is: operations by line of the script
};

/// `program` as the rooms after `check` have filled it in, `phases` as `check` has them. `costs` by function name, may be empty: then
/// scratch sizes come from the program where the plan has filled them in.
std::string explain(const abi::Program &program, const CheckedProgram::PhaseTable &phases,
                    const std::map<std::string, FunctionCost> &costs = {});

/// A line for each split with texts that are longer than their fields. All texts that fit in memory are read for it, which takes what the start of the program takes.
std::string explainCuts(const abi::Program &program);

}  // namespace tl
