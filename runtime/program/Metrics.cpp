// Metrics: sums and counts that compiled functions put out, added up over batches in double.
#include "runtime/program/Metrics.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace tl::program {

MetricTotals::MetricTotals(const std::vector<abi::Metric> &metrics, const std::vector<Callable> &functions) {
  for (const abi::Metric &metric : metrics) {
    if (!metric.parts.empty())
      continue; // `put`, or a list
    Total total{&metric, {}, {}};
    for (const Callable &function : functions) {
      Ports &ports = total.ports.emplace_back(Ports{function.output(metric.name + ".sum"), function.output(metric.name + ".count"), {}});
      if (!ports.sum)
        continue;
      for (size_t i = 0; i < metric.terms.size(); ++i)
        ports.terms.push_back(function.output(metric.name + "." + std::to_string(i)));
      if ((metric.counted && !ports.count) || std::find(ports.terms.begin(), ports.terms.end(), nullptr) != ports.terms.end())
        throw Error(exitInternal, "function `" + function.about->name + "` has no count of `" + metric.name + "`");
      total.sums.resize(metric.terms.empty() ? size_t(memory::elementsOf(ports.sum->shape)) : metric.terms.size());
    }
    if (!total.sums.empty())
      totals.push_back(std::move(total));
  }
}

void MetricTotals::add(const memory::Arena &output, size_t function) {
  for (Total &total : totals) {
    const Ports &ports = total.ports.at(function);
    if (!ports.sum)
      continue;
    for (size_t i = 0; i < total.sums.size(); ++i)
      if (ports.terms.empty())
        total.sums[i] += output.number(*ports.sum, int64_t(i));
      else
        total.sums[i] = output.number(*ports.terms[i], 0);
    if (ports.count)
      total.count += output.number(*ports.count, 0);
    total.isMeasured = true;
  }
}

void MetricTotals::put(const abi::Metric &metric, std::vector<double> values) {
  totals.push_back({&metric, {}, std::move(values), 0, /*isMeasured=*/true});
}

void MetricTotals::clear() {
  std::erase_if(totals, [](const Total &total) { return total.ports.empty(); });
  for (Total &total : totals) {
    total.sums.assign(total.sums.size(), 0);
    total.count = 0;
    total.isMeasured = false;
  }
}

void MetricTotals::addLoss(const memory::Arena &output, Loss &into, const std::string &name, size_t function) const {
  const Total *loss = find(name);
  if (!loss || !loss->ports.at(function).sum)
    throw Error(exitInternal, "the step puts out no `" + name + ".sum`");
  const Ports &ports = loss->ports[function];
  into.sum += output.number(*ports.sum, 0);
  into.isCounted = loss->metric->counted;
  if (into.isCounted)
    into.count += output.number(*ports.count, 0);
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

double MetricTotals::numberOf(const Total &total) const {
  double number = total.metric->terms.empty() ? total.finished(total.sums[0]) : 0;
  for (size_t i = 0; i < total.metric->terms.size(); ++i)
    number += total.sums[i] * value(total.metric->terms[i]).value_or(NAN);
  return number;
}

std::optional<double> MetricTotals::value(const std::string &name) const {
  const Total *total = find(name);
  if (!total || !total->isNumber() || !total->isMeasured)
    return std::nullopt;
  return numberOf(*total);
}

std::vector<std::pair<std::string, double>> MetricTotals::numbers() const {
  std::vector<std::pair<std::string, double>> out;
  for (const Total &total : totals)
    if (total.isNumber() && total.isMeasured)
      out.emplace_back(total.metric->name, numberOf(total));
  return out;
}

std::vector<double> MetricTotals::values(const abi::Metric &metric) const {
  std::vector<double> out;
  if (const Total *total = find(metric.name)) {
    if (!metric.terms.empty())
      return {numberOf(*total)};
    for (double sum : total->sums)
      out.push_back(total->finished(sum));
  }
  return out;
}

std::map<std::string, checkpoint::MetricSum> MetricTotals::save() const {
  std::map<std::string, checkpoint::MetricSum> out;
  for (const Total &total : totals) {
    if (!total.isMeasured)
      continue;
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
    total.isMeasured = true;
  }
}

}  // namespace tl::program
