// Small sources of data for tests.
#pragma once
#include "runtime/data/Dataset.h"
#include "tests/unit/Temporary.h"
#include <cstring>

namespace tl::test {

inline std::string idx(std::vector<int> dims, const std::string &values, int type = 8) {
  std::string bytes = {0, 0, char(type), char(dims.size())};
  for (int dim : dims)
    for (int shift : {24, 16, 8, 0})
      bytes += char(dim >> shift);
  return bytes + values;
}

inline abi::Source sourceOf(std::string reader, std::vector<std::string> files,
                            std::map<std::string, std::string> options = {}) {
  return {"train", std::move(reader), std::move(files), std::move(options), 0, "", "", 1};
}

/// What the compiled program does: take facts, then load and verify.
inline data::Dataset loadAs(abi::Source source, const data::Facts &facts, const std::string &folder) {
  source.records = facts.records;
  source.digest = facts.digest;
  source.window = facts.window;
  return data::Dataset::load(source, facts.fields, folder);
}
inline data::Dataset loadVerified(const abi::Source &source, const std::string &folder) {
  return loadAs(source, data::readFacts(source, folder), folder);
}

template <typename T> std::vector<T> valuesOf(const data::Dataset &dataset, const std::string &field) {
  int index = dataset.findField(field);
  std::vector<T> values(size_t(dataset.records() * dataset.bytesPerRecord(index)) / sizeof(T));
  std::memcpy(values.data(), dataset.values(index), values.size() * sizeof(T));
  return values;
}

} // namespace tl::test
