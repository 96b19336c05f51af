// A source of data, wholly in memory: one contiguous array per field.
#pragma once
#include "runtime/abi/Descriptor.h"
#include "runtime/data/Facts.h"

namespace tl::data {

class Dataset {
public:
  /// Reads the source and verifies it against what the program was compiled with: records, digest, shapes, and that
  /// every class number is in range. Errors name the file, the record and both sides.
  static Dataset load(const abi::Source &source, const std::vector<abi::Field> &fields, const std::string &scriptDir);

  int64_t records() const { return recordCount; }
  /// Entries of the source that make one record; neighbouring records share all but one of them.
  int64_t window() const { return windowSize; }
  const std::vector<abi::Field> &fields() const { return fieldList; }
  /// Index of the field of that name, or -1.
  int findField(const std::string &name) const;
  /// The field's array [records, shape…]; of windows, [entries].
  const char *values(int field) const { return arrays[field].data(); }
  /// One record's values of a field.
  const char *values(int field, int64_t record) const { return arrays[field].data() + record * (sizes[field] / windowSize); }
  int64_t bytesPerRecord(int field) const { return sizes[field]; }
  /// What splits by hash know a record by: its reader's digest, or that of the bytes of all its fields.
  uint64_t digest(int64_t record) const;

  /// Of every value: tells whether data has changed.
  std::string digest() const;
  /// Bytes held.
  int64_t bytes() const;
  /// What a source will hold once loaded, from its facts alone: for predicting memory.
  static int64_t bytes(const abi::Source &source, const std::vector<abi::Field> &fields);

private:
  int64_t recordCount = 0, windowSize = 1;
  std::vector<abi::Field> fieldList;
  std::vector<std::vector<char>> arrays;
  std::vector<int64_t> sizes;
  std::vector<uint64_t> digests; // by record; empty where the fields' own bytes count
};

} // namespace tl::data
