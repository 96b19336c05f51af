// The dialect itself: types to and from the calculus, making ops, verifying them by the one shape rule.
#include "compiler/ir/TlDialect.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSwitch.h"
#include <charconv>
#include <cmath>

using namespace mlir;
#include "compiler/ir/TlDialect.cpp.inc"
#include "compiler/ir/TlInterfaces.cpp.inc"

namespace tl::ir {

// Types ------------------------------------------------------------------------

Type flagsLike(Type tensor) {
  auto type = llvm::cast<RankedTensorType>(tensor);
  return RankedTensorType::get(type.getShape(), IntegerType::get(type.getContext(), 1));
}

static Type elementType(MLIRContext *context, DType dtype) {
  switch (dtype) {
  case DType::I1: return IntegerType::get(context, 1);
  case DType::U8: return IntegerType::get(context, 8, IntegerType::Unsigned);
  case DType::I32: return IntegerType::get(context, 32);
  case DType::F32: return Float32Type::get(context);
  case DType::F64: return Float64Type::get(context);
  case DType::BF16: return BFloat16Type::get(context);
  case DType::F16: return Float16Type::get(context);
  }
  llvm_unreachable("no such dtype");
}

std::optional<tl::TensorType> typeOf(Type type) {
  auto tensor = llvm::dyn_cast<RankedTensorType>(type);
  if (!tensor || !tensor.hasStaticShape())
    return std::nullopt;
  tl::TensorType result;
  result.shape.assign(tensor.getShape().begin(), tensor.getShape().end());
  for (const ElementType &known : elementTypes)
    if (tensor.getElementType() == elementType(type.getContext(), known.dtype)) {
      result.dtype = known.dtype;
      return result;
    }
  return std::nullopt;
}

RankedTensorType typeOf(MLIRContext *context, const tl::TensorType &type) {
  return RankedTensorType::get(type.shape, elementType(context, type.dtype));
}

// Attributes -------------------------------------------------------------------

static DenseElementsAttr splatOf(RankedTensorType type, double value) {
  Type element = type.getElementType();
  if (auto real = llvm::dyn_cast<FloatType>(element))
    return DenseElementsAttr::get(type, llvm::cast<Attribute>(FloatAttr::get(real, value)));
  APInt number(element.getIntOrFloatBitWidth(), uint64_t(int64_t(value)), /*isSigned=*/false, /*implicitTrunc=*/true);
  return DenseElementsAttr::get(type, llvm::cast<Attribute>(IntegerAttr::get(element, number)));
}

double ConstantOp::number() {
  DenseElementsAttr value = getValue();
  if (llvm::isa<FloatType>(value.getElementType())) {
    APFloat number = value.getSplatValue<APFloat>();
    bool losesInfo = false;
    number.convert(APFloat::IEEEdouble(), APFloat::rmNearestTiesToEven, &losesInfo);
    return number.convertToDouble();
  }
  APInt number = value.getSplatValue<APInt>();
  return value.getElementType().isSignlessInteger(32) ? double(number.getSExtValue()) : double(number.getZExtValue());
}

/// Attributes of the calculus as those of the op `word`; names are those of the ODS definitions.
static void setAttributes(NamedAttrList &list, Builder &b, tl::Op word, const tl::Attributes &attributes,
                          RankedTensorType type) {
  auto axes = [&](const char *name, const std::vector<int64_t> &value) {
    list.set(name, b.getDenseI64ArrayAttr(value));
  };
  switch (word) {
  case tl::Op::Constant: list.set("value", splatOf(type, attributes.value)); break;
  case tl::Op::Iota:
  case tl::Op::ArgMax:
  case tl::Op::Concat: list.set("axis", b.getI64IntegerAttr(attributes.axis)); break;
  case tl::Op::Window:
  case tl::Op::Fold:
    list.set("axis", b.getI64IntegerAttr(attributes.axis));
    list.set("size", b.getI64IntegerAttr(attributes.size));
    list.set("stride", b.getI64IntegerAttr(attributes.stride));
    list.set("dilation", b.getI64IntegerAttr(attributes.dilation));
    break;
  case tl::Op::Random:
    list.set("site", b.getI64IntegerAttr(attributes.site));
    if (attributes.goesOn)
      list.set("goesOn", b.getUnitAttr());
    break;
  case tl::Op::ArgSort:
    if (attributes.isReverse)
      list.set("descending", b.getUnitAttr());
    break;
  case tl::Op::Contract:
    axes("lhsIndices", attributes.indices[0]);
    axes("rhsIndices", attributes.indices[1]);
    axes("outIndices", attributes.indices[2]);
    break;
  case tl::Op::ReduceSum:
  case tl::Op::ReduceMax:
  case tl::Op::Transpose:
  case tl::Op::Broadcast: axes("axes", attributes.axes); break;
  case tl::Op::Slice: axes("strides", attributes.strides); [[fallthrough]];
  case tl::Op::Pad:
    axes("starts", attributes.starts);
    axes("limits", attributes.limits);
    break;
  case tl::Op::Input: list.set("name", b.getStringAttr(attributes.name)); break;
  case tl::Op::Output:
    list.set("name", b.getStringAttr(attributes.name));
    if (attributes.isLogged)
      list.set("logged", b.getUnitAttr());
    break;
  case tl::Op::Scalar: list.set("scalar", FlatSymbolRefAttr::get(b.getContext(), attributes.name)); break;
  case tl::Op::Read:
  case tl::Op::Write: list.set("variable", FlatSymbolRefAttr::get(b.getContext(), attributes.name)); break;
  default: break;
  }
}

tl::Attributes attributesOf(Operation *op) {
  auto list = [&](const char *name) {
    auto value = op->getAttrOfType<DenseI64ArrayAttr>(name);
    return value ? value.asArrayRef().vec() : std::vector<int64_t>();
  };
  auto integer = [&](const char *name) {
    auto value = op->getAttrOfType<IntegerAttr>(name);
    return value ? value.getInt() : 0;
  };
  tl::Attributes result;
  result.axes = list("axes");
  result.starts = list("starts");
  result.limits = list("limits");
  result.strides = list("strides");
  result.axis = integer("axis");
  result.size = integer("size");
  result.stride = integer("stride");
  result.dilation = integer("dilation");
  result.site = uint32_t(integer("site"));
  result.goesOn = op->hasAttr("goesOn");
  result.isReverse = op->hasAttr("descending");
  if (llvm::isa<ContractOp>(op))
    result.indices = {list("lhsIndices"), list("rhsIndices"), list("outIndices")};
  if (auto constant = llvm::dyn_cast<ConstantOp>(op))
    result.value = constant.number();
  result.name = namedBy(op).str();
  return result;
}

// Making -----------------------------------------------------------------------

std::optional<tl::Op> wordOf(Operation *op) {
  static const llvm::StringMap<tl::Op> words = [] {
    llvm::StringMap<tl::Op> map;
#define OP(Id, name, ...) map["tl." name] = tl::Op::Id;
#include "compiler/calculus/Ops.def"
    return map;
  }();
  auto found = words.find(op->getName().getStringRef());
  return found == words.end() ? std::nullopt : std::optional(found->second);
}

Operation *make(OpBuilder &b, Location loc, tl::Op word, ValueRange operands, const tl::Attributes &attributes,
                const tl::TensorType &hint, ArrayRef<NamedAttribute> extra) {
  std::vector<tl::TensorType> types;
  for (Value operand : operands)
    types.push_back(typeOf(operand));
  Inferred inferred = inferType(word, types, attributes, hint);
  if (!inferred.error.empty())
    llvm::report_fatal_error(llvm::Twine("tl.") + nameOf(word) + ": " + inferred.error);
  RankedTensorType type = typeOf(b.getContext(), inferred.type);
  OperationState state(loc, std::string("tl.") + nameOf(word));
  state.addOperands(operands);
  NamedAttrList list;
  setAttributes(list, b, word, attributes, type);
  for (NamedAttribute attribute : extra)
    list.set(attribute.getName(), attribute.getValue());
  state.addAttributes(list);
  if (word != tl::Op::Write && word != tl::Op::Output)
    state.addTypes(type);
  return b.create(state);
}

int64_t ScanOp::steps() { return typeOf(getXs()[0]).shape[0]; }

YieldOp ScanOp::yield() { return llvm::cast<YieldOp>(getBody().front().getTerminator()); }

ArrayRef<BlockArgument> ScanOp::stateArguments() { return getBody().getArguments().take_front(getInit().size()); }

ArrayRef<BlockArgument> ScanOp::rowArguments() {
  return getBody().getArguments().slice(getInit().size(), getXs().size());
}

ArrayRef<BlockArgument> ScanOp::constantArguments() { return getBody().getArguments().take_back(getConstants().size()); }

Value ScanOp::stackOf(Value inBody) {
  for (auto [value, result] : llvm::drop_begin(llvm::zip(yield().getValues(), getResults()), getInit().size()))
    if (value == inBody)
      return result;
  return {};
}

// Verifying --------------------------------------------------------------------

static std::vector<tl::TensorType> typesOf(ValueRange values) {
  std::vector<tl::TensorType> types;
  for (Value value : values)
    types.push_back(typeOf(value));
  return types;
}

/// What the calculus knows of is `tl::inferScan`'s.
static LogicalResult verifyScan(ScanOp scan) {
  auto yield = llvm::dyn_cast<YieldOp>(scan.getBody().front().getTerminator());
  if (!yield)
    return scan.emitOpError("does not end in tl.yield");
  InferredScan inferred = inferScan({typesOf(scan.getInit()), typesOf(scan.getXs()), typesOf(scan.getConstants()),
                                     typesOf(scan.getBody().getArguments()), typesOf(yield.getValues())});
  if (!inferred.error.empty())
    return scan.emitOpError(inferred.error);
  if (inferred.results.size() != scan.getNumResults()) // C4 of scan
    return scan.emitOpError("has ") << scan.getNumResults() << " results, should have " << inferred.results.size();
  for (auto [result, type] : llvm::zip(scan.getResults(), inferred.results)) // C4 of scan
    if (typeOf(result) != type)
      return scan.emitOpError("result is ") << toString(typeOf(result)) << ", should be " << toString(type);
  for (Operation &op : scan.getBody().front()) // C5 of scan
    if (llvm::isa<InputOp, ScalarOp, ReadOp, WriteOp, OutputOp, RandomOp, GradientOp, ScanOp>(op))
      return op.emitOpError("stands in the body of a scan");
  return success();
}

template <typename OpT> LogicalResult verifyPorts(OpT op); // TlSymbols.cpp

/// The adapter between a verifier and `tl::inferType`: one result of the type that operands and attributes imply.
static LogicalResult verifyByShapeRule(Operation *op) {
  if (auto gradient = llvm::dyn_cast<GradientOp>(op)) {  // one node of the calculus per value
    if (gradient.getWrt().empty()) // C2 of gradient
      return op->emitOpError("names no value");
    for (Value value : gradient.getWrt())
      if (Inferred one = inferType(tl::Op::Gradient, {typeOf(gradient.getLoss()), typeOf(value)}, {}, {});
          !one.error.empty())
        return op->emitOpError(one.error);
    return success();
  }
  if (auto scan = llvm::dyn_cast<ScanOp>(op))
    return verifyScan(scan);
  std::vector<tl::TensorType> operands = typesOf(op->getOperands());
  tl::TensorType result = op->getNumResults() ? typeOf(op->getResult(0)) : tl::TensorType{};
  Inferred inferred = inferType(*wordOf(op), operands, attributesOf(op), result);
  if (!inferred.error.empty())
    return op->emitOpError(inferred.error);
  if (op->getNumResults() && inferred.type != result)
    return op->emitOpError("result is ") << toString(result) << ", should be " << toString(inferred.type);
  if (auto input = llvm::dyn_cast<InputOp>(op))
    return verifyPorts(input);
  if (auto output = llvm::dyn_cast<OutputOp>(op))
    return verifyPorts(output);
  return success();
}

#define OP(Id, ...) \
  LogicalResult Id##Op::verify() { return verifyByShapeRule(getOperation()); }
#include "compiler/calculus/Ops.def"

// Printing and folding -----------------------------------------------------------

/// `0.5`, `-3`, `true`, `-inf`, then `: type`.
static ParseResult parseSplat(OpAsmParser &parser, DenseElementsAttr &value, Type &type) {
  bool isNegative = succeeded(parser.parseOptionalMinus());
  double number = 0;
  APInt integer;
  StringRef word;
  if (succeeded(parser.parseOptionalKeyword(&word, {"true", "false", "inf", "nan"}))) {
    number = llvm::StringSwitch<double>(word).Case("true", 1).Case("inf", INFINITY).Case("nan", NAN).Default(0);
  } else if (OptionalParseResult parsed = parser.parseOptionalInteger(integer); parsed.has_value()) {
    if (failed(*parsed))
      return failure();
    number = double(integer.getSExtValue());
  } else if (parser.parseFloat(number)) {
    return failure();
  }
  llvm::SMLoc place = parser.getCurrentLocation();
  if (parser.parseColonType(type))
    return failure();
  auto tensor = llvm::dyn_cast<RankedTensorType>(type);
  if (!tensor || !typeOf(type))
    return parser.emitError(place, "expected a tensor of static shape");
  value = splatOf(tensor, isNegative ? -number : number);
  return success();
}

/// The shortest decimal that reads back as the same number of its dtype, always with a point: `0.1`, `16777216.0`,
/// `1.0e-08`.
template <typename Real> static std::string decimal(Real number) {
  char buffer[32];
  std::string text(buffer, std::to_chars(buffer, std::end(buffer), number).ptr);
  if (text.find('.') == std::string::npos)
    text.insert(std::min(text.find('e'), text.size()), ".0");
  return text;
}

static void printSplat(OpAsmPrinter &printer, Operation *op, DenseElementsAttr value, Type type) {
  double number = llvm::cast<ConstantOp>(op).number();
  DType dtype = typeOf(type)->dtype;
  if (std::isnan(number))
    printer << "nan";
  else if (std::isinf(number))
    printer << (number < 0 ? "-inf" : "inf");
  else if (dtype == DType::F64)
    printer << decimal(number);
  else if (isReal(dtype))
    printer << decimal(float(number));
  else if (dtype == DType::I1)
    printer << (number != 0 ? "true" : "false");
  else
    printer << int64_t(number);
  printer << " : " << type;
}

OpFoldResult ConstantOp::fold(FoldAdaptor) { return getValue(); }

Operation *TlDialect::materializeConstant(OpBuilder &b, Attribute value, Type type, Location loc) {
  auto splat = llvm::dyn_cast<DenseElementsAttr>(value);
  if (!splat || !splat.isSplat() || splat.getType() != type)
    return nullptr;
  return ConstantOp::create(b, loc, type, splat);
}

void TlDialect::initialize() {
  addOperations<
#define GET_OP_LIST
#include "compiler/ir/TlOps.cpp.inc"
      >();
}

}  // namespace tl::ir

#define GET_OP_CLASSES
#include "compiler/ir/TlOps.cpp.inc"
