// Which weights have a row, a column or an element for each word of a vocabulary, and that no word is taken for another
// where they are loaded or read: texts that are fitted apart number their words differently.
#include "compiler/weights/Weights.h"
#include "compiler/calculus/Facts.h"
#include "runtime/data/Tokens.h"
#include <algorithm>

namespace tl {

std::string StageWeights::vocabularyOf(const std::string &path) const {
  std::string all;
  if (auto known = vocabularies.find(path); known != vocabularies.end())
    for (const std::string &digest : known->second)
      all += (all.empty() ? "" : "+") + digest;
  return all;
}

const abi::Field *Vocabularies::fieldOf(const std::string &vocabulary, std::string &name) const {
  for (const abi::Data &data : datas)
    for (const abi::Field &field : data.fields)
      if (!field.tokens.empty() && data::vocabularyDigest(field.vocabulary) == vocabulary) {
        name = data.name + "." + field.name;
        return &field;
      }
  return nullptr;
}

namespace {

/// Ops whose result has the numbers of an operand, at other places.
bool keepsNumbers(Op op) {
  Cost cost = factsOf(op).cost;
  return cost == Cost::Nothing || cost == Cost::Lookup || op == Op::Select;
}

/// The weights that a table is made of row by row.
void findTables(const Function &function, NodeId id, std::vector<std::string> &paths) {
  const Node &node = function.nodes[size_t(id)];
  if (node.op == Op::Read)
    paths.push_back(node.attributes.name);
  if (!isElementwise(node.op))
    return;
  for (NodeId operand : node.operands)
    if (function.nodes[size_t(operand)].type.shape == node.type.shape)
      findTables(function, operand, paths);
}

} // namespace

/// Weights that are declared with a vocabulary's size, and tables whose rows are chosen by the numbers of its words.
void Vocabularies::find(StageWeights &stage, const abi::Data &data, const Function &probe) const {
  for (const TreeEntry &entry : stage.tree.entries)
    if (entry.isLeaf && !entry.leaf->vocabularies.empty())
      stage.vocabularies[entry.path] = entry.leaf->vocabularies;
  std::vector<std::string> numbersOf(probe.nodes.size()); // by node: the vocabulary whose words its elements number
  for (size_t id = 0; id < probe.nodes.size(); ++id) {
    const Node &node = probe.nodes[id];
    if (node.op == Op::Input) {
      auto [beside, name] = abi::partsOfInput(node.attributes.name);
      auto other = std::find_if(datas.begin(), datas.end(), [&, of = beside](const abi::Data &each) { return each.name == of; });
      for (const abi::Field &field : (other == datas.end() ? data : *other).fields)
        if (field.name == name && !field.tokens.empty())
          numbersOf[id] = data::vocabularyDigest(field.vocabulary);
    }
    size_t sources = node.op == Op::Gather ? 1 : node.operands.size(); // not the numbers of its rows
    for (size_t i = 0; i < sources && keepsNumbers(node.op) && node.type.dtype == DType::I32; ++i)
      if (numbersOf[id].empty())
        numbersOf[id] = numbersOf[size_t(node.operands[i])];
    if (node.op != Op::Gather || numbersOf[size_t(node.operands[1])].empty())
      continue;
    const std::string &words = numbersOf[size_t(node.operands[1])];
    std::vector<std::string> tables;
    findTables(probe, node.operands[0], tables);
    for (const std::string &path : tables) {
      std::set<std::string> &known = stage.vocabularies[path];
      auto folder = known.empty() ? declared.library.publishedVocabularies.end() : declared.library.publishedVocabularies.find(*known.begin());
      bool isPublished = folder != declared.library.publishedVocabularies.end();
      if (std::string mine, theirs; !known.empty() && !known.count(words) && fieldOf(words, mine) && (fieldOf(*known.begin(), theirs) || isPublished)) {
        const TreeEntry *entry = stage.tree.find(path);
        std::string rows = isPublished ? "piece of the tokenizer of `" + folder->second + "`" : "word of `" + theirs + "`";
        Diagnostic &report = declared.report(Diag::VocabularyMixed, stage.ast->dataSpan,
                                             "`" + path + "` has a row for each " + rows + ", and stage `" + stage.ast->name + "` reads it by the numbers of `" +
                                                 mine + "`, which are other words");
        if (isPublished) {
          std::string text = mine.substr(mine.find('.') + 1);
          report.help = "read the text by it: " + text + " = pieces(" + text + ", \"" + folder->second + "\") in `" + mine.substr(0, mine.find('.')) + "`";
        } else {
          report.help = "size it by `" + mine + ".vocabulary`, or share the vocabulary: text = words(text, vocabulary = " + theirs + ") in `" + mine.substr(0, mine.find('.')) + "`";
        }
        if (entry)
          declared.diagnostics.all().back()->notes.push_back({entry->leaf->span, "`" + path + "` is declared here"});
        return;
      }
      known.insert(words);
    }
  }
}

/// The first number that is another word in two vocabularies: "number 5 is `king` there and `good` here".
static std::string firstDifference(const abi::Field &there, const abi::Field &here) {
  size_t count = std::min(there.vocabulary.size(), here.vocabulary.size());
  for (size_t i = 0; i < count; ++i)
    if (there.vocabulary[i] != here.vocabulary[i])
      return "number " + std::to_string(i) + " is `" + there.vocabulary[i] + "` there and `" + here.vocabulary[i] + "` here";
  return std::to_string(there.vocabulary.size()) + " words there, " + std::to_string(here.vocabulary.size()) + " here";
}

void Vocabularies::check(const StageWeights &stage, const std::vector<abi::Load> &loads) const {
  for (size_t i = 0; i < loads.size(); ++i) {
    std::vector<std::string> paths;
    std::string theirs, mine;
    for (const abi::LoadedTensor &tensor : loads[i].tensors) {
      bool isByWord = std::any_of(tensor.steps.begin(), tensor.steps.end(), [](const abi::LoadStep &step) { return step.op == "rows"; });
      std::string here = isByWord ? "" : stage.vocabularyOf(tensor.path);
      for (const abi::LoadStep &step : tensor.steps)
        if (step.op == "tensor" && !here.empty() && !step.vocabulary.empty() && here != step.vocabulary) {
          if (paths.empty())
            theirs = step.vocabulary, mine = here;
          if (paths.empty() || paths.back() != tensor.path)
            paths.push_back(tensor.path);
        }
    }
    if (paths.empty())
      continue;
    std::string from = loads[i].file.empty() ? loads[i].stage + "." + loads[i].which : loads[i].file, theirName, myName;
    const abi::Field *there = fieldOf(theirs, theirName), *here = fieldOf(mine, myName);
    std::string text = "cannot load `" + paths.front() + "` from `" + from + "`: it is over the words of ";
    text += there ? "`" + theirName + "` there" : "another vocabulary there";
    text += here ? " and over those of `" + myName + "` here" : " than here";
    text += there && here ? ": " + firstDifference(*there, *here) : "";
    if (paths.size() > 1)
      text += "; so it is with " + std::to_string(paths.size() - 1) + " more";
    declared.report(Diag::LoadVocabulary, stage.loadSpans[i], text).help =
        there && here ? "share the vocabulary: in data `" + stage.ast->data + "` write " + here->name + " = " + there->tokens + "(" + here->name + ", vocabulary = " + theirName + "); or load each row to its word: { TENSOR = by_word(\"TENSOR\") }"
                      : "train on the text it was made for, or let it start anew: { new: …;  ignore: … }";
  }
}

} // namespace tl
