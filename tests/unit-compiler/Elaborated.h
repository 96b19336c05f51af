// A script's definitions ready to be elaborated, without data and stages.
#pragma once
#include "compiler/builtins/Builtins.h"
#include "compiler/evaluate/Elaborator.h"
#include "compiler/syntax/Parser.h"
#include <gtest/gtest.h>

namespace tl {

struct Elaborated {
  SourceFiles sources;
  Diagnostics diagnostics{sources};
  ast::File file;
  Library library;
  Function function{"test", {}};
  Elaborator elaborator{library, diagnostics, function};
  ast::Span here;

  explicit Elaborated(const std::string &text) {
    library.builtins = &builtins();
    file = parse(sources.add("test.tl", text), diagnostics);
    here = {file.file, 1, 1, 1};
    for (const ast::Definition &definition : file.definitions)
      library.definitions[definition.name] = &definition;
    for (const ast::Param &param : file.params)
      library.params[param.name] = &param;
    for (const ast::Dim &dim : file.dims)
      if (auto value = elaborator.evaluate(*dim.value, {}))
        library.constants[dim.name] = *value;
  }

  /// An f32 (or other) tensor of the batch; the first axis counts the records.
  TensorValue input(const std::string &name, std::vector<int64_t> shape, DType dtype = DType::F32) {
    std::vector<Axis> axes;
    for (int64_t size : shape)
      axes.push_back({size, "", axes.empty() ? Records{size, 1} : Records{}});
    return elaborator.input(name, dtype, axes, here);
  }

  std::optional<Value> call(const std::string &name, std::vector<Value> arguments) {
    auto closure = std::make_shared<Closure>();
    closure->definition = library.definitions.at(name);
    auto results = elaborator.call(closure, std::move(arguments), {}, here);
    return results && results->size() == 1 ? std::optional(results->front()) : std::nullopt;
  }
  std::shared_ptr<Instance> make(const std::string &name) {
    return elaborator.instantiate(*library.definitions.at(name), "", {}, here);
  }

  /// The ops of the function in order: "input read contract".
  std::string ops() const {
    std::string text;
    for (const Node &node : function.nodes)
      text += (text.empty() ? "" : " ") + std::string(nameOf(node.op));
    return text;
  }
  /// All messages, a line each.
  std::string messages() const {
    std::string text;
    for (const auto &diagnostic : diagnostics.all())
      text += diagnostic->message + "\n";
    return text;
  }
};

inline std::string typeOf(const std::optional<Value> &value) { return value ? describe(*value) : "nothing"; }

/// Paths of all leaves below, in order.
inline std::string paths(const Instance &instance) {
  std::string text;
  for (const Leaf &leaf : instance.leaves)
    text += leaf.path + " ";
  for (const auto &child : instance.children)
    text += paths(*child);
  return text;
}

} // namespace tl
