// A record's value of a field, from JSON into memory.
#pragma once
#include "runtime/abi/Descriptor.h"
#include <nlohmann/json.hpp>

namespace tl::program {

/// Writes a value where its kind, its shape and its range are the field's; else throws tl::Error with code 3, which says what was expected and what is there.
class FieldWriter {
public:
  FieldWriter(const abi::Field &field, char *into) : field(field), into(into) {}

  void write(const nlohmann::ordered_json &value) { writeDim(value, 0); }

private:
  [[noreturn]] void expected(const std::string &seen) const;
  std::string rangeText() const;
  void writeDim(const nlohmann::ordered_json &value, size_t dim);
  void writeNumber(const nlohmann::ordered_json &value);

  const abi::Field &field;
  char *into;
};

/// `f32[28, 28]`, or what a text or a token is called.
std::string shapeText(const abi::Field &field);

} // namespace tl::program
