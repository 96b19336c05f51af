// Pre-tokenizers that know words by the classes of their code points, and which one a name stands for.
#include "runtime/tokenizers/Classes.h"
#include "runtime/tokenizers/Normalizer.h"
#include "runtime/tokenizers/PreTokenizer.h"
#include "runtime/tokenizers/Scripts.h"
#include "runtime/tokenizers/Sequence.h"

namespace tl::tokenizers {

namespace {

struct InOrder : PreTokenizer {
  explicit InOrder(std::vector<std::unique_ptr<PreTokenizer>> parts) : parts(std::move(parts)) {}
  std::vector<std::unique_ptr<PreTokenizer>> parts;
  void apply(Pieces &pieces) const override {
    for (const std::unique_ptr<PreTokenizer> &part : parts)
      part->apply(pieces);
  }
  bool needsOrigins() const override {
    for (const std::unique_ptr<PreTokenizer> &part : parts)
      if (part->needsOrigins())
        return true;
    return false;
  }
};

/// Runs of code points of one kind are pieces; white space is none, and those of the kind `alone` are one each.
template <class KindOf> void cutRuns(Pieces &pieces, KindOf kindOf, uint16_t alone) {
  pieces.cut([&](std::string_view text, auto emit) {
    size_t start = 0;
    uint16_t last = Space;
    for (size_t at = 0; at < text.size();) {
      size_t from = at;
      uint16_t kind = kindOf(classesOf(io::nextCode(text, at)));
      if (kind == last && (!alone || kind != alone))
        continue;
      if (last != Space)
        emit(start, from);
      start = from;
      last = kind;
    }
    if (last != Space)
      emit(start, text.size());
  });
}

struct BertWords : PreTokenizer {
  void apply(Pieces &pieces) const override {
    cutRuns(pieces, [](uint16_t classes) -> uint16_t { return classes & Space ? Space : classes & Punctuation; }, Punctuation);
  }
};

struct Whitespace : PreTokenizer {
  void apply(Pieces &pieces) const override {
    cutRuns(pieces, [](uint16_t classes) -> uint16_t { return classes & Word ? Word : classes & Space; }, 0);
  }
};

struct WhitespaceSplit : PreTokenizer {
  void apply(Pieces &pieces) const override {
    cutRuns(pieces, [](uint16_t classes) -> uint16_t { return classes & Space; }, 0);
  }
};

/// So many code points are a piece, and what is left at the end.
struct FixedLength : PreTokenizer {
  explicit FixedLength(int64_t length) : length(length) {}
  const int64_t length;
  void apply(Pieces &pieces) const override {
    pieces.cut([&](std::string_view text, auto emit) {
      for (size_t at = 0, from = 0; at < text.size(); from = at) {
        for (int64_t i = 0; i < length && at < text.size(); ++i)
          io::nextCode(text, at);
        emit(from, at);
      }
    });
  }
};

/// A piece starts where another script does; what is of any goes with what is before it, and at the start of a text is in no piece.
struct UnicodeScripts : PreTokenizer {
  void apply(Pieces &pieces) const override {
    pieces.cut([](std::string_view text, auto emit) {
      size_t start = text.size();
      uint8_t last = 0;
      for (size_t at = 0, from = 0; at < text.size(); from = at) {
        uint8_t script = scriptOf(io::nextCode(text, at));
        if (script == 0 || script == last)
          continue;
        if (last != 0)
          emit(start, from);
        start = from;
        last = script;
      }
      emit(start, text.size());
    });
  }
};

/// What stands between a character; it is in no piece itself.
struct CharDelimiterSplit : PreTokenizer {
  explicit CharDelimiterSplit(std::string delimiter) : delimiter(std::move(delimiter)) {}
  const std::string delimiter;
  void apply(Pieces &pieces) const override {
    pieces.cut([&](std::string_view text, auto emit) {
      for (size_t at = 0; at <= text.size();) {
        size_t end = std::min(text.find(delimiter, at), text.size());
        emit(at, end);
        at = end + delimiter.size();
      }
    });
  }
};

} // namespace

std::unique_ptr<PreTokenizer> readPreTokenizer(const Spec &spec, int depth) {
  if (spec.isNull())
    return nullptr;
  std::string type = spec["type"].string();
  if (type == "Sequence")
    return std::make_unique<InOrder>(readParts(spec, "pretokenizers", depth, readPreTokenizer));
  if (type == "BertPreTokenizer")
    return std::make_unique<BertWords>();
  if (type == "ByteLevel")
    return readByteLevel(spec);
  if (type == "Whitespace")
    return std::make_unique<Whitespace>();
  if (type == "WhitespaceSplit")
    return std::make_unique<WhitespaceSplit>();
  if (type == "Metaspace")
    return readMetaspace(spec);
  if (type == "Split")
    return readSplit(spec);
  if (type == "Punctuation")
    return readPunctuation(spec);
  if (type == "Digits")
    return readDigits(spec);
  if (type == "FixedLength")
    return std::make_unique<FixedLength>(spec["length"].integer(1, INT32_MAX));
  if (type == "CharDelimiterSplit")
    return std::make_unique<CharDelimiterSplit>(oneCharacter(spec, "delimiter", ""));
  if (type == "UnicodeScripts")
    return std::make_unique<UnicodeScripts>();
  throw spec["type"].unknown("pre-tokenizer", {"Sequence", "BertPreTokenizer", "ByteLevel", "Whitespace", "WhitespaceSplit", "Metaspace", "Split",
                                               "Punctuation", "Digits", "FixedLength", "CharDelimiterSplit", "UnicodeScripts"});
}

} // namespace tl::tokenizers
