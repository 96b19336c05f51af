// Real numbers of 16 bits as they are stored. What is computed with them is computed in f32: they only become a float, and are made
// of one, rounded to the nearest, ties to even. NaN stays NaN; what is too large is infinite. Programs take numbers of f32 below 2^-126
// for 0 in arithmetic; here they keep their bits.
#pragma once
#include <bit>
#include <cstdint>

namespace tl {

/// bf16: the upper half of a float.
struct Bfloat16 {
  uint16_t bits = 0;

  Bfloat16() = default;
  explicit Bfloat16(float number) {
    uint32_t word = std::bit_cast<uint32_t>(number);
    bool isNaN = (word & 0x7fffffff) > 0x7f800000;
    bits = uint16_t((isNaN ? word | 0x400000 : word + 0x7fff + (word >> 16 & 1)) >> 16);
  }
  operator float() const { return std::bit_cast<float>(uint32_t(bits) << 16); }
};

/// f16 of IEEE 754: 5 bits of exponent, 10 of fraction, with numbers below 2^-14 in steps of 2^-24.
struct Float16 {
  uint16_t bits = 0;

  Float16() = default;
  explicit Float16(float number) {
    uint32_t word = std::bit_cast<uint32_t>(number), size = word & 0x7fffffff;
    bits = uint16_t(word >> 16 & 0x8000);
    if (size > 0x7f800000)
      bits |= 0x7e00;
    else if (size >= 0x47800000) // 2^16
      bits |= 0x7c00;
    else if (size < 0x38800000) // 2^-14: the last bits of a sum with 1/2 are steps of 2^-24
      bits |= uint16_t(std::bit_cast<uint32_t>(std::bit_cast<float>(size) + 0.5f) - 0x3f000000);
    else // A carry goes to the exponent, and past the largest number to infinity.
      bits |= uint16_t((size - 0x38000000 + 0xfff + (size >> 13 & 1)) >> 13);
  }
  operator float() const {
    uint32_t sign = uint32_t(bits & 0x8000) << 16, size = uint32_t(bits & 0x7fff) << 13;
    if (size >= 0x0f800000)
      size |= 0x7f800000;
    else if (size < 0x00800000)
      size = std::bit_cast<uint32_t>(std::bit_cast<float>(size + 0x38800000) - 0x1p-14f);
    else
      size += 0x38000000;
    return std::bit_cast<float>(sign | size);
  }
};

} // namespace tl
