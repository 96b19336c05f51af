// What the records of a data say, for people: the texts that their tokens are.
#pragma once
#include "runtime/data/Dataset.h"
#include "runtime/readers/TextEncoder.h"

namespace tl::program {

class RecordTexts {
public:
  explicit RecordTexts(const abi::Data &data);

  /// Of each field of a text its name and how the text begins, as far as tokens tell.
  std::vector<std::pair<std::string, std::string>> of(const data::Dataset &dataset, int64_t record) const;

private:
  struct Text {
    const abi::Field *field, *length; // length: null where all tokens count
    std::unique_ptr<data::TextEncoder> encoder;
  };
  std::vector<Text> texts;
};

} // namespace tl::program
