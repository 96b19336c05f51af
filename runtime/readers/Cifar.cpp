// Reads CIFAR-10 binary batches: records of a label byte and 32 x 32 pixels, their red, then green, then blue values.
#include "runtime/data/Formats.h"
#include "runtime/data/Reader.h"
#include "runtime/data/SourceError.h"
#include "runtime/io/Gzip.h"
#include <algorithm>
#include <cstring>

namespace tl::data {

namespace {

constexpr int64_t side = 32, channels = 3, pixels = side * side, classes = 10;
constexpr int64_t recordSize = 1 + channels * pixels;

class CifarReader : public Reader {
public:
  CifarReader(const abi::Source &source, const std::string &scriptDir);
  void fill(const abi::Field &field, char *into) override;
  std::string place(const std::string &field, int64_t record) const override;
  std::vector<std::string> findRecords(const std::vector<abi::Field> &, const std::string &) override;
  Extent extent(int64_t record) const override;
  void decode(const abi::Field &field, int64_t record, std::string_view bytes, char *into) const override;

private:
  void readLabels(const std::string &path);
  size_t batchOf(int64_t record) const;
  int64_t endOf(size_t batch) const { return batch + 1 < batches.size() ? batches[batch + 1].first : facts.records; }
  struct Batch {
    std::string path;
    int64_t first; // of its records
  };
  std::vector<Batch> batches;
  std::vector<uint8_t> labels;
};

CifarReader::CifarReader(const abi::Source &source, const std::string &scriptDir) {
  for (const std::string &file : source.files)
    reading(file, [&] { readLabels(findFile(file, scriptDir)); });
  facts.records = int64_t(labels.size());
  facts.fields.push_back({"image", "u8", {side, side, channels}, 0, {}});
  facts.fields.push_back({"label", "i32", {}, classes, {}});
}

/// A batch says nothing of its size: all of it is read once for its labels, and to know that its records are whole.
void CifarReader::readLabels(const std::string &path) {
  io::InputStream stream(path);
  std::string quoted = "`" + path + "`", format = std::to_string(recordSize) + " bytes (a label and u8[3, 32, 32])";
  int64_t size = stream.mostBytes();
  if (!stream.isGzip() && size % recordSize != 0)
    throw badData(quoted + " has " + std::to_string(size) + " bytes, which is no whole number of CIFAR-10 records of " +
                  format + ": " + std::to_string(size % recordSize) + " are left over; fetch it again");
  batches.push_back({path, int64_t(labels.size())});
  char record[recordSize];
  for (size_t got; (got = stream.read(record, size_t(recordSize))) != 0;) {
    if (got != size_t(recordSize))
      throw badData(quoted + " unpacks to " + std::to_string(int64_t(labels.size()) - batches.back().first) +
                    " CIFAR-10 records of " + format + " and " + std::to_string(got) + " bytes more; fetch it again");
    labels.push_back(uint8_t(record[0]));
    if (labels.back() >= classes)
      throw badData(place("label", int64_t(labels.size()) - 1) + ": label " + std::to_string(labels.back()) +
                    ", expected 0..9: this is no batch of CIFAR-10");
  }
  if (int64_t(labels.size()) == batches.back().first)
    throw badData(quoted + " holds no records");
}

size_t CifarReader::batchOf(int64_t record) const {
  auto next = std::upper_bound(batches.begin(), batches.end(), record,
                               [](int64_t wanted, const Batch &batch) { return wanted < batch.first; });
  return size_t(next - batches.begin()) - 1;
}

std::string CifarReader::place(const std::string &, int64_t record) const {
  const Batch &batch = batches[batchOf(record)];
  return "record " + std::to_string(record - batch.first) + " of `" + batch.path + "`";
}

void CifarReader::fill(const abi::Field &field, char *into) {
  int64_t bytes = recordBytes(field);
  if (field.name == "label")
    for (int64_t record = 0; record < facts.records; ++record, into += bytes)
      decode(field, record, {}, into);
  else
    for (size_t b = 0; b < batches.size(); ++b) {
      io::InputStream stream(batches[b].path);
      char record[recordSize];
      for (int64_t i = batches[b].first; i < endOf(b); ++i, into += bytes) {
        stream.readExactly(record, size_t(recordSize), "record " + std::to_string(i - batches[b].first));
        decode(field, i, {record, size_t(recordSize)}, into);
      }
    }
}

std::vector<std::string> CifarReader::findRecords(const std::vector<abi::Field> &, const std::string &) {
  std::vector<std::string> paths;
  for (const Batch &batch : batches)
    paths.push_back(batch.path);
  return paths;
}

Extent CifarReader::extent(int64_t record) const {
  size_t batch = batchOf(record);
  return {batch, (record - batches[batch].first) * recordSize, recordSize};
}

/// Labels are held: they were read for the facts.
void CifarReader::decode(const abi::Field &field, int64_t record, std::string_view bytes, char *into) const {
  if (field.name == "label") {
    int32_t label = labels[size_t(record)];
    std::memcpy(into, &label, sizeof label);
    return;
  }
  for (int64_t channel = 0; channel < channels; ++channel)
    for (int64_t pixel = 0; pixel < pixels; ++pixel)
      into[pixel * channels + channel] = bytes[size_t(1 + channel * pixels + pixel)];
}

} // namespace

static std::unique_ptr<Reader> openCifar(const abi::Source &source, const std::string &scriptDir) {
  checkUse(source, {}, 1, anyNumber);
  return std::make_unique<CifarReader>(source, scriptDir);
}

const Format cifarFormat = {.name = "cifar", .open = openCifar, .indexBytes = 1};

} // namespace tl::data
