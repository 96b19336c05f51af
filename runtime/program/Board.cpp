// What TensorBoard shows of a run beside its numbers.
#include "runtime/program/Board.h"
#include "runtime/program/TensorBoard.h"
#include "runtime/program/Terminal.h"
#include "runtime/report/Sections.h"
#include "runtime/report/Thumbnail.h"

#include <algorithm>
#include <cmath>

namespace tl::program {

using Json = nlohmann::ordered_json;

// ---- sessions

/// The script's parameters, the program's dims and the seed, as this run has them.
static RunLog::Values paramValues(const Context &context) {
  RunLog::Values values;
  for (size_t i = 0; i < context.program.params.size(); ++i)
    values.emplace_back(context.program.params[i].name, context.options.params[i]);
  values.insert(values.end(), context.variant.dims.begin(), context.variant.dims.end());
  values.emplace_back("seed", double(context.options.seed));
  return values;
}

std::vector<std::string> aboutSession(const Context &context) { return {sessionStartValue(paramValues(context))}; }

/// "fit/val.loss", which is of each epoch; "fit/trial.loss": what a trial has come to by it, which may be that of an earlier epoch than the last.
static std::string tagOf(const abi::Search &search, const std::string &of) { return search.stage + "/" + of + "." + search.goal.metric; }

std::vector<std::string> aboutRun(const Context &context) {
  if (context.program.searches.empty())
    return aboutSession(context);
  std::vector<TriedParam> params;
  for (const auto &[name, value] : paramValues(context))
    params.push_back({name, {}});
  std::vector<std::string> measures;
  std::set<std::string> varied;
  for (const abi::Search &search : context.program.searches) {
    measures.push_back(tagOf(search, "trial"));
    measures.push_back(tagOf(search, search.goal.split));
    for (const abi::Setting &setting : search.settings) {
      auto param = std::find_if(params.begin(), params.end(), [&](const TriedParam &each) { return each.name == setting.name; });
      if (param == params.end())
        continue;
      // Two searches may vary it between other bounds: then it is said to be any number.
      *param = varied.insert(setting.name).second ? TriedParam{setting.name, setting.values, setting.low, setting.high} : TriedParam{setting.name, {}};
    }
  }
  return {experimentValue(params, measures), sessionStartValue(paramValues(context))};
}

void endTrial(const std::string &trial, const abi::Search &search, int64_t epochs, double value) {
  const std::string path = io::joinPath(trial, RunLog::eventsName);
  if (!io::isFile(path))
    return;
  const std::string bytes = io::readWhole(path);
  std::vector<std::string> end = {sessionEndValue(std::isnan(value))};
  if (!std::isnan(value))
    end.push_back(scalarValue(tagOf(search, "trial"), value));
  const std::vector<std::string_view> records = tensorBoardRecords(bytes);
  if (records.empty() || isTensorBoardEvent(records.back(), epochs, end))
    return;
  io::File file = io::File::openAppend(path);
  file.truncate(records.back().data() + records.back().size() - bytes.data()); // a kill may leave a part of a record
  file.write(tensorBoardEvent(wallTime(), epochs, end));
}

// ---- what it has come to

void showWeights(RunLog &log, const abi::Stage &stage, const std::vector<const abi::Phase *> &round, const memory::Arena &variables, int64_t step) {
  std::set<std::string> trained;
  for (const abi::Phase *phase : round)
    trained.insert(phase->trainable.begin(), phase->trainable.end());
  std::vector<std::string> values;
  for (const abi::Variable &variable : stage.variables)
    if (trained.contains(variable.path))
      if (auto found = histogramOf(variables, variable))
        values.push_back(histogramValue(stage.name + "/" + variable.path, *found));
  if (!values.empty())
    log.show(step, values);
}

/// Their keys, and a row of texts for each.
static std::vector<std::vector<std::string>> tableOf(const Json &rows) {
  std::vector<std::vector<std::string>> table;
  for (const Json &row : rows) {
    if (table.empty()) {
      table.emplace_back();
      for (const auto &[key, value] : row.items())
        table[0].push_back(key);
    }
    table.emplace_back();
    for (const std::string &key : table[0])
      table.back().push_back(row.contains(key) ? report::valueText(row.at(key)) : "");
  }
  return table;
}

void showTable(RunLog &log, const std::string &tag, const Json &rows) {
  if (!rows.empty())
    log.show(0, {textValue(tag, tableOf(rows))});
}

void showPictures(RunLog &log, const std::string &tag, const Addresses &pictures) {
  std::vector<std::string> values;
  for (const auto &[name, address] : pictures)
    values.push_back(imageValue(tag + "/" + name, report::pictureAt(address)));
  if (!values.empty())
    log.show(0, values);
}

void showRecords(RunLog &log, const std::string &tag, const Json &records, const Addresses &pictures) {
  showTable(log, tag, records);
  Addresses listed;
  for (size_t i = 0; i < records.size(); ++i)
    if (auto found = pictures.find(report::valueText(records[i].at("record"))); found != pictures.end())
      listed[std::to_string(i + 1)] = found->second;
  showPictures(log, tag, listed);
}

} // namespace tl::program
