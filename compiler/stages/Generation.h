// What continues texts: the functions of a deployed entry that repeats.
#pragma once
#include "compiler/stages/Draft.h"
#include "compiler/stages/Plans.h"

namespace tl {

class Generation {
public:
  Generation(const Declared &declared, Draft &draft) : declared(declared), draft(draft) {}

  /// Adds the functions of an entry to the program, the model once for a whole window and, where it can, for one token of each of
  /// `batch` texts, and what chooses the next one.
  void add(const ast::Deploy::Predict &entry, StagePlan &plan, const std::string &which, int64_t batch);

private:
  struct Asked {
    const ast::Deploy::Predict &entry;
    StagePlan &plan;
    const abi::Field &field;
    int64_t batch;
  };
  enum class Window { Whole, Token, Probe }; // Probe: whole ones of a batch; the function only says whether it looks across texts
  struct Scores {
    Function function;
    int64_t words = 0; // that have a score
    bool areTogether = false;
  };
  std::optional<Scores> scores(const Asked &asked, const std::string &name, Window window);
  std::optional<Function> choice(const Asked &asked, const std::string &name, int64_t words);
  bool keepsApart(const Asked &asked);

  const Declared &declared;
  Draft &draft;
};

}  // namespace tl
