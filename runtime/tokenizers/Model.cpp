// Vocabularies, and which model a name stands for.
#include "runtime/tokenizers/Model.h"

namespace tl::tokenizers {

void Entries::add(const std::string &token, int64_t number, const Spec &place) {
  if (number >= end()) {
    texts.resize(size_t(number) + 1);
    there.resize(size_t(number) + 1);
  }
  if (there[size_t(number)] && texts[size_t(number)] != token)
    throw place.wrong("has the number " + std::to_string(number) + ", which `" + texts[size_t(number)].substr(0, 40) + "` has already");
  texts[size_t(number)] = token;
  there[size_t(number)] = true;
  numbers.add(token, int32_t(number));
}

void Entries::read(const Spec &vocabulary) {
  if (!vocabulary.isObject())
    throw vocabulary.wrong("is no object of tokens and their numbers");
  // Room is made by the largest number: one far beyond the others would ask for more than the file could hold.
  const int64_t most = std::min<int64_t>(4 * int64_t(vocabulary.json().size()) + 4096, 1 << 26);
  for (const auto &[token, number] : vocabulary.json().items()) {
    Spec place(number, vocabulary, token);
    add(token, place.integer(0, most), place);
  }
}

int32_t Entries::require(const std::string &token, const Spec &place) const {
  int32_t number = find(token);
  if (number < 0)
    throw place.wrong("is `" + token.substr(0, 60) + "`, which is not among the " + std::to_string(count()) + " tokens of the vocabulary");
  return number;
}

std::vector<int32_t> Model::byteTokens() const {
  std::vector<int32_t> all;
  for (int byte = 0; byte < 256; ++byte) {
    char name[8];
    std::snprintf(name, sizeof name, "<0x%02X>", byte);
    all.push_back(entries.find(name));
  }
  return all;
}

/// Old files do not name the type.
static std::string typeOf(const Spec &spec) {
  if (spec.has("type"))
    return spec["type"].string();
  return spec.has("merges") ? "BPE" : spec.has("unk_id")                 ? "Unigram"
                                  : spec.has("max_input_chars_per_word") ? "WordPiece"
                                                                         : "WordLevel";
}

std::unique_ptr<Model> readModel(const Spec &spec) {
  std::string type = typeOf(spec);
  if (type == "WordPiece")
    return readWordPiece(spec);
  if (type == "BPE")
    return readBpe(spec);
  if (type == "Unigram")
    return readUnigram(spec);
  if (type == "WordLevel")
    return readWordLevel(spec);
  throw spec["type"].unknown("model", {"WordPiece", "BPE", "Unigram", "WordLevel"});
}

namespace {

/// A piece is a token or unknown.
class WordLevel : public Model {
public:
  explicit WordLevel(const Spec &spec) {
    entries.read(spec["vocab"]);
    unknown = entries.find(spec.string("unk_token", "<unk>"));
  }
  void tokenize(std::string_view piece, std::vector<Token> &into) const override {
    int32_t number = entries.find(piece);
    if (number < 0 && unknown < 0)
      throw badData("the tokenizer has no number for `" + std::string(piece.substr(0, 40)) + "`, and its vocabulary no unknown token");
    into.push_back({number < 0 ? unknown : number, 0, uint32_t(piece.size())});
  }

private:
  int32_t unknown;
};

} // namespace

std::unique_ptr<Model> readWordLevel(const Spec &spec) { return std::make_unique<WordLevel>(spec); }

} // namespace tl::tokenizers
