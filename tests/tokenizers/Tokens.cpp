// Encodes what it reads, for tests and measurements beside other programs.
//
//   tl-tokens TOKENIZER encode|pairs|normalize|pieces|decode|facts [offsets] [plain] < TEXTS
//   tl-tokens TOKENIZER time ROUNDS < TEXTS
//   tl-tokens wordpiece|bpe train MOST < TEXTS        the tokenizer.json that is fitted on them
//
// A text is its length in bytes, four of them little-endian, and those bytes. `encode` answers with numbers of four bytes: how many tokens,
// their ids, types, words and, with `offsets`, starts and ends; -1 for a text that is refused.
#include "runtime/tokenizers/Tokenizer.h"
#include "runtime/tokenizers/Trainer.h"
#include <chrono>
#include <cstdio>
#include <iostream>
#include <iterator>

using namespace tl;
using namespace tl::tokenizers;

static std::vector<std::string> readTexts() {
  std::string all(std::istreambuf_iterator<char>(std::cin), {});
  std::vector<std::string> texts;
  for (size_t at = 0; at + 4 <= all.size();) {
    uint32_t bytes;
    std::memcpy(&bytes, all.data() + at, 4);
    texts.push_back(all.substr(at + 4, bytes));
    at += 4 + bytes;
  }
  return texts;
}

static void put(int32_t number) { std::fwrite(&number, 4, 1, stdout); }
static void put(std::string_view text) {
  put(int32_t(text.size()));
  std::fwrite(text.data(), 1, text.size(), stdout);
}

static void put(const Encoding &encoding) {
  put(int32_t(encoding.size()));
  for (const std::vector<int32_t> *list : {&encoding.ids, &encoding.types, &encoding.words})
    std::fwrite(list->data(), 4, list->size(), stdout);
  for (Span span : encoding.offsets)
    put(int32_t(span.from)), put(int32_t(span.to));
}

static void time(Encoder &encoder, int rounds) {
  std::vector<std::string> texts = readTexts();
  for (int round = 0; round < rounds; ++round) {
    auto start = std::chrono::steady_clock::now();
    size_t count = 0;
    for (const std::string &text : texts)
      count += encoder.encode(text).size();
    std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    std::printf("%zu %.6f\n", count, seconds.count());
    std::fflush(stdout);
  }
}

static void train(const std::string &kind, size_t most) {
  auto start = std::chrono::steady_clock::now();
  Trainer trainer(kind, most);
  for (const std::string &text : readTexts())
    trainer.add(text);
  std::string json = trainer.train().json;
  std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  std::fprintf(stderr, "%.6f\n", seconds.count());
  std::fwrite(json.data(), 1, json.size(), stdout);
}

static void facts(const Tokenizer &tokenizer) {
  std::printf("%lld %zu %s %s\n", static_cast<long long>(tokenizer.size()), tokenizer.tokens(), tokenizer.digest().c_str(),
              tl::data::vocabularyDigest(tokenizer.entries()).c_str());
  for (const auto &[name, id] : tokenizer.special())
    std::printf("%s %d %s\n", name.c_str(), id, tokenizer.text(id)->c_str());
}

static void answer(const Tokenizer &tokenizer, Encoder &encoder, const std::string &what) {
  std::vector<std::string> texts = readTexts();
  for (size_t i = 0; i < texts.size(); ++i)
    try {
      if (what == "encode")
        put(encoder.encode(texts[i]));
      else if (what == "pairs" && i + 1 < texts.size())
        put(encoder.encode(texts[i], texts[i + 1])), ++i;
      else if (what == "normalize")
        put(encoder.normalized(texts[i]));
      else if (what == "decode") {
        std::vector<int32_t> ids(texts[i].size() / 4);
        std::memcpy(ids.data(), texts[i].data(), 4 * ids.size());
        put(tokenizer.decode(ids));
      } else if (what == "pieces") {
        auto pieces = encoder.pieces(texts[i]);
        put(int32_t(pieces.size()));
        for (const auto &[text, span] : pieces)
          put(text), put(int32_t(span.from)), put(int32_t(span.to));
      }
    } catch (const Error &error) {
      std::fprintf(stderr, "%s\n", error.message.c_str());
      put(-1);
    }
}

int main(int count, char **arguments) {
  try {
    std::vector<std::string> words(arguments + 1, arguments + count);
    if (words.size() < 2)
      return exitUsage;
    if (words[1] == "train")
      return train(words[0], std::stoul(words.at(2))), 0;
    Tokenizer tokenizer = Tokenizer::read(words[0]);
    Encoder encoder(tokenizer);
    for (const std::string &word : words) {
      encoder.hasOffsets |= word == "offsets";
      encoder.addsSpecial &= word != "plain";
    }
    if (words[1] == "facts")
      facts(tokenizer);
    else if (words[1] == "time")
      time(encoder, std::stoi(words.at(2)));
    else
      answer(tokenizer, encoder, words[1]);
  } catch (const Error &error) {
    std::fprintf(stderr, "error: %s\n", error.message.c_str());
    return error.exitCode;
  }
}
