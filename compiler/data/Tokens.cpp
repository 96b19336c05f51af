// Text as tokens: what a step such as `text = words(text, fit = train, most = 10000)` tells the readers.
#include "compiler/data/DataChecks.h"
#include "compiler/syntax/AstWalk.h"
#include "runtime/data/Facts.h"
#include "runtime/io/Error.h"
#include "runtime/tokenizers/Files.h"
#include "runtime/tokenizers/Tokenizer.h"
#include "runtime/tokenizers/Trainer.h"
#include <algorithm>
#include <cmath>

namespace tl {

const ast::Expr *sharedVocabulary(const ast::Statement &step) {
  for (const ast::Argument &argument : step.value->arguments)
    if (argument.name == "vocabulary")
      return argument.value.get();
  return nullptr;
}

DataPlan *DataChecks::planOf(const std::string &data) {
  for (DataPlan &plan : plans)
    if (plan.ast->name == data)
      return &plan;
  return nullptr;
}

/// A data whose vocabulary another one takes is checked before it, wherever they stand.
void DataChecks::checkInOrder(const ast::Data &data, std::vector<std::string> &open) {
  if (planOf(data.name))
    return;
  open.push_back(data.name);
  for (const ast::Statement &statement : data.fields) {
    const ast::Expr *shared = isTokenStep(statement, declared.library) ? sharedVocabulary(statement) : nullptr;
    if (!shared || shared->kind != ast::Expr::Kind::Member || shared->operands[0]->kind != ast::Expr::Kind::Name)
      continue;
    const std::string &other = shared->operands[0]->text;
    if (std::find(open.begin(), open.end(), other) != open.end()) {
      declared.report(Diag::VocabularyShared, shared->span,
                      other == data.name ? "`" + data.name + "` cannot take its vocabulary from itself"
                                         : "`" + data.name + "` takes its vocabulary from `" + other + "`, which takes it from `" + data.name + "`")
          .help = "one data fits it: " + statement.names.front() + " = " + statement.value->operands.front()->text + "(" +
                  statement.names.front() + ", fit = train)";
      continue;
    }
    for (const ast::Data &each : files.script().datas)
      if (each.name == other)
        checkInOrder(each, open);
  }
  open.pop_back();
  check(data, plans.emplace_back());
}

/// The texts that a step of pieces joins: those that its arguments begin with.
static std::vector<const ast::Expr *> textsOf(const ast::Statement &step) {
  std::vector<const ast::Expr *> texts;
  for (const ast::Argument &argument : step.value->arguments) {
    if (!argument.name.empty() || argument.value->kind != ast::Expr::Kind::Name)
      break;
    texts.push_back(argument.value.get());
  }
  return texts;
}

/// `text, types = pieces(premise, hypothesis, "all-MiniLM-L6-v2", length = 128)`: the tokenizer of a folder; false after errors.
bool DataChecks::readTokenizer(const ast::Statement &step, DataPlan &plan, std::map<std::string, std::string> &options) {
  const ast::Expr *folder = nullptr;
  const std::string &field = step.names.front();
  size_t before = declared.errorCount();
  std::vector<const ast::Expr *> texts = textsOf(step);
  if (texts.size() > 2)
    declared.report(Diag::TokensStep, texts[2]->span, "`pieces` joins two texts, as tokenizers do, and here are " + std::to_string(texts.size())).help =
        "make a field of each: " + texts[2]->text + " = pieces(" + texts[2]->text + ", \"FOLDER\")";
  bool isOwn = texts.size() == 2 || (texts.size() == 1 && texts[0]->text == field);
  for (const ast::Expr *text : texts)
    options[field + ".of"] += (text == texts.front() ? "" : ",") + text->text;
  if (step.names.size() == 2)
    options[field + ".types"] = step.names[1];
  for (const ast::Argument &argument : step.value->arguments) {
    const ast::Expr &value = *argument.value;
    if (std::find(texts.begin(), texts.end(), &value) != texts.end() && (isOwn || texts.size() > 2))
      continue;
    if (argument.name.empty() && !folder && value.kind == ast::Expr::Kind::String)
      folder = &value;
    else if (argument.name == "length")
      addLength(argument, field, options);
    else if (argument.name.empty())
      declared.report(Diag::TokensStep, value.span, "`pieces` makes tokens of the text of its own field, `" + field + "`, or of two texts, by the tokenizer of a folder")
          .help = "write " + field + " = pieces(" + field + ", \"FOLDER\")";
    else
      declared.report(Diag::ArgumentUnknown, argument.nameSpan,
                      "`pieces` takes the folder of a tokenizer, whose vocabulary is made, and `length = N`, not this `" + argument.name + "`");
  }
  if (!folder)
    declared.report(Diag::TokensStep, step.span, "`pieces` does not say whose tokenizer it is").help =
        "name the folder with its tokenizer.json: " + field + " = pieces(" + field + ", \"FOLDER\")";
  if (declared.errorCount() != before)
    return false;
  try {
    abi::Tokenizer files = tokenizers::findFiles(data::findFolder(folder->text, declared.library.scriptFolder));
    const abi::Tokenizer *known = plan.facts->tokenizer.get();
    if (!plan.fittedBy.empty() || (known && (known->json != files.json || known->config != files.config))) {
      declared.report(Diag::TokensStep, folder->span, "data `" + plan.facts->name + "` makes pieces by the tokenizer " + (plan.fittedBy.empty() ? "of `" + known->path + "`" : "that `" + plan.fittedBy + "` fits") + " already")
          .help = plan.fittedBy.empty() ? "name the same folder, or make another data" : "make another data";
      return false;
    }
    takeTokenizer(std::make_shared<const abi::Tokenizer>(std::move(files)), plan);
  } catch (const Error &error) {
    declared.report(Diag::DataFacts, folder->span, error.message);
    return false;
  }
  return true;
}

void DataChecks::takeTokenizer(std::shared_ptr<const abi::Tokenizer> files, DataPlan &plan) {
  plan.tokenizer = std::make_shared<const tokenizers::Tokenizer>(tokenizers::Tokenizer::fromFiles(*files));
  plan.facts->tokenizer = std::move(files);
}

/// `length = 128`, which readers of lines else have.
void DataChecks::addLength(const ast::Argument &argument, const std::string &field, std::map<std::string, std::string> &options) {
  dims.evaluateIn(*argument.value);
  if (std::optional<int64_t> length = declared.integer(*argument.value, "`length`"))
    options[field + ".length"] = std::to_string(*length);
}

/// One data has one tokenizer: that of another data, or the one that it fits; false after an error.
bool DataChecks::chooseTokenizer(const ast::Statement &step, const std::string &kind, DataPlan &plan, std::map<std::string, std::string> &options) {
  const DataPlan *other = sharedVocabulary(step) ? vocabularyOwner(step, plan) : nullptr;
  if (sharedVocabulary(step) && !other)
    return false;
  if ((plan.tokenizer || !plan.fittedBy.empty()) && !(other && plan.tokenizer == other->tokenizer)) {
    declared.report(Diag::TokensStep, step.span, "data `" + plan.facts->name + "` has a tokenizer already, and one data has one")
        .help = "make another data; or fit one in another data, and take it for each text: " + step.names.front() + " = " + kind + "(" + step.names.front() + ", vocabulary = DATA.text)";
    return false;
  }
  plan.fittedBy = kind;
  if (other) {
    plan.tokenizer = other->tokenizer;
    plan.facts->tokenizer = other->facts->tokenizer;
    options[step.names.front() + ".kind"] = "pieces";
  }
  return true;
}

/// With the digits of a float, in which scores are compared.
static std::string textOf(double score) {
  char text[32];
  snprintf(text, sizeof text, "%.9g", score);
  return text;
}

/// `phrases = 100`, or of several rounds `phrases = [200, 100]`, as readers take them: "200,100".
std::string DataChecks::phraseScores(const ast::Expr &value) {
  std::string scores;
  auto add = [&](const ast::Expr &written) {
    dims.evaluateIn(written);
    std::optional<double> score = declared.number(written, "a score of `phrases`");
    if (score && !(*score > 0 && std::isfinite(*score)))
      declared.report(Diag::TokensStep, written.span, "two words are a phrase where their score is above a number above 0, and this is " + textOf(*score)).help = "write `phrases = 100`";
    scores += (scores.empty() ? "" : ",") + textOf(score.value_or(1));
  };
  if (value.kind != ast::Expr::Kind::List) {
    add(value);
    return scores;
  }
  for (const auto &round : value.operands)
    add(*round);
  if (value.operands.empty())
    declared.report(Diag::TokensStep, value.span, "`phrases` lists the score of each round, and here is none").help = "write `phrases = [200, 100]`, or leave it out";
  return scores;
}

/// What the readers of text are told of their tokens; nullopt after errors.
std::optional<std::map<std::string, std::string>> DataChecks::tokenOptions(const ast::Statement &step, DataPlan &plan) {
  const ast::Expr &call = *step.value;
  const std::string kind = call.operands.front()->text, &field = step.names.front();
  std::map<std::string, std::string> options{{field + ".kind", kind}};
  if (step.names.size() > (kind == "pieces" ? 2 : 1)) {
    declared.report(Diag::TokensStep, step.span, "`" + kind + "` makes " + (kind == "pieces" ? "two fields at most, the tokens and of which text each is" : "one field, the tokens") + ", and this names " + std::to_string(step.names.size()));
    return std::nullopt;
  }
  if (kind == "pieces")
    return readTokenizer(step, plan, options) ? std::optional(options) : std::nullopt;
  size_t before = declared.errorCount();
  const ast::Expr *shared = sharedVocabulary(step);
  bool isFitted = shared, isTokenizer = isFittedTokenizer(kind), areCategories = kind == "categories";
  auto isName = [](const ast::Expr &expr, const std::string &name) {
    return expr.kind == ast::Expr::Kind::Name && expr.text == name;
  };
  for (const ast::Argument &argument : call.arguments) {
    const ast::Expr &value = *argument.value;
    if (argument.name.empty()) {
      if (&argument != &call.arguments.front() || !isName(value, step.names.front()))
        declared.report(Diag::TokensStep, value.span, "`" + kind + "` makes " + (areCategories ? "numbers of the categories" : "tokens of the text") + " of its own field, `" + step.names.front() + "`")
            .help = "write " + step.names.front() + " = " + kind + "(" + step.names.front() + ", fit = train)";
    } else if (&value == shared) {
      // Another data's: see vocabularyOwner.
    } else if (shared && (argument.name == "fit" || argument.name == "most" || argument.name == "least" || argument.name == "phrases")) {
      declared.report(Diag::TokensStep, argument.nameSpan, "`" + argument.name + "` has no effect: the vocabulary is that of another data, which has fitted it")
          .help = "leave it out";
    } else if (argument.name == "fit") {
      isFitted = true;
      if (!isName(value, "train"))
        declared.report(Diag::SplitMisuse, value.span, "the vocabulary of `" + step.names.front() + "` is fitted on `train` only, or results on data never seen would not be honest")
            .help = "write `fit = train`";
    } else if (argument.name == "most" && !areCategories) {
      dims.evaluateIn(value);
      std::optional<int64_t> most = declared.integer(value, "`most`");
      int64_t least = isTokenizer ? int64_t(tokenizers::Trainer::least(kind)) : data::specialCount;
      if (most && *most <= least)
        declared.report(Diag::TokensStep, value.span,
                        "a vocabulary of " + std::to_string(*most) + " entries has no place for a " +
                            (isTokenizer ? "piece: " + std::to_string(least) + " are special tokens" + (kind == "bpe" ? " and single bytes" : "")
                                         : "word: four are padding, unknown, mask and start"));
      options[field + ".most"] = std::to_string(most.value_or(0));
    } else if (argument.name == "least" && !isTokenizer) {
      dims.evaluateIn(value);
      std::optional<int64_t> times = declared.integer(value, "`least`");
      if (times && *times < 1)
        declared.report(Diag::TokensStep, value.span, "`least` is how often a " + std::string(areCategories ? "value" : "token") + " occurs at least, and each occurs once; this is " + std::to_string(*times));
      options[field + ".least"] = std::to_string(times.value_or(1));
    } else if (argument.name == "phrases" && kind == "words") {
      options[field + ".phrases"] = phraseScores(value);
    } else if (argument.name == "length" && !areCategories) {
      addLength(argument, field, options);
    } else if (argument.name == "start" && !isTokenizer && !areCategories && value.kind == ast::Expr::Kind::Bool) {
      options[field + ".start"] = value.number != 0 ? "true" : "false";
    } else {
      declared.report(Diag::ArgumentUnknown, argument.nameSpan, "`" + kind + "` takes `fit = train`, " + (areCategories ? "`vocabulary = DATA.kinds` and `least = N`" : std::string("`vocabulary = DATA.text`, `most = N`") + (isTokenizer ? " and `length = N`" : ", `least = N`, " + std::string(kind == "words" ? "`phrases = SCORE`, " : "") + "`length = N` and `start = true` or `false`")) + ", not this `" + argument.name + "`");
    }
  }
  if (!isFitted)
    declared.report(Diag::TokensStep, step.span, "`" + kind + "` does not say what its vocabulary is fitted on")
        .help = "write " + step.names.front() + " = " + kind + "(" + step.names.front() + ", fit = train)";
  if (declared.errorCount() != before || (isTokenizer && !chooseTokenizer(step, kind, plan, options)))
    return std::nullopt;
  return options;
}

/// Texts are cut into tokens, and categories of a table stand one by one: false where a step is for the other, which is said.
bool DataChecks::checkStepFits(const ast::Statement &step, const ast::Data &data) {
  const std::string &kind = step.value->operands.front()->text, &field = step.names.front();
  auto hasCategories = [](const ast::Source &source) {
    return std::any_of(source.arguments.begin(), source.arguments.end(), [](const ast::Argument &argument) { return argument.name == "categories"; });
  };
  bool isTable = !data.sources.empty() && std::all_of(data.sources.begin(), data.sources.end(), hasCategories);
  if (isTable == (kind == "categories"))
    return true;
  declared.report(Diag::TokensStep, step.value->span,
                  isTable ? "`" + kind + "` makes tokens of a text, and `" + data.name + "` has categories of a table"
                          : "`categories` numbers the categories of a table, and not every source of `" + data.name + "` says which columns are some")
      .help = isTable ? "write kinds = categories(kinds, fit = train)" : "name them: csv(\"FILE\", categories = \"COLUMN, COLUMN\"); a text has `" + field + " = words(" + field + ", fit = train)`";
  return false;
}

/// That the records have the texts that a step makes tokens of; false after an error.
bool DataChecks::checkTexts(const ast::Statement &step, const DataPlan &plan) {
  std::vector<std::pair<std::string, ast::Span>> wanted;
  for (const ast::Expr *text : textsOf(step))
    wanted.emplace_back(text->text, text->span);
  if (wanted.size() < 2) // then it is named as the field is
    wanted = {{step.names.front(), step.span}};
  for (const auto &[name, span] : wanted) {
    if (std::find(plan.texts.begin(), plan.texts.end(), name) != plan.texts.end())
      continue;
    std::string known, near = nearest(name, plan.texts);
    for (const std::string &text : plan.texts)
      known += (known.empty() ? "`" : ", `") + text + "`";
    declared.report(Diag::TokensStep, span, "`" + plan.facts->name + "` has no text `" + name + "` to make tokens of" + (known.empty() ? "" : "; it has " + known)).help =
        !near.empty()   ? "did you mean `" + near + "`?"
        : known.empty() ? "the readers `text` and `lines` give a field `text`, others with `text = COLUMN`"
                        : "several texts are named where they are read: texts = \"" + plan.texts.front() + ", " + name + "\"";
    return false;
  }
  return true;
}

}  // namespace tl
