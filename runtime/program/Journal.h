// What a search has decided and seen, a line for each result, on disk before anything follows from it.
#pragma once
#include "runtime/io/File.h"
#include "runtime/tune/Search.h"

#include <nlohmann/json.hpp>

namespace tl::program {

class Journal {
public:
  /// Of a search that goes on, what was written is kept, but for a last line that was cut off.
  Journal(const std::string &path, const abi::Search &search);

  /// The next result, where it is known: that of this order, or the journal is another search's. `value`: NaN where training diverged.
  std::optional<double> replay(const tune::Order &order);
  void add(const tune::Order &order, int64_t epochs, double value);
  /// Whether it has no further results.
  bool isThrough() const { return next == lines.size(); }

private:
  nlohmann::ordered_json head(const tune::Order &order) const;

  const abi::Search &search;
  std::vector<nlohmann::ordered_json> lines;
  size_t next = 0;
  io::File file;
};

} // namespace tl::program
