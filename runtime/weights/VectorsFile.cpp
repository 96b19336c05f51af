// Passes over the rows of a file: once to know its words and that it is sound, once more for each tensor that is read.
#include "runtime/weights/VectorsFile.h"
#include <limits>
#include <numeric>

namespace tl::weights {

VectorsFile::VectorsFile(const std::string &path) : TensorFile(path) {
  VectorRows rows(path);
  for (VectorRows::Row row; rows.next(row);) {
    if (rowWords.size() == std::numeric_limits<int32_t>::max())
      throw badData("`" + path + "` has more than " + std::to_string(rowWords.size()) + " words; no table has so many rows");
    rowWords.add(row.word);
  }
  if (auto twice = rowWords.sort())
    throw badData(rows.at(twice->second) + " has the word `" + std::string(rowWords.at(twice->first)) + "` again, which was there in " +
                  rows.at(twice->first).substr(path.size() + 4) + "; which of its vectors is meant is not known: remove one of them");
  TensorInfo info{"vectors", "f32", {rowWords.size(), rows.numbersEach()}};
  info.bytes = info.shape[0] * info.shape[1] * int64_t(sizeof(float));
  list.push_back(std::move(info));
}

void VectorsFile::read(const TensorInfo &, char *into) {
  std::vector<int64_t> all(size_t(rowWords.size()));
  std::iota(all.begin(), all.end(), 0);
  readRows(all, into);
}

void VectorsFile::readRows(const std::vector<int64_t> &wanted, char *into) {
  VectorRows rows(path());
  VectorRows::Row row;
  int64_t number = -1;
  for (int64_t next : wanted) {
    while (number < next) {
      if (!rows.next(row))
        throw badData("`" + path() + "` was changed while it was read");
      ++number;
    }
    rows.parse(row, reinterpret_cast<float *>(into));
    into += rows.numbersEach() * int64_t(sizeof(float));
  }
}

} // namespace tl::weights
