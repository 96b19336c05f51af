// Which records an epoch takes where all classes are to be equally frequent.
#pragma once
#include "runtime/data/Dataset.h"
#include "runtime/data/RecordList.h"
#include "runtime/data/Sampling.h"

namespace tl::data {

/// An epoch draws as many records as there are, of each class as many as of any other, or one more. The records of a class are drawn in
/// rounds: each once before any is drawn again; which are in the last round, and which classes have one more, is drawn anew each epoch.
class Balanced : public Sampling {
public:
  /// By the first `count` classes of `field`; an error where one has no record among these, of the split of that name.
  Balanced(const Dataset &dataset, const abi::Field &field, int64_t count, const RecordList &records, const std::string &split);

  std::vector<int64_t> order(uint64_t seed, uint32_t stream, int64_t epoch) const override;
  /// "draws 900 records an epoch, 300 of each of 3 classes of `label`; `rare` has 20 records, each drawn 15 times"
  std::string text() const override;

  /// Bytes held, and while an epoch is drawn.
  static int64_t bytes(int64_t records) { return 2 * records * int64_t(sizeof(int64_t)); }

private:
  std::string field;
  std::vector<std::string> names;
  std::vector<std::vector<int64_t>> classes; // their records, ascending
  int64_t records = 0;
};

} // namespace tl::data
