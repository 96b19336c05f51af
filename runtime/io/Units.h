// Amounts as people read them: `58.6 MiB`, `8.2 Gflop`, `1,234 records`.
#pragma once
#include <cstdint>
#include <cstdio>
#include <string>

namespace tl {

inline std::string bytesText(int64_t bytes) {
  const char *units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
  double value = double(bytes);
  int unit = 0;
  for (; value >= 1024 && unit < 4; ++unit)
    value /= 1024;
  char text[40];
  snprintf(text, sizeof text, unit == 0 ? "%.0f %s" : "%.1f %s", value, units[unit]);
  return text;
}

inline std::string flopsText(int64_t flops) {
  const char *units[] = {"", "k", "M", "G", "T"};
  double value = double(flops);
  int unit = 0;
  for (; value >= 1000 && unit < 4; ++unit)
    value /= 1000;
  char text[40];
  snprintf(text, sizeof text, "%.3g %sflop", value, units[unit]);
  return text;
}

inline std::string withCommas(int64_t number) {
  std::string digits = std::to_string(number);
  for (int64_t at = int64_t(digits.size()) - 3; at > (number < 0 ? 1 : 0); at -= 3)
    digits.insert(size_t(at), ",");
  return digits;
}

inline std::string counted(int64_t number, const std::string &noun) { return withCommas(number) + " " + noun + (number == 1 ? "" : "s"); }

} // namespace tl
