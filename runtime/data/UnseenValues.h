// Values of categories that `train` does not have: what a model takes all of for one, unknown.
#pragma once
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

namespace tl::abi {
struct Data;
}

namespace tl::data {

class Dataset;
class RecordList;

/// Values of a table's categories that have no entry in their vocabulary. There may be as many as the table has cells, so each takes a byte or two.
class UnseenValues {
public:
  static constexpr size_t mostTexts = 64; // more are counted, and not named

  /// Notes one, of a record that is not before that of the last one. `text`: "`Never-worked` of `workclass`".
  void add(int64_t record, const std::string &text);
  /// Of the first ones that differ.
  const std::vector<std::string> &texts() const { return named; }
  /// Calls `take` with the record of each and the number of its text, `mostTexts` where that is not among them.
  template <class Take> void each(Take take) const {
    int64_t record = 0;
    uint64_t number = 0;
    int bits = 0;
    for (uint8_t byte : places) {
      number |= uint64_t(byte & 127) << bits;
      bits += 7;
      if (byte & 128)
        continue;
      record += int64_t(number / (mostTexts + 1));
      take(record, size_t(number % (mostTexts + 1)));
      number = 0, bits = 0;
    }
  }

private:
  std::vector<std::string> named;
  std::deque<uint8_t> places; // of each: how many records it is behind the last, times mostTexts + 1, and its text; seven bits a byte, the last without the eighth
  int64_t lastRecord = 0;
};

/// "`adult.test`: `kinds` has no entry for 3 values in 3 of 16,281 records, which count as unknown: `Holand-Netherlands` of `native-country` (1), …", `records` being
/// those of the split; "" where there is none.
std::string unseenText(const abi::Data &data, const std::string &split, const Dataset &dataset, const RecordList &records);

} // namespace tl::data
