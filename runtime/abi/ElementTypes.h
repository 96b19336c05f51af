// The table of element types as C++ reads it.
#pragma once
#include "runtime/abi/NarrowFloats.h"
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>

namespace tl {

enum class DType {
#define ELEMENT(Id, name, inFiles, inTorch, inNumpy, Stored, kind, Computed) Id,
#include "runtime/abi/ElementTypes.def"
};
enum class ElementKind { Flag, Whole, Real };

struct ElementType {
  DType dtype;
  const char *name, *inFiles;
  int64_t bytes;
  ElementKind kind;
  DType computed;
};

inline constexpr ElementType elementTypes[] = {
#define ELEMENT(Id, name, inFiles, inTorch, inNumpy, Stored, kind, Computed) \
  {DType::Id, name, inFiles, int64_t(sizeof(Stored)), ElementKind::kind, DType::Computed},
#include "runtime/abi/ElementTypes.def"
};

/// What files name it, and how: of files alone, or one of the above.
struct FileElementType {
  const char *name, *inFiles, *inTorch, *inNumpy;
  int64_t bytes;
};
inline constexpr FileElementType fileElementTypes[] = {
#define ELEMENT(Id, name, inFiles, inTorch, inNumpy, Stored, kind, Computed) {name, inFiles, inTorch, inNumpy, int64_t(sizeof(Stored))},
#define FILE_ELEMENT(name, inFiles, inTorch, inNumpy, bytes) {name, inFiles, inTorch, inNumpy, bytes},
#include "runtime/abi/ElementTypes.def"
};

/// The type that a kind of file names so: `fileElementNamed("FloatStorage", &FileElementType::inTorch)`; nullptr where there is none.
constexpr const FileElementType *fileElementNamed(std::string_view text, const char *FileElementType::*column) {
  for (const FileElementType &type : fileElementTypes)
    if (text == type.*column && !text.empty())
      return &type;
  return nullptr;
}

constexpr const ElementType &about(DType dtype) { return elementTypes[int(dtype)]; }
constexpr const char *nameOf(DType dtype) { return about(dtype).name; } // "f32"
constexpr int64_t bytesOf(DType dtype) { return about(dtype).bytes; }
constexpr bool isReal(DType dtype) { return about(dtype).kind == ElementKind::Real; }
constexpr DType computedIn(DType dtype) { return about(dtype).computed; }
/// Whether its numbers are kept in a type that none are computed in: bf16, f16.
constexpr bool isNarrow(DType dtype) { return computedIn(dtype) != dtype; }
/// Whether its numbers are real and computed with: f32, f64.
constexpr bool isFloat(DType dtype) { return isReal(dtype) && !isNarrow(dtype); }

/// nullopt for a name that is none, or of files alone.
constexpr std::optional<DType> dtypeNamed(std::string_view name) {
  for (const ElementType &type : elementTypes)
    if (name == type.name)
      return type.dtype;
  return std::nullopt;
}

/// Calls `use` with a value of what C++ has for an element.
template <class Use> decltype(auto) withStored(DType dtype, Use use) {
  switch (dtype) {
#define ELEMENT(Id, name, inFiles, inTorch, inNumpy, Stored, kind, Computed)                                                     \
  case DType::Id: return use(Stored());
#include "runtime/abi/ElementTypes.def"
  }
  __builtin_unreachable();
}

/// Element `index` of an array of elements.
inline double numberAt(DType dtype, const char *array, int64_t index) {
  return withStored(dtype, [&](auto element) {
    std::memcpy(&element, array + index * int64_t(sizeof element), sizeof element);
    return double(element);
  });
}

/// Makes element `index` of an array `number`, which fits it.
inline void putNumber(DType dtype, char *array, int64_t index, double number) {
  withStored(dtype, [&](auto element) {
    element = decltype(element)(number);
    std::memcpy(array + index * int64_t(sizeof element), &element, sizeof element);
  });
}

/// `number` as an element holds it; infinite where it is too large for a real one.
inline double rounded(DType dtype, double number) {
  return withStored(dtype, [&](auto element) { return double(decltype(element)(number)); });
}

} // namespace tl
