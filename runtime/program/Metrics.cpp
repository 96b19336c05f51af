// Metrics: sums and counts that compiled functions put out, added up over batches in double.
#include "runtime/program/Metrics.h"

#include <cmath>
#include <limits>

namespace tl::program {

MetricTotals::MetricTotals(const std::vector<abi::Metric> &metrics, const Callable &function) {
  for (const abi::Metric &metric : metrics) {
    if (!metric.parts.empty())
      continue; // `put`, or a list
    Total total{&metric, function.output(metric.name + ".sum"), function.output(metric.name + ".count"), {}};
    if (!total.sumPort)
      continue;
    if (metric.counted && !total.countPort)
      throw Error(exitInternal, "function `" + function.about->name + "` has no output `" + metric.name + ".count`");
    total.sums.resize(memory::elementsOf(total.sumPort->shape));
    totals.push_back(std::move(total));
  }
}

void MetricTotals::add(const memory::Arena &output) {
  for (Total &total : totals) {
    for (size_t i = 0; i < total.sums.size(); ++i)
      total.sums[i] += output.number(*total.sumPort, int64_t(i));
    if (total.countPort)
      total.count += output.number(*total.countPort, 0);
  }
}

void MetricTotals::put(const abi::Metric &metric, std::vector<double> values) {
  totals.push_back({&metric, nullptr, nullptr, std::move(values)});
}

void MetricTotals::clear() {
  std::erase_if(totals, [](const Total &total) { return !total.sumPort; });
  for (Total &total : totals) {
    total.sums.assign(total.sums.size(), 0);
    total.count = 0;
  }
}

void MetricTotals::addLoss(const memory::Arena &output, Loss &into) const {
  const Total *loss = find("loss");
  if (!loss)
    throw Error(exitInternal, "the step puts out no `loss.sum`");
  into.sum += output.number(*loss->sumPort, 0);
  into.isCounted = loss->metric->counted;
  if (into.isCounted)
    into.count += output.number(*loss->countPort, 0);
}

double finished(const abi::Metric &metric, double sum, double count) {
  double value = metric.counted ? sum / count : sum;
  if (metric.finish == "exp")
    value = std::exp(value);
  else if (metric.finish == "sqrt")
    value = std::sqrt(value);
  return std::isnan(value) ? std::numeric_limits<double>::quiet_NaN() : value; // 0 / 0 has a sign, which says nothing
}

const MetricTotals::Total *MetricTotals::find(const std::string &name) const {
  for (const Total &total : totals)
    if (total.metric->name == name)
      return &total;
  return nullptr;
}

std::optional<double> MetricTotals::value(const std::string &name) const {
  const Total *total = find(name);
  if (!total || total->sums.size() != 1)
    return std::nullopt;
  return total->finished(total->sums[0]);
}

std::vector<std::pair<std::string, double>> MetricTotals::numbers() const {
  std::vector<std::pair<std::string, double>> out;
  for (const Total &total : totals)
    if (total.sums.size() == 1)
      out.emplace_back(total.metric->name, total.finished(total.sums[0]));
  return out;
}

std::vector<double> MetricTotals::values(const abi::Metric &metric) const {
  std::vector<double> out;
  if (const Total *total = find(metric.name))
    for (double sum : total->sums)
      out.push_back(total->finished(sum));
  return out;
}

std::map<std::string, checkpoint::MetricSum> MetricTotals::save() const {
  std::map<std::string, checkpoint::MetricSum> out;
  for (const Total &total : totals) {
    checkpoint::MetricSum &sum = out[total.metric->name];
    sum.sums.assign(total.sums.begin(), total.sums.end());
    sum.count = total.count;
  }
  return out;
}

void MetricTotals::restore(const std::map<std::string, checkpoint::MetricSum> &sums) {
  clear();
  for (Total &total : totals) {
    auto found = sums.find(total.metric->name);
    if (found == sums.end() || found->second.sums.size() != total.sums.size())
      continue;
    total.sums.assign(found->second.sums.begin(), found->second.sums.end());
    total.count = found->second.count;
  }
}

}  // namespace tl::program
