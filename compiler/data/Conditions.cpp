// `where`: a condition on the numbers of a record, as steps that the program takes for each, and how many records meet it.
#include "compiler/data/DataChecks.h"
#include "runtime/abi/ElementTypes.h"
#include "runtime/data/Condition.h"
#include "runtime/data/Formats.h"
#include "runtime/data/Split.h"
#include "runtime/io/Error.h"
#include "runtime/io/Lists.h"
#include "runtime/io/Units.h"
#include "runtime/memory/Arena.h"
#include <algorithm>

namespace tl {
namespace {

using Kind = ast::Expr::Kind;

/// Writes the steps of a condition down; what it says wrong is reported, and ends it.
class ConditionWriter {
public:
  ConditionWriter(const Declared &declared, const abi::Data &data) : declared(declared), data(data) {}

  std::optional<std::vector<abi::ConditionStep>> written(const ast::Expr &expr) try {
    if (write(expr) != Truth)
      fail(expr, "a condition is true or false of a record, and this is a number", "compare it: where " + fieldExample() + " < 5");
    if (std::none_of(steps.begin(), steps.end(), [](const abi::ConditionStep &step) { return step.op == "field"; }))
      fail(expr, "this condition asks for nothing that a record has", "a record of `" + data.name + "` has " + known());
    return steps;
  } catch (const Wrong &) {
    return std::nullopt;
  }

private:
  struct Wrong {};
  enum Sort { Number, Truth };

  [[noreturn]] void fail(const ast::Expr &at, std::string message, std::string help = "") {
    declared.report(Diag::WhereForm, at.span, std::move(message)).help = std::move(help);
    throw Wrong{};
  }

  static bool isAskable(const abi::Field &field) { return field.tokens.empty() && field.lengthOf.empty(); }
  std::string fieldExample() const {
    auto label = std::find_if(data.fields.begin(), data.fields.end(), [](const abi::Field &field) { return isAskable(field) && field.shape.empty(); });
    return label == data.fields.end() ? "x[0]" : label->name;
  }
  std::string known() const {
    std::vector<std::string> names;
    for (const abi::Field &field : data.fields) {
      if (!isAskable(field))
        continue;
      names.push_back(field.name);
      names.insert(names.end(), field.columns.begin(), field.columns.end());
    }
    return firstOf(names, 12);
  }

  const abi::Field *fieldNamed(const std::string &name) const {
    for (const abi::Field &field : data.fields)
      if (field.name == name && isAskable(field))
        return &field;
    return nullptr;
  }

  void put(const std::string &op, const std::string &name = "", double value = 0) { steps.push_back({op, name, value}); }

  Sort write(const ast::Expr &expr) {
    switch (expr.kind) {
    case Kind::Number:
      put("constant", "", expr.number);
      return Number;
    case Kind::Name:
      return writeName(expr);
    case Kind::Index:
      return writeElement(expr);
    case Kind::Unary:
      need(*expr.operands[0], expr.text == "not" ? Truth : Number, expr.text);
      put(expr.text == "not" ? "not" : "neg");
      return expr.text == "not" ? Truth : Number;
    case Kind::Binary:
      return writeBinary(expr);
    default:
      fail(expr, "a condition on records is made of numbers that they have, of comparisons, arithmetic, `and`, `or` and `not`");
    }
  }

  void need(const ast::Expr &expr, Sort wanted, const std::string &op) {
    if (write(expr) != wanted)
      fail(expr, "`" + op + "` takes " + (wanted == Truth ? "comparisons, and this is a number" : "numbers, and this is a comparison"),
           wanted == Truth ? "" : "two comparisons are joined by `and`: 0 < x and x < 5");
  }

  Sort writeBinary(const ast::Expr &expr) {
    static const std::map<std::string, std::pair<const char *, bool>> comparisons = {
        {"==", {"eq", true}}, {"!=", {"ne", true}}, {"<", {"lt", true}}, {"<=", {"le", true}}, {">", {"gt", true}}, {">=", {"ge", true}}, {"+", {"add", false}}, {"-", {"sub", false}}, {"*", {"mul", false}}, {"/", {"div", false}}};
    const std::string &op = expr.text;
    if (op == "and" || op == "or") {
      need(*expr.operands[0], Truth, op);
      need(*expr.operands[1], Truth, op);
      put(op);
      return Truth;
    }
    auto known = comparisons.find(op);
    if (known == comparisons.end())
      fail(expr, "`" + op + "` has no place in a condition on records");
    for (size_t i : {0, 1})
      if (expr.operands[i]->kind == Kind::String)
        writeClass(*expr.operands[i], *expr.operands[1 - i], op);
      else
        need(*expr.operands[i], Number, op);
    put(known->second.first);
    return known->second.second ? Truth : Number;
  }

  /// `label == "rose"`
  void writeClass(const ast::Expr &name, const ast::Expr &of, const std::string &op) {
    const abi::Field *field = of.kind == Kind::Name ? fieldNamed(of.text) : nullptr;
    if (!field || field->classNames.empty() || !field->shape.empty() || (op != "==" && op != "!="))
      fail(name, "a text is compared by `==` or `!=` with a field whose classes have names");
    auto at = std::find(field->classNames.begin(), field->classNames.end(), name.text);
    if (at == field->classNames.end()) {
      std::string near = nearest(name.text, field->classNames);
      fail(name, "`" + field->name + "` has no class \"" + name.text + "\"; it has " + firstOf(field->classNames, 8), near.empty() ? "" : "did you mean \"" + near + "\"?");
    }
    put("constant", "", double(at - field->classNames.begin()));
  }

  Sort writeName(const ast::Expr &expr) {
    const std::string &name = expr.text;
    if (const abi::Field *field = fieldNamed(name)) {
      if (memory::elementsOf(field->shape) != 1)
        fail(expr, "`" + name + "` is " + data::typeText(field->dtype, field->shape) + " of each record, and a condition asks for one number", "write one of them: " + name + "[0" + (field->shape.size() > 1 ? ", 0" : "") + "]");
      put("field", name);
      return Number;
    }
    for (const abi::Field &field : data.fields)
      for (size_t i = 0; i < field.columns.size() && isAskable(field); ++i)
        if (field.columns[i] == name) {
          put("field", field.name, double(i));
          return Number;
        }
    if (declared.library.params.count(name))
      fail(expr, "`" + name + "` is known only when the program starts, and records are counted when the script is compiled", "declare it as a dim: dim " + name + " = 5");
    if (!declared.library.constants.count(name)) {
      std::vector<std::string> names;
      for (const abi::Field &field : data.fields)
        names.push_back(field.name);
      std::string near = nearest(name, names);
      fail(expr, "a record of `" + data.name + "` has no number `" + name + "`; it has " + known(), near.empty() ? "" : "did you mean `" + near + "`?");
    }
    std::optional<double> value = declared.number(expr, "`" + name + "`");
    if (!value)
      throw Wrong{};
    put("constant", "", *value);
    return Number;
  }

  Sort writeElement(const ast::Expr &expr) {
    const ast::Expr &of = *expr.operands[0];
    const abi::Field *field = of.kind == Kind::Name ? fieldNamed(of.text) : nullptr;
    if (!field)
      fail(of, "only a field of the data has elements here", "a record of `" + data.name + "` has " + known());
    if (expr.items.size() != field->shape.size())
      fail(expr, "`" + field->name + "` is " + data::typeText(field->dtype, field->shape) + " of each record, so one of its numbers has " + std::to_string(field->shape.size()) + (field->shape.size() == 1 ? " index" : " indexes"));
    int64_t element = 0;
    for (size_t i = 0; i < expr.items.size(); ++i) {
      std::optional<int64_t> at = expr.items[i].kind == ast::IndexItem::Kind::At ? declared.integer(*expr.items[i].start, "an index") : std::nullopt;
      if (!at && expr.items[i].kind == ast::IndexItem::Kind::At)
        throw Wrong{};
      int64_t size = field->shape[i], index = at ? (*at < 0 ? *at + size : *at) : -1;
      if (index < 0 || index >= size)
        fail(expr, "`" + field->name + "` is " + data::typeText(field->dtype, field->shape) + " of each record, and a condition asks for one number of it", "its axis " + std::to_string(i) + " is indexed from 0 to " + std::to_string(size - 1));
      element = element * size + index;
    }
    put("field", field->name, double(element));
    return Number;
  }

  const Declared &declared;
  const abi::Data &data;
  std::vector<abi::ConditionStep> steps;
};

} // namespace

/// Conditions of a source hold for all its splits, together with those of a part.
void DataChecks::addConditions(const ast::Data &data, DataPlan &plan) {
  abi::Data &facts = *plan.facts;
  auto add = [&](const ast::Condition &where, auto isOf) {
    if (!where.value)
      return;
    dims.evaluateIn(*where.value);
    std::optional<std::vector<abi::ConditionStep>> steps = ConditionWriter(declared, facts).written(*where.value);
    for (abi::Split &split : facts.splits) {
      if (!steps || !isOf(split))
        continue;
      bool isSecond = !split.where.empty();
      split.where.insert(split.where.end(), steps->begin(), steps->end());
      if (isSecond)
        split.where.push_back({"and", "", 0});
      split.condition = isSecond ? "(" + split.condition + ") and (" + where.text + ")" : where.text;
    }
  };
  for (const ast::Source &source : data.sources)
    add(source.where, [&](const abi::Split &split) { return split.source == source.name; });
  for (const ast::Split &split : data.splits)
    for (const ast::SplitPart &part : split.parts)
      add(part.where, [&](const abi::Split &other) { return other.name == part.name; });
}

/// Where records are left out without which something else would not be what it is.
bool DataChecks::checkConditionFits(const ast::Expr &where, const ast::Data &data, const DataPlan &plan) {
  for (const abi::Source &source : plan.facts->sources)
    if (source.window > 1 || data::hasPairs(source)) {
      declared.report(Diag::WhereForm, where.span, "records of source `" + source.name + "` are made of neighbours, and stand for more than themselves").help = "leave out of the file what is not meant";
      return false;
    }
  for (const ast::Statement &step : data.fields)
    if (isTokenStep(step, declared.library) && step.value->operands.front()->text != "pieces" && !sharedVocabulary(step)) {
      declared.report(Diag::WhereForm, where.span, "`" + step.names.front() + "` of `" + data.name + "` gets its vocabulary of all records of `train`, and this leaves some out")
          .notes.push_back({step.span, "the vocabulary is fitted here"});
      return false;
    }
  return true;
}

void DataChecks::checkConditions(const ast::Data &data, DataPlan &plan) {
  std::vector<const ast::Condition *> asked;
  for (const ast::Source &source : data.sources)
    asked.push_back(&source.where);
  for (const ast::Split &split : data.splits)
    for (const ast::SplitPart &part : split.parts)
      asked.push_back(&part.where);
  std::erase_if(asked, [](const ast::Condition *where) { return !where->value; });
  if (asked.empty())
    return;
  size_t before = declared.errorCount();
  if (!checkConditionFits(*asked.front()->value, data, plan))
    return;
  addConditions(data, plan);
  if (declared.errorCount() == before)
    countKept(*asked.front()->value, plan);
}

/// Reads the records that conditions ask about: how many are kept, and of which classes.
void DataChecks::countKept(const ast::Expr &where, DataPlan &plan) try {
  abi::Data &facts = *plan.facts;
  bool areByBytes = std::all_of(facts.fields.begin(), facts.fields.end(), [](const abi::Field &field) { return field.tokens.empty(); }) && facts.sources.front().reader != data::imagesFormat.name;
  std::map<std::string, std::map<int64_t, int64_t>> classes; // of records that are kept, by field
  bool isAll = true, leavesOut = false;
  for (abi::Split &split : facts.splits) {
    isAll = isAll && !split.where.empty();
    if (split.where.empty())
      continue;
    auto asks = [&](const abi::Field &field) { return areByBytes || (field.classes > 0 && field.shape.empty()) || std::any_of(split.where.begin(), split.where.end(), [&](const abi::ConditionStep &step) { return step.name == field.name; }); };
    std::vector<abi::Field> fields;
    std::copy_if(facts.fields.begin(), facts.fields.end(), std::back_inserter(fields), asks); // splits by hash go by the bytes of all, unless the reader knows better
    auto source = std::find_if(facts.sources.begin(), facts.sources.end(), [&](const abi::Source &each) { return each.name == split.source; });
    data::Dataset dataset = data::Dataset::load(*source, fields, declared.library.scriptFolder, data::Holding::InPieces);
    abi::Split whole = split;
    whole.where.clear();
    data::RecordList records = data::splitRecords(dataset, whole);
    data::Condition condition(dataset, split);
    split.of = std::ssize(records);
    records = records.keep([&](int64_t record) { return condition.holds(record); });
    split.kept = std::ssize(records);
    leavesOut = leavesOut || split.kept < split.of;
    if (records.empty())
      declared.report(Diag::WhereNothing, where.span, "none of the " + counted(split.of, "record") + " of `" + facts.name + "." + split.name + "` is where " + split.condition);
    for (const abi::Field &field : fields)
      for (int64_t record : field.classes > 0 && field.shape.empty() ? records : data::RecordList())
        ++classes[field.name][int64_t(numberAt(*dtypeNamed(field.dtype), dataset.values(dataset.findField(field.name), record).data(), 0))];
  }
  if (!leavesOut)
    declared.report(Diag::WhereNothing, where.span, "all records of `" + facts.name + "` meet this condition: it leaves none out").help = "remove it";
  for (const abi::Field &field : facts.fields)
    if (const auto &kept = classes[field.name]; isAll && !kept.empty()) {
      if (int64_t count = kept.rbegin()->first + 1; count < field.classes)
        facts.classesKept[field.name] = count;
      if (field.name == "label" && !plan.classRecords.empty())
        plan.classRecords = kept;
    }
} catch (const Error &error) {
  declared.report(Diag::DataFacts, where.span, error.message);
}

} // namespace tl
