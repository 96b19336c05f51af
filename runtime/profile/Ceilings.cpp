// Measures ceilings: the best of some short rounds, since other work on the machine only takes from them.
#include "runtime/profile/Ceilings.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <numeric>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace tl::profile {

namespace {

double secondsNow() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

#if defined(__x86_64__)
constexpr int64_t steps = 20'000;
constexpr int sums = 12;  // more than are under way at once: two a cycle, each for four cycles

// Each keeps its sums in registers: the inner loop is unrolled whole.
__attribute__((target("avx512f"))) float multiplyAdd16() {
  __m512 sum[sums], factor = _mm512_set1_ps(0.999f), one = _mm512_set1_ps(1);
  for (__m512 &each : sum)
    each = one;
  for (int64_t step = 0; step < steps; ++step)
#pragma clang loop unroll(full)
    for (int i = 0; i < sums; ++i)
      sum[i] = _mm512_fmadd_ps(sum[i], factor, one);
  for (int i = 1; i < sums; ++i)
    sum[0] = _mm512_add_ps(sum[0], sum[i]);
  return _mm512_cvtss_f32(sum[0]);
}

__attribute__((target("avx2,fma"))) float multiplyAdd8() {
  __m256 sum[sums], factor = _mm256_set1_ps(0.999f), one = _mm256_set1_ps(1);
  for (__m256 &each : sum)
    each = one;
  for (int64_t step = 0; step < steps; ++step)
#pragma clang loop unroll(full)
    for (int i = 0; i < sums; ++i)
      sum[i] = _mm256_fmadd_ps(sum[i], factor, one);
  for (int i = 1; i < sums; ++i)
    sum[0] = _mm256_add_ps(sum[0], sum[i]);
  return _mm256_cvtss_f32(sum[0]);
}

__attribute__((target("avx512f,avx512bf16"))) float multiplyPairs() {
  __m512 sum[sums];
  __m512bh factor = (__m512bh)_mm512_set1_ps(0);
  for (__m512 &each : sum)
    each = _mm512_set1_ps(1);
  for (int64_t step = 0; step < steps; ++step)
#pragma clang loop unroll(full)
    for (int i = 0; i < sums; ++i)
      sum[i] = _mm512_dpbf16_ps(sum[i], factor, factor);
  for (int i = 1; i < sums; ++i)
    sum[0] = _mm512_add_ps(sum[0], sum[i]);
  return _mm512_cvtss_f32(sum[0]);
}

constexpr int tilesOfSums = 4, tileSide = 16;

/// All registers have 16 rows of 64 bytes: four of sums, which are cleared, two of each factor.
__attribute__((target("amx-tile,amx-bf16"))) float multiplyTiles() {
  alignas(64) uint8_t shapes[64] = {1};
  for (int of = 0; of < 8; ++of)
    shapes[16 + 2 * of] = 64, shapes[48 + of] = tileSide;
  _tile_loadconfig(shapes);
  for (int64_t step = 0; step < steps; ++step) {
    _tile_dpbf16ps(0, 4, 6);
    _tile_dpbf16ps(1, 4, 7);
    _tile_dpbf16ps(2, 5, 6);
    _tile_dpbf16ps(3, 5, 7);
  }
  _tile_release();
  return 0;
}
#endif

double readBytes() {
  std::vector<uint64_t> numbers(size_t{1} << 23, 1);  // 64 MiB
  double best = 0;
  for (int round = 0; round < 3; ++round) {
    double begin = secondsNow();
    uint64_t sum = std::accumulate(numbers.begin(), numbers.end(), uint64_t{0});
    asm volatile("" : : "r"(sum) : "memory");
    best = std::max(best, double(numbers.size() * sizeof(uint64_t)) / (secondsNow() - begin));
  }
  return best;
}

}  // namespace

double measureFlops(const std::vector<std::string> &features, bool areRounded) {
  double best = 0;
#if defined(__x86_64__)
  auto has = [&](const char *feature) { return std::find(features.begin(), features.end(), feature) != features.end(); };
  auto time = [&](float (*multiply)(), double flops) {
    for (int round = 0; round < 20; ++round) {
      double begin = secondsNow();
      float sum = multiply();
      asm volatile("" : : "r"(sum) : "memory");
      best = std::max(best, flops / (secondsNow() - begin));
    }
  };
  if (has("avx512f"))
    time(multiplyAdd16, 2.0 * steps * sums * 16);
  else if (has("fma"))
    time(multiplyAdd8, 2.0 * steps * sums * 8);
  if (areRounded && has("amx-bf16"))
    time(multiplyTiles, 2.0 * steps * tilesOfSums * tileSide * tileSide * 2 * tileSide);
  else if (areRounded && has("avx512bf16"))
    time(multiplyPairs, 2.0 * steps * sums * 32);
#endif
  return best;
}

Ceilings measureCeilings(const std::vector<std::string> &features) { return {measureFlops(features), measureFlops(features, true), readBytes()}; }

} // namespace tl::profile
