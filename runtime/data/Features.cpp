// One row of bytes per record of the split, filled batch by batch.
#include "runtime/data/Features.h"
#include "runtime/data/Facts.h"
#include "runtime/io/Checked.h"
#include <cstring>

namespace tl::data {

static int64_t bytesOfOne(const abi::Port &port) {
  int64_t bytes = dtypeBytes(port.dtype);
  for (size_t axis = 1; axis < port.shape.size(); ++axis)
    bytes *= port.shape[axis];
  return bytes;
}

int64_t Features::recordBytes(const std::vector<abi::Port> &ports) {
  int64_t bytes = 0;
  for (const abi::Port &port : ports)
    bytes += bytesOfOne(port);
  return bytes;
}

int64_t Features::bytesFor(const std::vector<abi::Port> &ports, int64_t records, int64_t sourceRecords) {
  return io::checkedMultiply(records, recordBytes(ports), "features") + records / 8 + sourceRecords * int64_t(sizeof(int64_t));
}

Features::Features(const std::vector<abi::Port> &ports, const RecordList &records, int64_t sourceRecords)
    : ports(ports), missing(int64_t(records.size())), rowOf(size_t(sourceRecords), -1), isKept(records.size()) {
  for (const abi::Port &port : ports) {
    starts.push_back(rowBytes);
    sizes.push_back(bytesOfOne(port));
    rowBytes += sizes.back();
  }
  for (int64_t row = 0; int64_t record : records)
    rowOf[size_t(record)] = row++;
  bytes.resize(size_t(io::checkedMultiply(int64_t(records.size()), rowBytes, "features")));
}

int Features::find(const std::string &name) const {
  for (size_t i = 0; i < ports.size(); ++i)
    if (ports[i].name == name)
      return int(i);
  return -1;
}

bool Features::hold(const Batch &batch) const {
  for (int64_t i = 0; i < batch.records; ++i)
    if (!isKept[size_t(rowOf[size_t(batch.numbers[i])])])
      return false;
  return true;
}

void Features::keep(const Batch &batch, const memory::Arena &output) {
  for (int64_t i = 0; i < batch.records; ++i) {
    int64_t row = rowOf[size_t(batch.numbers[i])];
    if (isKept[size_t(row)])
      continue;
    for (size_t port = 0; port < ports.size(); ++port)
      std::memcpy(bytes.data() + row * rowBytes + starts[port], output.at(ports[port]) + i * sizes[port],
                  size_t(sizes[port]));
    isKept[size_t(row)] = true;
    --missing;
  }
}

void Features::lay(const Batch &batch, const std::vector<abi::Port> &inputs, memory::Arena into) const {
  for (const abi::Port &input : inputs)
    if (int port = find(input.name); port >= 0)
      for (int64_t i = 0; i < input.shape[0]; ++i)
        std::memcpy(into.at(input) + i * sizes[size_t(port)], values(port, batch.numbers[i]), size_t(sizes[size_t(port)]));
}

} // namespace tl::data
