// One file of tensors, of whichever format: what is in it, and the bytes of each.
#pragma once
#include "runtime/io/File.h"
#include "runtime/weights/RowWords.h"
#include "runtime/weights/VocabularyNotes.h"
#include <cstdint>
#include <deque>
#include <optional>

namespace tl::weights {

constexpr size_t mostDims = 16; // of a tensor

/// A tensor of a file. dtype in TL's spelling, or the file's where TL has no such type ("U16"): see runtime/abi/ElementTypes.def.
struct TensorInfo {
  std::string name, dtype;
  std::vector<int64_t> shape;
  int64_t offset = 0, bytes = 0; // offset: where its file finds it
};

/// What a tensor without a name is called: `position` of `weights/position.npy`.
std::string nameOfFile(const std::string &path);

/// A constructor reads and checks all that the file says of its tensors. What it says is never trusted, and what reading it costs is
/// bounded by the file's size.
class TensorFile {
public:
  virtual ~TensorFile() = default;
  const std::string &path() const { return file.path(); }
  const std::deque<TensorInfo> &tensors() const { return list; } // by name, each once
  const TensorInfo *find(const std::string &name) const;
  const Notes &metadata() const { return notes; }
  /// The elements one after the other, row by row, whatever the order in the file.
  virtual void read(const TensorInfo &tensor, char *into) = 0;
  /// Some of these bytes, from `first` on. False where they do not lie so in the file, which only `read` can tell then.
  virtual bool readPart(const TensorInfo &, int64_t /*first*/, int64_t /*bytes*/, char *) { return false; }
  /// Of a file that names the word of each row; null: it names none.
  virtual const RowWords *words() const { return nullptr; }
  /// Some rows of its tensor, in ascending order.
  virtual void readRows(const std::vector<int64_t> &, char *) { throw Error(exitInternal, "`" + path() + "` is no file of word vectors"); }

protected:
  explicit TensorFile(const std::string &path) : file(io::File::openRead(path)) {}
  /// Puts the tensors in order. The name of one that is there twice, if any.
  std::optional<std::string> sortByName();
  io::File file;
  std::deque<TensorInfo> list; // never moved when it grows: a header may have millions
  Notes notes;
};

} // namespace tl::weights
