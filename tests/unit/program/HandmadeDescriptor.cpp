// The descriptor of the hand-made program. Program.h is not included: there the symbol is constant, and here a
// constructor fills it from the structs, with the facts of the data that lies in $TL_DATA.
#include "runtime/abi/Descriptor.h"
#include "runtime/data/Facts.h"
#include "runtime/io/File.h"
#include "tests/unit/program/HandmadeLayout.h"

#include <cstdlib>
#include <cstring>

extern "C" char tlDescriptor[1 << 17];
char tlDescriptor[1 << 17];

using namespace tl;

static const std::vector<abi::Port> stepInputs = {{"x", "f32", {handmade::batch, 3}, handmade::xAt},
                                                  {"target", "f32", {handmade::batch, 1}, handmade::targetAt},
                                                  {"valid", "f32", {handmade::batch}, handmade::validAt}};
static const std::vector<abi::Port> lossOutputs = {{"loss.sum", "f32", {}, 0}, {"loss.count", "f32", {}, 64}};
static const abi::Metric lossMetric = {"loss", true, "", "lower", "points.tl:9:3", {}};

static abi::Variable variable(const std::string &path, const std::string &kind, std::vector<int64_t> shape,
                              int64_t offset) {
  return {path, kind, kind == "counter" ? "i32" : "f32", shape, offset, "", "points.tl:5:3"};
}

static std::vector<abi::Variable> variables() {
  using namespace handmade;
  // clang-format off
  return {variable("w", "parameter", {3}, wAt),   variable("b", "parameter", {}, bAt),
          variable("w/m", "slot", {3}, wSlotAt),  variable("b/m", "slot", {}, bSlotAt),
          variable("updates/0", "counter", {}, updatesAt), variable("mean", "fitted", {}, meanAt),
          variable("deviation", "fitted", {}, deviationAt)};
  // clang-format on
}

static abi::Phase phase(const std::string &name, int64_t epochs, int64_t steps, const std::string &function) {
  abi::Phase out;
  out.name = name;
  out.place = "points.tl:12:3";
  out.epochs = epochs;
  out.steps = steps;
  out.stepFunction = function;
  out.trainable = {"w", "b"};
  out.trainableCount = 4;
  return out;
}

static abi::Stage stage(const std::string &name, const std::string &kind, std::vector<abi::Phase> phases) {
  abi::Stage out;
  out.name = name;
  out.kind = kind;
  out.model = "Line";
  out.data = "points";
  out.place = "points.tl:10:1";
  out.trainSplit = "train";
  out.valSplit = "val";
  out.batch = handmade::batch;
  out.variablesBytes = handmade::variablesBytes;
  out.variables = variables();
  out.initFunction = "init";
  out.phases = phases;
  out.evaluateFunction = "evaluate";
  out.metrics = {lossMetric};
  out.kept = {{"best", {true, "val", "loss", false, 0, "points.tl:14:3"}}};
  return out;
}

static abi::Data points() {
  abi::Data data;
  data.name = "points";
  abi::Source source;
  source.name = "all";
  source.reader = "csv";
  source.files = {"points.csv"};
  source.options = {{"target", "y"}, {"label", "kind"}};
  try {
    // Read once, as a compiler does: a program that read its data twice would not show its own peak of memory.
    std::string kept = data::findFile("points.csv", ".") + ".facts";
    if (!io::isFile(kept)) {
      data::Facts facts = data::readFacts(source, ".");
      nlohmann::json json = {{"records", facts.records}, {"digest", facts.digest}, {"fields", facts.fields}};
      io::writeWhole(kept, json.dump());
    }
    nlohmann::json json = nlohmann::json::parse(io::readWhole(kept));
    source.records = json["records"];
    source.digest = json["digest"];
    data.fields = json["fields"].get<std::vector<abi::Field>>();
  } catch (const std::exception &) {
    // Without data the program still answers `--help` and `predict`.
    data.fields = {{"x", "f32", {3}, 0, {}}, {"target", "f32", {1}, 0, {}}, {"label", "i32", {}, 2, {"cold", "hot"}}};
  }
  data.sources = {source};
  data.splits = {{"train", "all", 0, 0.7, ""}, {"val", "all", 0.7, 0.85, ""}, {"test", "all", 0.85, 1, ""}};
  data.fits = {{"normalize", "train", "fit", "mean", "deviation", {}}};
  return data;
}

static abi::Function function(const std::string &name, std::vector<abi::Port> inputs, std::vector<abi::Port> outputs,
                              bool parallel = false) {
  return {name, handmade::workBytes, 0, handmade::inputBytes, handmade::outputBytes, inputs, outputs, parallel, {}};
}

static abi::Program program() {
  abi::Program out;
  out.name = "points";
  out.source = "points.tl";
  out.sourceText = "# made by hand\n";
  out.digest = "d1";
  if (const char *digest = std::getenv("HANDMADE_DIGEST"))
    out.digest = digest;
  out.compiler = "a pair of hands";
  out.cpu = "generic";
  out.cpuFeatures = {"sse4.2"};
  if (const char *feature = std::getenv("HANDMADE_FEATURE"))
    out.cpuFeatures.push_back(feature);
  out.explain = "phase table\n";
  out.params = {{"lr", "real", 0.02, true, 1e-6, 1e9, "the learning rate", "points.tl:3:1"},
                {"full_epochs", "int", 4, true, 0, 1000, "epochs of phase `full`", "points.tl:4:1"},
                {"delay", "int", 0, true, 0, 1000000, "microseconds that each step takes longer", "points.tl:5:1"},
                {"nudge", "bool", 1, false, 0, 0, "add noise", "points.tl:6:1"}};
  // clang-format off
  out.scalars = {{"lr", ""},           {"full_epochs", ""},      {"delay", ""},       {"nudge", ""},
                 {"phase.step", "step"}, {"phase.steps", "phase"}, {"stage.step", "step"}, {"stage.steps", "stage"}};
  // clang-format on
  out.data = {points()};
  abi::Stage base = stage("base", "pretrain", {phase("main", 3, 0, "step")});
  abi::Phase full = phase("full", 4, 0, "step");
  full.epochsParam = "full_epochs";
  full.fresh = {"b/m"};
  full.stopEarly = {true, "val", "loss", false, 100, "points.tl:20:3"};
  abi::Stage tune = stage("tune", "finetune", {phase("probe", 0, 25, "stepFrozen"), full});
  abi::Load load;
  load.stage = "base";
  load.which = "best";
  load.tensors = {{"w", {{"tensor", "w", "f32", {3}, {}, {}, 0}}}};
  tune.loads = {load};
  out.stages = {base, tune};
  abi::Metric table = {"confusion", false, "", "", "", {2, 2}};
  out.tests = {{"test", "tune", "best", "points", "test", "test", "points.tl:30:1", handmade::batch, {lossMetric, table}}};
  out.deploys = {{"predict", "tune", "best", "points", "predict", "points.tl:31:1", {"x"}, {}, {}, false, "", "label"}};
  std::vector<abi::Port> testInputs = stepInputs, testOutputs = lossOutputs;
  testInputs.push_back({"label", "i32", {handmade::batch}, handmade::labelAt});
  testOutputs.push_back({"confusion.sum", "f32", {2, 2}, 128});
  out.functions = {
      function("init", {}, {}),
      function("fit", {stepInputs[0], stepInputs[2]},
               {{"origin", "f32", {}, 0}, {"sum", "f64", {}, 64}, {"squares", "f64", {}, 128}, {"count", "f32", {}, 192}}),
      function("step", stepInputs, lossOutputs, true),
      function("stepFrozen", stepInputs, lossOutputs),
      function("evaluate", stepInputs, lossOutputs, true),
      function("test", testInputs, testOutputs),
      function("predict", {{"x", "f32", {1, 3}, handmade::xAt}},
               {{"y", "f32", {1}, 0}, {"class", "i32", {1}, 64}, {"twice", "f32", {1, 2}, 128}})};
  return out;
}

[[maybe_unused]] static const bool isFilled = [] {
  std::string text = nlohmann::json(program()).dump();
  if (text.size() >= sizeof tlDescriptor)
    std::abort();
  std::memcpy(tlDescriptor, text.c_str(), text.size() + 1);
  return true;
}();
