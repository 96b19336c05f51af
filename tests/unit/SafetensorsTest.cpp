// Safetensors files round-trip, and no file, however made, is believed.
#include "runtime/weights/Safetensors.h"
#include "tests/unit/Temporary.h"
#include <cstring>
#include <sys/mman.h>
#include <unistd.h>

namespace tl::test {
using namespace weights;

static std::string fileOf(const std::string &header, const std::string &data) {
  std::string bytes;
  for (int i = 0; i < 8; ++i)
    bytes += char(uint64_t(header.size()) >> (8 * i));
  return bytes + header + data;
}

TEST(Safetensors, roundTrip) {
  TemporaryFolder folder;
  float f[6] = {1, -2, 0.5, 1e-45f, 3e38f, -0.0f};
  int32_t i = -7;
  double d[2] = {0.1, 1e308};
  char flags[3] = {1, 0, 1};
  uint16_t halves[2] = {0x3c00, 0xfc00}, brains[1] = {0x4049};
  std::vector<TensorView> tensors = {{"flags", "i1", {3}, flags},
                                     {"enc.net.0.weight", "f32", {2, 3}, reinterpret_cast<char *>(f)},
                                     {"count", "i32", {}, reinterpret_cast<char *>(&i)},
                                     {"none", "u8", {0, 4}, nullptr},
                                     {"halves", "f16", {2}, reinterpret_cast<char *>(halves)},
                                     {"brains", "bf16", {1}, reinterpret_cast<char *>(brains)},
                                     {"d", "f64", {2}, reinterpret_cast<char *>(d)}};
  {
    io::File file = io::File::create(folder / "t");
    writeSafetensors(file, tensors, {{"stage", "a \"b\""}});
    file.close();
  }
  SafetensorsFile file(folder / "t");
  EXPECT_EQ(file.metadata().at("stage"), "a \"b\"");
  ASSERT_EQ(file.tensors().size(), tensors.size());
  for (const TensorView &tensor : tensors) {
    const TensorInfo *info = file.find(tensor.name);
    ASSERT_TRUE(info);
    EXPECT_EQ(info->dtype, tensor.dtype);
    EXPECT_EQ(info->shape, tensor.shape);
    std::string back(size_t(info->bytes), '\0');
    file.read(*info, back.data());
    EXPECT_EQ(back, std::string(tensor.data ? tensor.data : "", size_t(info->bytes)));
  }
  EXPECT_EQ(file.find("count2"), nullptr);
}

TEST(Safetensors, hostileHeadersAreRefused) {
  TemporaryFolder folder;
  auto message = [&](const std::string &header, const std::string &data = "12345678") {
    folder.write("t", fileOf(header, data));
    return messageOf([&] { SafetensorsFile file(folder / "t"); });
  };
  auto tensor = [](const std::string &name, const std::string &shape, const std::string &offsets,
                   const std::string &dtype = "F32") {
    return "\"" + name + "\":{\"dtype\":\"" + dtype + "\",\"shape\":" + shape + ",\"data_offsets\":" + offsets + "}";
  };
  EXPECT_EQ(message("{" + tensor("a", "[2]", "[0,8]") + "}   "), "");
  EXPECT_EQ(message("{}", ""), "");
  std::string one = tensor("a", "[1]", "[0,4]"), two = tensor("b", "[1]", "[4,8]");
  EXPECT_EQ(message("{" + two + "," + one + "}"), "");
  EXPECT_TRUE(
      contains(message("{" + one + "," + tensor("b", "[2]", "[0,8]") + "}"), "neither overlap nor leave holes"));
  EXPECT_TRUE(contains(message("{" + two + "}"), "tensor `b` starts at byte 4 of the data, expected 0"));
  EXPECT_TRUE(contains(message("{" + one + "}"), "has 8 bytes of data, its tensors take 4"));
  EXPECT_TRUE(contains(message("{" + one + "," + two + "}", "1234"), "its tensors take 8: it is truncated"));
  EXPECT_TRUE(contains(message("{" + one + "," + one + "}"), "has the key `a` twice"));
  EXPECT_TRUE(contains(message("{" + tensor("a", "[3]", "[0,8]") + "}"), "takes bytes 0 to 8, f32[3] needs 12"));
  EXPECT_TRUE(contains(message("{" + tensor("a", "[2]", "[8,0]") + "}"), "expected 0"));
  EXPECT_TRUE(contains(message("{" + tensor("a", "[4294967296,4294967296]", "[0,8]") + "}"), "is impossible"));
  EXPECT_TRUE(contains(message("{" + tensor("a", "[9223372036854775807,2]", "[0,8]") + "}"), "is impossible"));
  EXPECT_TRUE(contains(message("{" + tensor("a", "[18446744073709551615]", "[0,8]") + "}"), "has the number 1844"));
  EXPECT_TRUE(contains(message("{" + tensor("a", "[-1]", "[0,8]") + "}"), "tensor `a` has the number -1"));
  EXPECT_TRUE(contains(message("{" + tensor("a", "[2.0]", "[0,8]") + "}"), "has the number 2.0"));
  EXPECT_TRUE(contains(message("{" + tensor("a", "[[2]]", "[0,8]") + "}"), "has a list where none belongs"));
  EXPECT_TRUE(contains(message("{" + tensor("a", "[2]", "[0,8,8]") + "}"), "has a number where none belongs"));
  EXPECT_TRUE(contains(message("{" + tensor("a", "[2]", "[0]") + "}"), "has 1 data offsets, expected 2"));
  EXPECT_TRUE(contains(message("{" + tensor("a", "[2]", "[0,8]", "F33") + "}"), "unknown dtype `F33`"));
  EXPECT_TRUE(contains(message("{\"a\":{\"dtype\":\"U8\",\"shape\":[8]}}"), "lacks one of"));
  EXPECT_TRUE(contains(message("{\"a\":{\"dtype\":\"U8\",\"shape\":[8],\"shape\":[8]}}"), "key `shape` twice"));
  EXPECT_TRUE(contains(message("{\"a\":{\"colour\":1}}"), "unknown key `colour`"));
  EXPECT_TRUE(contains(message("{\"__metadata__\":{\"a\":1}}"), "number where none belongs"));
  EXPECT_TRUE(contains(message("{\"__metadata__\":{\"a\":\"1\",\"a\":\"2\"}}"), "the key `a` twice"));
  EXPECT_TRUE(contains(message("{\"a\":[]}"), "list where none belongs"));
  EXPECT_TRUE(contains(message("[]"), "list where none belongs"));
  EXPECT_TRUE(contains(message("7"), "number where none belongs"));
  EXPECT_TRUE(contains(message(""), "no JSON"));
  EXPECT_TRUE(contains(message("{\"a\xff\":1}"), "no JSON"));
  EXPECT_TRUE(contains(message("{" + one + "," + two + "} x"), "no JSON"));
  EXPECT_TRUE(contains(message(std::string(1000000, '[')), "list where none belongs"));
}

TEST(Safetensors, headersThatWouldCostTooMuchAreRefused) {
  TemporaryFolder folder;
  auto message = [&](const std::string &header) {
    folder.write("t", fileOf(header, ""));
    return messageOf([&] { SafetensorsFile file(folder / "t"); });
  };
  auto tensor = [](const std::string &shape, const std::string &name = "a") {
    return "{\"" + name + "\":{\"dtype\":\"U8\",\"shape\":[0" + shape + "],\"data_offsets\":[0,0]}}";
  };
  auto times = [](int count, const std::string &text) {
    std::string all;
    while (count-- > 0)
      all += text;
    return all;
  };
  EXPECT_EQ(message(tensor(times(15, ",1"))), "");
  EXPECT_TRUE(contains(message(tensor(times(16, ",1"))), "tensor `a` has more than 16 dimensions"));
  EXPECT_EQ(message(tensor("", std::string(50'000, 'n'))), "");
  EXPECT_TRUE(contains(message(tensor("", std::string(50'001, 'n'))), "byte 10 starts a text of more than 50000 bytes"));
  EXPECT_TRUE(contains(message(tensor("", times(25'001, "\\\""))), "byte 10 starts a text of more than 50000 bytes"));
  EXPECT_TRUE(contains(message(tensor("," + std::string(1001, '1'))), "starts a number or blanks of more than 1000 bytes"));
  EXPECT_TRUE(contains(message("{" + std::string(1001, '\n') + "}"), "starts a number or blanks of more than 1000 bytes"));
  std::string notes;
  for (int i = 0; i < 1001; ++i)
    notes += (i ? ",\"" : "\"") + std::to_string(i) + "\":\"\"";
  EXPECT_TRUE(contains(message("{\"__metadata__\":{" + notes + "}}"), "the metadata has more than 1000 keys"));
}

TEST(Safetensors, everyTruncationIsAnError) {
  TemporaryFolder folder;
  std::string whole = fileOf("{\"a\":{\"dtype\":\"U8\",\"shape\":[8],\"data_offsets\":[0,8]}}", "12345678");
  for (size_t length = 0; length < whole.size(); ++length) {
    folder.write("t", whole.substr(0, length));
    EXPECT_NE(messageOf([&] { SafetensorsFile file(folder / "t"); }), "") << length;
  }
  folder.write("t", std::string(8, '\xff') + "{}");
  EXPECT_TRUE(contains(messageOf([&] { SafetensorsFile file(folder / "t"); }), "declares a header of 1844674"));
  std::string length = fileOf(std::string(90'000'000, ' '), "").substr(0, 8);
  folder.write("t", length + "{\"a\":1}    ");
  EXPECT_TRUE(contains(messageOf([&] { SafetensorsFile file(folder / "t"); }),
                       "declares a header of 90000000 bytes, at most 11 are possible"));
}

/// No mutation of a good header crashes the reader or gets a tensor past the file's end.
TEST(Safetensors, mutatedFilesNeverCrash) {
  TemporaryFolder folder;
  std::string whole =
      fileOf("{\"__metadata__\":{\"k\":\"v\"},\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},"
             "\"b\":{\"dtype\":\"U8\",\"shape\":[1,3],\"data_offsets\":[8,11]}}",
             "12345678abc");
  uint32_t state = 7;
  auto draw = [&] { return (state = state * 1664525 + 1013904223) >> 8; };
  int accepted = 0;
  for (int i = 0; i < 20000; ++i) {
    std::string bad = whole;
    for (uint32_t edits = draw() % 3 + 1; edits > 0; --edits)
      switch (size_t at = draw() % bad.size(); draw() % 3) {
      case 0:
        bad[at] = char(draw());
        break;
      case 1:
        bad.erase(at, draw() % 8 + 1);
        break;
      default:
        bad.insert(at, 1, "0123456789[]{},:\"-."[draw() % 19]);
      }
    int fd = ::memfd_create("t", 0);
    std::string path = "/proc/self/fd/" + std::to_string(fd);
    ASSERT_EQ(::write(fd, bad.data(), bad.size()), ssize_t(bad.size()));
    try {
      SafetensorsFile file(path);
      ++accepted;
      for (const TensorInfo &tensor : file.tensors()) {
        ASSERT_LE(size_t(tensor.offset + tensor.bytes), bad.size());
        std::vector<char> into(size_t(tensor.bytes));
        file.read(tensor, into.data());
      }
    } catch (const Error &error) {
      EXPECT_EQ(error.exitCode, exitBadData);
    }
    ::close(fd);
  }
  EXPECT_GT(accepted, 0);
}

} // namespace tl::test
