// Shards and their index name the same tensors, and what an index says is not trusted.
#include "runtime/weights/Safetensors.h"
#include "runtime/weights/WeightFile.h"
#include "tests/unit/Temporary.h"

namespace tl::test {

using namespace tl::weights;

static void writeShard(const std::string &path, const std::vector<std::string> &names) {
  static const float ones[2] = {1, 2};
  std::vector<TensorView> views;
  for (const std::string &name : names)
    views.push_back({name, "f32", {2}, reinterpret_cast<const char *>(ones)});
  io::File file = io::File::create(path);
  writeSafetensors(file, views);
  file.close();
}

TEST(WeightFile, readsShardsAsOneFile) {
  TemporaryFolder folder;
  writeShard(folder / "a.safetensors", {"x", "z"});
  writeShard(folder / "b.safetensors", {"y"});
  writeShard(folder / "all.safetensors", {"x", "y", "z"});
  io::writeWhole(folder / "index.json",
                 R"({"metadata": {"total_size": 24}, "weight_map": {"x": "a.safetensors", "y": "b.safetensors", "z": "a.safetensors"}})");
  WeightFile shards(folder / "index.json"), whole(folder / "all.safetensors");
  ASSERT_EQ(shards.tensors().size(), 3u);
  EXPECT_EQ(shards.digest(), whole.digest());
  EXPECT_EQ(shards.find("w"), nullptr);
  float values[2] = {};
  shards.read(*shards.find("y"), reinterpret_cast<char *>(values));
  EXPECT_EQ(values[1], 2);
  writeShard(folder / "all.safetensors", {"x", "y"});
  EXPECT_NE(WeightFile(folder / "all.safetensors").digest(), shards.digest());
}

TEST(WeightFile, refusesAnIndexThatLies) {
  TemporaryFolder folder;
  writeShard(folder / "a.safetensors", {"x", "z"});
  writeShard(folder / "b.safetensors", {"z"});
  auto refusal = [&](const std::string &index) {
    io::writeWhole(folder / "index.json", index);
    return messageOf([&] { WeightFile file(folder / "index.json"); });
  };
  EXPECT_TRUE(contains(refusal("[]"), "is no index of weights"));
  EXPECT_TRUE(contains(refusal("{\"weight_map\""), "is no index of weights"));
  EXPECT_TRUE(contains(refusal(R"({"weight_map": {"x": 3}})"), "maps the tensor `x` to 3, expected the name of a file"));
  EXPECT_TRUE(contains(refusal(R"({"weight_map": {"x": "../a.safetensors"}})"), "expected the name of a file beside it"));
  EXPECT_TRUE(contains(refusal(R"({"weight_map": {"y": "a.safetensors"}})"), "has a tensor `y`, which it has not"));
  EXPECT_TRUE(contains(refusal(R"({"weight_map": {"x": "a.safetensors"}})"), "has a tensor `z` that"));
  EXPECT_TRUE(contains(refusal(R"({"weight_map": {"x": "a.safetensors", "z": "b.safetensors"}})"), "has a tensor `z` that"));
  EXPECT_TRUE(contains(refusal("{\"weight_map\": " + std::string(100'000, '[')), "nested three deep at most"));
  EXPECT_TRUE(contains(refusal(R"({"weight_map": {"x": "c.safetensors"}})"), "c.safetensors"));
}

} // namespace tl::test
