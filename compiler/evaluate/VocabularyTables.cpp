// Tables that are facts of a vocabulary: how often its words occur, and a Huffman code of that.
#include "compiler/evaluate/BodyEvaluator.h"
#include "runtime/readers/Huffman.h"

namespace tl {

abi::Table tableOf(const DataName &words, const std::string &fact, const std::string &name) {
  return {words.data->name + "." + words.field->name + "/" + name, words.data->name, words.field->name, fact, {}};
}

/// A table that is made of how often each entry of a vocabulary occurs: see data::valuesOf.
Value BodyEvaluator::vocabularyTable(const DataName &words, const std::string &fact, ast::Span span) {
  const std::vector<int64_t> &counts = words.field->counts;
  const std::string name = words.data->name + "." + words.field->name;
  if (counts.empty())
    fail(Diag::MemberUnknown, span, "how often each of them occurs is known of words and characters that are fitted on `train`, and `" + name + "` has " + words.field->tokens);
  abi::Table table = tableOf(words, fact, fact);
  table.counts = counts;
  if (fact == "counts")
    return read(table, {DType::F32, {std::ssize(counts)}}, span);
  const int64_t depth = data::huffmanDepth(counts);
  if (depth == 0)
    fail(Diag::MemberUnknown, span, "a Huffman code tells words from each other, and of the vocabulary of `" + name + "` fewer than two occur in `train`");
  return read(table, {fact == "huffman_nodes" ? DType::I32 : DType::F32, {std::ssize(counts), depth}}, span);
}

} // namespace tl
