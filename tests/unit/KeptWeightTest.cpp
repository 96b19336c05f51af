// Weights in 8 bits: what is rounded once stays as it is, and is written and read some rows at a time.
#include "runtime/checkpoint/KeptWeight.h"
#include "runtime/abi/KeptRows.h"
#include <bit>
#include <gtest/gtest.h>
#include <random>

namespace tl::checkpoint::test {
namespace {

/// A stage of one weight, and where it lies.
struct Weight {
  abi::Stage stage;
  memory::Arenas arenas;
  Weight(int64_t rows, int64_t length) : arenas({rows * length + 64 + rows * 4 + 64}) {
    abi::Variable weight, steps;
    weight.path = "enc.w", weight.kind = "parameter", weight.dtype = "u8", weight.shape = {rows, length};
    steps.path = abi::stepsPath("enc.w"), steps.kind = "table", steps.dtype = "f32", steps.shape = {rows, 1}, steps.offset = (rows * length + 63) / 64 * 64;
    stage.variables = {weight, steps};
  }
  KeptWeight kept() { return *KeptWeight::of(stage, stage.variables[0], arenas[0]); }
  std::vector<float> numbers() {
    std::vector<float> all;
    kept().eachPiece([&](std::span<const float> piece) { all.insert(all.end(), piece.begin(), piece.end()); });
    return all;
  }
  std::optional<int64_t> keep(const std::vector<float> &numbers, Rounding *rounding = nullptr) {
    return kept().keep([&](int64_t first, std::span<float> into) { std::copy_n(numbers.begin() + first, into.size(), into.begin()); }, rounding);
  }
};

std::vector<float> drawn(int64_t count, float scale) {
  std::mt19937 random(7);
  std::normal_distribution<float> normal(0, scale);
  std::vector<float> numbers(static_cast<size_t>(count));
  for (float &number : numbers)
    number = normal(random);
  return numbers;
}

/// For a greatest number of any mantissa; its exponent changes nothing.
TEST(KeptWeight, aStepIsFoundAgainInWhatItMade) {
  for (uint32_t mantissa = 0; mantissa < 1u << 23; ++mantissa) {
    float most = std::bit_cast<float>(127u << 23 | mantissa), step = abi::stepOf(&most, 1), made = abi::numberOf(abi::byteOf(most, step), step);
    ASSERT_EQ(abi::byteOf(most, step), 255) << mantissa;
    ASSERT_EQ(abi::stepOf(&made, 1), step) << mantissa;
  }
}

TEST(KeptWeight, whatWasRoundedStays) {
  for (auto [rows, length] : {std::pair(1, 2), std::pair(7, 33), std::pair(300, 1000), std::pair(2, 70000)}) {
    Weight once(rows, length), twice(rows, length);
    std::vector<float> numbers = drawn(rows * length, 0.02f);
    Rounding rounding, nothing;
    EXPECT_FALSE(once.keep(numbers, &rounding));
    std::vector<float> read = once.numbers();
    ASSERT_EQ(read.size(), numbers.size());
    double most = 0;
    for (size_t i = 0; i < read.size(); ++i)
      most = std::max(most, std::abs(double(read[i]) - numbers[i]));
    EXPECT_EQ(rounding.largest, most);
    EXPECT_EQ(rounding.elements, rows * length);
    EXPECT_LT(rounding.relative(), 0.02);
    EXPECT_GT(rounding.relative(), 0);
    EXPECT_FALSE(twice.keep(read, &nothing));
    EXPECT_EQ(twice.numbers(), read);
    EXPECT_EQ(nothing.relative(), 0);
  }
}

TEST(KeptWeight, eachNumberIsTheNearestOfItsRow) {
  Weight weight(3, 4);
  weight.keep({127, -127, 2.5f, 3.5f, 0, 0, 0, 0, 1e-38f, 1e-40f, -1e-38f, 0});
  EXPECT_EQ(weight.numbers(), (std::vector<float>{127, -127, 2, 4, 0, 0, 0, 0, 0, 0, 0, 0}));
}

TEST(KeptWeight, theFirstNumberThatIsNoneIsNamed) {
  Weight weight(100, 1000);
  std::vector<float> numbers = drawn(100000, 1);
  numbers[98765] = NAN, numbers[98766] = INFINITY;
  EXPECT_EQ(weight.keep(numbers), 98765);
}

} // namespace
} // namespace tl::checkpoint::test
