// A deployed function as the command line sees it: JSON values in, one out for each.
#pragma once
#include "runtime/io/Error.h"
#include "runtime/program/RunFolder.h"
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>

namespace tl::program {

class Answerer {
public:
  using Json = nlohmann::ordered_json;
  virtual ~Answerer() = default;
  /// A record, and then its answer or why there is none. Each `number` has random numbers of its own.
  struct Asked {
    Json record;
    int64_t number = 0;
    Json answer = {};
    std::optional<Error> problem = {};
  };
  /// How many records cost the least each.
  virtual size_t together() const { return 1; }
  /// Any number of records, which are told nothing of each other; those that have a problem already are left as they are.
  virtual void answer(std::span<Asked> asked) = 0;
  /// What a record holds, for messages: "`text` a text".
  virtual std::string inputList() const = 0;

  /// One record. A tl::Error where it is not what the function takes.
  Json answer(const Json &record, int64_t number) {
    Asked one{record, number};
    answer(std::span(&one, 1));
    if (one.problem)
      throw *one.problem;
    return one.answer;
  }
};

/// Continues texts, token by token.
std::unique_ptr<Answerer> makeGenerator(Context &context, const abi::Deploy &deploy, const RunFolder &run);

}  // namespace tl::program
