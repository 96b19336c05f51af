// A deployed function as the command line sees it: one JSON value in, one out.
#pragma once
#include "runtime/program/RunFolder.h"
#include <memory>
#include <nlohmann/json.hpp>

namespace tl::program {

class Answerer {
public:
  using Json = nlohmann::ordered_json;
  virtual ~Answerer() = default;
  /// A tl::Error where the record is not what the function takes. Each `number` of a record has random numbers of its own.
  virtual Json answer(const Json &record, int64_t number) = 0;
  /// What a record holds, for messages: "`text` a text".
  virtual std::string inputList() const = 0;
};

/// Continues texts, token by token.
std::unique_ptr<Answerer> makeGenerator(Context &context, const abi::Deploy &deploy, const RunFolder &run);

}  // namespace tl::program
