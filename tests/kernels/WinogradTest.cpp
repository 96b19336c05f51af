// The transforms of Winograd's short convolutions, against sums of all products.
#include "compiler/fusion/WinogradTransforms.h"
#include <gtest/gtest.h>

namespace tl::test {
namespace {

using Row = WinogradTransforms::Row;

double dot(const Row &a, const Row &b) {
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i)
    sum += a[i] * b[i];
  return sum;
}

Row transformed(const WinogradTransforms::Matrix &matrix, const Row &x) {
  Row all;
  for (const Row &row : matrix)
    all.push_back(dot(row, x));
  return all;
}

Row products(Row a, const Row &b) {
  for (size_t i = 0; i < a.size(); ++i)
    a[i] *= b[i];
  return a;
}

TEST(Winograd, makesResultsAndGradientsOfTaps) {
  for (int64_t results : {2, 4}) {
    const WinogradTransforms by(results);
    Row tile, taps{1.25, -0.5, 3}, derivatives;
    for (int64_t i = 0; i < results + 2; ++i)
      tile.push_back(double(i * i) - 2.5 * double(i) + 1);
    for (int64_t i = 0; i < results; ++i)
      derivatives.push_back(1.5 - double(i));
    Row places = transformed(by.ofTile, tile);
    Row made = transformed(by.toResults, products(transformed(by.ofTaps, taps), places));
    Row gradient = transformed(WinogradTransforms::transposed(by.ofTaps), products(places, transformed(WinogradTransforms::transposed(by.toResults), derivatives)));
    ASSERT_EQ(int64_t(made.size()), results);
    ASSERT_EQ(gradient.size(), taps.size());
    for (int64_t i = 0; i < results; ++i)
      EXPECT_NEAR(made[size_t(i)], dot({tile.begin() + i, tile.begin() + i + 3}, taps), 1e-12);
    for (int64_t tap = 0; tap < 3; ++tap)
      EXPECT_NEAR(gradient[size_t(tap)], dot({tile.begin() + tap, tile.begin() + tap + results}, derivatives), 1e-12);
  }
}

} // namespace
} // namespace tl::test
