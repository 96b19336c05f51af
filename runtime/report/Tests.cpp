// What the tests of a run have measured: numbers, lists, tables of counts, and records that were answered badly.
#include "runtime/io/Units.h"
#include "runtime/report/Html.h"
#include "runtime/report/Sections.h"

#include <algorithm>
#include <cmath>
#include <tuple>

namespace tl::report {

namespace {

using Matrix = std::vector<std::vector<double>>;

constexpr size_t mostClasses = 40; // of a table that is still looked at cell by cell

/// Rows of numbers of equal length; none where it is something else.
Matrix matrixOf(const Json &value) {
  Matrix rows;
  if (value.is_array())
    for (const Json &row : value) {
      rows.emplace_back();
      if (!row.is_array() || row.size() != value[0].size())
        return {};
      for (const Json &cell : row)
        rows.back().push_back(cell.is_number() ? cell.get<double>() : NAN);
    }
  return rows;
}

/// Names of `count` classes of the data that the test is of, "STAGE.WHICH on DATA.SPLIT"; else numbers.
std::vector<std::string> namesOf(const Run &run, const std::string &test, size_t count) {
  size_t on = test.find(" on ");
  std::string data = on == std::string::npos ? "" : test.substr(on + 4, test.find('.', on + 4) - on - 4);
  if (auto found = run.classes.find(data); found != run.classes.end())
    for (const std::vector<std::string> &names : found->second)
      if (names.size() == count)
        return names;
  std::vector<std::string> names;
  for (size_t i = 0; i < count; ++i)
    names.push_back(std::to_string(i));
  return names;
}

/// A cell as dark as its share of the row.
std::string shaded(double value, double sum) {
  double share = sum > 0 && value > 0 ? value / sum : 0;
  std::string style = format("style=\"--share:%.3f\"", share);
  return element("td", share > 0.5 ? style + " class=\"dark\"" : style, count(value));
}

std::string confusionOf(const Matrix &cells, const std::vector<std::string> &names) {
  std::string rows = "<th></th>";
  for (const std::string &name : names)
    rows += element("th", "", escaped(name));
  rows = element("tr", "", rows + "<th>right</th>") + "\n";
  for (size_t r = 0; r < cells.size(); ++r) {
    double sum = 0;
    for (double value : cells[r])
      sum += value;
    std::string row = element("th", "", escaped(names[r]));
    for (double value : cells[r])
      row += shaded(value, sum);
    rows += element("tr", "", row + element("td", "", sum > 0 ? format("%.1f %%", 100 * cells[r][r] / sum) : "")) + "\n";
  }
  return element("div", "class=\"wide\"", element("table", "class=\"confusion\"", rows)) + "<p class=\"note\">rows: what it is; columns: what was answered</p>\n";
}

/// The pairs of classes that are taken for each other most often.
std::string mistakenOf(const Matrix &cells, const std::vector<std::string> &names) {
  struct Pair { double count; size_t is, answered; };
  std::vector<Pair> pairs;
  for (size_t r = 0; r < cells.size(); ++r)
    for (size_t c = 0; c < cells.size(); ++c)
      if (r != c && cells[r][c] > 0)
        pairs.push_back({cells[r][c], r, c});
  std::sort(pairs.begin(), pairs.end(), [](const Pair &a, const Pair &b) { return std::tie(b.count, a.is, a.answered) < std::tie(a.count, b.is, b.answered); });
  std::string out;
  for (size_t i = 0; i < std::min<size_t>(pairs.size(), 5); ++i)
    out += (i == 0 ? "most often mistaken: " : "; ") + escaped(names[pairs[i].is]) + " for " + escaped(names[pairs[i].answered]) + " (" + count(pairs[i].count) + ")";
  return out.empty() ? out : element("p", "", out) + "\n";
}

std::string matrix(const Run &run, const std::string &test, const Matrix &cells) {
  size_t columns = cells[0].size();
  std::vector<std::string> left = namesOf(run, test, cells.size()), top = namesOf(run, test, columns);
  bool isConfusion = cells.size() == columns;
  if (isConfusion && columns <= mostClasses)
    return confusionOf(cells, left) + mistakenOf(cells, left);
  if (isConfusion)
    return element("p", "", withCommas(int64_t(columns)) + " classes") + mistakenOf(cells, left);
  std::vector<std::vector<std::string>> rows(1, {""});
  for (const std::string &name : top)
    rows[0].push_back(escaped(name));
  for (size_t r = 0; r < cells.size(); ++r) {
    rows.push_back({escaped(left[r])});
    for (double value : cells[r])
      rows.back().push_back(count(value));
  }
  return table(rows);
}

std::string list(const Run &run, const std::string &test, const Json &values) {
  std::vector<std::string> names = namesOf(run, test, values.size());
  std::vector<std::vector<std::string>> rows = {{"", ""}};
  for (size_t i = 0; i < values.size(); ++i)
    rows.push_back({escaped(names[i]), values[i].is_number() ? count(values[i].get<double>()) : escaped(values[i].dump())});
  return table(rows);
}

std::string cellOf(const Json &value) {
  constexpr size_t longText = 24;
  if (value.is_string() && value.get_ref<const std::string &>().size() > longText)
    return element("div", "class=\"text\"", escaped(valueText(value)));
  return value.is_number_float() ? number(value.get<double>()) : escaped(valueText(value));
}

/// Records by a score: where each comes from, what it is, and what was answered.
std::string records(const Run &run, const std::string &test, const Json &listing) {
  const Json &found = listing.at("records");
  std::string head = element("p", "", count(listing.at("count").get<double>()) + " records" + (double(found.size()) < listing.at("count").get<double>() ? ", here the first " + std::to_string(found.size()) : "")) + "\n";
  std::vector<std::vector<std::string>> rows;
  bool hasPictures = false;
  for (const Json &record : found) {
    if (rows.empty()) {
      rows.emplace_back(1, "");
      for (const auto &[name, value] : record.items())
        if (name != "record")
          rows[0].push_back(escaped(name));
    }
    auto picture = record.contains("record") ? run.pictures.find(test + "/" + valueText(record["record"])) : run.pictures.end();
    bool isThere = picture != run.pictures.end() && picture->second.starts_with("data:image/png;base64,");
    hasPictures |= isThere;
    rows.push_back({isThere ? "<img alt=\"\" src=\"" + escaped(picture->second) + "\">" : std::to_string(rows.size())});
    for (const auto &[name, value] : record.items())
      if (name != "record")
        rows.back().push_back(cellOf(value));
  }
  return head + (rows.empty() ? "" : element("div", hasPictures ? "class=\"pictures\"" : "", table(rows)));
}

std::string measureOf(const Run &run, const std::string &test, const Json &value) {
  if (value.is_object() && value.contains("records"))
    return records(run, test, value);
  if (value.is_object() && value.contains("points"))
    return drawnPoints(value);
  if (Matrix cells = matrixOf(value); !cells.empty() && !cells[0].empty())
    return matrix(run, test, cells);
  return value.is_array() ? list(run, test, value) : escaped(value.dump());
}

std::string testOf(const Run &run, const std::string &test, const Json &measures) {
  std::string figures, others;
  auto figure = [&](const std::string &name, const std::string &value) { figures += element("div", "class=\"figure\"", "<b>" + value + "</b>" + escaped(name)); };
  for (const auto &[name, value] : measures.items()) {
    if (name == "records" && value.is_number())
      figure(name, count(value.get<double>()));
    else if (value.is_number() || value.is_null())
      figure(name, number(value.is_null() ? NAN : value.get<double>()));
    else if (name == "checkpoint" && value.is_string())
      figure(name, escaped(value.get<std::string>()));
    else
      others += element("h4", "", escaped(name)) + measureOf(run, test, value) + "\n";
  }
  return element("h3", "", escaped(test)) + element("div", "class=\"figures\"", figures) + "\n" + others;
}

} // namespace

std::string testsOf(const Run &run) {
  std::string out;
  if (run.summary.contains("tests"))
    for (const auto &[test, measures] : run.summary["tests"].items())
      out += testOf(run, test, measures);
  return out;
}

} // namespace tl::report
