// The elementwise words that round, each with libm's value in more digits: what compiled kernels are measured by.
#pragma once
#include "compiler/calculus/Graph.h"
#include <cstdint>
#include <vector>

namespace tl::accuracy {

struct Word {
  Op op;
  double (*inDouble)(double, double);                  // for f32
  long double (*inExtended)(long double, long double); // for f64
};

/// A line of the table: a word on the numbers of a domain.
struct Row {
  const Word *word;
  DType dtype;
  const char *domain;
  double least, most; // |x| in [least, most]; NaN where there is no bound
  int operands() const { return operandCount(word->op); }
  std::string name() const { return std::string(nameOf(word->op)) + " | " + domain; }
  /// How many arguments there are to try: all of f32 for one operand, else as many as are drawn.
  uint64_t count() const;
  /// Where the largest numbers, infinities and NaN stand together, or, among drawn arguments, all that are special.
  std::vector<uint64_t> edges() const {
    return dtype == DType::F32 && operands() == 1 ? std::vector<uint64_t>{0x7f800000 - 512, 0xff800000 - 512} : std::vector<uint64_t>{0};
  }
};

std::vector<Row> rowsOf(DType dtype);

/// The `n`th argument, the same in every run: of one f32 its bits are n, other arguments are drawn.
struct Arguments {
  double x, y;
};
Arguments argumentsAt(const Row &row, uint64_t n);

} // namespace tl::accuracy
