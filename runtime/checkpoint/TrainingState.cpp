// Doubles in JSON, exactly.
#include "runtime/checkpoint/TrainingState.h"
#include <cmath>

namespace tl::checkpoint {

void to_json(nlohmann::json &json, const Real &real) {
  if (std::isfinite(real.value))
    json = real.value; // nlohmann prints the shortest text that reads back as the same double
  else
    json = std::isnan(real.value) ? "nan"
           : real.value > 0       ? "inf"
                                  : "-inf";
}

void from_json(const nlohmann::json &json, Real &real) {
  if (!json.is_string()) {
    real.value = json.get<double>();
    return;
  }
  std::string text = json.get<std::string>();
  if (text == "nan")
    real.value = std::numeric_limits<double>::quiet_NaN();
  else if (text == "inf" || text == "-inf")
    real.value = (text == "inf" ? 1 : -1) * std::numeric_limits<double>::infinity();
  else
    throw nlohmann::json::type_error::create(302, "`" + text + "` is no number", &json);
}

TrainingState stateFrom(const nlohmann::json &json) {
  auto requireCount = [&](const std::string &name, const nlohmann::json &value) {
    constexpr int64_t most = int64_t{1} << 40; // far beyond any run, and products of counts still fit
    if (!value.is_number_integer() || value < 0 || value > most)
      throw nlohmann::json::type_error::create(302, "`" + name + "` is no count", &json);
  };
  for (const char *name : {"phase", "epoch", "stepInPhase", "stepInStage", "loaderPosition", "epochsWithoutImprovement"})
    requireCount(name, json.at(name));
  for (const auto &[name, bytes] : json.at("logBytes").items())
    requireCount(name, bytes);
  if (!json.at("seed").is_number_integer())
    throw nlohmann::json::type_error::create(302, "`seed` is no whole number", &json);
  return json.get<TrainingState>();
}

} // namespace tl::checkpoint
