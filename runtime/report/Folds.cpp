// What a stage has come to on parts of its records that it had not seen.
#include "runtime/report/Html.h"
#include "runtime/report/Sections.h"

namespace tl::report {

static std::string cell(const Json &value) { return value.is_number() ? number(value.get<double>()) : "none"; }

std::string foldsOf(const Run &run, const std::string &stage) {
  auto all = run.summary.find("folds");
  if (all == run.summary.end() || !all->contains(stage))
    return "";
  const Json &folds = (*all)[stage], &records = folds.at("records"), &measures = folds.at("measures");
  std::vector<std::vector<std::string>> rows = {{"held out", "records"}};
  for (const Json &measure : measures)
    rows[0].push_back(escaped(measure.at("name").get<std::string>()));
  for (size_t part = 0; part < records.size(); ++part) {
    rows.push_back({std::to_string(part + 1), count(records[part].get<double>())});
    for (const Json &measure : measures)
      rows.back().push_back(cell(measure.at("values")[part]));
  }
  rows.insert(rows.end(), {{"mean", ""}, {"standard deviation (n - 1)", ""}});
  for (const Json &measure : measures) {
    rows[rows.size() - 2].push_back(cell(measure.at("mean")));
    rows.back().push_back(cell(measure.at("deviation")));
  }
  std::string by = folds.at("chosen_by"), alike = folds.value("by", "");
  return element("h3", "", "Folds") + element("p", "class=\"note\"", "a training for each part of the records, on all others, measured on that part" + (alike.empty() ? "" : "; parts are cut by " + escaped(alike)) + (by.empty() ? "" : ", which " + escaped(by) + " has looked at")) + table(rows) + "\n";
}

} // namespace tl::report
