// What a search decides: on which rung how many trials go on, in which order, and whether it finds what is to be found.
#include "runtime/tune/Importance.h"
#include "runtime/tune/Search.h"
#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <map>

namespace tl::test {

using tune::Job;

namespace {

abi::Param param(const char *name, const char *type) {
  abi::Param made;
  made.name = name, made.type = type;
  return made;
}

abi::Program program() {
  abi::Program made;
  for (const char *name : {"lr", "decay"})
    made.params.push_back(param(name, "real"));
  made.params.push_back(param("width", "int"));
  return made;
}

abi::Setting between(const char *name, double low, double high, bool isLog = false) { return {name, {}, low, high, isLog, ""}; }
abi::Setting oneOf(const char *name, std::vector<double> values) { return {name, std::move(values), 0, 0, false, ""}; }

abi::Search search(const std::string &proposals, const std::string &halving = "") {
  abi::Search made;
  made.settings = {between("lr", 1e-5, 1, true), between("decay", 0, 0.3), oneOf("width", {2, 4, 8})};
  made.proposals = proposals;
  made.halving = halving;
  made.eta = 3, made.least = 1, made.start = 10, made.workers = 4;
  return made;
}

/// Least, 0, at lr 0.005, decay 0.03, width 4.
double lossOf(const std::vector<double> &values) {
  return 0.3 * std::pow(std::log10(values[0] / 0.005), 2) + 20 * std::pow(values[1] - 0.03, 2) + (values[2] == 4 ? 0 : 0.05);
}

struct Outcome {
  std::map<int64_t, int64_t> jobs; // by rung
  std::vector<std::vector<double>> settings;
  std::optional<int64_t> winner;
  double best = INFINITY;
};

Outcome run(const abi::Search &about, uint64_t seed, int64_t trials, int64_t epochs, const std::function<double(const std::vector<double> &)> &score = lossOf) {
  abi::Program of = program();
  tune::Search decisions(of, about, seed, trials, [&](const std::vector<double> &) { return epochs; });
  Outcome outcome;
  while (true) {
    while (std::optional<tune::Order> order = decisions.next()) {
      ++outcome.jobs[order->job.rung];
      if (order->job.trial == std::ssize(outcome.settings))
        outcome.settings.push_back(order->values);
      EXPECT_EQ(outcome.settings.at(size_t(order->job.trial)), order->values);
    }
    std::optional<Job> job = decisions.awaited();
    if (!job)
      break;
    double value = score(outcome.settings[size_t(job->trial)]);
    outcome.best = std::min(outcome.best, value);
    decisions.take(value);
  }
  outcome.winner = decisions.winner();
  return outcome;
}

} // namespace

TEST(Tune, rungsLeaveTwiceAsMuchToTheEnd) {
  EXPECT_EQ(tune::rungsOf(1, 3, 9), (std::vector<int64_t>{1, 3, 9}));
  EXPECT_EQ(tune::rungsOf(1, 3, 10), (std::vector<int64_t>{1, 3, 10}));
  EXPECT_EQ(tune::rungsOf(2, 4, 8), (std::vector<int64_t>{2, 8}));
  EXPECT_EQ(tune::rungsOf(3, 2, 3), (std::vector<int64_t>{3}));
}

TEST(Tune, aGridHasEveryPoint) {
  abi::Search grid = search("grid");
  grid.settings = {oneOf("width", {2, 4, 8}), oneOf("decay", {0, 0.1})};
  EXPECT_EQ(run(grid, 1, 6, 1, [](const auto &) { return 0.0; }).settings, (std::vector<std::vector<double>>{{2, 0}, {2, 0.1}, {4, 0}, {4, 0.1}, {8, 0}, {8, 0.1}}));
}

TEST(Tune, valuesAreWhatTheirParamsCanBe) {
  abi::Search about = search("quasi_random");
  about.settings = {between("width", 1, 3), between("lr", 1e-4, 1e-2, true)};
  std::map<double, int> widths;
  for (const std::vector<double> &values : run(about, 7, 300, 1, [](const auto &) { return 0.0; }).settings) {
    ++widths[values[0]];
    EXPECT_GE(values[1], 1e-4);
    EXPECT_LE(values[1], 1e-2);
  }
  ASSERT_EQ(widths.size(), 3U);
  for (const auto &[width, count] : widths)
    EXPECT_NEAR(count, 100, 10) << width;
}

TEST(Tune, equalSeedsDecideAlike) {
  for (const char *halving : {"", "asha", "hyperband"}) {
    EXPECT_EQ(run(search("tpe", halving), 3, 30, 9).settings, run(search("tpe", halving), 3, 30, 9).settings);
    EXPECT_NE(run(search("tpe", halving), 3, 30, 9).settings, run(search("tpe", halving), 4, 30, 9).settings);
  }
}

// Scores that fall with the trial's number would have everybody go on who comes; those that rise, the first ones.
TEST(Tune, aThirdGoesOn) {
  Outcome rising = run(search("random", "asha"), 1, 27, 9, [&](const auto &values) { return values[0]; });
  EXPECT_EQ(rising.jobs[0], 27);
  EXPECT_GE(rising.jobs[1], 9);
  EXPECT_LE(rising.jobs[1], 14);
  EXPECT_GE(rising.jobs[2], 3);
  Outcome brackets = run(search("random", "hyperband"), 1, 17, 9, [&](const auto &values) { return values[0]; });
  // 9 from rung 0 of which 3 and 1 go on, 5 from rung 1 of which 1 goes on, 3 to the end.
  EXPECT_EQ(brackets.jobs[0], 9);
  EXPECT_EQ(brackets.jobs[1], 3 + 5);
  EXPECT_EQ(brackets.jobs[2], 1 + 1 + 3);
}

TEST(Tune, somebodyTrainsToTheEnd) {
  for (const char *halving : {"asha", "hyperband"})
    for (int64_t trials : {1, 2, 3}) {
      Outcome outcome = run(search("random", halving), 5, trials, 27);
      EXPECT_TRUE(outcome.winner.has_value()) << halving << trials;
    }
}

// Of two workers one has a trial of 8 epochs; meanwhile the other is done with four of 2.
TEST(Tune, resultsComeAsTwoWorkersWouldHaveThem) {
  abi::Program of = program();
  abi::Search grid = search("grid");
  grid.settings = {oneOf("width", {8, 2, 2, 2, 2, 2})};
  grid.workers = 2;
  tune::Search decisions(of, grid, 1, 6, [](const std::vector<double> &values) { return values.empty() ? 8 : int64_t(values[0]); });
  std::vector<int64_t> order;
  while (true) {
    while (decisions.next()) {
    }
    std::optional<Job> job = decisions.awaited();
    if (!job)
      break;
    order.push_back(job->trial);
    decisions.take(0);
  }
  EXPECT_EQ(order, (std::vector<int64_t>{1, 2, 3, 0, 4, 5}));
}

TEST(Tune, whatDivergedGoesOnNoFurther) {
  Outcome none = run(search("tpe", "asha"), 5, 12, 9, [](const auto &) { return INFINITY; });
  EXPECT_FALSE(none.winner.has_value());
  EXPECT_EQ(none.jobs, (std::map<int64_t, int64_t>{{0, 12}}));
}

TEST(Tune, estimatorsFindMoreThanChance) {
  int better = 0;
  for (uint64_t seed = 0; seed < 20; ++seed)
    better += run(search("tpe"), seed, 40, 1).best < run(search("random"), seed, 40, 1).best;
  EXPECT_GE(better, 15);
}

// However many run side by side: the eleventh is proposed while results of the first ten are awaited.
TEST(Tune, asManyTrialsAreEvenAsTheScriptSays) {
  std::vector<std::vector<double>> estimated = run(search("tpe"), 3, 11, 1).settings, even = run(search("quasi_random"), 3, 11, 1).settings;
  EXPECT_NE(estimated.back(), even.back());
  estimated.pop_back(), even.pop_back();
  EXPECT_EQ(estimated, even);
}

// Of six settings that all matter forty trials say little, and even ones come no nearer than 0.14. Good trials that all counted alike would lead to 0.04, kernels of one width to 0.06.
TEST(Tune, estimatorsComeNearInManySettings) {
  abi::Search about = search("tpe");
  about.settings.clear();
  for (const char *name : {"a", "b", "c", "d", "e", "f"})
    about.settings.push_back(between(name, 0, 1));
  auto distance = [](const std::vector<double> &values) {
    double sum = 0;
    for (size_t i = 0; i < values.size(); ++i)
      sum += std::pow(values[i] - 0.2 - 0.1 * double(i), 2);
    return sum;
  };
  std::vector<double> best;
  for (uint64_t seed = 0; seed < 21; ++seed)
    best.push_back(run(about, seed, 40, 1, distance).best);
  std::nth_element(best.begin(), best.begin() + 10, best.end());
  EXPECT_LT(best[10], 0.033);
}

TEST(Tune, importanceIsTheSettingsThatDecides) {
  std::vector<std::vector<double>> values;
  std::vector<double> scores;
  for (int i = 0; i < 60; ++i) {
    values.push_back({double(i % 3), double(i * 37 % 60)});
    scores.push_back(double(i % 3) + 0.01 * double(i * 17 % 60));
  }
  std::vector<double> shares = tune::importance(values, {3, 0}, scores);
  EXPECT_GT(shares[0], 0.8);
  EXPECT_LT(shares[1], 0.2);
}

} // namespace tl::test
