// Inputs of training that are drawn anew in each epoch, where a record is read: all else sees the field as it is.
#pragma once
#include "runtime/abi/Descriptor.h"

namespace tl::abi {

/// The option of a source of pictures that says what training sees of them: the text of pictures::Steps. Only sources have it that `train` is of.
inline constexpr const char *drawnSteps = "images.training";

inline bool isDrawn(const Source &source, const Field &field) { return field.name == "image" && source.options.contains(drawnSteps); }

inline constexpr std::string_view drawnEnding = ".drawn";
/// What the functions of training call such a field: "image.drawn".
inline std::string drawnInput(const std::string &field) { return field + std::string(drawnEnding); }
/// The field of such an input; "" of others.
inline std::string drawnField(const std::string &input) { return input.ends_with(drawnEnding) ? input.substr(0, input.size() - drawnEnding.size()) : ""; }

} // namespace tl::abi
