// Rounds a weight's numbers to bytes and steps, and widens them again, some rows at a time.
#include "runtime/checkpoint/KeptWeight.h"
#include "runtime/abi/ElementTypes.h"
#include "runtime/abi/KeptRows.h"
#include <algorithm>
#include <cmath>

namespace tl::checkpoint {

constexpr int64_t pieceElements = 1 << 16; // or those of a row

static int64_t lengthOf(const abi::Variable &variable) { return variable.shape.empty() ? 1 : std::max<int64_t>(variable.shape.back(), 1); }
static int64_t rowsOfPiece(int64_t length) { return std::max<int64_t>(pieceElements / length, 1); }

void Rounding::add(float number, float kept) {
  double by = double(kept) - double(number);
  largest = std::max(largest, std::abs(by));
  difference += by * by;
  all += double(number) * double(number);
  ++elements;
}

void Rounding::add(const Rounding &other) {
  elements += other.elements;
  largest = std::max(largest, other.largest);
  difference += other.difference;
  all += other.all;
}

double Rounding::relative() const { return difference == 0 ? 0 : std::sqrt(difference / all); }

KeptWeight::KeptWeight(const abi::Variable &variable, char *bytes, char *steps)
    : bytes(reinterpret_cast<uint8_t *>(bytes)), steps(reinterpret_cast<float *>(steps)), rows(memory::elementsOf(variable.shape) / lengthOf(variable)), length(lengthOf(variable)) {}

bool KeptWeight::isKept(const abi::Variable &variable) { return variable.kind == "parameter" && variable.dtype == nameOf(DType::U8); }

std::optional<KeptWeight> KeptWeight::of(const abi::Stage &stage, const abi::Variable &variable, memory::Arena variables) {
  if (!isKept(variable))
    return std::nullopt;
  const abi::Variable &steps = *std::find_if(stage.variables.begin(), stage.variables.end(), [&](const abi::Variable &one) { return one.path == abi::stepsPath(variable.path); });
  return KeptWeight(variable, variables.at(variable), variables.at(steps));
}

std::optional<int64_t> KeptWeight::keep(const Make &make, Rounding *rounding) {
  std::vector<float> piece(size_t(std::min(rows, rowsOfPiece(length)) * length));
  for (int64_t row = 0; row < rows; row += rowsOfPiece(length)) {
    int64_t here = std::min(rowsOfPiece(length), rows - row), first = row * length;
    std::span<float> numbers(piece.data(), size_t(here * length));
    make(first, numbers);
    auto wrong = std::find_if(numbers.begin(), numbers.end(), [](float number) { return !std::isfinite(number); });
    if (wrong != numbers.end())
      return first + (wrong - numbers.begin());
    abi::keep(numbers.data(), here, length, bytes + first, steps + row);
    for (size_t i = 0; rounding && i < numbers.size(); ++i)
      rounding->add(numbers[i], abi::numberOf(bytes[first + int64_t(i)], steps[row + int64_t(i) / length]));
  }
  return std::nullopt;
}

void KeptWeight::eachPiece(const std::function<void(std::span<const float> numbers)> &take) const {
  std::vector<float> piece(size_t(std::min(rows, rowsOfPiece(length)) * length));
  for (int64_t row = 0; row < rows; row += rowsOfPiece(length)) {
    int64_t here = std::min(rowsOfPiece(length), rows - row);
    abi::widen(bytes + row * length, steps + row, here, length, piece.data());
    take({piece.data(), size_t(here * length)});
  }
}

int64_t KeptWeight::pieceBytes(const abi::Variable &variable) {
  return std::min(memory::elementsOf(variable.shape), std::max(pieceElements, lengthOf(variable))) * int64_t(sizeof(float));
}

} // namespace tl::checkpoint
