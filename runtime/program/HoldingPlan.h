// Which sources a program holds whole, and which it reads in pieces.
#pragma once
#include "runtime/data/Dataset.h"

#include <map>
#include <set>

namespace tl::program {

/// What data may take where nobody says: half of what the machine has left.
int64_t dataBytesLeft();

/// Sources are held in the order in which they are declared, each that fits into what those before it leave of the budget. No bit
/// of a result depends on it.
class HoldingPlan {
public:
  /// What is made of sources that are read in pieces is in the folder `beside` runs.
  HoldingPlan(const abi::Program &program, std::string scriptFolder, int64_t budget, std::string beside);

  data::Holding of(const abi::Data &data, const abi::Source &source) const;
  /// Bytes that the source will hold.
  int64_t bytes(const abi::Data &data, const abi::Source &source) const {
    return data::Dataset::bytes(source, data.fields, of(data, source));
  }
  /// Bytes held while it is loaded, besides those.
  int64_t readingBytes(const abi::Data &data, const abi::Source &source) const;
  /// What is to be said of a source that does not fit; "" of one that does.
  std::string sentence(const abi::Data &data, const abi::Source &source) const;

private:
  const std::string &whyWhole(const abi::Data &data, const abi::Source &source) const;
  bool isMade(const abi::Data &data, const abi::Source &source) const;
  std::string scriptFolder, beside;
  int64_t budget;
  std::set<std::string> tooLarge;                      // "data.source"
  mutable std::map<std::string, std::string> reasons;  // of those, once looked at
  mutable std::map<std::string, bool> made;            // of those that are read in pieces
};

}  // namespace tl::program
