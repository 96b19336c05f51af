// What a split was measured at: metrics added up over batches.
#include "compiler/reference/Measures.h"

namespace tl::reference {

void Measures::add(const Named &outputs, int64_t records) {
  measured += records;
  for (const auto &[name, given] : outputs)
    if (name.ends_with(".rows"))
      keepRows(name, given, records);
  for (const abi::Metric &metric : *metrics) {
    for (size_t i = 0; i < metric.parts.size(); ++i)
      if (auto output = outputs.find(metric.name + "." + std::to_string(i)); output != outputs.end()) {
        const Tensor &given = output->second;
        auto [total, isFirst] = totals.try_emplace(output->first, given);
        if (metric.parts[i] == "sum")
          total->second.data = isFirst ? given.data : Eigen::ArrayXd(total->second.data + given.data);
        else
          keepRows(output->first, given, records);
      }
    for (size_t i = 0; i < metric.terms.size(); ++i)
      if (auto output = outputs.find(metric.name + "." + std::to_string(i)); output != outputs.end())
        totals.insert_or_assign(output->first, output->second);
    for (const char *part : {".sum", ".count"})
      if (auto output = outputs.find(metric.name + part); output != outputs.end()) {
        auto [total, isFirst] = totals.try_emplace(output->first, output->second);
        if (!isFirst)
          total->second.data += output->second.data;
      }
  }
}

void Measures::keepRows(const std::string &name, const Tensor &given, int64_t records) {
  rows[name].insert(rows[name].end(), given.data.begin(), given.data.begin() + records * (given.data.size() / given.shape[0]));
}

Measures Measures::of(const std::vector<int64_t> &numbers) const {
  Measures made = *this;
  made.measured = std::ssize(numbers);
  for (auto &[name, picked] : made.rows) {
    const std::vector<double> &all = rows.at(name);
    int64_t width = std::ssize(all) / measured;
    for (size_t place = 0; place < numbers.size(); ++place)
      std::copy_n(all.begin() + numbers[place] * width, width, picked.begin() + int64_t(place) * width);
    if (!name.ends_with(".rows"))
      continue;
    Tensor &total = made.totals.at(name.substr(0, name.size() - std::string(".rows").size()));
    total.data.setZero();
    for (size_t i = 0; i < picked.size(); ++i)
      total.data[int64_t(i) % width] += picked[i];
  }
  return made;
}

std::optional<Named> Measures::allOf(const abi::Metric &metric, const abi::Function &function) const {
  Named inputs;
  for (const abi::Port &port : function.inputs) {
    Tensor &input = inputs[port.name] = Tensor(port.shape);
    std::string name = metric.name + "." + port.name;
    if (port.name == "valid")
      input.data.head(measured).setOnes();
    else if (auto row = rows.find(name); row != rows.end())
      std::copy(row->second.begin(), row->second.end(), input.data.begin());
    else if (auto sum = totals.find(name); sum != totals.end())
      input.data = sum->second.data;
    else
      return std::nullopt;
  }
  return inputs;
}

void Measures::put(const abi::Metric &metric, Tensor value) { totals[metric.name + ".sum"] = std::move(value); }

std::optional<Tensor> Measures::value(const std::string &name) const {
  for (const abi::Metric &metric : *metrics) {
    auto sum = totals.find(name + ".sum");
    if (metric.name != name || sum == totals.end())
      continue;
    Tensor value = sum->second;
    if (!metric.terms.empty()) {
      value.data.setZero();
      for (size_t i = 0; i < metric.terms.size(); ++i)
        value.data += totals.at(name + "." + std::to_string(i)).data[0] * this->value(metric.terms[i])->data[0];
      return value;
    }
    if (metric.counted)
      value.data /= totals.at(name + ".count").data[0];
    if (metric.finish == "exp")
      value.data = value.data.unaryExpr([](double x) { return std::exp(x); });
    if (metric.finish == "sqrt")
      value.data = value.data.unaryExpr([](double x) { return std::sqrt(x); });
    return value;
  }
  return std::nullopt;
}

static nlohmann::ordered_json nested(const Tensor &value, size_t axis, int64_t &next) {
  if (axis == value.shape.size())
    return value.data[next++];
  auto list = nlohmann::ordered_json::array();
  for (int64_t i = 0; i < value.shape[axis]; ++i)
    list.push_back(nested(value, axis + 1, next));
  return list;
}

void Measures::write(nlohmann::ordered_json &event, const std::string &prefix) const {
  for (const abi::Metric &metric : *metrics)
    if (std::optional<Tensor> total = metric.isAside ? std::nullopt : value(metric.name)) {
      int64_t next = 0;
      event[prefix + metric.name] = nested(*total, 0, next);
    }
}

}  // namespace tl::reference
