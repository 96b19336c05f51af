// Arrays of NumPy are read as they are meant, and what their headers and archives say is not trusted.
#include "runtime/abi/ElementTypes.h"
#include "runtime/weights/WeightFile.h"
#include "tests/unit/Archives.h"
#include "tests/unit/Temporary.h"
#include <cstring>

namespace tl::test {
using namespace weights;

static std::string arrayOf(const std::string &header, const std::string &numbers, int version = 1) {
  return "\x93NUMPY" + littleEndian(uint64_t(version), 2) + littleEndian(header.size(), version == 1 ? 2 : 4) + header + numbers;
}

static std::string headerOf(const std::string &type, const std::string &shape, const std::string &isByColumns = "False") {
  return "{'descr': '" + type + "', 'fortran_order': " + isByColumns + ", 'shape': " + shape + ", }    \n";
}

template <class Number> static std::string bytesOf(const std::vector<Number> &numbers) {
  return {reinterpret_cast<const char *>(numbers.data()), numbers.size() * sizeof(Number)};
}

static std::string valueOf(WeightFile &file, const std::string &name) {
  const TensorInfo *tensor = file.find(name);
  if (!tensor)
    return "is not there";
  std::string bytes(size_t(tensor->bytes), '\0');
  file.read(*tensor, bytes.data());
  return bytes;
}

TEST(NumpyFile, anArrayAloneHasTheNameOfItsFile) {
  TemporaryFolder folder;
  std::string numbers = bytesOf<float>({1, 2, 3, 4, 5, 6});
  for (int version : {1, 2, 3}) {
    folder.write("position.npy", arrayOf(headerOf("<f4", "(2, 3)"), numbers, version));
    WeightFile file(folder / "position.npy");
    ASSERT_EQ(file.tensors().size(), 1u);
    EXPECT_EQ(file.tensors()[0]->dtype, "f32");
    EXPECT_EQ(file.tensors()[0]->shape, (std::vector<int64_t>{2, 3}));
    EXPECT_EQ(valueOf(file, "position"), numbers) << version;
  }
}

TEST(NumpyFile, arraysOfAnArchiveAreStoredOrPacked) {
  TemporaryFolder folder;
  std::string rows = bytesOf<float>({1, 2, 3, 4, 5, 6}), columns = bytesOf<float>({1, 4, 2, 5, 3, 6}), many(100'000, '\7');
  for (int method : {0, 8})
    for (bool isLong : {false, true}) {
      folder.write("all.npz", zipOf({{"net.0.weight.npy", arrayOf(headerOf("<f4", "(2, 3)"), rows), method},
                                     {"turned.npy", arrayOf(headerOf("<f4", "(2, 3)", "True"), columns), method},
                                     {"many.npy", arrayOf(headerOf("|u1", "(100000,)"), many), method, "padding"},
                                     {"one.npy", arrayOf(headerOf("<i8", "()"), littleEndian(7, 8)), method},
                                     {"none.npy", arrayOf(headerOf("<f2", "(0L, 4L)"), ""), method}},
                                    isLong));
      WeightFile file(folder / "all.npz");
      EXPECT_EQ(file.tensors().size(), 5u);
      EXPECT_EQ(valueOf(file, "net.0.weight"), rows);
      EXPECT_EQ(valueOf(file, "turned"), rows);
      EXPECT_EQ(valueOf(file, "many"), many);
      EXPECT_EQ(valueOf(file, "one"), littleEndian(7, 8));
      EXPECT_EQ(valueOf(file, "none"), "");
      EXPECT_EQ(file.find("none")->shape, (std::vector<int64_t>{0, 4}));
    }
  folder.write("all.npz", zipOf({}));
  EXPECT_EQ(WeightFile(folder / "all.npz").tensors().size(), 0u);
}

TEST(NumpyFile, typesAreThoseOfTheTable) {
  TemporaryFolder folder;
  for (const FileElementType &type : fileElementTypes) {
    if (!*type.inNumpy)
      continue;
    for (const char *order : {"<", "|"}) {
      folder.write("x.npy", arrayOf(headerOf(std::string(order) + type.inNumpy, "(3,)"), std::string(size_t(3 * type.bytes), '\1')));
      EXPECT_EQ(WeightFile(folder / "x.npy").find("x")->dtype, type.name);
    }
  }
}

TEST(NumpyFile, badHeadersAreRefused) {
  TemporaryFolder folder;
  auto message = [&](const std::string &header, const std::string &numbers = "12345678") {
    folder.write("x.npy", arrayOf(header, numbers));
    return messageOf([&] { WeightFile file(folder / "x.npy"); });
  };
  EXPECT_EQ(message(headerOf("<f4", "(2,)")), "");
  EXPECT_EQ(message("{\"shape\":(2,),\"descr\":\"<f4\",\"fortran_order\":False}"), "");
  EXPECT_TRUE(contains(message(headerOf(">f4", "(2,)")), "numbers whose first byte is the highest, `>f4`; save them in the usual order, `.astype(\"<f4\")`"));
  EXPECT_TRUE(contains(message(headerOf("=f4", "(2,)")), "has the order of bytes `=`, expected `<`"));
  EXPECT_TRUE(contains(message(headerOf("|O", "(2,)")), "array `x` has elements of type `|O`, expected numbers such as `<f4`"));
  EXPECT_TRUE(contains(message(headerOf("", "(2,)")), "has elements of type ``"));
  EXPECT_TRUE(contains(message("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2,)}"), "has records of several fields"));
  EXPECT_TRUE(contains(message(headerOf("<f4", "(3,)")), "has 8 bytes of numbers, f32[3] needs 12: it is truncated"));
  EXPECT_TRUE(contains(message(headerOf("<f4", "(1,)")), "has 8 bytes of numbers, f32[1] needs 4"));
  EXPECT_TRUE(contains(message(headerOf("<f4", "(-2,)")), "has a shape of other than at most 16 whole numbers from 0 on"));
  EXPECT_TRUE(contains(message(headerOf("<f4", "(99999999999999999999,)")), "has a shape of other than"));
  EXPECT_TRUE(contains(message(headerOf("<f4", "(1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,2)")), "has a shape of other than"));
  EXPECT_TRUE(contains(message(headerOf("<f4", "(4294967296, 4294967296)")), "is impossible"));
  EXPECT_TRUE(contains(message(headerOf("<f4", "(2 2)")), "lacks a comma in its shape"));
  EXPECT_TRUE(contains(message(headerOf("<f4", "2")), "lacks a `(`"));
  EXPECT_TRUE(contains(message(headerOf("<f4", "(2,)", "true")), "says neither True nor False"));
  EXPECT_TRUE(contains(message("{'descr': '<f4', 'shape': (2,)}"), "lacks one of `descr`, `fortran_order`, `shape`"));
  EXPECT_TRUE(contains(message("{'descr': '<f4', 'descr': '<f4'}"), "has the key `descr` that NumPy does not write, or twice"));
  EXPECT_TRUE(contains(message("{'descr': '<f4' 'shape': (2,)}"), "lacks a comma"));
  EXPECT_TRUE(contains(message("{descr"), "lacks a text in quotes"));
  EXPECT_TRUE(contains(message(headerOf("<f4", "(2,)") + "x"), "goes on behind its end"));
  EXPECT_TRUE(contains(message(""), "lacks a `{`"));
  folder.write("x.npy", arrayOf(headerOf("<f4", "(2,)"), "12345678", 4));
  EXPECT_TRUE(contains(messageOf([&] { WeightFile file(folder / "x.npy"); }), "does not begin as NumPy's arrays of versions 1 to 3 do"));
  folder.write("x.npy", arrayOf("{", "").substr(0, 10) + "  ");
  EXPECT_TRUE(contains(messageOf([&] { WeightFile file(folder / "x.npy"); }), "its header lacks a `{`"));
  folder.write("x.npy", "\x93NUMPY\2" + std::string(1, '\0') + "\xff\xff\xff\x7f");
  EXPECT_TRUE(contains(messageOf([&] { WeightFile file(folder / "x.npy"); }), "has a header of 2147483647 bytes, at most 0 are possible"));
}

TEST(NumpyFile, everyTruncationIsAnError) {
  TemporaryFolder folder;
  std::string array = arrayOf(headerOf("<f4", "(2,)"), "12345678"), archive = zipOf({{"a.npy", array}, {"b.npy", array, 8}});
  for (const std::string &whole : {array, archive})
    for (size_t length = 0; length < whole.size(); ++length) {
      folder.write("t", whole.substr(0, length));
      EXPECT_NE(messageOf([&] { WeightFile file(folder / "t"); }), "") << length;
    }
}

TEST(Zip, archivesThatLieAreRefused) {
  TemporaryFolder folder;
  std::string array = arrayOf(headerOf("<f4", "(2,)"), "12345678");
  auto message = [&](std::string bytes) {
    folder.write("x.npz", bytes);
    return messageOf([&] {
      WeightFile file(folder / "x.npz");
      for (const TensorInfo *tensor : file.tensors())
        valueOf(file, tensor->name);
    });
  };
  auto patched = [&](int method, size_t inRecord, const std::string &bytes) { // of the only record of the directory
    std::string archive = zipOf({{"a.npy", array, method}});
    return archive.replace(archive.find("PK\1\2") + inRecord, bytes.size(), bytes);
  };
  EXPECT_EQ(message(zipOf({{"a.npy", array}})), "");
  EXPECT_EQ(message(zipOf({{"a.npy", array}}).replace(zipOf({{"a.npy", array}}).size() - 2, 2, littleEndian(7, 2)) + "comment"), "");
  EXPECT_TRUE(contains(message(zipOf({{"a.npy", array}, {"b.txt", ""}})), "is a zip archive of `b.txt`, expected arrays of NumPy alone"));
  EXPECT_TRUE(contains(message(zipOf({{"a.npy", array}, {"a.npy", array}})), "has `a.npy` twice"));
  EXPECT_TRUE(contains(message(zipOf({{"a\xff.npy", array}})), "has a name that is no UTF-8"));
  EXPECT_TRUE(contains(message(zipOf({{"a.npy", array}}) + "x"), "and no end: it is truncated"));
  EXPECT_TRUE(contains(message(patched(0, 8, littleEndian(1, 2))), "`a.npy` of this zip archive is encrypted"));
  EXPECT_TRUE(contains(message(patched(0, 10, littleEndian(14, 2))), "is packed by method 14, expected 0 (stored) or 8 (deflated)"));
  EXPECT_TRUE(contains(message(patched(0, 24, littleEndian(9, 4))), "is said to have 9 bytes, 80 are there"));
  EXPECT_TRUE(contains(message(patched(0, 20, littleEndian(1000, 4))), "is not where the directory says, 1000 bytes at 0"));
  EXPECT_TRUE(contains(message(patched(0, 42, littleEndian(1000, 4))), "starts at byte 1000, the directory at 115"));
  EXPECT_TRUE(contains(message(patched(0, 42, littleEndian(3, 4))), "is not where the directory says"));
  EXPECT_TRUE(contains(message(patched(0, 28, littleEndian(5000, 2))), "ends within entry 0"));
  EXPECT_TRUE(contains(message(patched(0, 0, "PK\2\2")), "is damaged in entry 0"));
  EXPECT_TRUE(contains(message(patched(8, 24, littleEndian(2'000'000'000, 4))), "is said to have 2000000000 bytes"));
  EXPECT_TRUE(contains(message(patched(8, 16, littleEndian(1, 4))), "does not have the checksum"));
  std::string archive = zipOf({{"a.npy", array}});
  EXPECT_TRUE(contains(message(std::string(archive).replace(archive.size() - 12, 2, littleEndian(2, 2))), "says that it has 2 entries, its directory has 1"));
  EXPECT_TRUE(contains(message(std::string(archive).replace(archive.size() - 10, 4, littleEndian(5000, 4))),
                       "the directory of this zip archive takes 5000 bytes"));
  EXPECT_TRUE(contains(message(std::string(archive).replace(archive.size() - 10, 4, littleEndian(0xffffffff, 4))), "lacks the long form of its end"));
  std::string longer = arrayOf(headerOf("<f4", "(2,)"), "123456789");
  std::string packed = zipOf({{"a.npy", longer, 8}});
  EXPECT_TRUE(contains(message(packed.replace(packed.find("PK\1\2") + 24, 4, littleEndian(array.size(), 4))),
                       "unpacks to more than the 80 bytes that it is said to have"));
  packed = zipOf({{"a.npy", longer.substr(0, longer.size() - 2), 8}});
  EXPECT_TRUE(contains(message(packed.replace(packed.find("PK\1\2") + 24, 4, littleEndian(array.size(), 4))), "cannot be unpacked: it ends after 79 bytes"));
  packed = zipOf({{"a.npy", array, 8}});
  EXPECT_TRUE(contains(message(packed.replace(35, 1, "\xff")), "cannot be unpacked: invalid block type"));
}

} // namespace tl::test
