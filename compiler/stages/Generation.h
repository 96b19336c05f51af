// What continues a text: the functions of a deployed entry that repeats.
#pragma once
#include "compiler/stages/Draft.h"
#include "compiler/stages/Plans.h"

namespace tl {

class Generation {
public:
  Generation(const Declared &declared, Draft &draft) : declared(declared), draft(draft) {}

  /// Adds the functions of an entry to the program, once for a whole window and, where the model can, for one token.
  void add(const ast::Deploy::Predict &entry, StagePlan &plan, const std::string &which);

private:
  std::optional<Function> generator(const ast::Deploy::Predict &entry, StagePlan &plan, const abi::Field &field,
                                    const std::string &name, bool isOneToken);

  const Declared &declared;
  Draft &draft;
};

}  // namespace tl
