// Pre-tokenizers that cut at what they find, and say what becomes of it: it is dropped, stands alone, or goes with a neighbour.
#include "runtime/tokenizers/Classes.h"
#include "runtime/tokenizers/Pattern.h"
#include "runtime/tokenizers/PreTokenizer.h"

namespace tl::tokenizers {

namespace {

enum class Behavior { Removed, Isolated, MergedWithPrevious, MergedWithNext, Contiguous };

Behavior readBehavior(const Spec &spec) {
  std::string word = spec.string();
  const std::vector<std::string> known = {"Removed", "Isolated", "MergedWithPrevious", "MergedWithNext", "Contiguous"};
  for (size_t i = 0; i < known.size(); ++i)
    if (word == known[i])
      return Behavior(i);
  throw spec.unknown("behavior", known);
}

struct Found : Span {
  bool isMatch;
};

/// The parts that are left, of parts that cover a text.
void emitParts(std::vector<Found> &parts, Behavior behavior, auto emit) {
  bool was = false;
  if (behavior == Behavior::MergedWithNext) {
    size_t end = 0; // the part [start, end) is still open
    size_t start = 0;
    std::vector<Span> all;
    for (size_t i = parts.size(); i-- > 0; was = parts[i].isMatch)
      if (parts[i].isMatch && !was && !all.empty())
        all.back().from = parts[i].from;
      else
        all.push_back(parts[i]);
    for (; !all.empty(); all.pop_back())
      start = all.back().from, end = all.back().to, emit(start, end);
    return;
  }
  std::vector<Span> all;
  for (const Found &part : parts) {
    bool joins = behavior == Behavior::Contiguous ? part.isMatch == was : behavior == Behavior::MergedWithPrevious && part.isMatch && !was;
    if (behavior == Behavior::Removed && part.isMatch)
      continue;
    if (joins && !all.empty())
      all.back().to = part.to;
    else
      all.push_back(part);
    was = part.isMatch;
  }
  for (Span part : all)
    emit(part.from, part.to);
}

class Split : public PreTokenizer {
public:
  Split(const Spec &spec) : pattern(spec["pattern"]), behavior(readBehavior(spec["behavior"])), isInverted(spec.boolean("invert", false)) {}

  void apply(Pieces &pieces) const override {
    std::vector<Found> parts;
    pieces.cut([&](std::string_view text, auto emit) {
      parts.clear();
      uint32_t at = 0;
      pattern.search(text, [&](uint32_t from, uint32_t to) {
        if (at != from)
          parts.push_back({{at, from}, isInverted});
        parts.push_back({{from, to}, !isInverted});
        at = to;
      });
      if (at != text.size())
        parts.push_back({{at, uint32_t(text.size())}, isInverted});
      emitParts(parts, behavior, emit);
    });
  }

private:
  Pattern pattern;
  Behavior behavior;
  bool isInverted;
};

/// Each code point of a class is a match.
class SplitClass : public PreTokenizer {
public:
  SplitClass(uint16_t wanted, Behavior behavior) : wanted(wanted), behavior(behavior) {}

  void apply(Pieces &pieces) const override {
    std::vector<Found> parts;
    pieces.cut([&](std::string_view text, auto emit) {
      parts.clear();
      uint32_t start = 0;
      for (size_t at = 0; at < text.size();) {
        auto from = uint32_t(at);
        if (!is(io::nextCode(text, at), wanted))
          continue;
        if (start < from)
          parts.push_back({{start, from}, false});
        start = uint32_t(at);
        parts.push_back({{from, start}, true});
      }
      if (start < text.size())
        parts.push_back({{start, uint32_t(text.size())}, false});
      emitParts(parts, behavior, emit);
    });
  }

private:
  uint16_t wanted;
  Behavior behavior;
};

} // namespace

std::unique_ptr<PreTokenizer> readSplit(const Spec &spec) { return std::make_unique<Split>(spec); }

std::unique_ptr<PreTokenizer> readPunctuation(const Spec &spec) {
  return std::make_unique<SplitClass>(Punctuation, spec.has("behavior") ? readBehavior(spec["behavior"]) : Behavior::Isolated);
}

std::unique_ptr<PreTokenizer> readDigits(const Spec &spec) {
  return std::make_unique<SplitClass>(Numeric, spec.boolean("individual_digits", false) ? Behavior::Isolated : Behavior::Contiguous);
}

} // namespace tl::tokenizers
