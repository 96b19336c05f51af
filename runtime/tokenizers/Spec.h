// A value of a JSON file that knows its place there, so that an error can name it: `normalizer.normalizers[1].type`.
#pragma once
#include "runtime/io/Error.h"
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace tl::tokenizers {

/// The value of a JSON text; an error names `file`. Values stand in each other at most `mostNested` deep.
nlohmann::json parseJson(const std::string &text, const std::string &file);
constexpr int mostNested = 64;

class Spec {
public:
  Spec(const nlohmann::json &value, std::string file, std::string place = "") : value(&value), file(std::move(file)), place(std::move(place)) {}

  /// `value` stands in that object of a vocabulary, under this name.
  Spec(const nlohmann::json &value, const Spec &parent, const std::string &name)
      : value(&value), file(parent.file), place(parent.place + "[\"" + name.substr(0, 40) + "\"]") {}

  /// Of an object: the value of that name, which must be there.
  Spec operator[](const std::string &name) const;
  /// False where it is absent or null.
  bool has(const std::string &name) const { return value->is_object() && value->contains(name) && !(*value)[name].is_null(); }
  std::vector<Spec> list() const;
  Spec inside(size_t index) const { return Spec((*value)[index], file, place + "[" + std::to_string(index) + "]"); }

  std::string string() const;
  bool boolean() const;
  int64_t integer(int64_t least, int64_t most) const;
  double number() const;
  std::string string(const std::string &name, const std::string &otherwise) const { return has(name) ? (*this)[name].string() : otherwise; }
  bool boolean(const std::string &name, bool otherwise) const { return has(name) ? (*this)[name].boolean() : otherwise; }

  bool isNull() const { return value->is_null(); }
  bool isObject() const { return value->is_object(); }
  bool isList() const { return value->is_array(); }
  bool isString() const { return value->is_string(); }
  const nlohmann::json &json() const { return *value; }

  /// `FILE: PLACE PROBLEM`.
  Error wrong(const std::string &problem) const;
  /// That this word is none of those known here.
  Error unknown(const std::string &what, const std::vector<std::string> &known) const;

private:
  [[noreturn]] void expected(const std::string &what) const;
  const nlohmann::json *value;
  std::string file, place;
};

} // namespace tl::tokenizers
