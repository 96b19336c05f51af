// What the fuzzers of readers do with a source whose facts were read.
#pragma once
#include "runtime/data/Dataset.h"
#include "runtime/data/Split.h"
#include "tests/fuzz/Harness.h"

namespace tl::fuzz {

/// Loads a source, and where it can be read in pieces, so, too: that must be the same data.
inline void load(abi::Source source, const data::Facts &facts) {
  source.records = facts.records;
  source.digest = facts.digest;
  auto digestsOf = [&](data::Holding holding) {
    data::Dataset dataset = data::Dataset::load(source, facts.fields, ".", holding);
    return dataset.digest() + " " + std::to_string(data::splitPosition(dataset.digest(dataset.records() - 1)));
  };
  std::string whole = digestsOf(data::Holding::Whole), pieces;
  try {
    pieces = digestsOf(data::Holding::InPieces);
  } catch (const Error &error) {
    pieces = error.message;
  }
  if (pieces != whole)
    finding("held whole this is " + whole + ", and in pieces " + pieces);
}

} // namespace tl::fuzz
