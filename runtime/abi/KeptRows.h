// A weight that is kept in 8 bits: a byte for each of its numbers, and for each row how long a step is. A row is what lies along the last axis.
#pragma once
#include <algorithm>
#include <cfloat>
#include <cmath>
#include <cstdint>
#include <string>

namespace tl::abi {

/// number = (byte - zeroByte) · step of its row; steps go from -mostSteps to mostSteps.
inline constexpr int zeroByte = 128, mostSteps = 127;

/// The path of the steps, one a row, of the weight at `weight`. No state of an optimizer has a dot in its name.
inline std::string stepsPath(const std::string &weight) { return weight + "/row.step"; }

/// The step with which the greatest number of a row is mostSteps of them; a row of numbers too small for one becomes 0.
inline float stepOf(const float *row, int64_t length) {
  float most = 0;
  for (int64_t i = 0; i < length; ++i)
    most = std::max(most, std::abs(row[i]));
  float step = most / float(mostSteps);
  return step < FLT_MIN ? 0 : step;
}

inline uint8_t byteOf(float number, float step) { return uint8_t(step == 0 ? zeroByte : int(std::nearbyint(number / step)) + zeroByte); }
inline float numberOf(uint8_t byte, float step) { return float(int(byte) - zeroByte) * step; }

/// Rounds rows of finite numbers. Of what `widen` makes of them it makes the same bytes and steps again: 127 · (m / 127) / 127 is m / 127 in f32, for every m.
inline void keep(const float *numbers, int64_t rows, int64_t length, uint8_t *bytes, float *steps) {
  for (int64_t row = 0; row < rows; ++row) {
    steps[row] = stepOf(numbers + row * length, length);
    for (int64_t i = row * length; i < (row + 1) * length; ++i)
      bytes[i] = byteOf(numbers[i], steps[row]);
  }
}

inline void widen(const uint8_t *bytes, const float *steps, int64_t rows, int64_t length, float *numbers) {
  for (int64_t row = 0; row < rows; ++row)
    for (int64_t i = row * length; i < (row + 1) * length; ++i)
      numbers[i] = numberOf(bytes[i], steps[row]);
}

} // namespace tl::abi
