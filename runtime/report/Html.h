// Pieces of a page: text that is escaped, numbers that keep all their digits, elements around what is written already.
#pragma once
#include "runtime/io/Format.h"
#include <string>
#include <string_view>
#include <vector>

namespace tl::report {

/// Text as it may stand between tags and in attributes. What no page may hold, control characters and bytes that are no UTF-8, becomes U+FFFD.
std::string escaped(std::string_view text);

/// The shortest decimal that reads back as `value`.
std::string exact(double value);
/// Five digits as they are read, all of them as the element's value.
std::string number(double value);
/// With commas where it is whole.
std::string count(double value);
std::string seconds(double value);

/// `<NAME ATTRIBUTES>CONTENT</NAME>`; `attributes` and `content` are HTML.
std::string element(const char *name, const std::string &attributes, const std::string &content);
/// A part that is opened by hand. `title` is text, `content` HTML.
std::string folded(const std::string &title, const std::string &content);
/// A heading of the second rank and what stands under it; "" where nothing does.
std::string section(const std::string &title, const std::string &content);

/// Rows of cells, which are HTML; the first row, and the first cell of each, are heads.
std::string table(const std::vector<std::vector<std::string>> &rows);

} // namespace tl::report
