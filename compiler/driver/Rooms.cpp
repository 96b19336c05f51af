// The names of the rooms, for the command line.
#include "compiler/driver/Rooms.h"
#include <utility>

namespace tl {

// clang-format off
static const std::pair<const char *, Room> rooms[] = {
    {"tokens", Room::Tokens},     {"ast", Room::Ast},         {"checked", Room::Checked}, {"tl", Room::Tl},
    {"gradient", Room::Gradient}, {"pruned", Room::Pruned},   {"cached", Room::Cached},   {"rows", Room::Rows},
    {"fused", Room::Fused},       {"planned", Room::Planned}, {"kernels", Room::Kernels}, {"llvm", Room::Llvm},
    {"object", Room::Object}};
// clang-format on

std::optional<Room> roomNamed(const std::string &name) {
  for (auto [known, room] : rooms)
    if (name == known)
      return room;
  return std::nullopt;
}

std::vector<std::string> roomNames() {
  std::vector<std::string> names;
  for (auto [name, room] : rooms)
    names.push_back(name);
  return names;
}

} // namespace tl
