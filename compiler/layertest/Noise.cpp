// What words round, and how far off that may be.
#include "compiler/layertest/Noise.h"
#include "compiler/calculus/Facts.h"
#include "compiler/ir/TlDialect.h"
#include <cmath>

namespace tl::layertest {
using reference::Tensor;

constexpr double most = 4;               // units: the words of docs/accuracy.md are hardly further off
constexpr double leastNormal = 0x1p-126; // in f32; programs take what is below it for 0

static bool rounds(mlir::Operation *op, Op word) {
  if (word == Op::Cast) // of whole numbers and truth values f32 has enough digits
    return ir::typeOf(op->getOperand(0)).dtype == DType::F64 && ir::typeOf(op->getResult(0)).dtype == DType::F32;
  return factsOf(word).rounding == Rounding::Rounds;
}

void Noise::add(mlir::Operation *op, const std::vector<Tensor> &operands, Tensor &y) {
  Op word = *ir::wordOf(op);
  DType dtype = ir::typeOf(op->getResult(0)).dtype;
  if (dtype != DType::F32 && dtype != DType::F64)
    return;
  double unit = dtype == DType::F32 || word == Op::Erf ? 0x1p-24 : 0x1p-53; // erf is one of f32
  if (word == Op::Constant && dtype == DType::F32)
    y.data = y.data.cast<float>().cast<double>().eval();
  if (!rounds(op, word))
    return;
  Tensor size = y;
  if (!isElementwise(word)) {
    std::vector<Tensor> terms = operands;
    for (size_t i = word == Op::ScatterAdd; i < terms.size(); ++i) // its first operand is row numbers
      terms[i].data = terms[i].data.abs().eval();
    size = reference::evaluate(op, terms);
  }
  for (Eigen::Index i = 0; i < y.data.size(); ++i) {
    double chance = double(int64_t(random())) * 0x1p-63;
    double noise = chance * most * unit * std::abs(size.data[i]);
    if (std::isfinite(noise))
      y.data[i] += noise;
    if (dtype == DType::F32 && std::abs(y.data[i]) < leastNormal)
      y.data[i] = 0;
  }
}

} // namespace tl::layertest
