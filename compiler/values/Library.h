// What a script and the files it uses declare, and what is made of it: layers at their places, with their weights.
#pragma once
#include "compiler/syntax/Ast.h"
#include "compiler/values/Values.h"
#include <functional>
#include <set>
#include <utility>

namespace tl {
class BodyEvaluator;
struct Args;

/// What a script can call without declaring it, by name: see compiler/builtins.
using Builtin = Value (*)(BodyEvaluator &, const Args &, ast::Span);
using BuiltinTable = std::map<std::string, Builtin>;

/// Everything declared by the script and the files it uses, by name.
struct Library {
  std::map<std::string, const ast::Definition *> definitions;      // as the script and its own modules mean them
  std::map<std::string, const ast::Definition *> standard;         // as the files of the standard library do
  std::map<std::string, Value> constants;                          // dims: Number
  std::map<std::string, ast::Span> places;                         // of constants: a library's dimension names do not see the script's dims
  std::map<std::string, const ast::Param *> params;
  const BuiltinTable *builtins = nullptr;
  std::string stdlib;                                              // the folder of what might have been used, too
  std::string scriptFolder;                                        // where files are looked for
  std::map<std::string, const abi::Data *> data;                   // facts: `digits.image.shape[0]`, `digits.label.classes`
  std::set<int> standardFiles;                                     // of the standard library
  std::set<int> standardFolder;                                    // and with those that stand there and are the script
  mutable std::map<std::string, std::string> publishedVocabularies; // digest -> the folder whose tokenizer has that vocabulary, of those that were read
  mutable std::map<std::string, std::map<std::string, std::string>> publishedFiles; // of a folder, by where it is: what was read of it beside config.json
  /// Declares what the script cannot reach of the standard library, which is not read otherwise.
  mutable std::function<void()> readRest;
  /// For who looks at all definitions, such as a message that says which there are.
  const std::map<std::string, const ast::Definition *> &allDefinitions() const {
    if (std::function<void()> read = std::exchange(readRest, nullptr))
      read();
    return definitions;
  }
  /// Takes what declarations require of run-time values; the program checks it. Empty: nobody asks.
  std::function<void(const abi::Requirement &)> onRequirement;

  /// The library means its own names, whatever a script calls by them.
  bool isStandard(int file) const { return standardFiles.count(file) > 0; }
  /// What a name in a file is declared as; null: nothing.
  const ast::Definition *definition(const std::string &name, int file) const {
    const auto &known = isStandard(file) ? standard : definitions;
    auto found = known.find(name);
    return found == known.end() ? nullptr : found->second;
  }
};

/// A weight or buffer, as declared at a place of the tree.
struct Leaf {
  std::string path;  // "enc.net[0].w": names by ".", list items by "[i]"
  enum class Kind { Weight, Buffer } kind = Kind::Weight;
  TensorType type;
  std::vector<std::string> axisNames;  // names its axes have in the layer's scope
  std::vector<ast::Span> axesGiven;    // arguments in the script that are their sizes
  std::set<std::string> vocabularies;  // digests of those whose sizes its axes are declared to have
  std::vector<std::string> roles;      // with "@"
  const ast::Slot *slot = nullptr;     // its initialiser
  Instance *owner = nullptr;
  std::shared_ptr<Instance> adapter;   // who reads the weight reads what this makes of it; null: the weight itself
  ast::Span span;
};

/// A layer at its place in the tree. List items without weights (functions) have no instance. Arguments and members never
/// hold a TensorValue, so that one tree serves every function.
struct Instance {
  std::string path, layer;  // layer: the definition's name, for `:Linear`; path "" for the model itself
  const ast::Definition *definition = nullptr;
  std::map<std::string, Value> arguments;   // formals by name
  std::map<std::string, ast::Span> argumentSpans; // of those that were given
  std::map<std::string, ast::Span> argumentsWritten; // and where the script did, by whatever names they were handed on
  std::map<std::string, Value> members;     // sub-layers
  std::vector<Leaf> leaves;
  std::vector<std::shared_ptr<Instance>> children;  // every layer made for this one, each once, in order of declaration
  std::shared_ptr<Instance> adapter;        // who calls the layer gets what this makes of it; null: the layer itself
  ast::Span span;
  /// `X from ckpt { … }` where written, else null.
  const ast::Expr *from = nullptr;
  std::shared_ptr<Record> published;        // the checkpoint, where it is a published model, else null
  std::map<std::string, Value> fromNames;   // what names of `from` mean: numbers, texts and truth values where it is written
};

}  // namespace tl
