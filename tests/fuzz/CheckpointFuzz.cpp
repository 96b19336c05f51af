// Fuzzes the reader of checkpoints. An input is two bytes of choices and the four files of one: its state, in which
// `WWWWWWWW`, `TTTTTTTT`, `UUUUUUUU` and `SSSSSSSS` stand for the right checksums of the others and its own, in three parts,
// the second of which is repeated; its weights, what only training needs, and its sums.
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
  for (size_t at = 0; (at = text.find(mark, at)) != std::string::npos; at += mark.size())
    text.replace(at, mark.size(), digest.text()); // as long as the mark
}

enum Choice { times, large, choices };
enum Part { front, piece, back, weightsPart, trainingPart, sumsPart, partCount };

/// One of the files takes a form that is large where `times` is.
void enlarge(std::vector<std::string> &parts, uint8_t which, uint8_t times) {
  std::string tensor = R"({"dtype":"F64","shape":[0],"data_offsets":[0,0]})";
  size_t count = fuzz::timesOf(times, which == 0   ? parts[piece].size()
                                      : which == 3 ? 8
                                                   : tensor.size());
  if (which == 1 || which == 2)
    parts[which == 1 ? weightsPart : sumsPart] =
        fuzz::safetensors("{\"enc.w\":" + tensor + fuzz::repeated(",\"#.sum\":" + tensor, count) + "}", "");
  else if (which == 3)
    parts[sumsPart] = fuzz::safetensors("{\"loss.sum\":{\"dtype\":\"F64\",\"shape\":[" + std::to_string(count) +
                                            "],\"data_offsets\":[0," + std::to_string(8 * count) + "]}}",
                                        std::string(8 * count, 'x'));
  else
    parts[front] += fuzz::repeated(parts[piece], count);
  parts[front] += parts[back];
}

} // namespace

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed) {
  return fuzz::rewrite(data, size, most, seed, [](std::string input, std::minstd_rand &random) {
    std::string choice{fuzz::drawTimes(random), char(random() % 4)};
    std::vector<std::string> parts = fuzz::cut(std::string_view(input).substr(std::min<size_t>(choices, input.size())), partCount);
    if (!fuzz::isLarge(choice[times]) || random() % 2) // a large one is left as it was in one of two
      fuzz::mutatePart(parts[random() % partCount]);
    return choice + fuzz::join(parts);
  });
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const std::string run = fuzz::memoryFolder(), folder = run + "/checkpoints/ae-000000007";
  static const bool isMade = std::filesystem::create_directories(folder);
  static const std::string place = isMade ? "checkpoints/ae-000000007/" : "";
  static fuzz::MemoryFile state(place + "state.json"), weights(place + "weights.safetensors"),
      training(place + "training.safetensors"), sums(place + "sums.safetensors");
  static const abi::Stage stage = stageHere();
  static const memory::Arenas arenas({stage.variablesBytes});
  if (size < choices)
    return 0;
  std::vector<std::string> parts = fuzz::cut({reinterpret_cast<const char *>(data) + choices, size - choices}, partCount);
  if (data[times] > 0)
    enlarge(parts, data[large] % 4, data[times]);
  else
    parts[front] += parts[back];
  std::string &text = parts[front];
  replaceAll(text, "WWWWWWWW", parts[weightsPart]);
  replaceAll(text, "TTTTTTTT", parts[trainingPart]);
  replaceAll(text, "UUUUUUUU", parts[sumsPart]);
  if (size_t at = text.find("SSSSSSSS"); at != std::string::npos)
    replaceAll(text, "SSSSSSSS", text.substr(0, at) + "00000000" + text.substr(at + 8));
  state.bytes = text;
  weights.bytes = parts[weightsPart];
  training.bytes = parts[trainingPart];
  sums.bytes = parts[sumsPart];
  size_t whole = text.size() + parts[weightsPart].size() + parts[trainingPart].size() + parts[sumsPart].size();
  fuzz::answers(folder, fuzz::bound(whole), [&] {
    checkpoint::TrainingState loaded = checkpoint::load(folder, stage, arenas[0]);
    if (loaded.bests.contains("best"))
      checkpoint::locate(run, "ae", "best");
  });
  return 0;
}
