// Reads IDX files (the format of MNIST): big-endian magic `0 0 type rank`, rank sizes of 32 bits, then the values.
#include "runtime/data/Formats.h"
#include "runtime/data/Reader.h"
#include "runtime/data/SourceError.h"
#include "runtime/io/Checked.h"
#include "runtime/io/Gzip.h"
#include <algorithm>
#include <charconv>
#include <cstring>

namespace tl::data {

namespace {

/// An IDX file of u8 whose header has been read and checked; the stream stands at the values.
struct IdxFile {
  io::InputStream stream;
  std::vector<int64_t> dims;
  int64_t header, bytes; // where the values start, and of all of them

  explicit IdxFile(const std::string &path);
  void readValues(char *into);
};

IdxFile::IdxFile(const std::string &path) : stream(path) {
  std::string quoted = "`" + path + "`";
  unsigned char magic[4];
  stream.readExactly(reinterpret_cast<char *>(magic), 4, "the magic number");
  if (magic[0] != 0 || magic[1] != 0)
    throw badData(quoted + " is no IDX file: it starts with bytes " + std::to_string(magic[0]) + " " +
                  std::to_string(magic[1]) + ", expected 0 0");
  if (magic[2] != 8)
    throw badData(quoted + " holds values of IDX type " + std::to_string(magic[2]) + ", expected 8 (unsigned bytes)");
  if (magic[3] == 0)
    throw badData(quoted + " has no dimension, expected at least the number of records");
  for (int i = 0; i < magic[3]; ++i) {
    unsigned char size[4];
    stream.readExactly(reinterpret_cast<char *>(size), 4, "the size of dimension " + std::to_string(i));
    dims.push_back(int64_t{size[0]} << 24 | size[1] << 16 | size[2] << 8 | size[3]);
  }
  bytes = io::checkedElements(dims, quoted);
  if (bytes == 0)
    throw badData(quoted + " declares " + typeText("u8", dims) + ", which holds no records");
  header = 4 + 4 * int64_t{magic[3]};
  int64_t most = stream.mostBytes();
  if (stream.isGzip() ? bytes > most : bytes + header != most)
    throw badData(quoted + " declares " + typeText("u8", dims) + ", " + std::to_string(bytes + header) +
                  " bytes with its header, but has " + (stream.isGzip() ? "at most " : "") + std::to_string(most) +
                  (most < bytes + header ? ": it is truncated" : "") + "; fetch it again");
  stream.checkLength(bytes + header);
}

void IdxFile::readValues(char *into) {
  stream.readExactly(into, size_t(bytes), "its " + typeText("u8", dims));
  char more;
  if (stream.read(&more, 1) != 0)
    throw badData("`" + stream.path() + "` is longer than the " + typeText("u8", dims) +
                  " that it declares: it is damaged; fetch it again");
}

class IdxReader : public Reader {
public:
  IdxReader(const abi::Source &source, const std::string &scriptDir);
  void fill(const abi::Field &field, char *into) override;
  std::vector<std::string> findRecords(const std::vector<abi::Field> &, const std::string &) override { return {images.stream.path()}; }
  Extent extent(int64_t record) const override {
    int64_t bytes = images.bytes / facts.records;
    return {0, images.header + record * bytes, bytes};
  }
  void decode(const abi::Field &field, int64_t record, std::string_view bytes, char *into) const override;
  std::string place(const std::string &field, int64_t record) const override {
    return "record " + std::to_string(record) + " of `" + (field == "label" ? labelPath : images.stream.path()) + "`";
  }

private:
  void readLabels(const abi::Source &source);
  IdxFile images;
  std::string labelPath;
  std::vector<uint8_t> labels;
};

IdxReader::IdxReader(const abi::Source &source, const std::string &scriptDir)
    : images(reading(source.files.at(0), [&] { return IdxFile(findFile(source.files[0], scriptDir)); })) {
  if (images.dims.size() < 2)
    throw badData("`" + images.stream.path() + "` declares " + typeText("u8", images.dims) +
                  ", expected images: a number of records and at least one more dimension");
  facts.records = images.dims[0];
  facts.fields.push_back({"image", "u8", {images.dims.begin() + 1, images.dims.end()}, 0, {}});
  if (source.files.size() > 1) {
    reading(source.files[1], [&] {
      labelPath = findFile(source.files[1], scriptDir);
      readLabels(source);
    });
  }
}

void IdxReader::readLabels(const abi::Source &source) {
  IdxFile file(labelPath);
  if (file.dims.size() != 1)
    throw badData("`" + labelPath + "` declares " + typeText("u8", file.dims) + ", expected labels: one dimension");
  if (file.dims[0] != facts.records)
    throw badData("`" + labelPath + "` holds " + std::to_string(file.dims[0]) + " labels, `" + images.stream.path() +
                  "` holds " + std::to_string(facts.records) + " images: they do not belong together; name the file with the labels of these images, or fetch both again where that is done");
  labels.resize(size_t(file.bytes));
  file.readValues(reinterpret_cast<char *>(labels.data()));
  int64_t classes = *std::max_element(labels.begin(), labels.end()) + 1;
  if (std::string text = option(source, "classes"); !text.empty()) {
    int64_t given = 0;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), given);
    if (error != std::errc() || end != text.data() + text.size() || given < 1)
      throw badSource("option `classes` of source `" + source.name + "` is `" + text + "`, expected a number from 1").inOption("classes");
    if (given < classes) {
      int64_t record = std::find(labels.begin(), labels.end(), uint8_t(classes - 1)) - labels.begin();
      throw badData(place("label", record) + ": label " + std::to_string(classes - 1) + ", expected 0.." +
                    std::to_string(given - 1));
    }
    classes = given;
    facts.classesAreGiven = true;
  }
  for (uint8_t label : labels)
    ++facts.classRecords[label];
  facts.fields.push_back({"label", "i32", {}, classes, {}});
}

void IdxReader::fill(const abi::Field &field, char *into) {
  if (field.name != "label")
    return images.readValues(into);
  for (int64_t record = 0; record < facts.records; ++record, into += sizeof(int32_t))
    decode(field, record, {}, into);
}

/// Labels are held: they were read for the facts.
void IdxReader::decode(const abi::Field &field, int64_t record, std::string_view bytes, char *into) const {
  if (field.name != "label") {
    std::memcpy(into, bytes.data(), bytes.size());
    return;
  }
  int32_t label = labels[size_t(record)];
  std::memcpy(into, &label, sizeof label);
}

} // namespace

static std::unique_ptr<Reader> openIdx(const abi::Source &source, const std::string &scriptDir) {
  checkUse(source, {"classes"}, 1, 2);
  return std::make_unique<IdxReader>(source, scriptDir);
}

const Format idxFormat = {.name = "idx", .open = openIdx, .indexBytes = 1};

} // namespace tl::data
