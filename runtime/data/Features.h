// Values computed once for each record of a split and kept: what a step takes in place of the fields they were made from.
#pragma once
#include "runtime/abi/Descriptor.h"
#include "runtime/data/Loader.h"
#include <vector>

namespace tl::data {

class Features {
public:
  /// Room for the values of `ports`, [batch, …] each, of every record of a split of a source of `sourceRecords`.
  Features(const std::vector<abi::Port> &ports, const RecordList &records, int64_t sourceRecords);

  /// Whether every record of the batch is kept already.
  bool hold(const Batch &batch) const;
  /// Keeps what was computed for a batch: `output` is laid out by `ports`.
  void keep(const Batch &batch, const memory::Arena &output);
  /// Lays the values of a batch's rows out by the inputs of the same names. The batch must be held.
  void lay(const Batch &batch, const std::vector<abi::Port> &inputs, memory::Arena into) const;
  /// Whether every record of the split is kept.
  bool isComplete() const { return missing == 0; }

  /// Position of a port of that name, or -1.
  int find(const std::string &name) const;
  const char *values(int port, int64_t record) const {
    return bytes.data() + rowOf[size_t(record)] * rowBytes + starts[size_t(port)];
  }
  int64_t bytesPerRecord(int port) const { return sizes[size_t(port)]; }

  /// Bytes of one record's values.
  static int64_t recordBytes(const std::vector<abi::Port> &ports);
  /// Bytes held: for predicting memory.
  static int64_t bytesFor(const std::vector<abi::Port> &ports, int64_t records, int64_t sourceRecords);

private:
  std::vector<abi::Port> ports;
  std::vector<int64_t> starts, sizes; // by port, within a row
  int64_t rowBytes = 0, missing = 0;
  std::vector<int64_t> rowOf; // by record of the source; -1: not in the split
  std::vector<bool> isKept;   // by row
  std::vector<char> bytes;
};

} // namespace tl::data
