// What a search has decided and seen.
#include "runtime/program/Journal.h"
#include "runtime/io/JsonProblem.h"

#include <cmath>

namespace tl::program {

using Json = nlohmann::ordered_json;

Journal::Journal(const std::string &path, const abi::Search &search) : search(search), file(io::File::openAppend(path)) {
  const std::string text = io::readWhole(path);
  size_t whole = text.rfind('\n') == std::string::npos ? 0 : text.rfind('\n') + 1; // a kill may leave a part of the last line
  file.truncate(int64_t(whole));
  io::syncFolder(io::parentFolder(path));
  for (size_t at = 0, end; at < whole; at = end + 1) {
    end = text.find('\n', at);
    try {
      lines.push_back(Json::parse(text.substr(at, end - at)));
    } catch (const Json::exception &problem) {
      throw badData("line " + std::to_string(lines.size() + 1) + " of `" + path + "` is damaged: " + io::jsonProblem(problem) + "; remove this line and all behind it, and what they say is measured again");
    }
  }
}

Json Journal::head(const tune::Order &order) const {
  Json settings = Json::object();
  for (size_t i = 0; i < order.values.size(); ++i)
    settings[search.settings[i].name] = order.values[i];
  return {{"trial", order.job.trial}, {"rung", order.job.rung}, {"settings", settings}};
}

std::optional<double> Journal::replay(const tune::Order &order) {
  if (isThrough())
    return std::nullopt;
  const Json &line = lines[next];
  Json expected = head(order);
  for (const auto &[key, value] : expected.items())
    if (!line.is_object() || !line.contains(key) || line[key] != value)
      throw badData("line " + std::to_string(next + 1) + " of `" + file.path() + "` is of another search: here " + expected.dump() + " follows; start a new run with another `--out`");
  ++next;
  return line.contains("value") && line["value"].is_number() ? line["value"].get<double>() : NAN;
}

void Journal::add(const tune::Order &order, int64_t epochs, double value) {
  Json line = head(order);
  line["epochs"] = epochs;
  line["value"] = std::isfinite(value) ? Json(value) : Json();
  file.write(line.dump() + "\n");
  file.sync();
  lines.push_back(std::move(line));
  next = lines.size();
}

} // namespace tl::program
