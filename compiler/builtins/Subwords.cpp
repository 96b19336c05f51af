// The pieces of each word of a vocabulary, as a table.
#include "compiler/builtins/Taking.h"
#include "runtime/readers/Subwords.h"

namespace tl {

namespace {

/// `subwords(words, least = 3, most = 6, buckets = 200000)`: i32[vocabulary, pieces of the word that has most], -1 behind the last of a word.
Value subwords(BodyEvaluator &in, const Args &args, ast::Span span) {
  auto taken = take(in, args, "subwords", {"words", "least", "most", "buckets"}, span);
  auto *words = std::get_if<DataName>(&taken[0]->value);
  if (!words || !words->field)
    in.fail(Diag::ValueKind, taken[0]->span, "`subwords` takes a field of words, such as `corpus.text`, this is " + describe(taken[0]->value));
  if (words->field->tokens != "words")
    in.fail(Diag::ValueKind, taken[0]->span, "`subwords` takes words apart, and `" + words->data->name + "." + words->field->name + "` has " + (words->field->tokens.empty() ? "numbers" : words->field->tokens), "text = words(text, fit = train)");
  if (words->field->vocabulary.empty())
    throw Poisoned{}; // It could not be fitted, and that has been said.
  data::Subwords pieces{in.integer(taken[1]->value, taken[1]->span, "`least`"), in.integer(taken[2]->value, taken[2]->span, "`most`"),
                        in.integer(taken[3]->value, taken[3]->span, "`buckets`")};
  if (pieces.least < 1 || pieces.most < pieces.least)
    in.fail(Diag::ValueKind, taken[1]->span, "pieces of words are from `least` to `most` characters long, these are " + std::to_string(pieces.least) + " and " + std::to_string(pieces.most));
  if (pieces.buckets < 1 || pieces.buckets > INT32_MAX)
    in.fail(Diag::ValueKind, taken[3]->span, "`buckets` is how many numbers pieces of words have, from 1 to 2147483647, this is " + std::to_string(pieces.buckets));
  const int64_t columns = data::mostSubwords(words->field->vocabulary, pieces);
  if (columns == 0)
    in.fail(Diag::ValueKind, taken[1]->span, "no word of `" + words->data->name + "." + words->field->name + "` has a piece of " + std::to_string(pieces.least) + " characters, also with `<` and `>` around it");
  const std::string name = "subwords " + std::to_string(pieces.least) + " " + std::to_string(pieces.most) + " " + std::to_string(pieces.buckets);
  abi::Table table = tableOf(*words, "subwords", name);
  table.sizes = {pieces.least, pieces.most, pieces.buckets};
  return in.read(table, {DType::I32, {std::ssize(words->field->vocabulary), columns}}, span);
}

} // namespace

void addSubwords(BuiltinTable &table) { table["subwords"] = subwords; }

} // namespace tl
