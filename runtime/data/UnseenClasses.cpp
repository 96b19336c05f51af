// Counts the labels of splits by their classes.
#include "runtime/data/UnseenClasses.h"
#include "runtime/abi/ElementTypes.h"
#include "runtime/io/Units.h"
#include <map>

namespace tl::data {

using Counts = std::map<int64_t, int64_t>;

static Counts countsOf(const Dataset &dataset, int field, const std::vector<int64_t> &records) {
  Counts counts;
  std::vector<char> values(size_t(dataset.bytesPerRecord(field)));
  Dataset::Target target{field, values.data()};
  Pieces::Window window;
  for (int64_t record : records) {
    dataset.read(record, {&target, 1}, window);
    for (int64_t i = 0; i < std::ssize(values) / bytesOf(DType::I32); ++i)
      ++counts[int64_t(numberAt(DType::I32, values.data(), i))];
  }
  counts.erase(noClass);
  return counts;
}

std::string unseenClasses(const abi::Data &data, const std::string &split, const Dataset &train, const std::vector<int64_t> &trained, const Dataset &other,
                          const std::vector<int64_t> &tested) {
  if (train.holding() == Holding::InPieces || other.holding() == Holding::InPieces)
    return "";
  constexpr int most = 5; // that are named
  for (const abi::Field &field : data.fields) {
    if (field.classes == 0 || dtypeNamed(field.dtype) != DType::I32)
      continue;
    Counts known = countsOf(train, train.findField(field.name), trained);
    std::string list;
    int64_t labels = 0, classes = 0;
    for (auto [number, count] : countsOf(other, other.findField(field.name), tested)) {
      if (known.contains(number))
        continue;
      labels += count;
      if (classes++ < most)
        list += (list.empty() ? "`" : ", `") + (field.classNames.empty() ? std::to_string(number) : field.classNames[size_t(number)]) + "` (" + withCommas(count) + ")";
    }
    if (labels > 0)
      return counted(labels, "label") + " of `" + data.name + "." + split + "` " + (labels == 1 ? "is" : "are") + " of classes that `" + data.name +
             ".train` does not have: " + list + (classes > most ? " and " + std::to_string(classes - most) + " more classes" : "");
  }
  return "";
}

} // namespace tl::data
