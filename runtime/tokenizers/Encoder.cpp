// From a text to its tokens: added tokens, normalizer, pre-tokenizer, model, post-processor, in this order.
#include "runtime/tokenizers/Tokenizer.h"
#include "runtime/io/Utf8.h"
#include <algorithm>

namespace tl::tokenizers {

static void requireUtf8(std::string_view text) {
  if (text.size() > UINT32_MAX / 8)
    throw badData("a text of " + std::to_string(text.size()) + " bytes is longer than the " + std::to_string(UINT32_MAX / 8) + " that a tokenizer takes; make several of it");
  size_t bad = io::findBadUtf8(text);
  if (bad == std::string_view::npos)
    return;
  char byte[8];
  std::snprintf(byte, sizeof byte, "0x%02X", static_cast<unsigned char>(text[bad]));
  throw badData("byte " + std::to_string(bad) + " of the text, " + byte + ", is not UTF-8");
}

/// Offsets in bytes as offsets in code points; an end within one is the next one's start.
static void countInCodes(std::string_view text, std::vector<Span> &offsets) {
  std::vector<uint32_t> before(text.size() + 1); // code points that start before a byte, or around it
  uint32_t count = 0;
  for (size_t at = 0; at < text.size(); ++count) {
    size_t next = at + io::utf8Bytes(static_cast<unsigned char>(text[at]));
    for (; at < next; ++at)
      before[at] = count;
  }
  before[text.size()] = count;
  for (Span &span : offsets)
    span = {before[span.from], before[span.to]};
}

void Encoder::addPiece(const Pieces &pieces, const Piece &piece, int32_t type, Encoding &into) {
  auto add = [&](int32_t id, uint32_t from, uint32_t to) {
    to = std::min(to, piece.to - piece.from); // bytes of a prefix are more than the text has
    if (!into.hasOffsets || from >= to)
      return into.add(id, type, word, {}, {});
    Span part{piece.from + from, piece.from + to};
    into.add(id, type, word, pieces.text.origin(part), blanksOf(piece.added >= 0 ? pieces.text.view(part) : tokenizer.model->entries.text(id)));
  };
  if (piece.added >= 0) {
    add(piece.added, 0, piece.to - piece.from);
    ++word;
    return;
  }
  std::string_view text = pieces.text.view(piece);
  uint64_t hash = hashOf(text);
  made.clear();
  if (!cache.find(text, hash, made)) {
    tokenizer.model->tokenize(text, made);
    cache.add(text, hash, made.data(), made.size());
  }
  for (const Token &token : made)
    add(token.id, token.from, token.to);
  ++word;
}

void Encoder::encodeSection(std::string_view text, const Piece &section, int32_t type, Encoding &into) {
  bool needsOrigins = into.hasOffsets || (tokenizer.preTokenizer && tokenizer.preTokenizer->needsOrigins());
  Text &part = needsOrigins ? aligned : plain;
  part.assign(text, section.from, section.to);
  Pieces pieces{part, std::move(pieceList), std::move(pieceSpare)};
  pieces.list.clear();
  if (section.added >= 0)
    pieces.list.push_back({{0, section.to - section.from}, section.added, section.from});
  else {
    if (tokenizer.normalizer)
      tokenizer.normalizer->apply(part);
    tokenizer.added->cut(part.view(), true, pieces.list);
    for (Piece &piece : pieces.list)
      piece.started = needsOrigins ? part.origin(piece).from : 0;
    if (tokenizer.preTokenizer)
      tokenizer.preTokenizer->apply(pieces);
  }
  for (const Piece &piece : pieces.list)
    addPiece(pieces, piece, type, into);
  pieceList = std::move(pieces.list);
  pieceSpare = std::move(pieces.made);
}

void Encoder::encodeOne(std::string_view text, int32_t type, Encoding &into) {
  requireUtf8(text);
  into.clear();
  into.hasOffsets = hasOffsets;
  word = 0;
  sections.clear();
  tokenizer.added->cut(text, false, sections);
  for (const Piece &section : sections)
    encodeSection(text, section, type, into);
  if (hasOffsets)
    countInCodes(text, into.offsets);
}

const Encoding &Encoder::finish() {
  const PostProcessor *processor = tokenizer.postProcessor.get();
  if (truncation)
    truncate(parts, *truncation, processor && addsSpecial ? processor->added(parts.size() > 1) : 0);
  if (processor)
    processor->apply(parts, addsSpecial);
  if (parts.empty())
    parts.resize(1);
  for (size_t i = 1; i < parts.size(); ++i)
    parts[0].append(parts[i]);
  parts.resize(1);
  if (padding)
    pad(parts[0], *padding);
  return parts[0];
}

const Encoding &Encoder::encode(std::string_view text) {
  parts.resize(1);
  encodeOne(text, 0, parts[0]);
  return finish();
}

const Encoding &Encoder::encode(std::string_view first, std::string_view second) {
  parts.resize(2);
  encodeOne(first, 0, parts[0]);
  encodeOne(second, 1, parts[1]);
  return finish();
}

const Encoding &Encoder::encodeWords(std::span<const std::string_view> words) {
  parts.resize(1);
  parts[0].clear();
  parts[0].hasOffsets = hasOffsets;
  for (size_t i = 0; i < words.size(); ++i) {
    encodeOne(words[i], 0, ofWord);
    std::fill(ofWord.words.begin(), ofWord.words.end(), int32_t(i));
    parts[0].append(ofWord);
  }
  return finish();
}

std::string Encoder::normalized(std::string_view text) {
  requireUtf8(text);
  plain.assign(text, 0, uint32_t(text.size()));
  if (tokenizer.normalizer)
    tokenizer.normalizer->apply(plain);
  return plain.bytes;
}

std::vector<std::pair<std::string, Span>> Encoder::pieces(std::string_view text) {
  requireUtf8(text);
  aligned.assign(text, 0, uint32_t(text.size()));
  Pieces pieces{aligned, {}, {}};
  if (!text.empty())
    pieces.list.push_back({{0, uint32_t(text.size())}});
  if (tokenizer.preTokenizer)
    tokenizer.preTokenizer->apply(pieces);
  std::vector<Span> offsets;
  for (const Piece &piece : pieces.list)
    offsets.push_back(aligned.origin(piece));
  countInCodes(text, offsets);
  std::vector<std::pair<std::string, Span>> all;
  for (size_t i = 0; i < offsets.size(); ++i)
    all.emplace_back(aligned.view(pieces.list[i]), offsets[i]);
  return all;
}

void Encoder::cut(std::string_view text, const std::function<void(std::string_view)> &take) {
  requireUtf8(text);
  plain.assign(text, 0, uint32_t(text.size()));
  if (tokenizer.normalizer)
    tokenizer.normalizer->apply(plain);
  Pieces pieces{plain, {}, {}};
  if (plain.size() > 0)
    pieces.list.push_back({{0, uint32_t(plain.size())}});
  if (tokenizer.preTokenizer)
    tokenizer.preTokenizer->apply(pieces);
  for (const Piece &piece : pieces.list)
    take(plain.view(piece));
}

} // namespace tl::tokenizers
