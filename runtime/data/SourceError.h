// An error in what a script says of a source, and which part of it: `tlc` marks that, and proposes the nearest choice.
#pragma once
#include "runtime/io/Error.h"
#include <vector>

namespace tl::data {

struct SourceError : Error {
  enum class Part { Source, Reader, File, OptionName, OptionValue } part = Part::Source;
  std::string name;                 // of the option; the file as it is written
  std::string wrong;                // what `choices` are in place of
  std::vector<std::string> choices; // what could stand there

  explicit SourceError(std::string message) : Error(exitBadData, std::move(message)) {}
  SourceError at(Part where, std::string called = "") const {
    SourceError placed = *this;
    placed.part = where;
    placed.name = std::move(called);
    return placed;
  }
  SourceError inFile(std::string file) const { return at(Part::File, std::move(file)); }
  SourceError inOption(std::string option) const { return at(Part::OptionValue, std::move(option)); }
  SourceError insteadOf(std::string written, std::vector<std::string> known) const {
    SourceError advised = *this;
    advised.wrong = std::move(written);
    advised.choices = std::move(known);
    return advised;
  }
};

inline SourceError badSource(std::string message) { return SourceError(std::move(message)); }

/// Runs `read`, whose errors are those of `file` where they do not know better.
template <typename Read> auto reading(const std::string &file, Read read) {
  try {
    return read();
  } catch (const SourceError &) {
    throw;
  } catch (const Error &error) {
    throw badSource(error.message).inFile(file);
  }
}

} // namespace tl::data
