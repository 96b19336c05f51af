// What steps make of the texts of a source.
#include "runtime/readers/TextReader.h"
#include "runtime/readers/Columns.h"
#include "runtime/data/Formats.h"
#include "runtime/data/Fnv.h"
#include "runtime/data/SourceError.h"
#include <algorithm>
#include <charconv>

namespace tl::data {

int64_t countOption(const abi::Source &source, const std::string &name, int64_t least, int64_t otherwise, int64_t greatest) {
  std::string text = option(source, name);
  if (text.empty() && otherwise >= 0)
    return otherwise;
  int64_t value = -1;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size() || value < least || value > greatest)
    throw badSource("option `" + name + "` of source `" + source.name + "` is " + (text.empty() ? "missing" : "`" + text + "`") +
                    ", expected a whole number from " + std::to_string(least) + " to " + std::to_string(greatest))
        .inOption(name);
  return value;
}

/// "200,100"
static std::vector<double> scoresOf(const std::string &written) {
  std::vector<double> scores;
  for (const std::string &score : written.empty() ? std::vector<std::string>() : itemsOf(written))
    scores.push_back(std::stod(score));
  return scores;
}

std::vector<TokenField> TokenField::all(const abi::Source &source, const std::vector<std::string> &texts) {
  std::vector<TokenField> fields;
  std::vector<std::string> free = texts;
  auto add = [&](const std::string &name, const std::vector<std::string> &of) {
    fields.push_back({name, of, option(source, name + ".kind", isText(source) ? "characters" : "categories"), countOption(source, name + ".most", 0, 0), countOption(source, name + ".least", 1, 1),
                      option(source, name + ".start") == "true", scoresOf(option(source, name + ".phrases")), option(source, name + ".types")});
  };
  auto isKnown = [&](const std::string &name) { return std::find(texts.begin(), texts.end(), name) != texts.end(); };
  std::string steps = option(source, "tokens.fields");
  for (const std::string &name : steps.empty() ? std::vector<std::string>() : itemsOf(steps)) {
    std::vector<std::string> of = itemsOf(option(source, name + ".of", name));
    if (!std::all_of(of.begin(), of.end(), isKnown))
      continue; // which `tlc` tells
    add(name, of);
    for (const std::string &text : of)
      std::erase(free, text);
  }
  for (const std::string &text : free)
    add(text, {text});
  return fields;
}

TokenField TokenField::named(const std::string &name, const abi::Source &source, const std::vector<std::string> &texts) {
  std::vector<TokenField> fields = all(source, texts);
  return *std::find_if(fields.begin(), fields.end(), [&](const TokenField &field) { return field.name == name; });
}

TextReader::TextReader(const abi::Source &source, const std::vector<std::string> &texts)
    : tokens(TokenField::all(source, texts)), tokenizer(source.tokenizer) {
  facts.texts = texts;
  for (const TokenField &field : tokens)
    if (auto fitted = source.phrases.find(field.name); !field.phrases.empty())
      phrases[field.name] = fitted == source.phrases.end() ? abi::Phrases() : fitted->second;
}

std::unique_ptr<TextEncoder> TextReader::counting(const TokenField &field) const {
  auto joined = phrases.find(field.name);
  return makeTextEncoder({field.kind, field.start, unfitted, tokenizer.get(), joined == phrases.end() ? nullptr : &joined->second});
}

void TextReader::setContent(uint64_t ofTexts) {
  facts.content = ofTexts;
  auto published = std::find_if(tokens.begin(), tokens.end(), [](const TokenField &field) { return field.kind == "pieces"; });
  if (published != tokens.end())
    facts.content = fnv(std::to_string(counting(*published)->digest()), facts.content);
}

const std::vector<std::string> TextReader::unfitted;

abi::Field TextReader::fieldOf(const TokenField &tokens, int64_t length) {
  abi::Field field{tokens.name, "i32", {length}, 0, {}, tokens.kind};
  field.hasStart = tokens.start;
  field.of = tokens.of;
  if (tokens.kind != "pieces")
    for (int64_t i = 0; i < specialCount; ++i)
      field.special[specialNames[i]] = i;
  return field;
}

bool TextReader::lacksTexts(const abi::Source &source) const {
  std::string steps = option(source, "tokens.fields");
  auto isMade = [&](const std::string &name) { return std::any_of(tokens.begin(), tokens.end(), [&](const TokenField &field) { return field.name == name; }); };
  std::vector<std::string> names = steps.empty() ? std::vector<std::string>() : itemsOf(steps);
  return !std::all_of(names.begin(), names.end(), isMade);
}

const TokenField &TextReader::tokensOf(const std::string &field) const {
  return *std::find_if(tokens.begin(), tokens.end(), [&](const TokenField &each) { return each.name == field; });
}

} // namespace tl::data
