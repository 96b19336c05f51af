// Reads the options of windows over rows.
#include "runtime/readers/TableWindow.h"
#include "runtime/data/SourceError.h"
#include "runtime/readers/TextReader.h"

namespace tl::data {

TableWindow windowOver(const abi::Source &source, const BesideNumbers &read) {
  for (const char *other : {"ahead", "stride"})
    if (source.options.contains(other) && !source.options.contains("window"))
      throw badSource("option `" + std::string(other) + "` of source `" + source.name + "` is for windows over rows, and a record is a row; leave it out, or add `window = N`").inOption(other);
  if (!source.options.contains("window"))
    return {};
  TableWindow window;
  window.rows = countOption(source, "window", 1, -1);
  if (read.categories || read.label || read.group) {
    const char *option = read.categories ? "categories" : read.label ? "label"
                                                                     : "group";
    throw badSource("source `" + source.name + "` has windows over rows, which have numbers and targets, and no " + option).inOption(option);
  }
  if (source.options.contains("ahead") && !read.targets)
    throw badSource("option `ahead` of source `" + source.name + "` is how many rows behind a window are predicted, and no column is; add `target = COLUMNS`").inOption("ahead");
  window.ahead = read.targets ? countOption(source, "ahead", 1, 1) : 0;
  countOption(source, "stride", 1, 1);
  if (window.rows + window.ahead < 2)
    throw badSource("a window of one row is a row; leave `window` out").inOption("window");
  return window;
}

} // namespace tl::data
