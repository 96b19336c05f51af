// How numbers lie in bytes, and what is left of them in types that have fewer digits.
#include "compiler/reference/Numbers.h"
#include <cmath>
#include <cstring>

namespace tl::reference {
namespace {

template <typename Element> Tensor read(const Shape &shape, const char *bytes) {
  Tensor tensor(shape);
  for (int64_t i = 0; i < tensor.data.size(); ++i) {
    Element element;
    std::memcpy(&element, bytes + size_t(i) * sizeof element, sizeof element);
    tensor.data[i] = double(element);
  }
  return tensor;
}

/// A format of 16 bits: a sign, `exponentBits`, the rest fraction. A number is 2^(e - bias) · (1 + f), without the 1 where e is 0.
struct Format {
  int exponentBits;
  int fractionBits() const { return 15 - exponentBits; }
  int bias() const { return (1 << (exponentBits - 1)) - 1; }
  int top() const { return (1 << exponentBits) - 1; } // infinities and NaN
};
Format formatOf(DType dtype) { return {dtype == DType::BF16 ? 8 : 5}; }

Tensor readNarrow(Format format, const Shape &shape, const char *bytes) {
  Tensor tensor(shape);
  for (int64_t i = 0; i < tensor.data.size(); ++i) {
    uint16_t bits;
    std::memcpy(&bits, bytes + 2 * i, 2);
    int exponent = (bits >> format.fractionBits()) & format.top(), fraction = bits & ((1 << format.fractionBits()) - 1);
    double sign = bits & 0x8000 ? -1 : 1, part = std::ldexp(double(fraction), -format.fractionBits());
    tensor.data[i] = exponent == format.top() ? (fraction ? NAN : sign * INFINITY)
                     : exponent               ? sign * std::ldexp(1 + part, exponent - format.bias())
                                              : sign * std::ldexp(part, 1 - format.bias());
  }
  return tensor;
}

/// The nearest number of the format; the double's rounding is never asked.
double nearest(Format format, double number) {
  if (!std::isfinite(number) || number == 0)
    return number;
  int exponent = std::max(std::ilogb(number), 1 - format.bias());
  double unit = std::ldexp(1, exponent - format.fractionBits()), count = std::abs(number) / unit, below = std::floor(count);
  double rest = count - below;
  bool isUp = rest > 0.5 || (rest == 0.5 && std::fmod(below, 2) == 1);
  double size = (below + isUp) * unit, most = std::ldexp(2 - std::ldexp(1, -format.fractionBits()), format.top() - 1 - format.bias());
  return std::copysign(size > most ? INFINITY : size, number);
}

}  // namespace

Tensor decoded(DType dtype, const Shape &shape, const char *bytes) {
  switch (dtype) {
  case DType::I1:
  case DType::U8: return read<uint8_t>(shape, bytes);
  case DType::I32: return read<int32_t>(shape, bytes);
  case DType::F32: return read<float>(shape, bytes);
  case DType::F64: return read<double>(shape, bytes);
  case DType::BF16:
  case DType::F16: return readNarrow(formatOf(dtype), shape, bytes);
  }
  return {};
}

double narrowed(DType dtype, double number) { return nearest(formatOf(dtype), double(float(number))); }

double narrowedOtherwise(DType dtype, double number) {
  double here = narrowed(dtype, number), some = 16 * 0x1p-24 * std::abs(number);
  for (double other : {narrowed(dtype, number + some), narrowed(dtype, number - some)})
    if (std::isfinite(other) && other != here)
      return other;
  return here;
}

}  // namespace tl::reference
