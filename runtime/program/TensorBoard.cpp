// TensorBoard event files: a few small messages of tensorflow/core/util/event.proto, encoded by hand.
#include "runtime/program/TensorBoard.h"

#include <array>
#include <cstring>

namespace tl::program {

static constexpr std::array<uint32_t, 256> makeCrcTable() {
  std::array<uint32_t, 256> table{};
  for (uint32_t i = 0; i < 256; ++i) {
    uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit)
      crc = (crc >> 1) ^ (crc & 1 ? 0x82F63B78u : 0);  // the Castagnoli polynomial, reversed
    table[i] = crc;
  }
  return table;
}

uint32_t maskedCrc(std::string_view bytes) {
  static constexpr std::array<uint32_t, 256> table = makeCrcTable();
  uint32_t crc = ~0u;
  for (unsigned char byte : bytes)
    crc = table[(crc ^ byte) & 0xff] ^ (crc >> 8);
  crc = ~crc;
  return ((crc >> 15) | (crc << 17)) + 0xa282ead8u;
}

template <class Value> static void appendRaw(std::string &out, Value value) {
  out.append(reinterpret_cast<const char *>(&value), sizeof value);
}

static void appendVarint(std::string &out, uint64_t value) {
  for (; value >= 0x80; value >>= 7)
    out += char(value | 0x80);
  out += char(value);
}

enum Wire { Varint = 0, Fixed64 = 1, Bytes = 2, Fixed32 = 5 };

static void appendKey(std::string &out, int field, Wire wire) { appendVarint(out, field << 3 | wire); }

static void appendBytes(std::string &out, int field, std::string_view bytes) {
  appendKey(out, field, Bytes);
  appendVarint(out, bytes.size());
  out += bytes;
}

template <class Value> static void appendFixed(std::string &out, int field, Value value) {
  appendKey(out, field, sizeof value == 8 ? Fixed64 : Fixed32);
  appendRaw(out, value);
}

static void appendNumber(std::string &out, int field, uint64_t value) {
  appendKey(out, field, Varint);
  appendVarint(out, value);
}

static std::string record(const std::string &event) {
  std::string length, out;
  appendRaw(length, uint64_t(event.size()));
  out = length;
  appendRaw(out, maskedCrc(length));
  out += event;
  appendRaw(out, maskedCrc(event));
  return out;
}

// Event: wall_time = 1, step = 2, file_version = 3, summary = 5. Summary: value = 1.
static std::string eventAt(double wallTime, int64_t step) {
  std::string event;
  appendFixed(event, 1, wallTime);
  appendNumber(event, 2, uint64_t(step));
  return event;
}

std::string tensorBoardHeader(double wallTime) {
  std::string event = eventAt(wallTime, 0);
  appendBytes(event, 3, "brain.Event:2");
  return record(event);
}

std::string tensorBoardEvent(double wallTime, int64_t step, const std::vector<std::string> &values) {
  std::string summary, event = eventAt(wallTime, step);
  for (const std::string &value : values)
    appendBytes(summary, 1, value);
  appendBytes(event, 5, summary);
  return record(event);
}

bool isTensorBoardEvent(std::string_view record, int64_t step, const std::vector<std::string> &values) {
  constexpr size_t head = 13, time = 8, sum = 4; // the time stands behind a length, its checksum and a key
  const std::string same = tensorBoardEvent(0, step, values);
  return record.size() == same.size() && record.substr(0, head) == std::string_view(same).substr(0, head) &&
         record.substr(head + time, record.size() - head - time - sum) == std::string_view(same).substr(head + time, same.size() - head - time - sum);
}

std::vector<std::string_view> tensorBoardRecords(std::string_view bytes) {
  constexpr size_t around = 16; // the length, and two checksums
  std::vector<std::string_view> records;
  for (size_t at = 0; bytes.size() - at >= around;) {
    uint64_t length = 0;
    std::memcpy(&length, bytes.data() + at, sizeof length);
    if (length > bytes.size() - at - around)
      break;
    records.push_back(bytes.substr(at, around + length));
    at += around + length;
  }
  return records;
}

// ---- values: tag = 1, simple_value = 2, image = 4, histo = 5, tensor = 8, metadata = 9

static std::string valueOf(const std::string &tag, int field, const std::string &content) {
  std::string value;
  appendBytes(value, 1, tag);
  appendBytes(value, field, content);
  return value;
}

std::string scalarValue(const std::string &tag, double number) {
  std::string value;
  appendBytes(value, 1, tag);
  appendFixed(value, 2, float(number));
  return value;
}

// Image: height = 1, width = 2, colorspace = 3 (the number of channels), encoded_image_string = 4. A PNG begins with its signature and the chunk
// IHDR: from byte 16 on width and height, big-endian, a byte for the depth, and one for the kind of colours, 2 where there are three.
std::string imageValue(const std::string &tag, std::string_view png) {
  auto bigEndian = [&](size_t at) {
    uint64_t number = 0;
    for (size_t i = at; i < at + 4; ++i)
      number = number << 8 | uint8_t(png.at(i));
    return number;
  };
  std::string image;
  appendNumber(image, 1, bigEndian(20));
  appendNumber(image, 2, bigEndian(16));
  appendNumber(image, 3, png.at(25) == 2 ? 3 : 1);
  appendBytes(image, 4, png);
  return valueOf(tag, 4, image);
}

// HistogramProto: min = 1, max = 2, num = 3, sum = 4, sum_squares = 5, bucket_limit = 6, the right edge of each, bucket = 7.
std::string histogramValue(const std::string &tag, const Histogram &of) {
  std::string histogram, limits, buckets;
  int field = 0;
  for (double number : {of.low, of.high, double(of.count), of.sum, of.squares})
    appendFixed(histogram, ++field, number);
  const auto count = double(of.buckets.size());
  for (size_t i = 0; i < of.buckets.size(); ++i) {
    appendRaw(limits, i + 1 == of.buckets.size() ? of.high : of.low + (of.high - of.low) * double(i + 1) / count);
    appendRaw(buckets, double(of.buckets[i]));
  }
  appendBytes(histogram, 6, limits);
  appendBytes(histogram, 7, buckets);
  return valueOf(tag, 5, histogram);
}

// SummaryMetadata: plugin_data = 1. PluginData: plugin_name = 1, content = 2.
static void appendPlugin(std::string &value, const char *name, const std::string &content) {
  std::string plugin, metadata;
  appendBytes(plugin, 1, name);
  if (!content.empty())
    appendBytes(plugin, 2, content);
  appendBytes(metadata, 1, plugin);
  appendBytes(value, 9, metadata);
}

// TensorProto: dtype = 1, of strings 7, tensor_shape = 2, string_val = 8. TensorShapeProto: dim = 2. Dim: size = 1.
std::string textValue(const std::string &tag, const std::vector<std::vector<std::string>> &rows) {
  std::string tensor, shape;
  appendNumber(tensor, 1, 7);
  for (size_t size : {rows.size(), rows.empty() ? 0 : rows[0].size()}) {
    std::string dim;
    appendNumber(dim, 1, size);
    appendBytes(shape, 2, dim);
  }
  appendBytes(tensor, 2, shape);
  for (const std::vector<std::string> &row : rows)
    for (const std::string &cell : row)
      appendBytes(tensor, 8, cell);
  std::string value = valueOf(tag, 8, tensor);
  appendPlugin(value, "text", "");
  return value;
}

// ---- values of the HParams dashboard. HParamsPluginData: experiment = 2, session_start_info = 3, session_end_info = 4.

static std::string hparamsValue(const char *what, int field, const std::string &info) {
  std::string content, value;
  appendBytes(content, field, info);
  appendBytes(value, 1, std::string("_hparams_/") + what);
  appendPlugin(value, "hparams", content);
  return value;
}

// google.protobuf.Value: number_value = 2.
static std::string realOf(double number) {
  std::string real;
  appendFixed(real, 2, number);
  return real;
}

// SessionStartInfo: hparams = 1, a map: of each entry key = 1, value = 2.
std::string sessionStartValue(const std::vector<std::pair<std::string, double>> &params) {
  std::string session;
  for (const auto &[name, number] : params) {
    std::string entry;
    appendBytes(entry, 1, name);
    appendBytes(entry, 2, realOf(number));
    appendBytes(session, 1, entry);
  }
  return hparamsValue("session_start_info", 3, session);
}

// SessionEndInfo: status = 1: 1 is success, 2 a failure.
std::string sessionEndValue(bool isFailure) {
  std::string session;
  appendNumber(session, 1, isFailure ? 2 : 1);
  return hparamsValue("session_end_info", 4, session);
}

// Experiment: hparam_infos = 4, metric_infos = 5. HParamInfo: name = 1, type = 4, of numbers 3, domain_discrete = 5, domain_interval = 6. Interval: min_value = 1,
// max_value = 2. ListValue: values = 1. MetricInfo: name = 1. MetricName: tag = 2.
std::string experimentValue(const std::vector<TriedParam> &params, const std::vector<std::string> &measures) {
  std::string experiment;
  for (const TriedParam &param : params) {
    std::string info, domain;
    appendBytes(info, 1, param.name);
    appendNumber(info, 4, 3);
    if (!param.values.empty()) {
      for (double value : param.values)
        appendBytes(domain, 1, realOf(value));
      appendBytes(info, 5, domain);
    } else if (param.low < param.high) {
      appendFixed(domain, 1, param.low);
      appendFixed(domain, 2, param.high);
      appendBytes(info, 6, domain);
    }
    appendBytes(experiment, 4, info);
  }
  for (const std::string &measure : measures) {
    std::string name, info;
    appendBytes(name, 2, measure);
    appendBytes(info, 1, name);
    appendBytes(experiment, 5, info);
  }
  return hparamsValue("experiment", 2, experiment);
}

}  // namespace tl::program
