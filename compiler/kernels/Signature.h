// The arguments of a compiled function, as its C type (runtime/abi/Program.h) has them.
#pragma once
#include "runtime/abi/Program.h"
#include <array>
#include <cstddef>
#include <type_traits>

namespace tl {

struct ArgumentType {
  size_t bytes; // of the number, or of one that it points to; 0: it points to what compiled code knows nothing of
  bool isPointer, isReadOnly;
};

template <typename T> constexpr ArgumentType argumentOf() {
  using Pointed = std::remove_pointer_t<T>;
  if constexpr (std::is_same_v<Pointed, TlTeam>)
    return {0, true, false};
  else
    return {sizeof(Pointed), std::is_pointer_v<T>, std::is_const_v<Pointed>};
}

template <typename... T> constexpr std::array<ArgumentType, sizeof...(T)> argumentsOf(void (*)(T...)) { return {argumentOf<T>()...}; }

constexpr auto functionArguments = argumentsOf(TlFunction());
static_assert(functionArguments.size() == size_t(TlArgument::Team) + 1);

} // namespace tl
