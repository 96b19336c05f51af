// What the corridor can stop at.
#pragma once
#include <optional>
#include <string>
#include <vector>

namespace tl {

/// What the corridor can stop at, in order; the names are those of `--emit`.
enum class Room { Tokens, Ast, Checked, Tl, Gradient, Pruned, Cached, Rows, Fused, Planned, Kernels, Llvm, Object, Program };
std::optional<Room> roomNamed(const std::string &name);
std::vector<std::string> roomNames();

} // namespace tl
