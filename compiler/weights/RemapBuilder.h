// The right side of a remap's rule, `transpose("h.{i}.attn.w")[.., 0..64]`, as steps on tensors of a file.
#pragma once
#include "compiler/weights/PathPattern.h"
#include <deque>

namespace tl {

namespace weights {
class WeightFile;
}

/// A tensor that weights can come from.
struct OriginTensor {
  std::string path, name;  // its path below what is loaded; its name in the file
  std::string dtype;       // as data::typeText has it
  std::vector<int64_t> shape;
  const Leaf *leaf = nullptr;  // of a stage's checkpoint
  std::string vocabulary = {}; // see abi::Variable
};

/// The side that weights come from.
struct Origin {
  std::string name;        // "ae.best.enc", "encoder.safetensors"
  std::string checkpoint;  // "ae.best"
  std::deque<OriginTensor> tensors;
  std::map<std::string, size_t> byPath;  // joinPath(splitPath(path)) -> place in `tensors`
  ParameterTree tree;                    // for selectors; entries with `isLeaf` are the tensors, in the same order
  std::shared_ptr<const weights::WeightFile> vectors = {}; // a file of word vectors; null: it is none

  void add(OriginTensor tensor);
  std::vector<std::string> paths() const;
};

/// A part of a tensor that a rule takes: of the tensor itself, or of what `view` reads it as, [begin, end) of each axis.
struct Taken {
  size_t tensor = 0;
  std::string view;
  std::vector<std::pair<int64_t, int64_t>> box;
  int64_t elements() const;
  bool overlaps(const Taken &other) const;  // both of one tensor
};

/// The whole number that an expression is, with these names bound; nullopt after an error.
using IntegerOf = std::function<std::optional<int64_t>(const ast::Expr &, const std::map<std::string, int64_t> &)>;

/// The field that has a vocabulary, by its digest, and its name; null where no data of the script has it.
using FieldOf = std::function<const abi::Field *(const std::string &, std::string &)>;

class RemapBuilder {
public:
  /// Of the layer's tensor `mine`.
  RemapBuilder(const Origin &origin, const TreeEntry &mine, Captures captures, const RemapArguments &arguments,
               const IntegerOf &integerOf, const FieldOf &fieldOf, Diagnostics &diagnostics);

  /// False after an error. Then `steps` make the value, whose shape is the last one's, and `taken` says of what.
  bool build(const ast::Expr &expr);
  std::vector<abi::LoadStep> steps;
  std::vector<Taken> taken;
  std::string words = {}; // where rows are loaded to their words: how many were found, in words

private:
  /// The result of a step, and whether it is still a box of one tensor: then slices narrow what is taken.
  struct Made {
    int64_t step = -1;
    std::optional<size_t> part;  // place in `taken`
    std::vector<int> axes;       // of the box, by axis of the result; -1: an axis of size 1 that it lacks
  };
  struct Failed {};

  Made make(const ast::Expr &expr);
  Made makeTensor(const ast::Expr &expr);
  Made makeCall(const ast::Expr &expr);
  Made permute(Made of, const std::vector<int64_t> &axes);
  Made slice(Made of, const ast::Expr &expr);
  Made reshape(Made of, std::vector<int64_t> shape);
  Made concat(const ast::Expr &call);
  Made pad(const ast::Expr &call);
  // ByWord.cpp
  Made byWord(const ast::Expr &call);
  std::vector<int64_t> placesOfWords(const ast::Expr &call, const Made &of, size_t along, const abi::Field &here);
  std::vector<int64_t> rowsOfFile(const ast::Expr &call, const Made &of, size_t along, const abi::Field &here);
  void countWords(const ast::Expr &call, const abi::Field &here, const std::string &name, const std::vector<int64_t> &places);
  std::string beginning() const;
  Made add(std::string op, std::vector<int64_t> shape, std::vector<int64_t> operands, std::vector<int64_t> numbers);
  const std::vector<int64_t> &shapeOf(const Made &made) const { return steps[size_t(made.step)].shape; }
  std::string typeOf(const Made &made) const;
  int64_t integer(const ast::Expr &expr);
  int64_t axis(const ast::Expr &call, size_t position, int64_t rank, std::optional<int64_t> otherwise);
  std::vector<int64_t> integers(const ast::Expr &list, const char *what);
  /// An argument by position or name; null where the call gives none.
  const ast::Expr *argument(const ast::Expr &call, size_t position, const std::string &name);
  [[noreturn]] void fail(Diag kind, const ast::Span &span, const std::string &message, const std::string &help = "");

  const Origin &origin;
  const TreeEntry &mine;
  Captures captures;
  const RemapArguments &arguments;
  const IntegerOf &integerOf;
  const FieldOf &fieldOf;
  Diagnostics &diagnostics;
};

/// What makes a tensor of shape `from` one of shape `to`, written with `tensor` as the text of the first; "" if nothing
/// simple does.
std::string remedy(const std::string &tensor, const std::vector<int64_t> &from, const std::vector<int64_t> &to);

}  // namespace tl
