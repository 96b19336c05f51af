// Real numbers of 16 bits: every pattern as an f32, and of f32 what becomes of each, against the formats' own words.
#include "compiler/reference/Numbers.h"
#include "tests/kernels/Cases.h"
#include "tests/kernels/Compiled.h"
#include <bit>
#include <cmath>

namespace tl::test {
namespace {
using mlir::Value;

/// One number after the other, from bits that `next` gives for 0, 1, …
template <typename Bits> Draw inTurn(Bits next) {
  return [next, n = uint32_t(0)](std::mt19937 &) mutable { return double(std::bit_cast<float>(next(n++))); };
}

const DType narrow[] = {DType::BF16, DType::F16};

double numberOf(DType dtype, uint16_t pattern) { return numberAt(dtype, reinterpret_cast<const char *>(&pattern), 0); }

TEST_F(Kernels, everyNumberOf16Bits) {
  for (DType dtype : narrow)
    for (int64_t from = 0; from < 65536; from += 8192)
      add(nameOf(dtype), [&](Body &m) {
        Value x = m.input({dtype, {8192}}, [=, n = uint16_t(from)](std::mt19937 &) mutable { return numberOf(dtype, n++); });
        m.output(m.cast(x, DType::F32));
        m.output(m.cast(m.cast(x, DType::F32), dtype));
      });
}

/// Many numbers of f32, those on the border between two of 16 bits and beside it: ties, what is below the least and above the largest, NaN.
TEST_F(Kernels, numbersThatAreRoundedTo16Bits) {
  for (DType dtype : narrow) {
    add(std::string("any f32 to ") + nameOf(dtype), [&](Body &m) {
      m.output(m.cast(m.input({DType::F32, {1 << 17}}, inTurn([](uint32_t n) { return n * 0x8003u; })), dtype));
    });
    for (int32_t away : {-1, 0, 1})
      add(std::string("ties to ") + nameOf(dtype), [&](Body &m) {
        auto besideTies = [=](uint32_t n) {
          double tie = (numberOf(dtype, uint16_t(n)) + numberOf(dtype, uint16_t(n + 1))) / 2;
          return std::bit_cast<uint32_t>(float(tie)) + uint32_t(away);
        };
        m.output(m.cast(m.input({DType::F32, {1 << 16}}, inTurn(besideTies)), dtype));
      });
    for (int32_t away : {-1, 0, 1}) // below 2^-14 f16 loses more: 2^-24 and 2^-25 are the border to 0, 65520 that to infinity
      for (int64_t size : {1, 5, 33})
        add(std::string("borders of ") + nameOf(dtype), [&](Body &m) {
          auto border = [=](uint32_t n) {
            const float borders[] = {0x1p-25f, 0x1p-24f, 0x1.8p-24f, 0x1p-14f, 0x1.ffcp-15f, 65504, 65520, 65536, 0x1.fep127f, 0x1.ffp127f, INFINITY,
                                     0x1p-133f, 0x1p-134f, 0};
            return (std::bit_cast<uint32_t>(borders[n / 2 % std::size(borders)]) + uint32_t(away)) ^ (n % 2) << 31;
          };
          m.output(m.cast(m.input({DType::F32, {size}}, inTurn(border)), dtype));
        });
  }
}

/// What the runtime makes of a number is what the format says.
TEST(NarrowFloats, theRuntimeRoundsAsTheReferenceDoes) {
  for (DType dtype : narrow)
    for (uint32_t n = 0; n < 1 << 20; ++n)
      for (uint32_t bits : {n * 0x1003u, n << 12 | 0x8000u, n << 12 | 0x1000u, n << 12}) {
        double number = std::bit_cast<float>(bits), ours = rounded(dtype, number), theirs = reference::narrowed(dtype, number);
        ASSERT_TRUE(std::isnan(number) ? std::isnan(ours) : ours == theirs && std::signbit(ours) == std::signbit(theirs))
            << nameOf(dtype) << " of " << number << " is " << ours << ", not " << theirs;
      }
  for (DType dtype : narrow)
    for (uint32_t pattern = 0; pattern < 65536; ++pattern) {
      uint16_t bits = uint16_t(pattern), back;
      const char *at = reinterpret_cast<const char *>(&bits);
      double ours = numberAt(dtype, at, 0), theirs = reference::decoded(dtype, {}, at).data[0];
      ASSERT_TRUE(std::isnan(theirs) ? std::isnan(ours) : ours == theirs) << nameOf(dtype) << " " << pattern;
      putNumber(dtype, reinterpret_cast<char *>(&back), 0, ours);
      ASSERT_TRUE(back == bits || std::isnan(ours)) << nameOf(dtype) << " " << pattern;
    }
}

} // namespace
} // namespace tl::test
