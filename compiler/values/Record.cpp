// What of a published model's folder was read, and where its weights are.
#include "compiler/values/Record.h"
#include <filesystem>

namespace tl {

static void addUnread(const Published &published, const nlohmann::json &object, const std::string &prefix, std::vector<std::string> &into) {
  for (const auto &[key, value] : object.items()) {
    std::string place = prefix + key;
    if (!published.known.count(place))
      into.push_back(place);
    else if (value.is_object() && published.known.count(place + ".")) // some of it was read
      addUnread(published, value, place + ".", into);
  }
}

std::vector<std::string> unreadEntries(const Published &published) {
  std::vector<std::string> all;
  addUnread(published, published.config, "", all);
  return all;
}

std::string weightFileList() {
  std::string all;
  for (const char *name : weightFileNames)
    all += (all.empty() ? "`" : ", `") + std::string(name) + "`";
  return all;
}

std::string weightsOf(const Published &published) {
  for (const char *name : weightFileNames)
    if (std::filesystem::exists(std::filesystem::path(published.path) / name))
      return published.name + "/" + name;
  return "";
}

}  // namespace tl
