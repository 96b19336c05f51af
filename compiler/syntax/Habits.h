// What people bring along from other languages, and what TL says instead. The table is Habits.def.
#pragma once
#include <string>

namespace tl {

enum class Habit { Block, Word, Infix, Name, Type, Member, Argument, Key, Mark, Colon, Form };

/// What TL says instead of `text` in a place of this kind; "" where the table has nothing.
std::string habit(Habit place, const std::string &text);
/// Of a name that is not declared: words of other languages among them.
std::string habitOfName(const std::string &name);

} // namespace tl
