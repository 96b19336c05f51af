// Lines of standard input.
#include "runtime/program/LineReader.h"
#include "runtime/io/Error.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <poll.h>
#include <unistd.h>

namespace tl::program {

bool LineReader::next(std::string &line) {
  while (!isWhole() && !isAtEnd)
    readOn();
  if (scanned == buffer.size()) { // the last, which may lack its end
    line = buffer.substr(begin);
    buffer.clear();
    begin = scanned = 0;
    return !line.empty();
  }
  line = buffer.substr(begin, scanned - begin);
  begin = ++scanned;
  return true;
}

bool LineReader::isNextThere() {
  while (!isWhole() && !isAtEnd) {
    pollfd input{STDIN_FILENO, POLLIN, 0};
    if (poll(&input, 1, 0) <= 0)
      return false;
    readOn();
  }
  return true;
}

/// Whether there is a line with its end, which is at `scanned` then.
bool LineReader::isWhole() {
  scanned = std::min(buffer.find('\n', scanned), buffer.size());
  return scanned < buffer.size();
}

void LineReader::readOn() {
  buffer.erase(0, begin);
  scanned -= begin;
  begin = 0;
  char chunk[1 << 16];
  ssize_t bytes = read(STDIN_FILENO, chunk, sizeof chunk);
  if (bytes < 0 && errno != EINTR)
    throw badData(std::string("cannot read standard input: ") + std::strerror(errno));
  isAtEnd = bytes == 0;
  if (bytes > 0)
    buffer.append(chunk, size_t(bytes));
}

} // namespace tl::program
