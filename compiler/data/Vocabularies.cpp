// What the tokens of a text are: a vocabulary or a tokenizer that is fitted on `train`, a published one, or another data's.
#include "compiler/data/DataChecks.h"
#include "runtime/data/Facts.h"
#include "runtime/data/Formats.h"
#include "runtime/data/Tokens.h"
#include "runtime/readers/Categories.h"
#include "runtime/io/Error.h"
#include "runtime/tokenizers/Tokenizer.h"
#include <algorithm>

namespace tl {

/// The data of `vocabulary = DATA.text`; null where it has no vocabulary of this kind, which is said.
const DataPlan *DataChecks::vocabularyOwner(const ast::Statement &step, const DataPlan &plan) {
  const ast::Expr &shared = *sharedVocabulary(step);
  if (shared.kind != ast::Expr::Kind::Member || shared.operands[0]->kind != ast::Expr::Kind::Name) {
    declared.report(Diag::VocabularyShared, shared.span, "a vocabulary is taken from the text of another data").help = "write `vocabulary = DATA.text`";
    return nullptr;
  }
  const std::string &name = shared.operands[0]->text, kind = step.value->operands.front()->text, &field = step.names.front();
  DataPlan *other = planOf(name);
  if (!other) {
    std::vector<std::string> known;
    for (const ast::Data &data : files.script().datas)
      known.push_back(data.name);
    std::string near = nearest(name, known);
    declared.report(Diag::DataMissing, shared.operands[0]->span, "there is no data `" + name + "`" + (near.empty() ? "" : "; did you mean `" + near + "`?"));
    return nullptr;
  }
  const abi::Field *theirs = other->field(shared.text);
  if (other == &plan || other->facts->fields.empty() || (!other->fittedBy.empty() && !other->tokenizer))
    return nullptr;  // Which has been said.
  if (!theirs || theirs->tokens.empty()) {
    declared.report(Diag::VocabularyShared, shared.span, "`" + name + "." + shared.text + "` is no text with a vocabulary")
        .help = "the readers `text` and `lines` give a field `text`";
    return nullptr;
  }
  const std::string &theirKind = theirs->tokens == "pieces" && !other->fittedBy.empty() ? other->fittedBy : theirs->tokens;
  if (theirKind != kind) {
    declared.report(Diag::VocabularyShared, shared.span,
                    "the vocabulary of `" + name + "." + shared.text + "` has " + theirKind + ", and this makes tokens of " + kind)
        .help = "write " + field + " = " + theirKind + "(" + field + ", " +
                (theirKind == "pieces" ? "\"FOLDER\"), with the folder that it names" : "vocabulary = " + name + "." + shared.text + ")");
    return nullptr;
  }
  for (const abi::Source &source : plan.facts->sources)
    if (data::hasPairs(source)) {
      declared.report(Diag::VocabularyShared, shared.span, "the pairs of source `" + source.name + "` are of the words that its own text has most often, not of another vocabulary")
          .help = "write " + field + " = words(" + field + ", fit = train)";
      return nullptr;
    }
  other->isUsed = true;  // whether a stage trains on it or not
  return other;
}

void DataChecks::fitVocabularies(DataPlan &plan) {
  abi::Data &facts = *plan.facts;
  for (const ast::Statement &statement : plan.ast->fields)
    if (isTokenStep(statement, declared.library) && !facts.fields.empty() && !checkTexts(statement, plan))
      return;
  if (!plan.fittedBy.empty() && !plan.tokenizer && !facts.fields.empty())
    fitTokenizer(plan);
  for (abi::Field &field : facts.fields) {
    auto step = std::find_if(plan.ast->fields.begin(), plan.ast->fields.end(), [&](const ast::Statement &statement) {
      return isTokenStep(statement, declared.library) && statement.names.front() == field.name && sharedVocabulary(statement);
    });
    if (field.tokens.empty() || isFittedTokenizer(field.tokens)) // and no tokenizer for it, which has been said
      continue;
    if (field.tokens == "pieces") {
      field.special.insert(plan.tokenizer->special().begin(), plan.tokenizer->special().end());
      field.vocabulary = plan.tokenizer->entries();
    } else if (step != plan.ast->fields.end()) {
      if (const DataPlan *other = vocabularyOwner(*step, plan)) {
        const abi::Field &theirs = *other->field(sharedVocabulary(*step)->text);
        if (!haveSameColumns(*step, field, theirs))
          return;
        field.vocabulary = theirs.vocabulary;
        field.counts = theirs.counts;
        field.phrases = theirs.phrases;
        if (auto scores = other->tokenOptions.find(theirs.name + ".phrases"); scores != other->tokenOptions.end())
          plan.tokenOptions[field.name + ".phrases"] = scores->second;
      }
    } else if (!ifTrain(plan, field.name, [&](const abi::Source &source, const abi::Split &train) {
                 field.vocabulary = data::fitVocabulary(source, field.name, train, declared.library.scriptFolder, &field.counts, &field.phrases);
                 checkLeast(field, plan);
               })) {
      return;
    }
    if (field.tokens == "categories") // what is unknown in each column
      for (int64_t start : data::categoryStarts(field.vocabulary, field.columns))
        field.special[field.vocabulary[size_t(start)]] = start;
    if (!field.phrases.empty())
      joinPhrases(field, plan);
  }
}

/// Sources were read by single words. Of windows there are fewer once words are joined.
void DataChecks::joinPhrases(const abi::Field &field, DataPlan &plan) {
  for (abi::Source &source : plan.facts->sources)
    try {
      source.options[field.name + ".phrases"] = plan.tokenOptions.at(field.name + ".phrases");
      source.phrases[field.name] = field.phrases;
      if (source.window == 1)
        continue;
      source.records = 0; // else the reader takes the text for one that it has counted
      data::Facts found = data::readFacts(source, declared.library.scriptFolder);
      source.records = found.records;
      source.digest = found.digest;
    } catch (const Error &error) {
      declared.report(Diag::DataFacts, plan.ast->span, error.message);
    }
}

/// That categories are of the columns whose values a vocabulary numbers; false after an error.
bool DataChecks::haveSameColumns(const ast::Statement &step, const abi::Field &mine, const abi::Field &theirs) {
  auto shown = [](const std::vector<std::string> &columns) {
    std::string text;
    for (const std::string &column : columns)
      text += (text.empty() ? "`" : ", `") + column + "`";
    return text;
  };
  if (mine.columns == theirs.columns)
    return true;
  declared.report(Diag::VocabularyShared, sharedVocabulary(step)->span,
                  "the vocabulary is of the columns " + shown(theirs.columns) + ", and `" + mine.name + "` has " + shown(mine.columns))
      .help = "name the same columns in the same order; a column that is called otherwise is given its name: `NAME = COLUMN`";
  return false;
}

/// Has `fit` look at the source of `train`; where there is no such split, says so and is false.
bool DataChecks::ifTrain(const DataPlan &plan, const std::string &field, const std::function<void(const abi::Source &, const abi::Split &)> &fit) {
  const abi::Data &facts = *plan.facts;
  const abi::Split *train = plan.split("train");
  if (!train) {
    if (facts.sources.size() == plan.ast->sources.size()) // else the one that is missing could not be read, which is said
      declared.report(Diag::SplitMissing, plan.ast->span,
                      "the vocabulary of `" + facts.name + "." + field + "` is fitted on `train`, and there is no such split")
          .help = "name a source `train`, or split a part of that name off";
    return false;
  }
  for (const abi::Source &source : facts.sources)
    if (source.name == train->source)
      try {
        fit(source, *train);
      } catch (const Error &error) {
        declared.report(Diag::DataFacts, plan.ast->span, error.message);
      }
  return true;
}

/// Sources were read by characters, so that their splits are known. From here on they are as those of a published tokenizer.
void DataChecks::fitTokenizer(DataPlan &plan) {
  abi::Data &facts = *plan.facts;
  abi::Field &field = *std::find_if(facts.fields.begin(), facts.fields.end(), [&](const abi::Field &each) { return each.tokens == plan.fittedBy; });
  ifTrain(plan, field.name, [&](const abi::Source &trainSource, const abi::Split &train) {
    takeTokenizer(std::make_shared<const abi::Tokenizer>(data::fitTokenizer(trainSource, field.name, train, declared.library.scriptFolder)), plan);
    for (abi::Source &source : facts.sources) {
      source.tokenizer = facts.tokenizer;
      source.options[field.name + ".kind"] = "pieces";
      source.options.erase(field.name + ".most");
      data::Facts found = data::readFacts(source, declared.library.scriptFolder);
      source.records = found.records;
      source.digest = found.digest;
      source.leftOut = found.leftOut;
    }
    field.tokens = "pieces";
    field.special.clear();
    checkMost(field.name, plan);
  });
}

/// An argument of the step that makes a field's tokens; null where the step does not give it.
const ast::Argument *DataChecks::argumentOfStep(const std::string &field, const std::string &name, const DataPlan &plan) const {
  for (const ast::Statement &statement : plan.ast->fields)
    if (isTokenStep(statement, declared.library) && statement.names.front() == field)
      for (const ast::Argument &argument : statement.value->arguments)
        if (argument.name == name)
          return &argument;
  return nullptr;
}

/// A vocabulary of nothing but special tokens is none: what would be computed with it has no error of its own.
void DataChecks::checkLeast(abi::Field &field, const DataPlan &plan) {
  const ast::Argument *least = argumentOfStep(field.name, "least", plan);
  if (least && field.vocabulary.size() <= (field.tokens == "categories" ? field.columns.size() : size_t(data::specialCount))) {
    field.vocabulary.clear();
    declared.report(Diag::TokensStep, least->value->span,
                    "nothing of `train` occurs " + plan.tokenOptions.at(field.name + ".least") + " times: the vocabulary has no entry")
        .help = "write a smaller `least`, or bring more text";
  }
}

/// What a vocabulary has before anything is joined may be more than it was to have.
void DataChecks::checkMost(const std::string &field, const DataPlan &plan) {
  const ast::Argument *most = argumentOfStep(field, "most", plan);
  if (!most || plan.tokenizer->size() <= std::stoll(plan.tokenOptions.at(field + ".most")))
    return;
  std::string has = std::to_string(plan.tokenizer->size());
  declared.report(Diag::TokensStep, most->value->span,
                  "a vocabulary of " + plan.tokenOptions.at(field + ".most") + " entries has no place for a piece: " + has +
                      " are special tokens and the characters of `train`, at the start of a word and in it")
      .help = "write a `most` above " + has + ", as `most = 8000`";
}

}  // namespace tl
