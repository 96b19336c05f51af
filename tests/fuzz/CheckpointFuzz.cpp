// Fuzzes the reader of checkpoints. An input is the three files of one: its state, in which `WWWWWWWW`, `TTTTTTTT` and
// `SSSSSSSS` stand for the right checksums of the others and its own, its weights, and what only training needs.
#include "runtime/checkpoint/Checkpoint.h"
#include "runtime/io/Digest.h"
#include "tests/fuzz/Harness.h"
#include <filesystem>

using namespace tl;

namespace {

/// The model that seeds.py makes checkpoints of.
abi::Stage stageHere() {
  abi::Stage stage;
  stage.name = "ae";
  stage.variables = {{"enc.w", "parameter", "f32", {3, 2}, 0, "", ""},
                     {"enc.w/m", "slot", "f32", {3, 2}, 64, "", ""},
                     {"updates/0", "counter", "i32", {}, 128, "", ""},
                     {"norm.mean", "buffer", "f32", {2}, 192, "", ""}};
  stage.variablesBytes = 256;
  return stage;
}

void replaceAll(std::string &text, const std::string &mark, const std::string &file) {
  io::Digest digest;
  digest.add(file.data(), file.size());
  for (size_t at; (at = text.find(mark)) != std::string::npos;)
    text.replace(at, mark.size(), digest.text());
}

/// What a state's own checksum is of; "" where it has none.
std::string digested(const std::string &state) {
  nlohmann::json json = nlohmann::json::parse(state, nullptr, false);
  if (!json.is_object())
    return "";
  json.erase("digest");
  return json.dump(1, ' ', false, nlohmann::json::error_handler_t::ignore);
}

} // namespace

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed) {
  return fuzz::rewrite(data, size, most, seed, [](std::string input, std::minstd_rand &random) {
    std::vector<std::string> parts = fuzz::cut(input, 3);
    fuzz::mutatePart(parts[random() % 3]);
    return fuzz::join(parts);
  });
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const std::string run = fuzz::memoryFolder(), folder = run + "/checkpoints/ae-000000007";
  static const bool isMade = std::filesystem::create_directories(folder);
  static const std::string place = isMade ? "checkpoints/ae-000000007/" : "";
  static fuzz::MemoryFile state(place + "state.json"), weights(place + "weights.safetensors"),
      training(place + "training.safetensors");
  static const abi::Stage stage = stageHere();
  std::vector<std::string> parts = fuzz::cut({reinterpret_cast<const char *>(data), size}, 3);
  replaceAll(parts[0], "WWWWWWWW", parts[1]);
  replaceAll(parts[0], "TTTTTTTT", parts[2]);
  if (parts[0].find("SSSSSSSS") != std::string::npos)
    replaceAll(parts[0], "SSSSSSSS", digested(parts[0]));
  state.set(parts[0]);
  weights.set(parts[1]);
  training.set(parts[2]);
  fuzz::answers(folder, fuzz::bound(size), [&] {
    char variables[256];
    checkpoint::TrainingState whole = checkpoint::load(folder, stage, variables);
    if (whole.hasBest)
      checkpoint::locate(run, "ae", "best");
  });
  return 0;
}
