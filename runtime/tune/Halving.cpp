// Which trial trains on, and how far.
#include "runtime/tune/Halving.h"
#include "runtime/io/Error.h"

#include <algorithm>
#include <cmath>

namespace tl::tune {

std::vector<int64_t> rungsOf(int64_t least, int64_t eta, int64_t epochs) {
  std::vector<int64_t> rungs;
  for (int64_t at = least; 2 * at <= epochs; at *= eta)
    rungs.push_back(at);
  rungs.push_back(epochs);
  return rungs;
}

namespace {

/// What a rung has seen of a trial.
struct Standing {
  int64_t trial;
  double score;
  bool isPromoted = false;
};

/// Finite scores, the least first, of equal ones the earlier trial.
std::vector<Standing *> byScore(std::vector<Standing> &rung) {
  std::vector<Standing *> order;
  for (Standing &standing : rung)
    if (std::isfinite(standing.score))
      order.push_back(&standing);
  std::sort(order.begin(), order.end(), [](const Standing *a, const Standing *b) { return std::pair(a->score, a->trial) < std::pair(b->score, b->trial); });
  return order;
}

class ToTheEnd : public Halving {
public:
  explicit ToTheEnd(int64_t trials) : trials(trials) {}

  std::optional<Job> next() override {
    return started < trials ? std::optional(Job{.trial = started++}) : std::nullopt;
  }
  void take(const Job &, double) override {}

private:
  int64_t trials, started = 0;
};

/// What halvings have in common: rungs, and that in the end somebody trains to the end.
class Rungs : public Halving {
protected:
  Rungs(const abi::Search &search, int64_t epochs) : eta(search.eta), ends(rungsOf(search.least, search.eta, epochs)), standings(ends.size()) {}

  Job job(int64_t trial, size_t rung, size_t before) {
    ++underWay;
    bool isLast = rung + 1 == ends.size();
    return {trial, int64_t(rung), before < rung ? ends[before] : 0, isLast ? Job::end : ends[rung]};
  }
  /// The best trial that was let go, of the highest rung that has one, where nobody has come to the last.
  std::optional<Job> lastChance() {
    if (underWay > 0)
      return std::nullopt;
    for (size_t rung = ends.size(); rung-- > 0;)
      for (Standing *standing : byScore(standings[rung])) {
        if (rung + 1 == ends.size())
          return std::nullopt;
        if (standing->isPromoted)
          continue;
        standing->isPromoted = true;
        return job(standing->trial, rung + 1, rung);
      }
    return std::nullopt;
  }

  int64_t eta, underWay = 0;
  std::vector<int64_t> ends;                    // of rungs, in epochs
  std::vector<std::vector<Standing>> standings; // by rung
};

/// Asynchronous successive halving: Li, Jamieson, Rostamizadeh, Gonina, Ben-tzur, Hardt, Recht, Talwalkar, A system for massively parallel hyperparameter tuning, 2020. Of
/// n trials that a rung has seen, the ⌊n/η⌋ best go on as soon as they are known to be among them; else a new trial begins.
class Asha : public Rungs {
public:
  Asha(const abi::Search &search, int64_t trials, int64_t epochs) : Rungs(search, epochs), trials(trials) {}

  std::optional<Job> next() override {
    for (size_t rung = ends.size() - 1; rung-- > 0;) {
      std::vector<Standing *> order = byScore(standings[rung]);
      order.resize(std::min(order.size(), standings[rung].size() / size_t(eta)));
      for (Standing *standing : order)
        if (!standing->isPromoted) {
          standing->isPromoted = true;
          return job(standing->trial, rung + 1, rung);
        }
    }
    if (started < trials)
      return job(started++, 0, 0);
    return lastChance();
  }

  void take(const Job &done, double score) override {
    --underWay;
    standings[size_t(done.rung)].push_back({done.trial, score});
  }

private:
  int64_t trials, started = 0;
};

/// Hyperband: Li, Jamieson, DeSalvo, Rostamizadeh, Talwalkar, Hyperband: a novel bandit-based approach to hyperparameter optimization, 2017. With R = η^s_max, bracket s of
/// s_max, …, 0 begins with ⌈(s_max + 1)/(s + 1) · η^s⌉ trials at rung s_max - s, and each time the ⌊n/η⌋ best go on together. Then brackets begin anew,
/// until no trial is left; a bracket does not wait for the one before it.
class Hyperband : public Rungs {
public:
  Hyperband(const abi::Search &search, int64_t trials, int64_t epochs) : Rungs(search, epochs), left(trials) {}

  std::optional<Job> next() override {
    for (Bracket &bracket : brackets)
      if (std::optional<Job> made = goOn(bracket))
        return made;
    if (left > 0) {
      open();
      return goOn(brackets.back());
    }
    return lastChance();
  }

  void take(const Job &done, double score) override {
    --underWay;
    standings[size_t(done.rung)].push_back({done.trial, score});
    for (Bracket &bracket : brackets)
      if (std::any_of(bracket.of.begin(), bracket.of.end(), [&](int64_t trial) { return trial == done.trial; }))
        bracket.seen.push_back({done.trial, score});
  }

private:
  struct Bracket {
    size_t rung, before;          // before: where its trials stand; of those that begin the same as `rung`
    std::vector<int64_t> of;      // those of this rung
    size_t issued = 0;
    std::vector<Standing> seen = {};
  };

  std::optional<Job> goOn(Bracket &bracket) {
    if (!bracket.of.empty() && bracket.seen.size() == bracket.of.size())
      halve(bracket);
    if (bracket.issued == bracket.of.size())
      return std::nullopt;
    return job(bracket.of[bracket.issued++], bracket.rung, bracket.before);
  }

  void halve(Bracket &bracket) {
    std::vector<Standing *> order = byScore(bracket.seen);
    order.resize(bracket.rung + 1 < ends.size() ? std::min(order.size(), bracket.of.size() / size_t(eta)) : 0);
    bracket.of.clear();
    for (const Standing *standing : order) {
      bracket.of.push_back(standing->trial);
      for (Standing &known : standings[bracket.rung])
        known.isPromoted |= known.trial == standing->trial;
    }
    bracket.seen.clear();
    bracket.issued = 0;
    bracket.before = bracket.rung++;
  }

  void open() {
    size_t most = ends.size() - 1, rung = opened++ % ends.size(), s = most - rung;
    auto size = int64_t(std::ceil(double(most + 1) / double(s + 1) * std::pow(double(eta), double(s)) - 1e-9));
    brackets.push_back({rung, rung, {}});
    for (int64_t n = std::min(size, left); n > 0; --n, --left)
      brackets.back().of.push_back(started++);
  }

  int64_t left, started = 0;
  size_t opened = 0;
  std::vector<Bracket> brackets;
};

} // namespace

std::unique_ptr<Halving> Halving::of(const abi::Search &search, int64_t trials, int64_t epochs) {
  if (search.halving.empty())
    return std::make_unique<ToTheEnd>(trials);
  if (search.halving == "asha")
    return std::make_unique<Asha>(search, trials, epochs);
  if (search.halving == "hyperband")
    return std::make_unique<Hyperband>(search, trials, epochs);
  throw Error(exitInternal, "the program's descriptor asks for an unknown halving `" + search.halving + "`");
}

} // namespace tl::tune
