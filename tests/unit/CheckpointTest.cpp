// Checkpoints come back bit for bit, belong to one model, and the best one is never lost.
#include "runtime/checkpoint/Checkpoint.h"
#include "runtime/checkpoint/Remap.h"
#include "runtime/checkpoint/Tensors.h"
#include "runtime/io/Digest.h"
#include "tests/unit/Temporary.h"
#include <cmath>
#include <cstring>

namespace tl::test {
using namespace checkpoint;
using weights::SafetensorsFile;

static abi::Stage stageOf(std::vector<abi::Variable> variables) {
  abi::Stage stage;
  stage.name = "ae";
  int64_t offset = 0;
  for (abi::Variable &variable : variables) {
    variable.offset = offset;
    int64_t count = 1;
    for (int64_t dim : variable.shape)
      count *= dim;
    offset += (count * 8 + 63) / 64 * 64;
  }
  stage.variables = std::move(variables);
  stage.variablesBytes = offset;
  return stage;
}

static const abi::Stage stage = stageOf({{"enc.w", "parameter", "f32", {3, 2}, 0, "", ""},
                                         {"enc.w/m", "slot", "f32", {3, 2}, 0, "", ""},
                                         {"updates/0", "counter", "i32", {}, 0, "", ""},
                                         {"norm.mean", "buffer", "f32", {2}, 0, "", ""},
                                         {"image/mean", "fitted", "f32", {}, 0, "", ""}});

/// The variables of a stage.
struct Variables : memory::Arenas {
  explicit Variables(const abi::Stage &stage) : Arenas({stage.variablesBytes}), size(size_t(stage.variablesBytes)) {}
  std::string bytes() const { return std::string((*this)[0].begin(), size); }
  size_t size;
};

/// Every variable's every element is `start`, `start` + 1, ….
static Variables variablesOf(const abi::Stage &stage, float start) {
  Variables variables(stage);
  memory::Arena arena = variables[0];
  for (const abi::Variable &variable : stage.variables)
    for (int64_t i = 0; i < memory::elementsOf(variable.shape); ++i, ++start)
      arena.put(variable, i, start);
  return variables;
}

static TrainingState stateAt(int64_t step) {
  TrainingState state;
  state.program = "digest";
  state.stage = "ae";
  state.stepInStage = step;
  return state;
}

TEST(Checkpoint, roundTripIsExact) {
  TemporaryFolder run;
  Variables arena = variablesOf(stage, 0.1f);
  TrainingState state = stateAt(1200);
  state.seed = ~uint64_t{0};
  state.loaderPosition = int64_t{1} << 40;
  state.bests["best"] = {0.1 + 0.2, "ae-000000600"};
  state.stopBest = std::numeric_limits<double>::infinity();
  state.sums["loss"] = {{1.0 / 3, 5e-324, -0.0}, 128};
  state.sums["odd"] = {{-std::numeric_limits<double>::infinity(), std::nan("")}, 0};
  state.params["lr"] = 3e-4;
  state.logBytes["metrics.jsonl"] = 17;
  EXPECT_EQ(save(run.path, stage, arena[0], state), std::nullopt);
  std::string folder = run / "checkpoints/ae-000001200";
  EXPECT_EQ(newest(run.path, "ae"), folder);
  EXPECT_EQ(newest(run.path, "a"), std::nullopt);
  Variables back(stage);
  TrainingState read = load(folder, stage, back[0]);
  EXPECT_EQ(back.bytes(), arena.bytes());
  EXPECT_EQ(read.files["weights.safetensors"], io::fileDigest(folder + "/weights.safetensors"));
  state.files = read.files;
  EXPECT_EQ(nlohmann::json(read), nlohmann::json(state));
  EXPECT_EQ(double(read.bests.at("best").value), 0.1 + 0.2);
  EXPECT_TRUE(std::isinf(read.stopBest) && std::isnan(read.sums["odd"].sums[1]));
  EXPECT_EQ(double(read.sums["loss"].sums[1]), 5e-324);
  EXPECT_TRUE(std::signbit(double(read.sums["loss"].sums[2])));
  // The weights file has the weights and nothing else.
  EXPECT_EQ(SafetensorsFile(folder + "/weights.safetensors").tensors().size(), 3u);
  Variables weights(stage);
  loadWeights(folder, stage, weights[0]);
  EXPECT_EQ(weights.bytes().substr(0, 24), arena.bytes().substr(0, 24));
  EXPECT_EQ(weights[0].number(stage.variables[1], 0), 0);
}

TEST(Checkpoint, aConfusionMatrixOfAThousandClassesComesBack) {
  TemporaryFolder run;
  Variables arena = variablesOf(stage, 1);
  TrainingState state = stateAt(1);
  MetricSum &confusion = state.sums["confusion"];
  for (int i = 0; i < 1'000'000; ++i)
    confusion.sums.push_back(i / 3.0);
  confusion.count = 50'000;
  save(run.path, stage, arena[0], state);
  TrainingState read = load(run / "checkpoints/ae-000000001", stage, arena[0]);
  EXPECT_TRUE(read.sums["confusion"].sums == confusion.sums);
  EXPECT_EQ(double(read.sums["confusion"].count), 50'000);
}

TEST(Checkpoint, aStateIsShortAndFlat) {
  TemporaryFolder run;
  Variables arena = variablesOf(stage, 1);
  TrainingState state = stateAt(1);
  save(run.path, stage, arena[0], state);
  std::string folder = run / "checkpoints/ae-000000001", path = folder + "/state.json";
  io::writeWhole(path, std::string(16'000, '['));
  EXPECT_TRUE(contains(messageOf([&] { readState(folder); }), "not the state of a training (its values are nested too deep)"));
  io::writeWhole(path, std::string(1 << 20, ' ') + "{}");
  EXPECT_TRUE(contains(messageOf([&] { readState(folder); }), "is damaged: it has 1048578 bytes, expected at most 16384"));
  for (int i = 0; i < 1000; ++i)
    state.params["a-parameter-" + std::to_string(i)] = i;
  EXPECT_TRUE(contains(messageOf([&] { save(run.path, stage, arena[0], state); }), "expected at most 16384; give them shorter"));
}

TEST(Checkpoint, sumsOfAnotherKindAreNamed) {
  TemporaryFolder run;
  Variables arena = variablesOf(stage, 1);
  TrainingState state = stateAt(1);
  state.sums["loss.count"] = {{1}, 2};
  save(run.path, stage, arena[0], state);
  std::string folder = run / "checkpoints/ae-000000001";
  EXPECT_EQ(double(load(folder, stage, arena[0]).sums.at("loss.count").count), 2);
  std::string other = io::readWhole(folder + "/sums.safetensors");
  size_t at = other.find("loss.count.sum");
  ASSERT_NE(at, std::string::npos);
  other.replace(at, 14, "loss.count.mum");
  io::writeWhole(folder + "/sums.safetensors", other);
  EXPECT_TRUE(contains(messageOf([&] { load(folder, stage, arena[0]); }), "sums.safetensors` is damaged: its CRC-32 is"));
  EXPECT_TRUE(contains(messageOf([&] { readSums(folder + "/sums.safetensors"); }),
                       "has `loss.count.mum`, f64[1], expected the count or the sum of a metric"));
}

TEST(Checkpoint, theSameStateGivesTheSameBytes) {
  TemporaryFolder one, two;
  Variables arena = variablesOf(stage, 1);
  for (const TemporaryFolder *run : {&one, &two})
    save(run->path, stage, arena[0], stateAt(5));
  for (const char *name : {"weights.safetensors", "training.safetensors", "sums.safetensors", "state.json"})
    EXPECT_EQ(io::readWhole(one / ("checkpoints/ae-000000005/" + std::string(name))),
              io::readWhole(two / ("checkpoints/ae-000000005/" + std::string(name))));
}

TEST(Checkpoint, anotherModelIsNamedByItsTensors) {
  TemporaryFolder run;
  Variables arena = variablesOf(stage, 1);
  save(run.path, stage, arena[0], stateAt(1));
  abi::Stage other = stageOf({{"enc.w", "parameter", "f32", {3, 4}, 0, "", ""},
                              {"dec.w", "parameter", "f32", {1}, 0, "", ""},
                              {"norm.mean", "buffer", "f64", {2}, 0, "", ""}});
  Variables untouched = variablesOf(other, 50);
  std::string before = untouched.bytes();
  std::string folder = run / "checkpoints/ae-000000001";
  EXPECT_EQ(messageOf([&] { load(folder, other, untouched[0]); }),
            "`" + folder +
                "/weights.safetensors` is a checkpoint of another model than stage `ae` trains:\n"
                "  `enc.w` has f32[3, 2], this program wants f32[3, 4]\n"
                "  `dec.w` is not there, this program wants f32[1]\n"
                "  `norm.mean` has f32[2], this program wants f64[2]\n"
                "  and 1 more\n"
                "start afresh in another folder (`--out FOLDER`), or go on with the program that wrote it");
  EXPECT_EQ(untouched.bytes(), before);
}

TEST(Checkpoint, noNanIsSaved) {
  TemporaryFolder run;
  Variables arena = variablesOf(stage, 1);
  memory::Arena(arena[0]).put(stage.variables[3], 1, std::nan(""));
  EXPECT_EQ(save(run.path, stage, arena[0], stateAt(1)), "norm.mean");
  EXPECT_EQ(newest(run.path, "ae"), std::nullopt);
}

TEST(Checkpoint, newestIsTheLastCompleteOne) {
  TemporaryFolder run;
  Variables arena = variablesOf(stage, 1);
  for (int64_t step : {9, 100, 20})
    save(run.path, stage, arena[0], stateAt(step));
  io::makeFolders(run / "checkpoints/ae-000000200"); // no checkpoint: someone's empty folder
  io::makeFolders(run / "checkpoints/ae-000000300.tmp-999999999");
  io::makeFolders(run / "checkpoints/ae-fine-000000400");
  EXPECT_EQ(newest(run.path, "ae"), run / "checkpoints/ae-000000100");
  EXPECT_FALSE(io::isFolder(run / "checkpoints/ae-000000300.tmp-999999999"));
}

TEST(Checkpoint, pruningKeepsTheLastAndTheBest) {
  TemporaryFolder run;
  Variables arena = variablesOf(stage, 1);
  for (int64_t step = 1; step <= 6; ++step) {
    TrainingState state = stateAt(step);
    state.bests["best"] = {0.5, checkpointName("ae", std::min<int64_t>(step, 2))};
    state.bests["small"] = {0.5, checkpointName("ae", std::min<int64_t>(step, 3))};
    save(run.path, stage, arena[0], state);
    prune(run.path, "ae", 2, state);
  }
  EXPECT_EQ(io::listFolder(run / "checkpoints"),
            (std::vector<std::string>{"ae-000000002", "ae-000000003", "ae-000000005", "ae-000000006"}));
  EXPECT_EQ(locate(run.path, "ae", "best"), run / "checkpoints/ae-000000002");
  EXPECT_EQ(locate(run.path, "ae", "small"), run / "checkpoints/ae-000000003");
  EXPECT_EQ(locate(run.path, "ae", "last"), run / "checkpoints/ae-000000006");
  EXPECT_TRUE(contains(messageOf([&] { locate(run.path, "cls", "last"); }), "no checkpoint of stage `cls`"));
}

TEST(Checkpoint, savingTheSameStepAgainReplacesIt) {
  TemporaryFolder run;
  TrainingState state = stateAt(3);
  for (bool finished : {false, true}) {
    state.finished = finished;
    save(run.path, stage, variablesOf(stage, finished ? 2 : 1)[0], state);
  }
  EXPECT_TRUE(readState(*newest(run.path, "ae")).finished);
  EXPECT_EQ(io::listFolder(run / "checkpoints").size(), 1u);
}

TEST(Checkpoint, damagedFilesAreNamed) {
  TemporaryFolder run;
  Variables arena = variablesOf(stage, 1);
  save(run.path, stage, arena[0], stateAt(1));
  std::string folder = *newest(run.path, "ae"), state = io::readWhole(folder + "/state.json");
  io::writeWhole(folder + "/state.json", state.substr(0, state.size() / 2));
  EXPECT_TRUE(
      contains(messageOf([&] { load(folder, stage, arena[0]); }), folder + "/state.json` is damaged, it is not the state"));
  io::writeWhole(folder + "/state.json", state);
  for (std::string path : {folder + "/weights.safetensors", folder + "/training.safetensors"}) {
    std::string whole = io::readWhole(path), flipped = whole;
    flipped.back() ^= 16;
    for (const std::string &damaged : {whole.substr(0, whole.size() - 1), flipped}) {
      io::writeWhole(path, damaged);
      std::string message = messageOf([&] { load(folder, stage, arena[0]); });
      EXPECT_TRUE(contains(message, path + "` is damaged: its CRC-32 is ")) << message;
      EXPECT_TRUE(contains(message, "delete the folder `" + folder + "` to go on from the checkpoint before it"));
    }
    io::writeWhole(path, whole);
  }
}

TEST(Checkpoint, aDigitThatChangedInTheStateIsSeen) {
  TemporaryFolder run;
  Variables arena = variablesOf(stage, 1);
  save(run.path, stage, arena[0], stateAt(1));
  std::string path = run / "checkpoints/ae-000000001/state.json", state = io::readWhole(path);
  size_t seed = state.find("\"seed\": 0");
  ASSERT_NE(seed, std::string::npos);
  state[seed + 8] = '4';
  io::writeWhole(path, state);
  EXPECT_TRUE(contains(messageOf([&] { readState(run / "checkpoints/ae-000000001"); }), "state.json` is damaged: its CRC-32 is"));
}

TEST(Checkpoint, aStateCountsInWholeNumbers) {
  nlohmann::json state = stateAt(7);
  EXPECT_EQ(stateFrom(state).stepInStage, 7);
  for (const nlohmann::json &wrong : {nlohmann::json(2e47), nlohmann::json(0.5), nlohmann::json(-1), nlohmann::json(true)}) {
    nlohmann::json changed = state;
    changed["phase"] = wrong;
    EXPECT_THROW(stateFrom(changed), nlohmann::json::exception) << wrong;
  }
}

TEST(Checkpoint, behindADamagedOneTheSoundOneIsFound) {
  TemporaryFolder run;
  Variables arena = variablesOf(stage, 1);
  for (int64_t step : {1, 2, 3})
    save(run.path, stage, arena[0], stateAt(step));
  std::vector<std::string> said;
  auto say = [&](const std::string &text) { said.push_back(text); };
  EXPECT_EQ(newestSound(run.path, "ae", say)->state.stepInStage, 3);
  EXPECT_TRUE(said.empty());
  io::removeAll(run / "checkpoints/ae-000000003/state.json");
  io::writeWhole(run / "checkpoints/ae-000000002/training.safetensors", "");
  EXPECT_EQ(newestSound(run.path, "ae", say)->folder, run / "checkpoints/ae-000000001");
  ASSERT_EQ(said.size(), 2u);
  EXPECT_TRUE(contains(said[0], "ae-000000003/state.json`: No such file or directory; going on from"));
  EXPECT_TRUE(contains(said[1], "ae-000000002/training.safetensors` is damaged: its CRC-32 is 00000000, and was"));
  // Pruning counts only what training has reached: the sound one is not given up for those ahead of it.
  prune(run.path, "ae", 1, stateAt(1));
  EXPECT_TRUE(io::isFolder(run / "checkpoints/ae-000000001"));
  io::writeWhole(run / "checkpoints/ae-000000001/weights.safetensors", "no");
  EXPECT_TRUE(contains(messageOf([&] { newestSound(run.path, "ae", say); }), "ae-000000003/state.json`: No such file"));
  EXPECT_EQ(io::listFolder(run / "checkpoints").size(), 3u);
  EXPECT_EQ(newestSound(run.path, "cls", say).has_value(), false);
}

TEST(Checkpoint, tensorsAreCopiedIntoAnotherStage) {
  TemporaryFolder run;
  Variables arena = variablesOf(stage, 1);
  save(run.path, stage, arena[0], stateAt(1));
  abi::Stage other =
      stageOf({{"head.w", "parameter", "f32", {9}, 0, "", ""}, {"body.enc.w", "parameter", "f32", {3, 2}, 0, "", ""}});
  Variables into = variablesOf(other, 100);
  std::string before = into.bytes();
  abi::Load load;
  load.stage = "ae", load.which = "last", load.place = "s.tl:3:5";
  load.tensors = {{"body.enc.w", {{"tensor", "enc.w", "f32", {3, 2}, {}, {}, 0}}}};
  copyTensorsFromCheckpoint(*newest(run.path, "ae"), load, other, into[0]);
  EXPECT_EQ(into.bytes().substr(size_t(other.variables[1].offset), 24), arena.bytes().substr(0, 24));
  EXPECT_EQ(into.bytes().substr(0, 36), before.substr(0, 36));
  load.tensors = {{"head.w", {{"tensor", "enc.w", "f32", {9}, {}, {}, 0}}}};
  EXPECT_TRUE(contains(messageOf([&] { copyTensorsFromCheckpoint(*newest(run.path, "ae"), load, other, into[0]); }),
                       "s.tl:3:5: cannot load `head.w` from"));
}

TEST(Checkpoint, whatCopyingHoldsIsKnown) {
  abi::LoadStep a{"tensor", "a", "f32", {3, 4}, {}, {}}, b{"tensor", "b", "f32", {2, 4}, {}, {}};
  abi::LoadStep joined{"concat", "", "", {5, 4}, {0, 1}, {0}};
  abi::Stage stage = stageOf({{"w", "parameter", "f32", {3, 4}, 0, "", ""}, {"v", "parameter", "f32", {5, 4}, 0, "", ""}, {"u", "parameter", "f32", {4, 5}, 0, "", ""}, {"half", "parameter", "f16", {3, 4}, 0, "", ""}});
  abi::Load load;
  load.tensors = {{"w", {a}}};
  EXPECT_EQ(copyingBytes(load, stage), 0); // read where it goes
  load.tensors.push_back({"v", {a, b, joined}});
  EXPECT_EQ(copyingBytes(load, stage), (12 + 8 + 20) * 4);
  abi::LoadStep turned{"permute", "", "", {4, 5}, {2}, {1, 0}};
  load.tensors.push_back({"u", {a, b, joined, turned}});
  EXPECT_EQ(copyingBytes(load, stage), (12 + 8 + 20) * 4); // a and b are gone by then
  a.dtype = "f16";
  load.tensors = {{"half", {a}}};
  EXPECT_EQ(copyingBytes(load, stage), 0);
  load.tensors = {{"w", {a}}};
  EXPECT_EQ(copyingBytes(load, stage), 48);
}

} // namespace tl::test
