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

static std::string record(const std::string &event) {
  std::string length, out;
  appendRaw(length, uint64_t(event.size()));
  out = length;
  appendRaw(out, maskedCrc(length));
  out += event;
  appendRaw(out, maskedCrc(event));
  return out;
}

// Event: wall_time = 1, step = 2, file_version = 3, summary = 5. Summary: value = 1. Value: tag = 1, simple_value = 2.
static std::string eventAt(double wallTime, int64_t step) {
  std::string event;
  appendKey(event, 1, Fixed64);
  appendRaw(event, wallTime);
  appendKey(event, 2, Varint);
  appendVarint(event, uint64_t(step));
  return event;
}

std::string tensorBoardHeader(double wallTime) {
  std::string event = eventAt(wallTime, 0);
  appendBytes(event, 3, "brain.Event:2");
  return record(event);
}

std::string tensorBoardEvent(double wallTime, int64_t step, const std::vector<std::pair<std::string, double>> &values) {
  std::string summary;
  for (const auto &[tag, number] : values) {
    std::string value;
    appendBytes(value, 1, tag);
    appendKey(value, 2, Fixed32);
    appendRaw(value, float(number));
    appendBytes(summary, 1, value);
  }
  std::string event = eventAt(wallTime, step);
  appendBytes(event, 5, summary);
  return record(event);
}

// Value: tag = 1, metadata = 9. SummaryMetadata: plugin_data = 1. PluginData: plugin_name = 1, content = 2. HParamsPluginData:
// session_start_info = 3. SessionStartInfo: hparams = 1, a map: of each entry key = 1, value = 2. google.protobuf.Value: number_value = 2.
std::string tensorBoardParams(double wallTime, const std::vector<std::pair<std::string, double>> &params) {
  std::string session, content, plugin, metadata, value, summary, event = eventAt(wallTime, 0);
  for (const auto &[name, number] : params) {
    std::string real, entry;
    appendKey(real, 2, Fixed64);
    appendRaw(real, number);
    appendBytes(entry, 1, name);
    appendBytes(entry, 2, real);
    appendBytes(session, 1, entry);
  }
  appendBytes(content, 3, session);
  appendBytes(plugin, 1, "hparams");
  appendBytes(plugin, 2, content);
  appendBytes(metadata, 1, plugin);
  appendBytes(value, 1, "_hparams_/session_start_info");
  appendBytes(value, 9, metadata);
  appendBytes(summary, 1, value);
  appendBytes(event, 5, summary);
  return record(event);
}

}  // namespace tl::program
