// Lines of standard input, read without stdio.
#pragma once
#include <string>

namespace tl::program {

class LineReader {
public:
  /// False: there are no more.
  bool next(std::string &line);
  /// Whether `next` answers at once, and does not wait for someone who writes.
  bool isNextThere();

private:
  bool isWhole();
  void readOn();

  std::string buffer;
  size_t begin = 0, scanned = 0; // of the next line; no line ends before
  bool isAtEnd = false;
};

} // namespace tl::program
