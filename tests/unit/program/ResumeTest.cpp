// Killed at any moment, any number of times, a run ends with the same bits; whatever stops it loses nothing saved.
#include "runtime/checkpoint/Checkpoint.h"
#include "runtime/io/File.h"
#include "tests/unit/program/Subprocess.h"

#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <gtest/gtest.h>
#include <random>

namespace {

// TensorBoard's events without their wall times and the checksums over them: a record is its length, 4 bytes over that, an event that
// begins with a key and the time, 4 bytes over it.
std::string clockless(const std::string &events) {
  std::string all;
  for (size_t at = 0; at + 12 < events.size();) {
    uint64_t length = 0;
    std::memcpy(&length, events.data() + at, sizeof length);
    all += events.substr(at, 13) + events.substr(at + 21, length - 9);
    at += 12 + length + 4;
  }
  return all;
}

// Everything of a run that a resume must not change, as one string: of each stage the last checkpoint, because a signal
// adds one between the others.
std::string finalBytes(const std::string &run) {
  std::string all = readAll(run + "/metrics.jsonl") + clockless(readAll(run + "/tb/events.out.tfevents.0.tl")) +
                    readAll(run + "/summary.json");
  for (const std::string &name : {tl::checkpoint::newest(run, "base").value(), tl::checkpoint::newest(run, "tune").value()})
    for (const std::string &file : tl::io::listFolder(name))
      all += name.substr(run.size()) + "/" + file + "\n" + readAll(name + "/" + file);
  return all;
}

class Resume : public testing::Test {
protected:
  void SetUp() override { folder = makeWorkFolder(); }
  void TearDown() override {
    if (!HasFailure())
      std::filesystem::remove_all(folder);
  }

  void uninterrupted() {
    Outcome whole = runProgram(folder, with({"--out", "whole"}));
    ASSERT_EQ(whole.exitCode, 0) << whole.err;
  }

  // About 150 steps of half a millisecond.
  std::vector<std::string> with(std::vector<std::string> more) {
    more.insert(more.end(), {"--delay", "500", "--checkpoint-every", "7", "--log-every", "5"});
    return more;
  }

  void expectSame() {
    std::string whole = finalBytes(folder + "/whole"), pieces = finalBytes(folder + "/pieces");
    EXPECT_GT(whole.size(), 1000u);
    EXPECT_TRUE(whole == pieces) << "the runs differ, see " << folder;
  }

  std::string folder;
};

TEST_F(Resume, KilledAtRandomMomentsEndsWithTheSameBits) {
  uninterrupted();
  const char *wish = std::getenv("TL_KILLS");
  int kills = wish ? std::atoi(wish) : 15, killed = 0;
  std::mt19937 random(7);
  while (killed < kills) {
    std::filesystem::remove_all(folder + "/pieces");
    Outcome last;
    for (int tries = 0; tries < 60; ++tries) {
      RunOptions options;
      options.signal = SIGKILL;
      options.signalAfter = tries < 40 ? 0.005 + 0.12 * double(random() % 1000) / 1000 : -1;
      last = runProgram(folder, with({"--resume", "--out", "pieces"}), options);
      if (last.exitCode == 0)
        break;
      ASSERT_EQ(last.exitCode, 128 + SIGKILL) << last.err;
      ++killed;
    }
    ASSERT_EQ(last.exitCode, 0) << last.err;
    expectSame();
  }
}

TEST_F(Resume, TermSavesAndTheResumedRunIsTheSame) {
  uninterrupted();
  int stopped = 0;
  for (int tries = 0; tries < 30; ++tries) {
    RunOptions options;
    options.signal = tries % 2 ? SIGINT : SIGTERM;
    options.signalAfter = tries < 20 ? 0.003 * (tries % 7) : -1;
    options.signalWhenSaid = "\nphase ";
    Outcome outcome = runProgram(folder, with({"--resume", "--out", "pieces"}), options);
    if (outcome.exitCode == 0)
      break;
    ASSERT_EQ(outcome.exitCode, 128 + options.signal) << outcome.err;
    EXPECT_NE(outcome.err.find("saved; go on with"), std::string::npos) << outcome.err;
    ++stopped;
  }
  EXPECT_GT(stopped, 0);
  expectSame();
}

TEST_F(Resume, StagesOneByOneAndAnotherNumberOfThreadsAreTheSame) {
  uninterrupted();
  EXPECT_EQ(runProgram(folder, with({"base", "--out", "pieces", "--threads", "1"})).exitCode, 0);
  Outcome tune = runProgram(folder, with({"tune", "--out", "pieces", "--threads", "3"}));
  EXPECT_EQ(tune.exitCode, 0) << tune.err;
  EXPECT_EQ(runProgram(folder, {"test", "--run", "pieces"}).exitCode, 0);
  expectSame();
  EXPECT_EQ(runProgram(folder, with({"tune", "--out", "pieces"})).exitCode, 2);
}

TEST_F(Resume, OtherProgramOrValuesAreRefusedWithBothSides) {
  ASSERT_EQ(runProgram(folder, {"--out", "run", "--lr", "0.01"}).exitCode, 0);
  Outcome other = runProgram(folder, {"--resume=run", "--lr", "0.03"});
  EXPECT_EQ(other.exitCode, 3);
  EXPECT_NE(other.err.find("`--lr` 0.01, not 0.03"), std::string::npos) << other.err;
  other = runProgram(folder, {"--resume=run", "--seed", "9"});
  EXPECT_EQ(other.exitCode, 3);
  EXPECT_NE(other.err.find("`--seed` 0, not 9"), std::string::npos) << other.err;
  RunOptions options;
  options.environment = {"HANDMADE_DIGEST=d2"};
  other = runProgram(folder, {"--resume=run"}, options);
  EXPECT_EQ(other.exitCode, 3);
  EXPECT_NE(other.err.find("digest d1, this one has digest d2"), std::string::npos) << other.err;
  EXPECT_EQ(runProgram(folder, {"--resume=run"}).exitCode, 0);  // values not given are taken from the run
  EXPECT_EQ(runProgram(folder, {"--resume=nowhere"}).exitCode, 3);
}

TEST_F(Resume, AFullDiskLeavesTheOldCheckpointsLoadable) {
  ASSERT_EQ(runProgram(folder, with({"base", "--out", "pieces"})).exitCode, 0);
  // Files may grow to 700 bytes: the first checkpoint of the next stage does not fit.
  RunOptions full;
  full.fileSizeLimit = 700;
  Outcome outcome = runProgram(folder, with({"tune", "--out", "pieces"}), full);
  EXPECT_EQ(outcome.exitCode, 3);
  EXPECT_NE(outcome.err.find("pieces/"), std::string::npos) << outcome.err;
  outcome = runProgram(folder, with({"--resume", "--out", "pieces"}));
  EXPECT_EQ(outcome.exitCode, 0) << outcome.err;
  uninterrupted();
  expectSame();
}

TEST_F(Resume, ADivergedRunStopsAndKeepsFiniteWeights) {
  ASSERT_EQ(runProgram(folder, {"base", "--out", "run"}).exitCode, 0);
  Outcome outcome = runProgram(folder, {"tune", "--out", "run", "--lr", "1e9"});
  EXPECT_EQ(outcome.exitCode, 4);
  EXPECT_NE(outcome.err.find("stage `tune`, phase `probe`, epoch 1, step"), std::string::npos) << outcome.err;
  EXPECT_NE(outcome.err.find("`--lr` is 1e+09"), std::string::npos) << outcome.err;
  for (const std::string &name : tl::io::listFolder(folder + "/run/checkpoints"))
    EXPECT_EQ(name.rfind("base-", 0), 0u) << name;
}

TEST_F(Resume, ASecondSignalEndsAtOnce) {
  RunOptions options;
  options.signal = SIGTERM;
  options.signalAfter = 0;
  options.signalWhenSaid = "\nphase ";
  options.twice = true;
  Outcome outcome = runProgram(folder, {"--out", "run", "--delay", "1000000"}, options);
  EXPECT_EQ(outcome.exitCode, 143);
}

}  // namespace
