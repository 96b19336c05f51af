// What models that make pictures have drawn at the end of the run, beside what they were asked with.
#include "runtime/report/Html.h"
#include "runtime/report/Sections.h"

namespace tl::report {

namespace {

std::string pictureOf(const Run &run, const std::string &name) {
  auto found = run.pictures.find(name);
  bool isThere = found != run.pictures.end() && found->second.starts_with("data:image/png;base64,");
  return isThere ? "<img alt=\"\" src=\"" + escaped(found->second) + "\">" : "";
}

/// Of an output, where black and white are not 0 and the most that there is.
std::string rangeOf(const Json &output) {
  double black = output.at("black").get<double>(), white = output.at("white").get<double>();
  bool isUsual = black == 0 && (white == 1 || white == 255);
  return isUsual ? "" : "; " + escaped(output.at("output").get<std::string>()) + ": black is " + number(black) + ", white " + number(white);
}

/// A column for each record: what is asked, what is answered.
std::string drawingOf(const Run &run, const std::string &name, const Json &drawn) {
  const Json &asked = drawn.at("asked"), &outputs = drawn.at("outputs");
  std::vector<std::vector<std::string>> rows = {{"record"}};
  if (asked.empty() || outputs.empty())
    return "";
  auto row = [&](const std::string &head, const auto &cellOf) {
    rows.push_back({escaped(head)});
    for (size_t i = 0; i < asked.size(); ++i)
      rows.back().push_back(cellOf(i));
  };
  for (const Json &record : asked)
    rows[0].push_back(escaped(valueText(record.at("record"))));
  for (const auto &[key, value] : asked[0].items())
    if (key != "record")
      row(key, [&, key = key](size_t i) { return escaped(valueText(asked[i].at(key))); });
  if (run.pictures.contains(name + "/asked/1"))
    row("asked", [&](size_t i) { return pictureOf(run, name + "/asked/" + std::to_string(i + 1)); });
  std::string note = "asked with the first records of " + escaped(valueText(outputs[0].at("of")));
  for (const Json &output : outputs) {
    const std::string what = output.at("output").get<std::string>();
    row(what, [&](size_t i) { return pictureOf(run, name + "/" + what + "/" + std::to_string(i + 1)); });
    note += rangeOf(output);
  }
  return element("h3", "", escaped(name)) + element("p", "class=\"note\"", note) + table(rows);
}

} // namespace

std::string drawingsOf(const Run &run) {
  std::string out;
  if (auto all = run.summary.find("drawn"); all != run.summary.end())
    for (const auto &[name, drawn] : all->items())
      out += drawingOf(run, name, drawn);
  return out;
}

} // namespace tl::report
