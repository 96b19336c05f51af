// Which records of a split are kept.
#include "runtime/data/Condition.h"
#include "runtime/abi/ElementTypes.h"
#include "runtime/abi/Requirement.h"
#include "runtime/io/Units.h"

namespace tl::data {

Condition::Condition(const Dataset &dataset, const abi::Split &split) : dataset(dataset), split(split) {
  for (const abi::ConditionStep &step : split.where)
    if (step.op == "field" && !values.contains(step.name)) {
      int field = dataset.findField(step.name);
      std::vector<char> &place = values[step.name];
      place.resize(size_t(dataset.bytesPerRecord(field)));
      targets.push_back({field, place.data()});
    }
}

bool Condition::holds(int64_t record) {
  dataset.read(record, targets, window);
  std::vector<double> stack;
  for (const abi::ConditionStep &step : split.where)
    stack.push_back(step.op == "constant" ? step.value
                    : step.op == "field"  ? numberAt(*dtypeNamed(dataset.fields()[size_t(dataset.findField(step.name))].dtype), values.at(step.name).data(), int64_t(step.value))
                                          : abi::apply(step.op, stack));
  return stack.back() != 0;
}

std::string keptText(const abi::Data &data, const abi::Split &split, int64_t kept) {
  return split.where.empty() ? "" : "`" + data.name + "." + split.name + "`: " + withCommas(kept) + " of " + counted(split.of, "record") + ", where " + split.condition;
}

} // namespace tl::data
