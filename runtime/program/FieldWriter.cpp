// Checks each value against what the script's data declares.
#include "runtime/program/FieldWriter.h"
#include "runtime/abi/ElementTypes.h"
#include "runtime/io/Error.h"
#include "runtime/io/Units.h"
#include "runtime/program/TokenInput.h"
#include <cmath>

namespace tl::program {

using Json = nlohmann::ordered_json;

std::string shapeText(const abi::Field &field) {
  if (field.tokens == "categories")
    return counted(field.shape[0], "name");
  if (!field.tokens.empty())
    return field.of.empty() ? "a " + oneOf(field.tokens) : "a text";
  std::string out = field.dtype + "[";
  for (size_t i = 0; i < field.shape.size(); ++i)
    out += (i ? ", " : "") + std::to_string(field.shape[i]);
  return out + "]";
}

void FieldWriter::expected(const std::string &seen) const {
  throw badData("`" + field.name + "` is " + shapeText(field) + rangeText() + ", and here is " + seen);
}

std::string FieldWriter::rangeText() const {
  if (field.classes > 0)
    return " from 0 to " + std::to_string(field.classes - 1);
  return dtypeNamed(field.dtype) == DType::U8 ? " from 0 to 255" : "";
}

void FieldWriter::writeDim(const Json &value, size_t dim) {
  if (dim == field.shape.size())
    return writeNumber(value);
  if (!value.is_array())
    expected("`" + value.dump().substr(0, 40) + "` where a list of " + std::to_string(field.shape[dim]) + " belongs");
  if (int64_t(value.size()) != field.shape[dim])
    expected("a list of " + std::to_string(value.size()) + " where " + std::to_string(field.shape[dim]) + " belong");
  for (const Json &element : value)
    writeDim(element, dim + 1);
}

void FieldWriter::writeNumber(const Json &value) {
  DType dtype = dtypeNamed(field.dtype).value();
  if (!value.is_number() && !(value.is_boolean() && dtype == DType::I1))
    expected("`" + value.dump().substr(0, 40) + "` where a number belongs");
  double number = value.is_boolean() ? double(value.get<bool>()) : value.get<double>();
  if (!isReal(dtype)) {
    double low = dtype == DType::I32 && field.classes == 0 ? -2147483648.0 : 0;
    double high = field.classes > 0    ? double(field.classes - 1)
                  : dtype == DType::U8 ? 255
                  : dtype == DType::I1 ? 1
                                       : 2147483647.0;
    if (!(number >= low && number <= high) || number != std::floor(number))
      expected("`" + value.dump() + "`");
  }
  putNumber(dtype, into, 0, number);
  if (isReal(dtype) && !std::isfinite(numberAt(dtype, into, 0)))
    expected(value.dump());
  into += bytesOf(dtype);
}

} // namespace tl::program
