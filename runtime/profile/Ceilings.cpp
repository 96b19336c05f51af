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

double measureFlops(const std::vector<std::string> &features) {
  double best = 0;
#if defined(__x86_64__)
  auto has = [&](const char *feature) { return std::find(features.begin(), features.end(), feature) != features.end(); };
  int lanes = has("avx512f") ? 16 : has("fma") ? 8
                                               : 0;
  for (int round = 0; lanes && round < 20; ++round) {
    double begin = secondsNow();
    float sum = lanes == 16 ? multiplyAdd16() : multiplyAdd8();
    asm volatile("" : : "r"(sum) : "memory");
    best = std::max(best, double(2 * steps * sums * lanes) / (secondsNow() - begin));
  }
#endif
  return best;
}

Ceilings measureCeilings(const std::vector<std::string> &features) { return {measureFlops(features), readBytes()}; }

} // namespace tl::profile
