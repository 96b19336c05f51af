// Several runs beside each other.
#include "runtime/report/Html.h"
#include "runtime/report/Sections.h"

#include <algorithm>
#include <cmath>

namespace tl::report {

namespace {

using Rows = std::vector<std::vector<std::string>>;

std::vector<std::string> heads(const std::vector<Run> &runs) {
  std::vector<std::string> row = {""};
  for (size_t i = 0; i < runs.size(); ++i)
    row.push_back("<span class=\"key c" + std::to_string(i % colours) + "\"><i></i>" + escaped(runs[i].path) + "</span>");
  return row;
}

/// "--lr", "dim depth" and the like, as text.
std::map<std::string, std::string> settingsOf(const Run &run) {
  std::map<std::string, std::string> out;
  for (const auto &[name, value] : run.settings.items())
    if (name == "params" || name == "dims" || name == "parts") {
      for (const auto &[inner, setting] : value.items())
        out[name == "params" ? "--" + inner : name == "dims" ? "dim " + inner
                                                             : inner] = valueText(setting);
    } else if (name != "arguments")
      out[name] = valueText(value);
  return out;
}

std::string differencesOf(const std::vector<Run> &runs) {
  std::vector<std::map<std::string, std::string>> all;
  std::map<std::string, std::string> names;
  for (const Run &run : runs)
    all.push_back(settingsOf(run)), names.insert(all.back().begin(), all.back().end());
  Rows rows = {heads(runs)};
  for (const auto &[name, first] : names) {
    std::vector<std::string> row = {escaped(name)};
    bool isSame = true;
    for (const auto &settings : all) {
      auto found = settings.find(name);
      isSame = isSame && found != settings.end() && found->second == first;
      row.push_back(found == settings.end() ? "–" : escaped(found->second));
    }
    if (!isSame)
      rows.push_back(row);
  }
  return rows.size() > 1 ? table(rows) : "<p>All settings are the same.</p>\n";
}

/// The figures that a run ended with, by what they are of. In the order of the run.
std::vector<std::pair<std::string, double>> figuresOf(const Run &run) {
  std::vector<std::pair<std::string, double>> out;
  auto takeBest = [&](const std::string &of, const Json &values) {
    for (const auto &[watched, value] : values.items())
      if (value.is_number())
        out.emplace_back(of + " " + watched, value.get<double>());
  };
  auto take = [&](const std::string &of, const Json &values) {
    for (const auto &[name, value] : values.items())
      if (value.is_number())
        out.emplace_back(of + " " + name, value.get<double>());
      else if (name == "best" && value.is_object())
        takeBest(of + " best", value);
      else if (name == "bests" && value.is_object())
        for (const auto &[kept, best] : value.items())
          takeBest(of + " " + kept, best);
  };
  for (const char *part : {"stages", "tests"})
    if (run.summary.contains(part))
      for (const auto &[name, values] : run.summary[part].items())
        take((part[0] == 's' ? "" : "test ") + name + ":", values);
  return out;
}

std::string figuresTable(const std::vector<Run> &runs) {
  std::vector<std::string> names;
  std::vector<std::map<std::string, double>> all;
  for (const Run &run : runs) {
    all.emplace_back();
    for (const auto &[name, value] : figuresOf(run)) {
      all.back()[name] = value;
      if (std::find(names.begin(), names.end(), name) == names.end())
        names.push_back(name);
    }
  }
  Rows rows = {heads(runs)};
  for (const std::string &name : names) {
    rows.push_back({escaped(name)});
    for (const auto &figures : all) {
      auto found = figures.find(name);
      rows.back().push_back(found == figures.end() ? "–" : number(found->second));
    }
  }
  return rows.size() > 1 ? table(rows) : "";
}

std::string chartsOf(const std::vector<Run> &runs, const std::string &stage) {
  std::vector<Chart> charts;
  for (size_t i = 0; i < runs.size(); ++i)
    for (const Curve &curve : runs[i].stage(stage) ? runs[i].stage(stage)->curves : std::vector<Curve>{}) {
      auto chart = std::find_if(charts.begin(), charts.end(), [&](const Chart &one) { return one.title == curve.name; });
      if (chart == charts.end())
        chart = charts.insert(charts.end(), Chart{curve.name, {}, {}});
      chart->lines.push_back({runs[i].path, int(i), curve.name.starts_with("step."), curve.points, {}});
    }
  // What is measured of val comes first: it is what runs are compared by.
  std::string out, others;
  for (const Chart &chart : charts)
    (chart.title.starts_with("val.") ? out : others) += drawn(chart);
  out += others;
  return out.empty() ? out : element("h3", "", "stage " + escaped(stage)) + element("div", "class=\"charts\"", out) + "\n";
}

} // namespace

std::string comparisonOf(const std::vector<Run> &runs) {
  std::vector<std::string> stages;
  for (const Run &run : runs)
    for (const Stage &stage : run.stages)
      if (std::find(stages.begin(), stages.end(), stage.name) == stages.end())
        stages.push_back(stage.name);
  std::string curves;
  for (const std::string &stage : stages)
    curves += chartsOf(runs, stage);
  return section("Settings that differ", differencesOf(runs)) + section("Figures at the end", figuresTable(runs)) + section("Curves", curves);
}

} // namespace tl::report
