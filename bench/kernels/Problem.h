// What is timed: products of matrices and convolutions, and the directions that training has of them.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace tl::bench {

/// A product C[m, n] = Σ_k A · B for each of `batch`, or a convolution y = x * w of `batch` images, channels last, w as [row, column, in, out].
struct Problem {
  std::string name;
  enum class Kind {
    Product,  // A [m, k] or, turned, [k, m]; B [k, n] or, turned, [n, k]
    Forward,  // y of x and w
    Image,    // the gradient for x, of dy and w
    Taps,     // the gradient for w, of x and dy
  } kind;
  int64_t batch = 1;
  int64_t m = 0, n = 0, k = 0;  // of a product
  bool isLeftTurned = false, isRightTurned = false;
  int64_t side = 0, in = 0, out = 0, size = 1, stride = 1;  // of a convolution: images side × side, taps size × size, padded by (size - 1) / 2

  int64_t outSide() const { return (side - 1) / stride + 1; }
  int64_t pad() const { return (size - 1) / 2; }
  /// Multiply-adds.
  int64_t work() const { return kind == Kind::Product ? batch * m * n * k : batch * outSide() * outSide() * size * size * in * out; }
  int64_t imageElements() const { return batch * side * side * in; }
  int64_t tapElements() const { return size * size * in * out; }
  int64_t resultElements() const { return batch * outSide() * outSide() * out; }
  /// Of the two operands and of what is computed.
  int64_t leftElements() const { return kind == Kind::Product ? batch * m * k : kind == Kind::Image ? resultElements() : imageElements(); }
  int64_t rightElements() const { return kind == Kind::Product ? batch * k * n : kind == Kind::Taps ? resultElements() : tapElements(); }
  int64_t elements() const {
    return kind == Kind::Product ? batch * m * n : kind == Kind::Forward ? resultElements() : kind == Kind::Image ? imageElements() : tapElements();
  }
  std::string text() const;
};

std::vector<Problem> allProblems();

/// The number at `index` of the result, in double.
double wanted(const Problem &problem, const std::vector<float> &left, const std::vector<float> &right, int64_t index);

/// Computes a problem again and again; the operands and the result stay where they are.
struct Solver {
  virtual ~Solver() = default;
  virtual void run() = 0;
  virtual const float *result() const = 0;
};

} // namespace tl::bench
