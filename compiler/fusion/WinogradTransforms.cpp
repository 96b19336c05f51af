// The matrices of F(2, 3) and F(4, 3), from their points.
#include "compiler/fusion/WinogradTransforms.h"
#include <cstddef>

namespace tl {

using Row = WinogradTransforms::Row;
using Matrix = WinogradTransforms::Matrix;

Matrix WinogradTransforms::transposed(const Matrix &matrix) {
  Matrix turned(matrix.front().size(), Row(matrix.size()));
  for (size_t row = 0; row < matrix.size(); ++row)
    for (size_t column = 0; column < turned.size(); ++column)
      turned[column][row] = matrix[row][column];
  return turned;
}

/// (x - p) for all of `points` but that at `left`, multiplied out: the factor of x^i at i, of `size` factors.
static Row polynomial(const Row &points, size_t left, size_t size) {
  Row factors(size);
  factors[0] = 1;
  for (size_t at = 0; at < points.size(); ++at)
    for (size_t i = size; at != left && i-- > 0;)
      factors[i] = (i ? factors[i - 1] : 0) - points[at] * factors[i];
  return factors;
}

/// Of one point: 1, x, x², … ; of infinity 0, …, 0, 1.
static Row powers(double point, bool isInfinity, int64_t count) {
  Row row;
  for (int64_t i = 0; i < count; ++i)
    row.push_back(isInfinity ? double(i == count - 1) : i ? row.back() * point
                                                          : 1);
  return row;
}

/// Points of few digits, near to one, round least: with four results, two to three times as much as a sum of all terms one by one.
WinogradTransforms::WinogradTransforms(int64_t results) : results(results) {
  const Row points = results == 4 ? Row{0, 0.75, -0.75, 1.5, -1.5} : Row{0, 1, -1};
  for (size_t at = 0; at <= points.size(); ++at) {
    const bool isInfinity = at == points.size();
    const double point = isInfinity ? 0 : points[at];
    double slope = 1; // there, of the polynomial of all points
    for (size_t other = 0; other < points.size(); ++other)
      slope *= isInfinity || other == at ? 1 : point - points[other];
    Row row = powers(point, isInfinity, taps);
    for (double &factor : row)
      factor /= slope;
    ofTaps.push_back(row);
    ofTile.push_back(polynomial(points, at, points.size() + 1));
    toResults.push_back(powers(point, isInfinity, results));
  }
  toResults = transposed(toResults);
}

} // namespace tl
