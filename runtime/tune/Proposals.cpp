// Proposals that look at no result: random, even, and one after the other.
#include "runtime/tune/Proposals.h"
#include "runtime/io/Error.h"
#include "runtime/tune/Draws.h"
#include "runtime/tune/Parzen.h"

#include <cmath>

namespace tl::tune {

static constexpr uint32_t purposeRandom = 0, purposeShift = 1, purposeParzen = 2;

static Point random(const Space &space, uint64_t seed, int64_t trial) {
  Draws draws(seed, trial, purposeRandom);
  Point point(space.size());
  for (double &u : point)
    u = draws.uniform();
  return point;
}

// A Kronecker sequence: point n is n · (1/φ, 1/φ², …) modulo 1, with φ the positive root of φ^(d+1) = φ + 1 (for one setting the golden ratio), which
// leaves no direction with large gaps (M. Roberts, The unreasonable effectiveness of quasirandom sequences, 2018). The seed shifts it (Cranley and Patterson 1976).
static Point quasiRandom(const Space &space, uint64_t seed, int64_t trial) {
  double phi = 2;
  for (int i = 0; i < 64; ++i)
    phi = std::pow(1 + phi, 1 / (double(space.size()) + 1));
  Draws draws(seed, 0, purposeShift);
  Point point(space.size());
  double step = 1;
  for (double &u : point) {
    step /= phi;
    u = draws.uniform() + step * double(trial);
    u -= std::floor(u);
  }
  return point;
}

/// The last setting changes first.
static Point onGrid(const Space &space, int64_t trial) {
  Point point(space.size());
  for (size_t i = space.size(); i-- > 0;) {
    int64_t choices = std::max<int64_t>(1, space.choices(i));
    point[i] = (double(trial % choices) + 0.5) / double(choices);
    trial /= choices;
  }
  return point;
}

Point propose(const Space &space, const abi::Search &search, uint64_t seed, const std::vector<Seen> &trials) {
  int64_t trial = std::ssize(trials);
  auto isMeasured = [](const Seen &seen) { return seen.epochs > 0; };
  if (search.proposals == "random")
    return random(space, seed, trial);
  if (search.proposals == "grid")
    return onGrid(space, trial);
  if (search.proposals == "quasi_random")
    return quasiRandom(space, seed, trial);
  if (search.proposals != "tpe")
    throw Error(exitInternal, "the program's descriptor asks for unknown proposals `" + search.proposals + "`");
  // Trials under way count as well: waiting for their results would draw more evenly than the script says.
  if (trial < search.start || std::count_if(trials.begin(), trials.end(), isMeasured) < 2)
    return quasiRandom(space, seed, trial);
  return mostPromising(space, trials, Draws(seed, trial, purposeParzen));
}

} // namespace tl::tune
