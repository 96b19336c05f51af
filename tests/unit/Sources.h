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
inline data::Dataset loadAs(abi::Source source, const data::Facts &facts, const std::string &folder,
                            data::Holding holding = data::Holding::Whole, const std::string &made = "") {
  source.records = facts.records;
  source.digest = facts.digest;
  source.window = facts.window;
  source.options.insert(facts.told.begin(), facts.told.end());
  return data::Dataset::load(source, facts.fields, folder, holding, made);
}
inline data::Dataset loadVerified(const abi::Source &source, const std::string &folder, data::Holding holding = data::Holding::Whole) {
  return loadAs(source, data::readFacts(source, folder), folder, holding);
}

template <typename T> std::vector<T> valuesOf(const data::Dataset &dataset, const std::string &field) {
  int index = dataset.findField(field);
  std::vector<T> all;
  for (int64_t record = 0; record < dataset.records(); ++record) {
    std::vector<char> bytes = dataset.values(index, record);
    std::vector<T> values(bytes.size() / sizeof(T));
    std::memcpy(values.data(), bytes.data(), bytes.size());
    all.insert(all.end(), values.begin(), values.end());
  }
  return all;
}

} // namespace tl::test
