// Byte pair encoding: of two neighbours that were merged when the vocabulary was made, those merged first become one, until none are left.
#include "runtime/tokenizers/Model.h"
#include "runtime/io/Utf8.h"
#include <algorithm>

namespace tl::tokenizers {

namespace {

struct Merge {
  uint64_t pair = ~uint64_t{0};
  int32_t rank = 0, made = 0;
};

constexpr uint64_t pairOf(int32_t left, int32_t right) { return uint64_t(uint32_t(left)) << 32 | uint32_t(right); }

class Merges {
public:
  void reserve(size_t count) {
    size_t size = 16;
    while (size < 2 * count + 2)
      size *= 2;
    slots.assign(size, Merge());
  }
  void add(int32_t left, int32_t right, int32_t rank, int32_t made) { *place(pairOf(left, right)) = {pairOf(left, right), rank, made}; }
  const Merge *find(int32_t left, int32_t right) const {
    const Merge *merge = const_cast<Merges *>(this)->place(pairOf(left, right));
    return merge->pair == ~uint64_t{0} ? nullptr : merge;
  }

private:
  Merge *place(uint64_t pair) {
    size_t mask = slots.size() - 1, i = (pair * 0x9e3779b97f4a7c15 >> 32) & mask;
    while (slots[i].pair != pair && slots[i].pair != ~uint64_t{0})
      i = (i + 1) & mask;
    return &slots[i];
  }
  std::vector<Merge> slots;
};

struct Symbol {
  int32_t id, previous, next;
  uint32_t bytes; // 0: merged into another
};

struct Candidate {
  int32_t rank, at, made;
  bool operator<(const Candidate &other) const { return rank != other.rank ? rank > other.rank : at > other.at; } // the first on top of a heap
};

class Bpe : public Model {
public:
  explicit Bpe(const Spec &spec)
      : prefix(spec.string("continuing_subword_prefix", "")), suffix(spec.string("end_of_word_suffix", "")), fusesUnknown(spec.boolean("fuse_unk", false)),
        takesWhole(spec.boolean("ignore_merges", false)) {
    if (spec.has("dropout") && spec["dropout"].number() != 0)
      throw spec["dropout"].wrong("is not 0: merges left out by chance give a text other numbers each time");
    entries.read(spec["vocab"]);
    if (spec.has("unk_token"))
      unknown = entries.require(spec["unk_token"].string(), spec["unk_token"]);
    if (spec.boolean("byte_fallback", false))
      bytes = byteTokens();
    readMerges(spec["merges"]);
  }

  void tokenize(std::string_view piece, std::vector<Token> &into) const override {
    if (int32_t whole = takesWhole ? entries.find(piece) : -1; whole >= 0)
      return into.push_back({whole, 0, uint32_t(piece.size())});
    std::vector<Symbol> symbols = split(piece);
    mergeAll(symbols);
    uint32_t at = 0;
    for (const Symbol &symbol : symbols)
      if (symbol.bytes > 0) {
        into.push_back({symbol.id, at, at + symbol.bytes});
        at += symbol.bytes;
      }
  }

private:
  void readMerges(const Spec &list) {
    if (!list.isList())
      throw list.wrong("is no list of merges");
    size_t count = list.json().size();
    merges.reserve(count);
    for (size_t i = 0; i < count; ++i) {
      const nlohmann::json &merge = list.json()[i];
      std::string left, right;
      if (merge.is_array() && merge.size() == 2 && merge[0].is_string() && merge[1].is_string())
        left = merge[0], right = merge[1];
      else if (size_t space = merge.is_string() ? merge.get_ref<const std::string &>().find(' ') : std::string::npos; space != std::string::npos)
        left = merge.get_ref<const std::string &>().substr(0, space), right = merge.get_ref<const std::string &>().substr(space + 1);
      else
        throw list.inside(i).wrong("is no pair of tokens");
      auto number = [&](const std::string &token) { return entries.require(token, list.inside(i)); };
      int32_t first = number(left), second = number(right);
      std::string rest = right.starts_with(prefix) ? right.substr(prefix.size()) : right;
      merges.add(first, second, int32_t(i), number(left + rest));
    }
  }

  /// Code points as symbols; what the vocabulary does not have as its bytes, else as unknown, else not at all.
  std::vector<Symbol> split(std::string_view piece) const {
    std::vector<Symbol> symbols;
    uint32_t unknownBytes = 0;
    auto add = [&](int32_t id, size_t count) {
      auto index = int32_t(symbols.size());
      symbols.push_back({id, index - 1, index + 1, uint32_t(count)});
    };
    auto addUnknown = [&] {
      if (unknownBytes)
        add(unknown, unknownBytes);
      unknownBytes = 0;
    };
    std::string spelled;
    for (size_t at = 0; at < piece.size();) {
      size_t from = at;
      at += io::utf8Bytes(static_cast<unsigned char>(piece[at]));
      std::string_view letter = piece.substr(from, at - from);
      bool hasPrefix = from > 0 && !prefix.empty(), hasSuffix = at == piece.size() && !suffix.empty();
      if (hasPrefix || hasSuffix) {
        spelled = (hasPrefix ? prefix : "") + std::string(letter) + (hasSuffix ? suffix : "");
        letter = spelled;
      }
      if (int32_t id = entries.find(letter); id >= 0) {
        addUnknown();
        add(id, at - from);
        continue;
      }
      bool hasBytes = !bytes.empty() && std::all_of(letter.begin(), letter.end(), [&](char c) { return bytes[static_cast<unsigned char>(c)] >= 0; });
      if (hasBytes) {
        for (char c : letter)
          add(bytes[static_cast<unsigned char>(c)], 1);
      } else if (unknown >= 0) {
        if (!fusesUnknown)
          addUnknown();
        unknownBytes += uint32_t(at - from);
      }
    }
    addUnknown();
    if (!symbols.empty())
      symbols.back().next = -1;
    return symbols;
  }

  void mergeAll(std::vector<Symbol> &symbols) const {
    std::vector<Candidate> queue;
    auto offer = [&](int32_t at) {
      if (at < 0 || symbols[size_t(at)].next < 0)
        return;
      const Symbol &left = symbols[size_t(at)];
      if (const Merge *merge = merges.find(left.id, symbols[size_t(left.next)].id)) {
        queue.push_back({merge->rank, at, merge->made});
        std::push_heap(queue.begin(), queue.end());
      }
    };
    for (size_t i = 0; i < symbols.size(); ++i)
      offer(int32_t(i));
    while (!queue.empty()) {
      Candidate best = queue.front();
      std::pop_heap(queue.begin(), queue.end());
      queue.pop_back();
      Symbol &left = symbols[size_t(best.at)];
      if (left.bytes == 0 || left.next < 0)
        continue;
      Symbol &right = symbols[size_t(left.next)];
      const Merge *merge = merges.find(left.id, right.id);
      if (!merge || merge->made != best.made)
        continue; // a neighbour has become another since
      left.id = best.made;
      left.bytes += right.bytes;
      left.next = right.next;
      right.bytes = 0;
      if (left.next >= 0)
        symbols[size_t(left.next)].previous = best.at;
      offer(left.previous);
      offer(best.at);
    }
  }

  int32_t unknown = -1;
  std::string prefix, suffix;
  bool fusesUnknown, takesWhole;
  std::vector<int32_t> bytes; // empty without byte fallback
  Merges merges;
};

} // namespace

std::unique_ptr<Model> readBpe(const Spec &spec) { return std::make_unique<Bpe>(spec); }

} // namespace tl::tokenizers
