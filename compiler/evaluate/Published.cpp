// A published model's `config.json` as a record, whose entries are members.
#include "compiler/evaluate/BodyEvaluator.h"
#include "compiler/values/Record.h"
#include "runtime/data/Facts.h"
#include "runtime/data/Tokens.h"
#include "runtime/io/Error.h"
#include "runtime/tokenizers/Tokenizer.h"

namespace tl {

namespace {

/// Of the tokenizer in its folder. One that cannot be read is told where a text is to be cut by it.
const std::string &vocabularyOf(Published &published, const Library &library) {
  if (published.vocabulary)
    return *published.vocabulary;
  try {
    published.vocabulary = data::vocabularyDigest(tokenizers::Tokenizer::read(published.path).entries());
    library.publishedVocabularies.emplace(*published.vocabulary, published.name);
  } catch (const Error &) {
    published.vocabulary = "";
  }
  return *published.vocabulary;
}

Value entryValue(const Library &library, const Record &record, const std::string &key, const nlohmann::json &json) {
  const std::string place = record.place + key;
  record.of->known.insert(place);
  if (json.is_number()) // a table of `vocab_size` rows has one for each piece
    return Number{json.get<double>(), json.is_number_integer(), "", place == "vocab_size" ? vocabularyOf(*record.of, library) : "", record.of->given};
  if (json.is_boolean())
    return json.get<bool>();
  if (json.is_string())
    return json.get<std::string>();
  if (json.is_object()) {
    record.of->known.insert(place + ".");
    return std::make_shared<Record>(Record{record.of, &json, place + "."});
  }
  if (!json.is_array())
    return None{};
  auto list = std::make_shared<List>();
  for (size_t i = 0; i < json.size(); ++i)
    list->items.push_back(entryValue(library, record, key + "[" + std::to_string(i) + "]", json[i]));
  return list;
}

} // namespace

std::optional<Value> BodyEvaluator::entryOf(const Record &record, const std::string &key) {
  auto found = record.object->find(key);
  if (found == record.object->end())
    return std::nullopt;
  return entryValue(library, record, key, *found);
}

Value BodyEvaluator::valueOf(const Record &record) {
  return record.object->is_array() ? entryValue(library, record, "", *record.object) : std::make_shared<Record>(record);
}

Value BodyEvaluator::memberOf(const Record &record, const std::string &name, ast::Span span) {
  if (std::optional<Value> value = entryOf(record, name))
    return *value;
  std::vector<std::string> known;
  for (const auto &[key, value] : record.object->items())
    known.push_back(key);
  std::string near = nearest(name, known);
  fail(Diag::ConfigKey, isOfScript(span) ? span : record.of->given,
       record.of->file + " of `" + record.of->name + "` has no `" + record.place + name + "`" + (near.empty() ? "" : "; did you mean `" + near + "`?"),
       "where it may be absent, `entry(config, \"" + name + "\", otherwise = …)` says what stands for it");
}

/// What is loaded from a published model is made by all that its config says.
void BodyEvaluator::requireAllRead(const Published &published) {
  std::vector<std::string> unread = unreadEntries(published);
  if (unread.empty())
    return;
  std::string list, quoted;
  for (const std::string &entry : unread) {
    list += (list.empty() ? "`" : ", `") + entry + "`";
    quoted += (quoted.empty() ? "\"" : ", \"") + entry + "\"";
  }
  fail(Diag::ConfigUnread, published.given,
       "config.json of `" + published.name + "` says " + list + ", and the layer is made without reading " + (unread.size() > 1 ? "them" : "it"),
       "where " + std::string(unread.size() > 1 ? "they do" : "it does") + " not change what is computed, give `without(huggingface(\"" +
           published.name + "\"), [" + quoted + "])`");
}

} // namespace tl
