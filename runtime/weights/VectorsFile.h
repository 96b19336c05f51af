// A file of word vectors as one tensor, `vectors`, a row for each word.
#pragma once
#include "runtime/weights/TensorFile.h"
#include "runtime/weights/VectorRows.h"

namespace tl::weights {

/// Holds the words and no vectors: those are read when they are asked for, in one pass.
class VectorsFile : public TensorFile {
public:
  explicit VectorsFile(const std::string &path);
  void read(const TensorInfo &tensor, char *into) override;
  void readRows(const std::vector<int64_t> &wanted, char *into) override;
  const RowWords *words() const override { return &rowWords; }

private:
  RowWords rowWords;
};

} // namespace tl::weights
