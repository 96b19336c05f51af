// Tokens are cut by hand: the fuzzer must not lean on the lexer it tests.
#include "tests/fuzz/ScriptMutator.h"
#include <algorithm>
#include <cctype>
#include <cstring>
#include <utility>

namespace tl::fuzz {

namespace {

const std::vector<std::string> strange = {
    "0", "-1", "1e308", "1e400", "99999999999999999999", "2147483648", "1e9", "0.5", "2^40", "nan", std::string(1, '\0'), "\xff", "é",
    "\"", std::string(300, '['), std::string(90, '('), std::string(500, '-'), "..", "none", "train", "test", "val", "label", "@bias",
    ":Linear", "**", "**.**.**", "over", "if", "else", "fn(x) { x }", "as [b]", "[1, 2, 3]", "|> sum", "from", "$", "\t", "\r", "\n", "9999 *",
    "x[:, none]", "iota(5)", "iota(1e9)", "random_uniform([3])", "10000 * [10000 * Linear(1, 1)]", "[]", "()", "{}", "x[..-1]", "@", "^",
    "f32[]", "f32[..]", "i32[b]", "einsum(\"a b, b c -> a c\", x, x)", "concat([x, x])", "broadcast(x, [1e9, 1e9])", "training", "pi",
    "stop_gradient(x)", "when true", "accumulate 1000000000", "0.1x", "not", "(x)", "{ x }", "for", "except", "select(true, x, 0)", "table[x]",
    "pad(x, 0, 1e9, 1e9)", "x.shape[9]", "mean_of(x, train)"};

bool isWord(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; }

bool isSpace(const std::string &token) { return token.empty() || std::isspace(static_cast<unsigned char>(token[0])) || token[0] == '#'; }

std::string joined(const std::vector<std::string> &tokens) {
  std::string text;
  for (const std::string &token : tokens)
    text += token;
  return text;
}

/// Where the bracket at `open` ends, behind its closer; the end where there is none.
size_t endOfBracket(const std::vector<std::string> &tokens, size_t open) {
  int depth = 0;
  for (size_t i = open; i < tokens.size(); ++i) {
    bool isOpener = tokens[i] == "(" || tokens[i] == "[" || tokens[i] == "{";
    bool isCloser = tokens[i] == ")" || tokens[i] == "]" || tokens[i] == "}";
    depth += isOpener - isCloser;
    if (depth <= 0)
      return i + 1;
  }
  return tokens.size();
}

} // namespace

std::vector<std::string> tokensOf(const std::string &text) {
  std::vector<std::string> tokens;
  static const char *const pairs[] = {"|>", "<-", "->", "..", "==", "!=", "<=", ">=", "**"};
  for (size_t at = 0; at < text.size();) {
    size_t end = at + 1;
    if (text[at] == ' ' || text[at] == '\t')
      end = text.find_first_not_of(" \t", at);
    else if (text[at] == '#')
      end = text.find('\n', at);
    else if (text[at] == '"') {
      end = text.find_first_of("\"\n", at + 1);
      end += end != std::string::npos && text[end] == '"';
    } else if (isWord(text[at]) || (text[at] == '@' && end < text.size() && isWord(text[end])))
      while (end < text.size() && (isWord(text[end]) || (text[end] == '.' && end + 1 < text.size() && std::isdigit(static_cast<unsigned char>(text[end + 1])))))
        ++end;
    else
      for (const char *pair : pairs)
        if (text.compare(at, 2, pair) == 0)
          end = at + 2;
    end = std::min(end, text.size());
    tokens.push_back(text.substr(at, end - at));
    at = end;
  }
  return tokens;
}

std::string mutated(const std::string &text, std::minstd_rand &random) {
  std::vector<std::string> tokens = tokensOf(text);
  std::vector<size_t> words;
  for (size_t i = 0; i < tokens.size(); ++i)
    if (!isSpace(tokens[i]))
      words.push_back(i);
  if (words.empty())
    return strange[random() % strange.size()];
  auto anyWord = [&] { return words[random() % words.size()]; };
  static constexpr int counts[] = {1, 1, 1, 1, 2, 3, 8};
  for (int left = counts[random() % std::size(counts)]; left > 0; --left) {
    size_t at = anyWord(), end = std::min(tokens.size(), at + 1 + random() % 30);
    std::string &token = tokens[at];
    switch (random() % 8) {
    case 0: token.clear(); break;
    case 1: token += " " + token; break;
    case 2: std::swap(token, tokens[anyWord()]); break;
    case 3: token = std::string(tokens[anyWord()]); break;
    case 4: token = strange[random() % strange.size()]; break;
    case 5: token += " " + strange[random() % strange.size()] + " "; break;
    case 6: // a run of tokens, dropped or doubled
    case 7: // a bracket with what it holds, likewise
      if (random() % 2)
        end = endOfBracket(tokens, at);
      std::string run;
      for (size_t i = at; i < end; ++i)
        run += std::exchange(tokens[i], "");
      token = random() % 3 == 0 ? "" : run + (random() % 2 ? run : "\n" + run);
      break;
    }
  }
  std::string changed = joined(tokens);
  return random() % 32 == 0 && !changed.empty() ? changed.substr(0, random() % changed.size()) : changed;
}

std::string spliced(const std::string &text, const std::string &other, std::minstd_rand &random) {
  std::vector<std::string> tokens = tokensOf(text), pieces = tokensOf(other);
  if (tokens.empty() || pieces.empty())
    return text + other;
  auto range = [&](const std::vector<std::string> &of) {
    size_t from = random() % of.size();
    while (from > 0 && of[from] != "(" && of[from] != "[" && of[from] != "{" && of[from] != "\n")
      --from;
    size_t to = endOfBracket(of, from);
    for (size_t lines = of[from] == "\n" ? 1 + random() % 4 : 0; lines > 0; --lines)
      to = size_t(std::find(of.begin() + std::ptrdiff_t(std::min(to, of.size())), of.end(), "\n") - of.begin());
    return std::pair(from, std::min(to, of.size()));
  };
  auto [from, to] = range(pieces);
  auto [at, end] = range(tokens);
  if (random() % 2)
    end = at;
  std::vector<std::string> changed(tokens.begin(), tokens.begin() + std::ptrdiff_t(at));
  changed.insert(changed.end(), pieces.begin() + std::ptrdiff_t(from), pieces.begin() + std::ptrdiff_t(to));
  changed.insert(changed.end(), tokens.begin() + std::ptrdiff_t(end), tokens.end());
  return joined(changed);
}

} // namespace tl::fuzz
