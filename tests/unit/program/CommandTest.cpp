// What the program answers to its command line: flags, limits, predictions, refusals.
#include "tests/unit/program/Subprocess.h"

#include <filesystem>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace {

class Command : public testing::Test {
protected:
  void SetUp() override { folder = makeWorkFolder(); }
  void TearDown() override { std::filesystem::remove_all(folder); }

  void expectRefused(std::vector<std::string> arguments, int exitCode, const std::string &text) {
    Outcome outcome = runProgram(folder, arguments);
    EXPECT_EQ(outcome.exitCode, exitCode) << outcome.err;
    EXPECT_NE(outcome.err.find(text), std::string::npos) << outcome.err;
  }

  std::string folder;
};

TEST_F(Command, HelpListsParametersWithDefaultsAndRanges) {
  Outcome help = runProgram(folder, {"--help"});
  EXPECT_EQ(help.exitCode, 0);
  EXPECT_NE(help.out.find("the learning rate; default 0.02, in [1e-06, 1e+09]"), std::string::npos) << help.out;
  EXPECT_NE(help.out.find("--full-epochs int"), std::string::npos);
  EXPECT_NE(help.out.find("pretrain Line on points"), std::string::npos);
}

TEST_F(Command, MistakesAreRefusedWithAWayOut) {
  expectRefused({"--sede", "3"}, 2, "unknown flag `--sede`; did you mean `--seed`?");
  expectRefused({"--lr", "0"}, 2, "outside its range [1e-06, 1e+09]");
  expectRefused({"--lr=fast"}, 2, "takes a number, not `fast`");
  expectRefused({"--full-epochs", "1.5"}, 2, "takes a whole number");
  expectRefused({"--lr"}, 2, "needs a value");
  expectRefused({"--lr", "0.1", "--lr=0.2"}, 2, "`--lr` is given twice; which of the values is meant?");
  expectRefused({"--out", "a", "--out", "a"}, 2, "`--out` is given twice");
  expectRefused({"--resume=a", "--out", "b"}, 2, "`--resume=a` goes on in that folder, and `--out b` names another one");
  expectRefused({"--smoke=3"}, 2, "takes no value");
  expectRefused({"bse"}, 2, "unknown command `bse`; did you mean `base`?");
  expectRefused({"tune"}, 3, "starts from the weights of an earlier stage");
  expectRefused({"test"}, 3, "there is no run of `points`");
  expectRefused({"bench", "tune.fill"}, 2, "there are `base.main`, `tune.probe`, `tune.full`");
}

TEST_F(Command, MissingDataAndCpuFeaturesAreNamed) {
  RunOptions options;
  options.environment = {"HANDMADE_FEATURE=avx512vp2intersect"};
  EXPECT_EQ(runProgram(folder, {"--version"}, options).exitCode, 0);
  if (!__builtin_cpu_supports("avx512vp2intersect")) {
    Outcome outcome = runProgram(folder, {"--dry-run"}, options);
    EXPECT_EQ(outcome.exitCode, 3);
    EXPECT_NE(outcome.err.find("this machine lacks `avx512vp2intersect`"), std::string::npos) << outcome.err;
  }
  std::filesystem::remove(folder + "/points.csv");
  expectRefused({}, 3, "points.csv");
  EXPECT_FALSE(std::filesystem::exists(folder + "/runs"));
}

TEST_F(Command, RunsAreNumberedAndNeverOverwritten) {
  EXPECT_EQ(runProgram(folder, {"--smoke"}).exitCode, 0);
  EXPECT_EQ(runProgram(folder, {"--smoke"}).exitCode, 0);
  EXPECT_TRUE(std::filesystem::exists(folder + "/runs/points-002/settings.json"));
  expectRefused({"--out", "runs/points-001"}, 2, "already holds a run");
}

TEST_F(Command, LimitsShortenWhatIsRun) {
  Outcome smoke = runProgram(folder, {"--smoke", "--json", "--out", "a"});
  ASSERT_EQ(smoke.exitCode, 0) << smoke.err;
  nlohmann::json summary = nlohmann::json::parse(smoke.out);
  EXPECT_EQ(summary["stages"]["base"]["steps"], 3);
  EXPECT_EQ(summary["stages"]["tune"]["steps"], 6);
  Outcome few = runProgram(folder, {"--max-steps", "10", "--log-every", "1", "--json", "--out", "b"});
  EXPECT_EQ(nlohmann::json::parse(few.out)["stages"]["tune"]["steps"], 20);
  Outcome none = runProgram(folder, {"--full-epochs", "0", "--json", "--out", "c"});
  EXPECT_EQ(nlohmann::json::parse(none.out)["stages"]["tune"]["steps"], 25);
  EXPECT_EQ(runProgram(folder, {"--dry-run", "--out", "d"}).exitCode, 0);
  EXPECT_FALSE(std::filesystem::exists(folder + "/d"));
}

TEST_F(Command, PredictAnswersEveryLineAndNamesTheBadOnes) {
  ASSERT_EQ(runProgram(folder, {}).exitCode, 0);
  RunOptions options;
  options.input = "{\"x\": [4, -2, 4]}\n[1, 2]\n{\"y\": 1}\nnope\n[-2, 4, -2]";
  Outcome outcome = runProgram(folder, {"predict"}, options);
  EXPECT_EQ(outcome.exitCode, 3);
  EXPECT_NE(outcome.err.find("line 2: `x` is f32[3], and here is a list of 2 where 3 belong"), std::string::npos);
  std::istringstream lines(outcome.out);
  std::vector<nlohmann::json> answers;
  for (std::string line; std::getline(lines, line);)
    answers.push_back(nlohmann::json::parse(line));
  ASSERT_EQ(answers.size(), 5u);
  EXPECT_EQ(answers[0]["class"], "hot");
  EXPECT_NEAR(answers[0]["y"].get<double>(), 12.3, 1);
  EXPECT_EQ(answers[0]["twice"].size(), 2u);
  EXPECT_TRUE(answers[3].contains("error"));
  EXPECT_EQ(answers[4]["class"], "cold");
  Outcome one = runProgram(folder, {"predict", "x=[4,-2,4]"});
  EXPECT_EQ(one.exitCode, 0);
  EXPECT_EQ(nlohmann::json::parse(one.out), answers[0]);
}

TEST_F(Command, BenchPrintsOneLineForEachPhase) {
  Outcome outcome = runProgram(folder, {"bench", "tune", "--seconds", "0.05", "--rounds", "2", "--threads", "1"});
  ASSERT_EQ(outcome.exitCode, 0) << outcome.err;
  std::istringstream lines(outcome.out);
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    nlohmann::json json = nlohmann::json::parse(line);
    EXPECT_GT(json["steps_per_s"].get<double>(), 1000);
    EXPECT_LT(json["loss"][1].get<double>(), json["loss"][0].get<double>());
  }
  EXPECT_EQ(count, 2);
}

}  // namespace
