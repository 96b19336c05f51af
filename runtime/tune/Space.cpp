// What a search tries, as a cube.
#include "runtime/tune/Space.h"
#include "runtime/io/Format.h"

#include <charconv>
#include <cmath>

namespace tl::tune {

Space::Space(const abi::Program &program, const abi::Search &search) {
  for (const abi::Setting &setting : search.settings) {
    auto isOf = [&](const abi::Param &param) { return param.name == setting.name && param.type == "int"; };
    edges.push_back({&setting, std::any_of(program.params.begin(), program.params.end(), isOf)});
  }
}

static double withFourDigits(double value) {
  std::string text = format("%.4g", value);
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

double Space::value(size_t edge, double u) const {
  const auto &[setting, isWhole] = edges[edge];
  const std::vector<double> &choices = setting->values;
  if (!choices.empty())
    return choices[std::min(size_t(u * double(choices.size())), choices.size() - 1)];
  // Of whole numbers the first and the last have as much of the edge as the others.
  double low = setting->low - (isWhole ? 0.5 : 0), high = setting->high + (isWhole ? 0.5 : 0);
  double value = setting->isLog ? std::exp(std::log(low) + u * (std::log(high) - std::log(low))) : low + u * (high - low);
  value = isWhole ? std::floor(value + 0.5) : withFourDigits(value);
  return std::clamp(value, setting->low, setting->high);
}

std::vector<double> Space::values(const Point &point) const {
  std::vector<double> all;
  for (size_t i = 0; i < point.size(); ++i)
    all.push_back(value(i, point[i]));
  return all;
}

int64_t Space::gridSize() const {
  int64_t all = 1;
  for (size_t i = 0; i < size(); ++i)
    all *= std::max<int64_t>(1, choices(i));
  return all;
}

} // namespace tl::tune
