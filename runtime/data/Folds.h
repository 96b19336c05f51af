// Folds: the records that a stage is trained and measured on, parted by their content, so that each is held out once and equal ones are together.
#pragma once
#include "runtime/data/Dataset.h"
#include "runtime/data/RecordList.h"

namespace tl::data {

/// Which of `parts` the record of that digest is in: alike often each, whatever splits by hash have made of the record.
int64_t foldOf(uint64_t digest, int64_t parts);

/// The records of two lists of one source, by part, equal ones in one. A part without records is an error.
struct Folds {
  RecordList all;
  std::vector<RecordList> parts;

  /// `by`: null: the content of each decides. A field of classes: each class is shared out by itself, to the record. The field of groups: all records
  /// of one are in one part, and parts are about as large as that lets them.
  Folds(const Dataset &dataset, const RecordList &train, const RecordList &val, int64_t parts, const abi::Field *by = nullptr);
  /// All but those of a part.
  RecordList without(size_t part) const;
  /// Bytes held, and while they are found, of a source of so many records.
  static int64_t bytes(int64_t sourceRecords, const abi::Folds &about);
};

/// What the numbers of a field of words or categories become where these records are all that is known: an entry of the vocabulary that they have less often than `least` times is
/// the unknown one, that of its column. Special ones stay.
std::vector<int32_t> knownEntries(const Dataset &dataset, const RecordList &records, const abi::Field &field, int64_t least);

} // namespace tl::data
