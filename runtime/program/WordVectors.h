// Where the vectors of a vocabulary's words come from: a table of the weights, or a deployed function that is asked for each word.
#pragma once
#include "runtime/program/PublishedExport.h"
#include "runtime/program/RunFolder.h"
#include <functional>
#include <span>

namespace tl::program {

struct WordVectors {
  const abi::Field *words; // whose vocabulary it is
  std::string name;        // of the field: "corpus.text"
  std::string from;        // of what gives them: "net.word.table", "vector"
  int64_t width;           // numbers of each
  /// Writes the vector of the word of this number.
  std::function<void(int64_t word, std::span<float> into)> read;
};

/// The rows of the table at the path `wanted`, or "" of the only one that has a row for each word of a vocabulary. `all` outlives them.
WordVectors vectorsInTable(const Context &context, const abi::Stage &stage, const std::vector<ExportedWeight> &all, const std::string &wanted);

/// What the deployed function `wanted` answers, a word [1] → a vector [1, d], with the weights of the checkpoint `which`. An error where it is none of the
/// stage's, or is asked or answers anything else.
WordVectors vectorsAnswered(Context &context, const RunFolder &run, const abi::Stage &stage, const std::string &which, const std::string &wanted);

} // namespace tl::program
