// What values are called in messages, and what an axis knows that two others meet in.
#include "compiler/values/Values.h"
#include "compiler/values/Library.h"
#include "compiler/values/Record.h"
#include <cmath>

namespace tl {

namespace {
std::string format(double value) {
  if (value == std::floor(value) && std::fabs(value) < 1e15)
    return std::to_string(int64_t(value));
  char text[32];
  snprintf(text, sizeof text, "%g", value);
  return text;
}

std::string describeTensor(const TensorValue &tensor) {
  std::string text = nameOf(tensor.dtype);
  text += '[';
  for (size_t i = 0; i < tensor.axes.size(); ++i) {
    const Axis &axis = tensor.axes[i];
    text += (i ? ", " : "") + (axis.name.empty() ? "" : axis.name + " = ") + std::to_string(axis.size);
  }
  return text + "]";
}
} // namespace

Records Records::with(const Records &other) const {
  if (!*this)
    return other;
  if (!other || (batch == other.batch && each == other.each))
    return {batch, each, isTurned || other.isTurned};
  return mixed();
}

Tokens Tokens::with(const Tokens &other) const {
  if (!*this || !other)
    return *this || !other.isSaid() ? *this : other;
  bool isSame = lengths == other.lengths && !isMixed && !other.isMixed;
  return isSame ? Tokens{lengths, std::max(shift, other.shift)} : mixed();
}

std::string spell(const Value &number) { return format(std::get<Number>(number).value); }

TensorType TensorValue::type() const {
  TensorType type{dtype, {}};
  for (const Axis &axis : axes)
    type.shape.push_back(axis.size);
  return type;
}

std::string describe(const Value &value) {
  if (std::holds_alternative<Number>(value))
    return "the number " + spell(value);
  if (auto *flag = std::get_if<bool>(&value))
    return *flag ? "`true`" : "`false`";
  if (auto *text = std::get_if<std::string>(&value))
    return "the string \"" + *text + "\"";
  if (auto *tensor = std::get_if<TensorValue>(&value))
    return tensor->isScalar()                                   ? "a run-time scalar"
           : tensor->dtype == DType::I1 && tensor->axes.empty() ? "a run-time truth value"
                                                                : describeTensor(*tensor);
  if (auto *layer = std::get_if<std::shared_ptr<Instance>>(&value))
    return "a layer `" + (*layer)->layer + "`";
  if (auto *closure = std::get_if<std::shared_ptr<Closure>>(&value)) {
    const ast::Definition *definition = (*closure)->definition;
    if (!definition)
      return (*closure)->builtin.empty() ? "a function" : "the function `" + (*closure)->builtin + "`";
    bool isLayer = definition->kind == ast::Definition::Kind::Layer || definition->kind == ast::Definition::Kind::Model;
    return (isLayer ? "the layer `" : "the function `") + definition->name + "`";
  }
  if (auto *list = std::get_if<std::shared_ptr<List>>(&value))
    return "a list of " + std::to_string((*list)->items.size());
  if (auto *record = std::get_if<std::shared_ptr<Record>>(&value))
    return "the record of `" + (*record)->of->name + "`";
  if (auto *split = std::get_if<SplitName>(&value))
    return "the split `" + split->split + "`";
  if (auto *param = std::get_if<ParamName>(&value))
    return "the `param` `" + param->name + "`";
  if (auto *data = std::get_if<DataName>(&value))
    return data->field ? "the raw field `" + data->field->name + "`" : "the data `" + data->data->name + "`";
  if (std::holds_alternative<Ratio>(value))
    return "a quotient `… over …`";
  if (auto *overall = std::get_if<std::shared_ptr<Overall>>(&value))
    return (*overall)->most ? "a list of records, `listed(…)`" : "a value of all records, `overall(…)`";
  return "`none`";
}

} // namespace tl
