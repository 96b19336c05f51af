// WordPiece: the longest token that a piece starts with, again and again; a piece that does not come out even is unknown.
#include "runtime/tokenizers/Model.h"
#include "runtime/io/Utf8.h"
#include <algorithm>

namespace tl::tokenizers {

namespace {

class WordPiece : public Model {
public:
  explicit WordPiece(const Spec &spec) {
    entries.read(spec["vocab"]);
    unknown = entries.find(spec.string("unk_token", "[UNK]"));
    prefix = spec.string("continuing_subword_prefix", "##");
    mostCodes = spec.has("max_input_chars_per_word") ? size_t(spec["max_input_chars_per_word"].integer(0, INT32_MAX)) : 100;
    for (int64_t number = 0; number < entries.end(); ++number)
      if (entries.has(number) && entries.text(int32_t(number)).starts_with(prefix))
        continuing.add(std::string_view(entries.text(int32_t(number))).substr(prefix.size()), int32_t(number));
  }

  void tokenize(std::string_view piece, std::vector<Token> &into) const override {
    size_t before = into.size(), at = 0;
    bool isLong = piece.size() > mostCodes && io::countCodes(piece) > mostCodes;
    while (!isLong && at < piece.size()) {
      size_t end = at;
      int32_t number = longest(piece, at, end);
      if (number < 0)
        break;
      into.push_back({number, uint32_t(at), uint32_t(end)});
      at = end;
    }
    if (at == piece.size())
      return;
    if (unknown < 0)
      throw badData("the tokenizer cannot write `" + std::string(piece.substr(0, 40)) + "`, and its vocabulary has no unknown token");
    into.resize(before);
    into.push_back({unknown, 0, uint32_t(piece.size())});
  }

private:
  int32_t longest(std::string_view piece, size_t at, size_t &end) const {
    size_t most = at > 0 ? continuing.longest() : entries.longest();
    end = piece.size();
    if (end - at > most)
      for (end = at + most; end > at && (static_cast<unsigned char>(piece[end]) & 0xc0) == 0x80;)
        --end;
    for (; end > at; end = io::codeBefore(piece, end)) {
      std::string_view part = piece.substr(at, end - at);
      if (int32_t number = at > 0 ? continuing.find(part) : entries.find(part); number >= 0)
        return number;
    }
    return -1;
  }

  int32_t unknown;
  std::string prefix;
  size_t mostCodes;
  WordTable continuing; // without the prefix
};

} // namespace

std::unique_ptr<Model> readWordPiece(const Spec &spec) { return std::make_unique<WordPiece>(spec); }

} // namespace tl::tokenizers
