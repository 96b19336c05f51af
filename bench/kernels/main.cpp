// bench-kernels [ROUNDS [WORD]]: products and convolutions by themselves, one thread, beside libraries; answers first. WORD: those alone whose
// line has it.
#include "bench/kernels/Ours.h"
#include "bench/kernels/Peers.h"
#include "runtime/profile/Ceilings.h"
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <random>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

using namespace tl::bench;

static double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

static std::vector<float> draw(int64_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<float> numbers(static_cast<size_t>(count));
  for (float &number : numbers)
    number = float(random() % 2001) / 1000 - 1;
  return numbers;
}

/// The largest difference at some hundred places, as a share of what the sum of its terms' sizes may be.
static double difference(const Problem &problem, const std::vector<float> &left, const std::vector<float> &right, const float *made) {
  double worst = 0, terms = double(problem.work()) / double(problem.elements());
  std::mt19937_64 random(7);
  for (int i = 0; i < 300; ++i) {
    int64_t index = i == 0 ? 0 : i == 1 ? problem.elements() - 1 : int64_t(random() % uint64_t(problem.elements()));
    double error = std::abs(double(made[index]) - wanted(problem, left, right, index)) / std::sqrt(terms);
    worst = error <= worst ? worst : error; // NaN counts
  }
  return worst;
}

int main(int count, char **words) {
  int rounds = count > 1 ? std::atoi(words[1]) : 5;
  std::string only = count > 2 ? words[2] : "";
#if defined(__x86_64__)
  _mm_setcsr(_mm_getcsr() | 0x8040); // as programs do
#endif
  const std::vector<std::pair<const char *, decltype(&ours)>> solvers = {{"TL", ours}, {"Eigen", eigen}, {"OpenBLAS", openBlas}, {"oneDNN", oneDnn}};
  std::printf("| | | TL, GFLOP/s | of the peak | Eigen | OpenBLAS | oneDNN | TL / best |\n|---|---|---|---|---|---|---|---|\n");
  double mostPeak = 0;
  std::vector<double> shares, ratios; // of the peak; to the best library
  for (const Problem &problem : allProblems()) {
    std::string name = problem.name + " | " + problem.text();
    if (name.find(only) == std::string::npos)
      continue;
    std::vector<float> left = draw(problem.leftElements(), 1), right = draw(problem.rightElements(), 2);
    std::vector<std::unique_ptr<Solver>> made;
    for (auto [solver, make] : solvers) {
      made.push_back(make(problem, left, right));
      if (!made.back())
        continue;
      made.back()->run();
      if (double error = difference(problem, left, right, made.back()->result()); !(error < 1e-5)) {
        std::printf("%s: %s is off by %.1e\n", name.c_str(), solver, error);
        return 1;
      }
    }
    // In turns, a twentieth of a second each, the best call of all.
    std::vector<double> best(made.size(), INFINITY);
    double peak = 0;
    for (int round = 0; round < rounds; ++round) {
      peak = std::max(peak, tl::profile::measureFlops(featuresUsed()));
      for (size_t i = 0; i < made.size(); ++i)
        for (double start = now(), end = start; made[i] && end - start < 0.05;) {
          double begin = now();
          made[i]->run();
          end = now();
          best[i] = std::min(best[i], end - begin);
        }
    }
    mostPeak = std::max(mostPeak, peak);
    auto rate = [&](size_t i) { return 2e-9 * double(problem.work()) / best[i]; };
    auto cell = [&](size_t i) { return made[i] ? std::to_string(int(std::lround(rate(i)))) : std::string("–"); };
    double peer = *std::min_element(best.begin() + 1, best.end());
    std::printf("| %s | %.0f | %.2f | %s | %s | %s | %s |\n", name.c_str(), rate(0), rate(0) * 1e9 / peak, cell(1).c_str(), cell(2).c_str(), cell(3).c_str(),
                std::isfinite(peer) ? (std::to_string(peer / best[0]).substr(0, 4) + " ×").c_str() : "–");
    std::fflush(stdout);
    shares.push_back(rate(0) * 1e9 / peak);
    if (std::isfinite(peer))
      ratios.push_back(peer / best[0]);
  }
  auto atLeast = [](const std::vector<double> &numbers, double least) { return std::count_if(numbers.begin(), numbers.end(), [&](double each) { return each >= least; }); };
  std::sort(ratios.begin(), ratios.end());
  std::printf("\nmultiply-adds of registers: %.0f GFLOP/s; of %zu problems TL has 0.9 of that in %td; of %zu with a library it is at most 3 %% behind the best in %td, the median is %.2f ×\n",
              mostPeak / 1e9, shares.size(), atLeast(shares, 0.9), ratios.size(), atLeast(ratios, 0.97), ratios.empty() ? 0 : ratios[ratios.size() / 2]);
}
