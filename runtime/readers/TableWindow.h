// Records of a table that are windows: rows that follow each other, and behind them those whose targets follow.
#pragma once
#include "runtime/abi/Descriptor.h"

namespace tl::data {

struct TableWindow {
  int64_t rows = 0, ahead = 0; // of a record, and behind them those that are predicted; without rows a record is one of the file
};

/// What a source reads beside numbers.
struct BesideNumbers {
  bool targets, categories, label, group;
};

/// The window that the options `window`, `ahead` and `stride` of a source ask for; an error where they do not fit what it reads.
TableWindow windowOver(const abi::Source &source, const BesideNumbers &read);

} // namespace tl::data
