// Looks for the classes of splits.
#include "runtime/data/UnseenClasses.h"
#include "runtime/abi/ElementTypes.h"
#include "runtime/io/Lists.h"
#include "runtime/io/Units.h"
#include <functional>
#include <map>

namespace tl::data {

bool isRebound(const abi::Data &data, const std::string &field) { return !data.sources.empty() && data.sources.front().options.contains(field + ".rebound"); }

/// Gives `take` the classes of some records until it returns false.
static void eachClass(const Dataset &dataset, const std::string &field, const RecordList &records, const std::function<bool(int64_t)> &take) {
  int index = dataset.findField(field);
  std::vector<char> values(size_t(dataset.bytesPerRecord(index)));
  Dataset::Target target{index, values.data()};
  Pieces::Window window;
  for (int64_t record : records) {
    dataset.read(record, {&target, 1}, window);
    for (int64_t i = 0; i < std::ssize(values) / bytesOf(DType::I32); ++i)
      if (int64_t number = int64_t(numberAt(DType::I32, values.data(), i)); number != noClass && !take(number))
        return;
  }
}

/// How often each class stands in `tested` that does not in `trained`.
static std::map<int64_t, int64_t> unseen(const abi::Field &field, const Dataset &train, const RecordList &trained, const Dataset &other,
                                         const RecordList &tested) {
  std::vector<bool> isKnown(static_cast<size_t>(field.classes));
  int64_t left = field.classes;
  eachClass(train, field.name, trained, [&](int64_t number) {
    left -= !isKnown[size_t(number)];
    isKnown[size_t(number)] = true;
    return left > 0;
  });
  std::map<int64_t, int64_t> counts;
  if (left > 0)
    eachClass(other, field.name, tested, [&](int64_t number) {
      if (!isKnown[size_t(number)])
        ++counts[number];
      return true;
    });
  return counts;
}

std::string unseenClasses(const abi::Data &data, const std::string &split, const Dataset &train, const RecordList &trained, const Dataset &other,
                          const RecordList &tested) {
  constexpr size_t most = 5; // that are named
  for (const abi::Field &field : data.fields) {
    if (field.classes == 0 || isRebound(data, field.name) || dtypeNamed(field.dtype) != DType::I32)
      continue;
    std::vector<std::string> classes;
    int64_t labels = 0;
    for (auto [number, count] : unseen(field, train, trained, other, tested)) {
      labels += count;
      classes.push_back("`" + (field.classNames.empty() ? std::to_string(number) : field.classNames[size_t(number)]) + "` (" + withCommas(count) + ")");
    }
    if (labels > 0)
      return counted(labels, "label") + " of `" + data.name + "." + split + "` " + (labels == 1 ? "is" : "are") + " of classes that `" + data.name +
             ".train` does not have: " + firstOf(classes, most, "");
  }
  return "";
}

} // namespace tl::data
