// Writes and reads the note on vocabularies.
#include "runtime/weights/VocabularyNotes.h"
#include <algorithm>

namespace tl::weights {

static const char key[] = "vocabularies";

Notes notesOf(const std::vector<std::pair<std::string, std::string>> &vocabularies) {
  std::string text;
  for (const auto &[tensor, vocabulary] : vocabularies)
    text += (text.empty() ? "" : ";") + tensor + "=" + vocabulary;
  return text.empty() ? Notes{} : Notes{{key, text}};
}

Notes vocabulariesIn(const Notes &metadata) {
  std::map<std::string, std::string> found;
  auto note = metadata.find(key);
  if (note == metadata.end())
    return found;
  const std::string &text = note->second;
  for (size_t at = 0; at < text.size();) {
    size_t end = std::min(text.find(';', at), text.size()), equals = text.find('=', at);
    if (equals < end)
      found[text.substr(at, equals - at)] = text.substr(equals + 1, end - equals - 1);
    at = end + 1;
  }
  return found;
}

} // namespace tl::weights
