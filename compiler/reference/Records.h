// The records of a split, in the orders in which a program sees them, and the batches they make.
#pragma once
#include "compiler/reference/Tensor.h"
#include "runtime/data/Dataset.h"

namespace tl::reference {

using Order = std::vector<int64_t>;  // record numbers

/// The records of a split in the order of the source.
class Records {
public:
  Records(const data::Dataset &dataset, Order ascending) : dataset(dataset), ascending(std::move(ascending)) {}

  int64_t count() const { return int64_t(ascending.size()); }
  const Order &inOrder() const { return ascending; }
  /// Shuffled, another way for each seed, stream and epoch; records that lie in no order of their own block by block.
  Order shuffled(uint64_t seed, uint32_t stream, int64_t epoch) const;
  /// As many as there are, of each of so many classes of a field as many as of any other, or one more; shuffled.
  Order sampled(const std::string &field, int64_t classes, uint64_t seed, uint32_t stream, int64_t epoch) const;
  /// By the numbers of the records, `values`: batches of those that are alike, or a share of them that grows from `from` on, of a phase of so many epochs.
  Order alike(const std::vector<double> &values, int64_t batch, uint64_t seed, uint32_t stream, int64_t epoch) const;
  Order rising(const std::vector<double> &values, double from, double epochs, uint64_t seed, uint32_t stream, int64_t epoch) const;
  /// Where each batch of an epoch ends, of `size` records but for the last, which is left out where batches are to be `whole` and it is not the only one. Where batch statistics are taken (`isMeasured`), a
  /// last batch of one record gets records of the one before it until that has at most one more; what is alone even then has no
  /// batch.
  Order ends(int64_t size, bool isMeasured = false, bool whole = false) const;
  /// The inputs of a function for the records from place `first` of `order` up to `end`. Rows past them repeat the first and
  /// are not "valid".
  Named batch(const abi::Function &function, const Order &order, int64_t first, int64_t end) const;
  /// The same of data beside a stage's own: of its inputs those that are called "DATA/FIELD".
  Named batchBeside(const abi::Function &function, const std::string &data, const Order &order, int64_t first, int64_t end) const;

private:
  static Order shuffled(Order order, uint64_t seed, uint32_t stream, int64_t epoch, uint32_t purpose = 0x73687566, size_t first = 0);
  Order mixed(int64_t size, uint64_t seed, uint32_t stream, int64_t epoch) const;
  const data::Dataset &dataset;
  Order ascending;
};

/// As many of so many records, drawn with replacement; other ones for each draw.
Order drawn(uint64_t seed, int64_t draw, int64_t records);

/// Records of the stage's own data per call of a function.
int64_t batchSize(const abi::Function &function);

}  // namespace tl::reference
