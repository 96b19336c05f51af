// What the records of a data say, for people.
#include "runtime/program/RecordTexts.h"
#include "runtime/io/Utf8.h"

#include <algorithm>
#include <cstring>

namespace tl::program {

static constexpr size_t mostBytes = 400;

RecordTexts::RecordTexts(const abi::Data &data) {
  for (const abi::Field &field : data.fields)
    if (hasText(field) && field.dtype == "i32" && field.shape.size() == 1)
      texts.push_back({&field, abi::lengthsOf(data.fields, field), data::makeTextEncoder(field, data.tokenizer.get())});
}

static std::vector<int32_t> numbersOf(const data::Dataset &dataset, const std::string &field, int64_t record) {
  std::vector<char> bytes = dataset.values(dataset.findField(field), record);
  std::vector<int32_t> numbers(bytes.size() / sizeof(int32_t));
  std::memcpy(numbers.data(), bytes.data(), numbers.size() * sizeof(int32_t));
  return numbers;
}

static std::string shortened(std::string text) {
  if (text.size() <= mostBytes)
    return text;
  text.resize(io::codeBefore(text, mostBytes + 1));
  return text + "…";
}

std::vector<std::pair<std::string, std::string>> RecordTexts::of(const data::Dataset &dataset, int64_t record) const {
  std::vector<std::pair<std::string, std::string>> out;
  for (const Text &text : texts) {
    std::vector<int32_t> ids = numbersOf(dataset, text.field->name, record);
    if (text.length)
      ids.resize(std::min(ids.size(), size_t(std::max(0, numbersOf(dataset, text.length->name, record).at(0)))));
    // Those that stand around a text are none of its words; what it has in place of one that is unknown is.
    auto unknown = text.field->special.find("unknown");
    std::erase_if(ids, [&](int32_t id) { return isSpecial(*text.field, id) && (unknown == text.field->special.end() || id != unknown->second); });
    out.emplace_back(text.field->name, shortened(text.encoder->decode(ids)));
  }
  return out;
}

} // namespace tl::program
