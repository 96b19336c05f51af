// The table of habits, for those who ask.
#include "compiler/syntax/Habits.h"
#include <map>

namespace tl {

std::string habit(Habit place, const std::string &text) {
  static const std::map<std::pair<Habit, std::string>, const char *> table = {
#define HABIT(place, text, instead) {{Habit::place, text}, instead},
#include "compiler/syntax/Habits.def"
#undef HABIT
  };
  auto found = table.find({place, text});
  return found == table.end() ? "" : found->second;
}

std::string habitOfName(const std::string &name) {
  for (Habit place : {Habit::Name, Habit::Word, Habit::Block})
    if (std::string instead = habit(place, name); !instead.empty())
      return instead;
  return "";
}

} // namespace tl
