// Unigram: of all ways to write a piece in tokens the likeliest, by the sum of their scores.
#include "runtime/tokenizers/Model.h"
#include "runtime/io/Utf8.h"
#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

namespace tl::tokenizers {

namespace {

constexpr double unknownPenalty = 10; // an unknown code point is worse than the worst token by this

/// A score as the published programs read it: the digits as a whole number, which is rounded, and then divided by a power of ten, which is
/// rounded again. Of two ways to write a piece in the same tokens, in another order, the last bit decides.
double readScore(double exact) {
  char text[64];
  char *end = std::to_chars(text, text + sizeof text, std::abs(exact), std::chars_format::scientific).ptr;
  uint64_t whole = 0;
  int exponent = 0;
  const char *at = text;
  for (bool isBehindPoint = false; at < end && *at != 'e'; ++at)
    if (*at == '.')
      isBehindPoint = true;
    else if (*at >= '0' && *at <= '9')
      whole = whole * 10 + uint64_t(*at - '0'), exponent -= isBehindPoint;
    else
      return exact; // no number
  int written = 0;
  std::from_chars(at + (at + 1 < end && at[1] == '+' ? 2 : 1), end, written);
  exponent += written;
  if (std::abs(exponent) > 22)
    return exact; // such a power of ten is no number itself
  auto digits = double(whole);
  digits = exponent < 0 ? digits / std::pow(10., -exponent) : digits * std::pow(10., exponent);
  return exact < 0 ? -digits : digits;
}

/// All tokens that a text starts with. A node's children are found by hash: most nodes have one.
class Trie {
public:
  Trie() { nodes.push_back(-1); }
  void add(std::string_view key, int32_t number) {
    uint32_t node = 0;
    for (char c : key) {
      uint64_t edge = edgeOf(node, c);
      if (2 * (edges + 1) > slots.size())
        grow();
      Slot &slot = *place(edge);
      if (slot.edge != edge) {
        slot = {edge, uint32_t(nodes.size())};
        nodes.push_back(-1);
        ++edges;
      }
      node = slot.node;
    }
    nodes[node] = number;
  }
  template <class Found> void prefixes(std::string_view text, Found found) const {
    uint32_t node = 0;
    for (size_t i = 0; i < text.size() && !slots.empty(); ++i) {
      uint64_t edge = edgeOf(node, text[i]);
      const Slot &slot = *const_cast<Trie *>(this)->place(edge);
      if (slot.edge != edge)
        return;
      node = slot.node;
      if (nodes[node] >= 0)
        found(i + 1, nodes[node]);
    }
  }

private:
  struct Slot {
    uint64_t edge = 0; // no edge is 0
    uint32_t node = 0;
  };
  static uint64_t edgeOf(uint32_t node, char c) { return (uint64_t(node) << 8 | static_cast<unsigned char>(c)) + 1; }
  Slot *place(uint64_t edge) {
    size_t mask = slots.size() - 1, i = (edge * 0x9e3779b97f4a7c15 >> 20) & mask;
    while (slots[i].edge && slots[i].edge != edge)
      i = (i + 1) & mask;
    return &slots[i];
  }
  void grow() {
    std::vector<Slot> old(slots.empty() ? 64 : 2 * slots.size());
    old.swap(slots);
    for (const Slot &slot : old)
      if (slot.edge)
        *place(slot.edge) = slot;
  }
  std::vector<int32_t> nodes; // the token that ends there, -1: none
  std::vector<Slot> slots;
  size_t edges = 0;
};

class Unigram : public Model {
public:
  explicit Unigram(const Spec &spec) : fusesUnknown(spec.boolean("fuse_unk", true)) {
    Spec list = spec["vocab"];
    if (!list.isList())
      throw list.wrong("is no list of tokens and scores");
    for (size_t i = 0; i < list.json().size(); ++i) {
      const nlohmann::json &entry = list.json()[i];
      if (!entry.is_array() || entry.size() != 2 || !entry[0].is_string() || !entry[1].is_number())
        throw list.inside(i).wrong("is no token with its score");
      const auto &token = entry[0].get_ref<const std::string &>();
      entries.add(token, int64_t(i), list.inside(i));
      scores.push_back(readScore(entry[1].get<double>()));
      least = std::min(least, scores.back());
      trie.add(token, int32_t(i));
    }
    if (spec.has("unk_id"))
      unknown = int32_t(spec["unk_id"].integer(0, int64_t(scores.size()) - 1));
    if (spec.boolean("byte_fallback", false))
      bytes = byteTokens();
  }

  void tokenize(std::string_view piece, std::vector<Token> &into) const override {
    std::vector<Span> path = best(piece);
    for (auto it = path.rbegin(); it != path.rend(); ++it)
      write(piece.substr(it->from, it->to - it->from), it->from, into);
  }

private:
  struct Span {
    uint32_t from, to;
  };
  struct Node {
    double score = 0;
    int32_t from = -1, id = 0;
  };

  /// Back to front.
  std::vector<Span> best(std::string_view piece) const {
    std::vector<Node> ends(piece.size() + 1);
    auto offer = [&](size_t from, size_t to, double score, int32_t id) {
      if (ends[to].from < 0 || score > ends[to].score)
        ends[to] = {score, int32_t(from), id};
    };
    for (size_t at = 0; at < piece.size();) {
      size_t one = io::utf8Bytes(static_cast<unsigned char>(piece[at]));
      bool isKnown = false;
      trie.prefixes(piece.substr(at), [&](size_t count, int32_t id) {
        offer(at, at + count, scores[size_t(id)] + ends[at].score, id);
        isKnown |= count == one;
      });
      if (!isKnown) {
        requireUnknown(piece.substr(at, one));
        offer(at, at + one, least - unknownPenalty + ends[at].score, unknown);
      }
      at += one;
    }
    std::vector<Span> path;
    bool wasUnknown = false;
    for (auto end = uint32_t(piece.size()); end > 0;) {
      const Node &node = ends[end];
      bool isUnknown = fusesUnknown && unknown >= 0 && node.id == unknown;
      if (isUnknown && wasUnknown)
        path.back().from = uint32_t(node.from);
      else
        path.push_back({uint32_t(node.from), end});
      wasUnknown = isUnknown;
      end = uint32_t(node.from);
    }
    return path;
  }

  void write(std::string_view part, uint32_t from, std::vector<Token> &into) const {
    uint32_t to = from + uint32_t(part.size());
    if (int32_t id = entries.find(part); id >= 0)
      return into.push_back({id, from, to});
    if (!bytes.empty() && std::all_of(part.begin(), part.end(), [&](char c) { return bytes[static_cast<unsigned char>(c)] >= 0; })) {
      for (char c : part)
        into.push_back({bytes[static_cast<unsigned char>(c)], from, to});
      return;
    }
    requireUnknown(part);
    into.push_back({unknown, from, to});
  }

  void requireUnknown(std::string_view part) const {
    if (unknown < 0)
      throw badData("the tokenizer cannot write `" + std::string(part.substr(0, 40)) + "`, and its vocabulary has no unknown token");
  }

  std::vector<double> scores;
  double least = std::numeric_limits<double>::infinity();
  int32_t unknown = -1;
  bool fusesUnknown;
  std::vector<int32_t> bytes; // empty without byte fallback
  Trie trie;
};

} // namespace

std::unique_ptr<Model> readUnigram(const Spec &spec) { return std::make_unique<Unigram>(spec); }

} // namespace tl::tokenizers
