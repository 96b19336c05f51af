// Resampling by convolution, one axis after the other.
#include "runtime/pictures/Resize.h"
#include <algorithm>
#include <cmath>
#include <cstring>

namespace tl::pictures {

namespace {

constexpr int bits = 22; // of a weight behind the point: with a byte and two for what overshoots they fill 32

double triangle(double x) {
  x = std::abs(x);
  return x < 1 ? 1 - x : 0;
}

/// Piecewise cubic, continuous with its slope, 1 at 0 and 0 at all other whole numbers.
double cubic(double x) {
  constexpr double a = -0.5;
  x = std::abs(x);
  if (x < 1)
    return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0;
}

/// Which pixels of an axis make up each new one, and how much of each.
struct Weights {
  struct Taps {
    int64_t first, count;
  };
  int64_t most = 0; // taps of a pixel
  std::vector<Taps> taps;
  std::vector<int32_t> values; // [new pixel, most]
  const int32_t *of(int64_t pixel) const { return values.data() + pixel * most; }
};

/// For the new pixels [from, from + count) of an axis of `old` pixels that becomes one of `made`.
Weights weightsOf(int64_t old, int64_t made, int64_t from, int64_t count, Filter filter) {
  double (*curve)(double) = filter == Filter::Bilinear ? triangle : cubic;
  const double scale = double(old) / double(made), width = std::max(scale, 1.0);
  const double support = (filter == Filter::Bilinear ? 1 : 2) * width;
  Weights weights;
  weights.most = int64_t(std::ceil(support)) * 2 + 1;
  weights.values.resize(size_t(weights.most * count));
  std::vector<double> shares;
  auto rounded = [](double place) { // as Pillow does: towards 0 below 0
    place += 0.5;
    return int64_t(place);
  };
  for (int64_t i = 0; i < count; ++i) {
    const double centre = (double(from + i) + 0.5) * scale, inverse = 1.0 / width;
    const int64_t first = std::max<int64_t>(rounded(centre - support), 0), end = std::min(rounded(centre + support), old);
    double sum = 0;
    shares.clear();
    for (int64_t at = first; at < end; ++at) {
      shares.push_back(curve((double(at) - centre + 0.5) * inverse));
      sum += shares.back();
    }
    for (size_t k = 0; k < shares.size(); ++k) {
      double share = (sum != 0 ? shares[k] / sum : shares[k]) * (1 << bits);
      weights.values[size_t(i * weights.most) + k] = int32_t(share < 0 ? share - 0.5 : share + 0.5);
    }
    weights.taps.push_back({first, end - first});
  }
  return weights;
}

uint8_t byteOf(int32_t sum) { return uint8_t(std::clamp(sum >> bits, 0, 255)); }

constexpr int32_t half = 1 << (bits - 1);

/// One new row of an old one that starts at pixel `left`; `channels` is known where the loop is compiled.
template <int channels> void alongRow(const uint8_t *from, int64_t left, const Weights &weights, uint8_t *into) {
  for (size_t i = 0; i < weights.taps.size(); ++i, into += channels) {
    const auto [first, count] = weights.taps[i];
    const int32_t *weight = weights.of(int64_t(i));
    const uint8_t *pixel = from + (first - left) * channels;
    int32_t sums[channels];
    std::fill_n(sums, channels, half);
    for (int64_t k = 0; k < count; ++k, pixel += channels)
      for (int c = 0; c < channels; ++c)
        sums[c] += weight[k] * pixel[c];
    for (int c = 0; c < channels; ++c)
      into[c] = byteOf(sums[c]);
  }
}

/// Every row made as wide as `weights` say; `left`: of the whole picture, where the first pixel of these rows lies.
Picture alongRows(const Picture &picture, const Weights &weights, int64_t left) {
  Picture out({picture.size.height, std::ssize(weights.taps)}, picture.channels);
  for (int64_t y = 0; y < out.size.height; ++y)
    (picture.channels == 1 ? alongRow<1> : alongRow<3>)(picture.row(y), left, weights, out.row(y));
  return out;
}

/// As high as `weights` say; `top`: of the whole picture, where the first row of this one lies.
Picture alongColumns(const Picture &picture, const Weights &weights, int64_t top) {
  Picture out({std::ssize(weights.taps), picture.size.width}, picture.channels);
  const size_t bytes = size_t(picture.size.width * picture.channels);
  std::vector<int32_t> sums(bytes);
  for (int64_t y = 0; y < out.size.height; ++y) {
    const auto [first, count] = weights.taps[size_t(y)];
    const int32_t *weight = weights.of(y);
    std::fill(sums.begin(), sums.end(), half);
    for (int64_t k = 0; k < count; ++k) {
      const uint8_t *row = picture.row(first - top + k);
      const int32_t share = weight[k];
      for (size_t i = 0; i < bytes; ++i)
        sums[i] += share * row[i];
    }
    std::transform(sums.begin(), sums.end(), out.row(y), byteOf);
  }
  return out;
}

/// Where an axis keeps its size: every pixel is itself.
Weights kept(int64_t from, int64_t count) {
  Weights weights;
  for (int64_t i = 0; i < count; ++i)
    weights.taps.push_back({from + i, 1});
  return weights;
}

} // namespace

Picture cut(Picture picture, const Window &window) {
  if (window.size == picture.size)
    return picture;
  Picture out(window.size, picture.channels);
  for (int64_t y = 0; y < out.size.height; ++y)
    std::memcpy(out.row(y), picture.row(window.top + y) + window.left * picture.channels, size_t(out.size.width * out.channels));
  return out;
}

// What is not to be seen is cut away first. An axis that keeps its size is copied.
Picture resized(Picture picture, Size whole, Filter filter, const Window &window) {
  const Size old = picture.size;
  const auto &[top, left, size] = window;
  const bool isHigher = whole.height != old.height, isWider = whole.width != old.width;
  const Weights down = isHigher ? weightsOf(old.height, whole.height, top, size.height, filter) : kept(top, size.height);
  const Weights along = isWider ? weightsOf(old.width, whole.width, left, size.width, filter) : kept(left, size.width);
  auto spanOf = [](const Weights &weights) { return weights.taps.back().first + weights.taps.back().count - weights.taps.front().first; };
  const int64_t firstRow = down.taps.front().first, firstColumn = along.taps.front().first;
  Picture made = cut(std::move(picture), {firstRow, firstColumn, {spanOf(down), spanOf(along)}});
  const int64_t rowsLess = old.height - whole.height, columnsLess = old.width - whole.width;
  const bool isDownFirst = rowsLess > 0 && rowsLess > 2 * columnsLess; // as Pillow does since its version 13: fewer rows are left to widen
  if (isHigher && isDownFirst)
    made = alongColumns(made, down, firstRow);
  if (isWider)
    made = alongRows(made, along, firstColumn);
  if (isHigher && !isDownFirst)
    made = alongColumns(made, down, firstRow);
  return made;
}

} // namespace tl::pictures
