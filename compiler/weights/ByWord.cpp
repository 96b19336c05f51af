// `by_word("table")`: rows, or what lies along another axis, by the words that they belong to. Those of words that only this side has stay as they
// start, and how many that are is said.
#include "compiler/weights/RemapBuilder.h"
#include "runtime/data/Facts.h"
#include "runtime/io/Units.h"
#include "runtime/weights/WeightFile.h"
#include <algorithm>
#include <numeric>

namespace tl {

static constexpr size_t mostShown = 4;

static std::string shown(const std::vector<std::string> &words) {
  std::string text;
  for (size_t i = 0; i < words.size() && i < mostShown; ++i)
    text += (i ? ", `" : "`") + words[i] + "`";
  return words.size() > mostShown ? text + ", …" : text;
}

RemapBuilder::Made RemapBuilder::byWord(const ast::Expr &call) {
  Made of = make(*argument(call, 0, "x"));
  size_t along = size_t(axis(call, 1, int64_t(shapeOf(of).size()), 0));
  const std::set<std::string> &over = mine.leaf->vocabularies;
  std::string name;
  const abi::Field *here = over.size() == 1 ? fieldOf(*over.begin(), name) : nullptr;
  if (!here)
    fail(Diag::LoadByWord, call.span, "`" + mine.leaf->path + "` is not declared with the size of a vocabulary, so its words are not known",
         "give it the size `DATA.text.vocabulary`");
  std::string there = typeOf(of);
  std::vector<int64_t> places = origin.vectors ? rowsOfFile(call, of, along, *here) : placesOfWords(call, of, along, *here);
  std::vector<int64_t> shape = shapeOf(of), numbers = {int64_t(along)};
  shape[along] = int64_t(places.size());
  if (shape != mine.type.shape)
    fail(Diag::LoadRemap, call.span, "by their words " + there + " gives " + data::typeText(nameOf(mine.type.dtype), shape) + ", model wants " + toString(mine.type));
  countWords(call, *here, name, places);
  numbers.insert(numbers.end(), places.begin(), places.end());
  Made anew = add("new", mine.type.shape, {}, {});
  return add("rows", shape, {of.step, anew.step}, numbers);
}

/// The place of each word there; -1: it has none.
std::vector<int64_t> RemapBuilder::placesOfWords(const ast::Expr &call, const Made &of, size_t along, const abi::Field &here) {
  std::string name;
  const abi::Field *there = of.part ? fieldOf(origin.tensors[taken[*of.part].tensor].vocabulary, name) : nullptr;
  if (!there || int64_t(there->vocabulary.size()) != shapeOf(of)[along])
    fail(Diag::LoadByWord, call.span,
         there ? "axis " + std::to_string(along) + " of " + typeOf(of) + " has no element for each of " + std::to_string(there->vocabulary.size()) + " words"
               : "whose words the tensor of `" + origin.name + "` is over, no data of this script tells",
         there ? "say which has: `axis = 1`" : "declare the data that it was trained on");
  std::map<std::string, int64_t> known;
  for (size_t i = 0; i < there->vocabulary.size(); ++i)
    known.emplace(there->vocabulary[i], int64_t(i));
  std::vector<int64_t> places;
  for (const std::string &word : here.vocabulary) {
    auto found = known.find(word);
    places.push_back(found == known.end() ? -1 : found->second);
  }
  return places;
}

/// The same, of the rows that are read of a file of word vectors: those that are wanted.
std::vector<int64_t> RemapBuilder::rowsOfFile(const ast::Expr &call, const Made &of, size_t along, const abi::Field &here) {
  abi::LoadStep &tensor = steps[size_t(of.step)];
  if (tensor.op != "tensor" || along != 0)
    fail(Diag::LoadByWord, call.span, "the rows of `" + origin.name + "` are its words, and are taken as they are",
         "write by_word(\"" + origin.tensors[0].name + "\")");
  if (int64_t each = tensor.shape[1]; mine.type.shape.size() != 2 || mine.type.shape[1] != each)
    fail(Diag::LoadShape, call.span,
         "`" + origin.name + "` has " + counted(each, "number") + " for each word, and `" + mine.leaf->path + "` is " + toString(mine.type),
         "make it a table of rows of " + std::to_string(each) + ", or load a file whose vectors are as long as its rows");
  const weights::RowWords &there = *origin.vectors->words();
  std::vector<int64_t> places, rows;
  for (const std::string &word : here.vocabulary) {
    places.push_back(there.find(word));
    if (places.back() >= 0)
      rows.push_back(places.back());
  }
  std::sort(rows.begin(), rows.end());
  for (int64_t &place : places)
    place = place < 0 ? -1 : std::lower_bound(rows.begin(), rows.end(), place) - rows.begin();
  tensor.shape[0] = int64_t(rows.size());
  tensor.numbers = std::move(rows);
  return places;
}

/// "`net.word.table`: 18,344 of 19,996 words of `corpus.text` are in `glove.txt`; 1,652 are new and begin as `normal(0.02)`: `foo`, …"
void RemapBuilder::countWords(const ast::Expr &call, const abi::Field &here, const std::string &name, const std::vector<int64_t> &places) {
  std::vector<std::string> fresh, all;
  for (size_t i = 0; i < places.size(); ++i) {
    if (abi::isSpecial(here, int64_t(i)))
      continue;
    all.push_back(here.vocabulary[i]);
    if (places[i] < 0)
      fresh.push_back(here.vocabulary[i]);
  }
  if (fresh.size() == all.size()) {
    std::vector<std::string> there;
    for (int64_t row = 0; origin.vectors && row < origin.vectors->words()->size() && there.size() <= mostShown; ++row)
      there.emplace_back(origin.vectors->words()->at(row));
    fail(Diag::LoadByWord, call.span,
         "none of the " + counted(int64_t(all.size()), "word") + " of `" + name + "` is in `" + origin.name + "`: here are " + shown(all) +
             (there.empty() ? "" : ", there " + shown(there)),
         "load vectors of words of that language and spelling, or let it start anew: { new: " + mine.path + " }");
  }
  words = "`" + mine.leaf->path + "`: " + withCommas(int64_t(all.size() - fresh.size())) + " of " + counted(int64_t(all.size()), "word") + " of `" + name + "` are in `" + origin.name + "`";
  if (!fresh.empty())
    words += "; " + withCommas(int64_t(fresh.size())) + (fresh.size() == 1 ? " is new and begins" : " are new and begin") + " as `" + beginning() + "`: " + shown(fresh);
}

/// What the rows of new words begin as, in the words of whoever gave it: the argument that the weight's declaration calls, or what stands there.
std::string RemapBuilder::beginning() const {
  const ast::Expr &init = *mine.leaf->slot->init;
  ast::Span span = init.span;
  const Instance &owner = *mine.leaf->owner;
  if (init.kind == ast::Expr::Kind::Call && init.operands[0]->kind == ast::Expr::Kind::Name)
    for (const ast::Formal &formal : owner.definition->formals)
      if (formal.name == init.operands[0]->text) {
        auto given = owner.argumentSpans.find(formal.name);
        span = given != owner.argumentSpans.end() ? given->second : formal.value ? formal.value->span
                                                                                 : span;
      }
  std::string line = diagnostics.sources().line(span.file, span.line).substr(size_t(span.column) - 1);
  int depth = 0;
  size_t end = 0;
  for (; end < line.size(); ++end) {
    depth += line[end] == '(' || line[end] == '[';
    depth -= line[end] == ')' || line[end] == ']';
    if (depth < 0 || line[end] == '@' || line[end] == '#' || (depth == 0 && line[end] == ','))
      break;
  }
  return line.substr(0, line.substr(0, end).find_last_not_of(" \r") + 1);
}

}  // namespace tl
