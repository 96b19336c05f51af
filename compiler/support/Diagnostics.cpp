// Collecting messages, and the facts about their kinds.
#include "compiler/support/Diagnostics.h"
#include "llvm/ADT/StringRef.h"
#include <algorithm>

namespace tl {
namespace {

struct KindFacts {
  Diag kind;
  int code;
  const char *name, *severity, *explanation;
};

constexpr KindFacts kinds[] = {
#define DIAGNOSTIC(code, id, name, severity, explanation) {Diag::id, code, name, #severity, explanation},
#include "compiler/support/Diagnostics.def"
#undef DIAGNOSTIC
};

constexpr bool areCodesDistinct() {
  for (const KindFacts &a : kinds)
    for (const KindFacts &b : kinds)
      if (&a != &b && a.code == b.code)
        return false;
  return true;
}
static_assert(areCodesDistinct(), "two lines of Diagnostics.def share a code");

const KindFacts &factsOf(Diag kind) {
  return *std::find_if(std::begin(kinds), std::end(kinds), [&](const KindFacts &each) { return each.kind == kind; });
}

/// Edits between two names, letter case aside; two letters swapped are one, as is one that moved.
unsigned distanceBetween(llvm::StringRef name, llvm::StringRef candidate) {
  unsigned edits = name.edit_distance_insensitive(candidate);
  bool isMoved = edits == 2 && std::is_permutation(name.begin(), name.end(), candidate.begin(), candidate.end());
  return isMoved ? 1 : edits;
}

} // namespace

/// A body that is run at several sizes makes its mistake at each: what differs in numbers only is the same.
static std::string withoutNumbers(const std::string &message) {
  std::string words;
  for (char c : message)
    if (!std::isdigit(static_cast<unsigned char>(c)))
      words += c;
    else if (words.empty() || words.back() != '0')
      words += '0';
  return words;
}

Diagnostic &Diagnostics::report(Diag kind, ast::Span span, std::string message) {
  errors += std::string(severityOf(kind)) == "error";
  Diagnostic *&known = reported[{kind, span.file, span.line, span.column, span.length, withoutNumbers(message)}];
  if (known) {
    known->notes.clear(); // the caller attaches them again
    known->help.clear();
    known->message = std::move(message); // of the same size as the notes
    return *known;
  }
  diagnostics.push_back(std::make_unique<Diagnostic>(Diagnostic{kind, span, std::move(message), {}, {}, {}}));
  return *(known = diagnostics.back().get());
}

Diagnostic *Diagnostics::reportFirst(Diag kind, ast::Span span, std::string message, const std::string &key) {
  Diagnostic *&first = firsts[{kind, span.file, key.empty() ? message : key}];
  if (!first)
    return first = &report(kind, span, std::move(message));
  errors += std::string(severityOf(kind)) == "error";
  auto isHere = [&](const ast::Span &other) { return other.line == span.line && other.column == span.column; };
  if (isHere(first->span) || std::any_of(first->more.begin(), first->more.end(), isHere))
    return nullptr;
  if (std::tie(span.line, span.column) < std::tie(first->span.line, first->span.column)) {
    std::swap(span, first->span);
    first->message = std::move(message);
  }
  first->more.push_back(span);
  return nullptr;
}

void Diagnostics::takeBack(size_t from, const std::function<bool(const Diagnostic &)> &follows) {
  auto kept = std::remove_if(diagnostics.begin() + ssize_t(from), diagnostics.end(), [&](const auto &each) { return follows(*each); });
  diagnostics.erase(kept, diagnostics.end());
  reported.clear(); // They may point at what is gone.
  firsts.clear();
}

bool Diagnostics::hasErrors() const {
  return std::any_of(diagnostics.begin(), diagnostics.end(),
                     [](const auto &each) { return std::string(severityOf(each->kind)) == "error"; });
}

const char *severityOf(Diag kind) { return factsOf(kind).severity; }
const char *nameOf(Diag kind) { return factsOf(kind).name; }

std::string codeOf(Diag kind) {
  std::string digits = std::to_string(factsOf(kind).code);
  return "TL" + std::string(4 - std::min<size_t>(4, digits.size()), '0') + digits;
}

std::string explanationOf(const std::string &codeOrName) {
  for (const KindFacts &each : kinds)
    if (codeOrName == each.name || codeOrName == codeOf(each.kind))
      return each.explanation;
  return "";
}

std::string nearest(const std::string &name, const std::vector<std::string> &candidates) {
  std::string best;
  size_t bestDistance = name.size() > 80 ? 0 : std::max<size_t>(1, (name.size() + 1) / 3) + 1;
  for (const std::string &candidate : candidates) {
    if (candidate.size() > name.size() + 8 || candidate.empty())
      continue;
    size_t distance = distanceBetween(name, candidate);
    bool isUnrelated = distance >= std::max(name.size(), candidate.size());
    if (distance < bestDistance && !isUnrelated) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

} // namespace tl
