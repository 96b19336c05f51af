// What a program computes, as digests of its descriptor and its functions.
#include "compiler/sema/Parts.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/SHA256.h"
#include <bit>

namespace tl {

using Json = nlohmann::json;

static std::string sha256(const std::string &text) {
  llvm::SHA256 hash;
  hash.update(llvm::StringRef(text));
  return llvm::toHex(hash.final(), /*LowerCase=*/true);
}

// ---- functions

/// Bytes that say what a function computes: numbers and texts with their lengths, so that no two functions have the same.
class Code {
public:
  explicit Code(const Function &function) { add(function); }
  std::string digest() {
    flush();
    return llvm::toHex(hash.final(), /*LowerCase=*/true);
  }

private:
  void add(int64_t number) { bytes.append(reinterpret_cast<const char *>(&number), sizeof number); }
  void add(const std::string &text) {
    add(int64_t(text.size()));
    bytes += text;
  }
  template <class Item> void add(const std::vector<Item> &items) {
    add(int64_t(items.size()));
    for (const Item &item : items)
      add(item);
  }

  /// By structured bindings: a member that is added is missed by the compiler here, not by a resume.
  void add(const Node &node) {
    const auto &[op, operands, attributes, type, span, body, table] = node;
    const auto &[axes, indices, starts, limits, strides, size, stride, dilation, axis, value, site, name, argument, result,
                 states, walked, isReverse, isFrozen, goesOn, isLogged] = attributes;
    const auto &[dtype, shape] = type;
    (void)span, (void)table; // a fact of the data, which is a part of its own
    add(nameOf(op)), add(operands), add(nameOf(dtype)), add(shape);
    add(axes), add(indices), add(starts), add(limits), add(strides), add(size), add(stride), add(dilation), add(axis);
    add(std::bit_cast<int64_t>(double(value))), add(int64_t(site)), add(name);
    add(argument), add(result), add(states), add(walked), add(int64_t(isReverse)), add(int64_t(isFrozen)), add(int64_t(goesOn)), add(int64_t(isLogged));
    add(int64_t(body ? 1 : 0));
    if (body)
      add(*body);
    if (bytes.size() > 1 << 16)
      flush();
  }
  void add(const Function &function) { add(function.nodes); }
  void add(const char *word) { add(std::string(word)); }

  void flush() {
    hash.update(llvm::StringRef(bytes));
    bytes.clear();
  }

  llvm::SHA256 hash;
  std::string bytes;
};

static std::string codeOf(const CheckedProgram &checked, const std::string &name) {
  for (const Function &function : checked.functions)
    if (function.name == name)
      return Code(function).digest();
  return "";
}

std::string codeDigest(const CheckedProgram &checked) {
  std::string all;
  for (const Function &function : checked.functions)
    all += function.name + " " + Code(function).digest() + "\n";
  return sha256(all);
}

// ---- descriptor

/// Without what only messages need, and with the code of functions in place of their names.
static Json essence(const CheckedProgram &checked, Json json) {
  if (json.is_object()) {
    json.erase("place");
    json.erase("doc");
    for (auto &[key, value] : json.items())
      if (llvm::StringRef(key).ends_with_insensitive("function") && value.is_string())
        value = codeOf(checked, value);
  }
  if (json.is_structured())
    for (Json &inner : json)
      inner = essence(checked, std::move(inner));
  return json;
}

void digestParts(CheckedProgram &checked) {
  abi::Program &program = checked.program;
  auto add = [&](const std::string &name, const Json &json) {
    program.parts[name] = sha256(essence(checked, json).dump()).substr(0, 16);
  };
  for (const abi::Param &param : program.params)
    add("`param " + param.name + "`", param);
  for (const abi::Data &data : program.data)
    add("`data " + data.name + "`", data);
  for (const abi::Stage &stage : program.stages) {
    std::string of = " of stage `" + stage.name + "`";
    Json rest = stage;
    for (const char *apart : {"phases", "variables", "tables", "lookups"}) // tables are facts of the data; lookups only explain
      rest.erase(apart);
    add("stage `" + stage.name + "`", rest);
    std::vector<abi::Variable> variables = stage.variables;
    std::erase_if(variables, [](const abi::Variable &variable) { return variable.kind == "table"; }); // a deployed function may ask for one
    add("the parameters" + of, variables);
    for (const abi::Phase &phase : stage.phases)
      add("phase `" + phase.name + "`" + of, phase);
  }
  for (const abi::Search &search : program.searches)
    add("`tune " + search.stage + "`", search);
  std::string all;
  for (const auto &[name, digest] : program.parts)
    all += name + " " + digest + "\n";
  for (const abi::Stage &stage : program.stages) // their order counts, too
    for (const abi::Phase &phase : stage.phases)
      all += stage.name + "." + phase.name + "\n";
  program.digest = sha256(all);
}

void digestTogether(const std::vector<std::unique_ptr<CheckedProgram>> &programs, const std::vector<std::string> &names) {
  std::map<std::string, std::string> parts = programs.front()->program.parts;
  std::string all;
  for (size_t i = 0; i < programs.size(); ++i) {
    for (const auto &[name, digest] : programs[i]->program.parts)
      if (auto own = parts.find(name); own == parts.end() || own->second != digest)
        parts[name + " with " + names[i]] = digest;
    all += names[i] + " " + programs[i]->program.digest + "\n";
  }
  for (const auto &each : programs) {
    each->program.parts = parts;
    each->program.digest = sha256(all);
  }
}

}  // namespace tl
