// What cuts a text into the pieces that a model looks at one by one.
#pragma once
#include "runtime/tokenizers/Spec.h"
#include "runtime/tokenizers/Text.h"
#include <memory>

namespace tl::tokenizers {

/// Bytes [from, to) of the text. What is an added token is cut no further.
struct Piece : Span {
  int32_t added = -1;   // its number
  uint32_t started = 0; // where the part of the original starts that it was cut from
};

struct Pieces {
  Text &text;
  std::vector<Piece> list, made;

  /// Has `cutOne(view, emit)` call `emit(from, to)` for what remains of each piece; nothing empty does.
  template <class CutOne> void cut(CutOne cutOne) {
    made.clear();
    for (const Piece &piece : list) {
      if (piece.added >= 0) {
        made.push_back(piece);
        continue;
      }
      cutOne(text.view(piece), [&](size_t from, size_t to) {
        if (from == to)
          return;
        Piece part{{piece.from + uint32_t(from), piece.from + uint32_t(to)}, -1, piece.started};
        if (text.hasOrigins())
          part.started = text.origin(part).from;
        made.push_back(part);
      });
    }
    list.swap(made);
  }

  /// Has `write(rewrite, piece)` write each piece anew, all of it.
  template <class Write> void rewrite(Write write) {
    Rewrite rewrite(text);
    for (Piece &piece : list) {
      rewrite.startPart(piece.from);
      uint32_t from = uint32_t(rewrite.written());
      if (piece.added >= 0)
        rewrite.keep(piece.to - piece.from);
      else
        write(rewrite, piece);
      piece.from = from;
      piece.to = uint32_t(rewrite.written());
    }
    rewrite.finish();
  }
};

class PreTokenizer {
public:
  virtual ~PreTokenizer() = default;
  virtual void apply(Pieces &pieces) const = 0;
  /// It asks where in the original a piece starts.
  virtual bool needsOrigins() const { return false; }
};

/// The value of `pre_tokenizer`; nothing where that is null.
std::unique_ptr<PreTokenizer> readPreTokenizer(const Spec &spec, int depth = 0);

/// Those that search for a pattern or a character, and those that write text anew.
std::unique_ptr<PreTokenizer> readSplit(const Spec &spec);
std::unique_ptr<PreTokenizer> readPunctuation(const Spec &spec);
std::unique_ptr<PreTokenizer> readDigits(const Spec &spec);
std::unique_ptr<PreTokenizer> readByteLevel(const Spec &spec);
std::unique_ptr<PreTokenizer> readMetaspace(const Spec &spec);

/// "always", "first" or "never" is a mark put in front of a text; files of before say `add_prefix_space`.
std::string prependScheme(const Spec &spec);
/// The one character of `name`.
std::string oneCharacter(const Spec &spec, const std::string &name, const std::string &otherwise);

} // namespace tl::tokenizers
