// Metrics of all records at once.
#include "runtime/program/Overall.h"

namespace tl::program {

static std::vector<int64_t> arenaSizes(const Callable &function, bool isDrawnFrom) {
  return std::vector<int64_t>(isDrawnFrom ? 2 : 1, function.about->inputBytes);
}

Overall::Overall(Context &context, Session &session, const abi::Metric &metric, const Callable &measured, bool isDrawnFrom)
    : metric(metric), session(session), function(context.function(metric.function)), arenas(arenaSizes(function, isDrawnFrom)), input(arenas[0]) {
  if (isDrawnFrom)
    drawn = arenas[1];
  for (size_t i = 0; i < metric.parts.size(); ++i) {
    std::string number = std::to_string(i);
    Part part{measured.output(metric.name + "." + number), function.input(number), metric.parts[i] == "rows", {}};
    if (!part.from)
      throw Error(exitInternal, "function `" + measured.about->name + "` has no output `" + metric.name + "." + number + "`");
    if (!part.areRows)
      part.sums.resize(memory::elementsOf(part.from->shape));
    parts.push_back(std::move(part));
  }
}

void Overall::clear() {
  records = 0;
  for (Part &part : parts)
    part.sums.assign(part.sums.size(), 0);
}

void Overall::add(const memory::Arena &output, int64_t count) {
  for (Part &part : parts)
    if (part.areRows && part.into)
      input.copyRows(*part.into, records, output, *part.from, count);
    else
      for (size_t i = 0; i < part.sums.size(); ++i)
        part.sums[i] += output.number(*part.from, int64_t(i));
  records += count;
}

std::vector<double> Overall::values() {
  for (const Part &part : parts)
    for (size_t i = 0; part.into && i < part.sums.size(); ++i)
      input.put(*part.into, int64_t(i), part.sums[i]);
  return called(input);
}

double Overall::valueOf(const std::vector<int64_t> &numbers, const double *sums) {
  for (const Part &part : parts) {
    for (size_t i = 0; part.into && part.areRows && i < numbers.size(); ++i)
      drawn.copyRows(*part.into, int64_t(i), input, *part.into, 1, numbers[i]);
    for (size_t i = 0; part.into && i < part.sums.size(); ++i)
      drawn.put(*part.into, int64_t(i), sums[i]);
    sums += part.sums.size();
  }
  return called(drawn).at(0);
}

std::vector<double> Overall::called(memory::Arena input) {
  if (const abi::Port *valid = function.input("valid"))
    for (int64_t i = 0; i < valid->shape[0]; ++i)
      input.put(*valid, i, i < records ? 1 : 0);
  session.call(function, input, 0);
  const abi::Port &value = *function.output("value");
  std::vector<double> values(size_t(memory::elementsOf(value.shape)));
  for (size_t i = 0; i < values.size(); ++i)
    values[i] = session.output().number(value, int64_t(i));
  return values;
}

std::vector<std::string> Overall::functions(const std::vector<abi::Metric> &metrics) {
  std::vector<std::string> names;
  for (const abi::Metric &metric : metrics)
    if (!metric.function.empty())
      names.push_back(metric.function);
  return names;
}

int64_t Overall::bytes(const abi::Program &program, const std::vector<abi::Metric> &metrics) {
  int64_t bytes = 0;
  for (const std::string &name : functions(metrics))
    bytes += memory::Arenas::bytes({Context::about(program, name).inputBytes});
  return bytes;
}

} // namespace tl::program
