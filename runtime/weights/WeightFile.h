// A file of weights as a stage loads it: one file of any format, or the shards that an index names.
#pragma once
#include "runtime/weights/TensorFile.h"
#include <map>
#include <memory>

namespace tl::weights {

/// The constructor reads and checks every header. An index (`model.safetensors.index.json`, `pytorch_model.bin.index.json`) maps each tensor's name to
/// the file beside it that holds it: `{"weight_map": {NAME: FILE}}`; index and shards must name the same tensors.
class WeightFile {
public:
  explicit WeightFile(const std::string &path);
  const std::string &path() const { return name; }
  const std::vector<const TensorInfo *> &tensors() const { return list; } // by name
  const TensorInfo *find(const std::string &name) const;
  void read(const TensorInfo &tensor, char *into);
  bool readPart(const TensorInfo &tensor, int64_t first, int64_t bytes, char *into); // see TensorFile
  /// Of a file of word vectors, see TensorFile; null for others.
  const RowWords *words() const { return files.size() == 1 ? files[0]->words() : nullptr; }
  void readRows(const std::vector<int64_t> &rows, char *into) { files.at(0)->readRows(rows, into); }
  /// The vocabulary that a tensor is over, see abi::Variable; "" where the file does not say.
  std::string vocabularyOf(const std::string &tensor) const;
  /// 16 hex digits over every tensor's name, element type, shape and vocabulary: what a program was compiled for.
  std::string digest() const;

private:
  void openShards(const std::string &indexText);
  TensorFile &fileWith(const TensorInfo &tensor);
  std::string name;
  std::vector<std::unique_ptr<TensorFile>> files;
  std::vector<const TensorInfo *> list;
  std::vector<size_t> fileOf; // by place in `list`
  std::map<std::string, std::string> vocabularies; // by tensor
};

} // namespace tl::weights
