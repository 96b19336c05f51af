// Facts and values of CIFAR-10 batches, and what is said of bad ones.
#include "tests/unit/Sources.h"

namespace tl::test {
using namespace data;

namespace {
/// A record whose value at a pixel of a channel is 50 · channel + (pixel + label) mod 50.
std::string record(int label) {
  std::string bytes(1, char(label));
  for (int channel = 0; channel < 3; ++channel)
    for (int pixel = 0; pixel < 1024; ++pixel)
      bytes += char((pixel + label) % 50 + 50 * channel);
  return bytes;
}
} // namespace

TEST(Cifar, batchesOneBehindTheOtherChannelsLast) {
  TemporaryFolder folder;
  for (bool gzip : {false, true}) {
    auto put = [&](const std::string &bytes) { return gzip ? packed(bytes) : bytes; };
    folder.write("a", put(record(3) + record(9)));
    folder.write("b", put(record(0)));
    abi::Source source = sourceOf("cifar", {"a", "b"});
    Facts facts = readFacts(source, folder.path);
    EXPECT_EQ(facts.records, 3);
    ASSERT_EQ(facts.fields.size(), 2u);
    EXPECT_EQ(facts.fields[0].shape, (std::vector<int64_t>{32, 32, 3}));
    EXPECT_EQ(facts.fields[1].classes, 10);
    Dataset dataset = loadVerified(source, folder.path);
    EXPECT_EQ(valuesOf<int32_t>(dataset, "label"), (std::vector<int32_t>{3, 9, 0}));
    std::vector<uint8_t> values = valuesOf<uint8_t>(dataset, "image");
    for (int64_t r = 0, labels[] = {3, 9, 0}; r < 3; ++r)
      for (int64_t pixel = 0; pixel < 1024; ++pixel)
        for (int64_t channel = 0; channel < 3; ++channel)
          ASSERT_EQ(values[size_t((r * 1024 + pixel) * 3 + channel)], (pixel + labels[r]) % 50 + 50 * channel);
  }
}

TEST(Cifar, badFilesAreNamedWithBothSides) {
  TemporaryFolder folder;
  folder.write("good", record(1));
  auto message = [&](const std::string &bytes) {
    folder.write("bad", bytes);
    return messageOf([&] { loadVerified(sourceOf("cifar", {"good", "bad"}), folder.path); });
  };
  std::string path = "`" + (folder / "bad") + "`";
  EXPECT_TRUE(contains(message(record(1).substr(1)), path + " has 3072 bytes, which is no whole number of CIFAR-10 records of 3073"));
  EXPECT_TRUE(contains(message(record(1) + "x"), "has 3074 bytes, which is no whole number of CIFAR-10 records"));
  EXPECT_TRUE(contains(message(packed(record(1) + record(2) + "xy")), "unpacks to 2 CIFAR-10 records of 3073 bytes (a label and u8[3, 32, 32]) and 2 bytes more"));
  EXPECT_TRUE(contains(message(record(1) + record(10)), "record 1 of " + path + ": label 10, expected 0..9"));
  EXPECT_TRUE(contains(message(""), path + " holds no records"));
  EXPECT_TRUE(contains(message(packed(record(1)).substr(0, 30)), path));
  EXPECT_TRUE(contains(messageOf([&] { readFacts(sourceOf("cifar", {}), folder.path); }),
                       "the reader `cifar` takes 1 or more files, source `train` names 0"));
  EXPECT_TRUE(contains(messageOf([&] { readFacts(sourceOf("cifar", {"good"}, {{"classes", "3"}}), folder.path); }),
                       "no option `classes`; it has none"));
}

TEST(Cifar, aBatchThatGrewSinceCompilingIsRefused) {
  TemporaryFolder folder;
  folder.write("a", record(1));
  abi::Source source = sourceOf("cifar", {"a"});
  Facts facts = readFacts(source, folder.path);
  folder.write("a", record(1) + record(2));
  EXPECT_NE(messageOf([&] { loadAs(source, facts, folder.path); }), "");
}

} // namespace tl::test
