// How a phase draws its records: all classes of a field equally often, or by a number that each has.
#include "compiler/sema/StageChecks.h"
#include "compiler/stages/Stages.h"
#include "runtime/data/Facts.h"
#include "runtime/data/UnseenClasses.h"
#include "runtime/io/Format.h"
#include <algorithm>

namespace tl {

/// "sample rising by"
static std::string wordsOf(const ast::Rule &rule) { return "sample " + (rule.text.empty() ? "" : rule.text + " ") + "by"; }

void StageChecks::reportHidden(const StagePlan &plan, const ast::Rule &rule) const {
  declared.report(Diag::LabelHidden, rule.value->span, "`" + plan.ast->data + "." + rule.value->text + "` is not readable here: stage `" + plan.ast->name + "` is `without labels`").help =
      "remove `without labels`, or `" + wordsOf(rule) + "`";
}

constexpr double usualStart = 0.1; // of the records, where `sample rising` says nothing

void StageChecks::checkSampling(const StagePlan &plan, const ast::Rule &rule) {
  const std::string &name = rule.value->text;
  std::vector<std::string> known;
  for (const abi::Field &each : plan.data->facts->fields)
    if (each.lengthOf.empty())
      known.push_back(each.name);
  for (const ast::Statement &statement : plan.data->ast->fields)
    known.insert(known.end(), statement.names.begin(), statement.names.end());
  if (std::find(known.begin(), known.end(), name) == known.end()) {
    std::string near = nearest(name, known);
    declared.report(Diag::FieldMissing, rule.value->span, "data `" + plan.ast->data + "` has no field `" + name + "`" + (near.empty() ? "" : "; did you mean `" + near + "`?"));
    return;
  }
  if (rule.from && rule.text != "rising") {
    declared.report(Diag::SampleNumber, rule.from->span, "`" + wordsOf(rule) + "` takes all records from the beginning on").help = "leave `from` out, or write sample rising by " + name + " from " + rule.from->text;
    return;
  }
  rule.text.empty() ? checkBalanced(plan, rule) : checkOrdered(plan, rule);
}

/// By a class that each record has one of, as the files say it.
void StageChecks::checkBalanced(const StagePlan &plan, const ast::Rule &rule) {
  const std::string &name = rule.value->text, of = "`" + plan.ast->data + "." + name + "`";
  const abi::Field *field = plan.data->field(name);
  if (plan.hidesLabels())
    return reportHidden(plan, rule);
  if (!field || (field->classes > 0 && field->shape.empty() && data::isRebound(*plan.data->facts, name))) {
    declared.report(Diag::SampleField, rule.value->span, of + " is computed by the data, and records are drawn by what their files have")
        .help = "number the classes so in the files";
    return;
  }
  if (field->classes == 0 || !field->shape.empty()) {
    declared.report(Diag::SampleField, rule.value->span, of + " is " + data::typeText(field->dtype, field->shape) + (field->classes ? ", several classes" : ", no class") + " of each record")
        .help = "name a field that has one class for each record, as `label` of most sources has";
    return;
  }
  const std::map<int64_t, int64_t> &met = plan.data->classRecords; // of `label`, of all sources; of the records of `train` the program tells
  for (int64_t number = 0; name == "label" && !met.empty() && number < plan.data->facts->classesOf(*field); ++number)
    if (!met.contains(number)) {
      std::string shown = field->classNames.empty() ? std::to_string(number) : "`" + field->classNames[size_t(number)] + "`";
      declared.report(Diag::SampleField, rule.value->span, "no record is of class " + shown + " of " + of + ", which has " + std::to_string(plan.data->facts->classesOf(*field)) + " classes, and all are to be drawn equally often")
          .help = "leave the class out of the numbering, or bring records of it";
      return;
    }
}

/// By a number that each record has, or how many tokens.
void StageChecks::checkOrdered(const StagePlan &plan, const ast::Rule &rule) {
  const std::string &name = rule.value->text, of = "`" + plan.ast->data + "." + name + "`";
  if (rule.from) {
    const std::optional<double> from = declared.number(*rule.from, "the share that `sample rising` begins with");
    if (from && !(*from > 0 && *from < 1))
      declared.report(Diag::SampleNumber, rule.from->span, "a phase begins with a share of the records between 0 and 1, this is " + format("%g", *from)).help = "write sample rising by " + name + " from 0.1";
  }
  if (rule.text == "alike" && plan.batch == 1) {
    declared.report(Diag::RuleWithoutEffect, rule.span, "`sample alike by " + name + "` has no effect: a batch has 1 record").help = "take batches of more records";
    return;
  }
  Function scratch;
  Elaborator elaborator(declared.library, declared.diagnostics, scratch);
  elaborator.scope = plan.data->ast->name;
  const std::optional<Values> values = fields.of(elaborator, *plan.data, 64, false);
  const TensorValue *field = values && values->contains(name) ? std::get_if<TensorValue>(&values->at(name)) : nullptr;
  if (!field)
    return; // what is wrong with it has been said
  if (!measures.visibleFields(plan, *plan.data, *values).contains(name))
    return reportHidden(plan, rule);
  bool isLength = false;
  const std::optional<TensorValue> number = BatchFields::numberOf(elaborator, *field, isLength, rule.value->span);
  if (!number) {
    const int64_t size = field->axes[1].size;
    const abi::Field *raw = plan.data->field(name);
    const std::vector<int64_t> shape = field->type().shape;
    const bool isFull = field->axes.size() == 2 && field->axes[1].tokens.lengths == Tokens::all && raw && abi::hasText(*raw);
    declared.report(Diag::SampleNumber, rule.value->span, isFull ? "each record of " + of + " has " + std::to_string(size) + " tokens, so none is longer than another" : of + " is " + data::typeText(nameOf(field->dtype), {shape.begin() + 1, shape.end()}) + ", no number of each record")
        .help = isFull ? "name a field of one number" : "name a field of one number, or of tokens; data computes one: size = " + name + "[:, " + (field->axes.size() == 2 ? "" : "…, ") + "0]";
    return;
  }
  if (const std::string holes = holesIn(scratch, number->node, *plan.data->facts); !holes.empty())
    declared.report(Diag::HolesRead, rule.value->span, of + " is NaN where `" + holes + "` has a hole, which `missing = keep` leaves in it, and has no place in an order").help =
        "fill them in data `" + plan.ast->data + "`: " + holes + " = filled(" + holes + ", fit = train), of std.tables";
}

void StageChecks::describeSampling(const StagePlan &plan) {
  std::map<std::string, abi::Sample> ordered; // by field
  for (size_t i = 0; i < plan.phases.size(); ++i) {
    const ast::Rule *rule = plan.phases[i].sampleBy;
    abi::Sample &sample = draft.program.stages[size_t(plan.index)].phases[i].sample;
    if (!rule)
      continue;
    sample.field = rule->value->text;
    if (!rule->text.empty()) {
      auto [known, isNew] = ordered.try_emplace(sample.field, sample);
      if (isNew)
        fields.buildNumber(plan, known->second, draft);
      sample = known->second;
    }
    sample.way = rule->text.empty() ? "balanced" : rule->text;
    if (sample.way == "rising")
      sample.from = rule->from ? declared.number(*rule->from, "").value() : usualStart;
  }
}

} // namespace tl
