// The programs of this executable.
#include "runtime/program/Variants.h"
#include "runtime/io/Error.h"
#include "runtime/program/CommandLine.h"

#include <algorithm>

namespace tl::program {

template <class Value> static Value readJson(const char *text) {
  try {
    return nlohmann::json::parse(text).get<Value>();
  } catch (const nlohmann::json::exception &problem) {
    throw Error(exitInternal, std::string("the program's descriptor cannot be read: ") + problem.what());
  }
}

std::string dimsText(const Dims &dims) {
  std::string text;
  for (const auto &[name, value] : dims)
    text += (text.empty() ? "" : ", ") + name + " = " + numberText(value);
  return text;
}

Variants::Variants(const TlVariant *table) : table(table) {
  for (const TlVariant *each = table; each->descriptor; ++each)
    dims.push_back(readJson<Dims>(each->dims));
  at(0);
}

const Variant &Variants::at(size_t number) {
  auto found = known.find(number);
  if (found == known.end())
    found = known.emplace(number, Variant{dims[number], readJson<abi::Program>(table[number].descriptor), table[number].functions}).first;
  return found->second;
}

const Variant *Variants::with(const Dims &wanted) {
  Dims all = wanted;
  all.insert(dims[0].begin(), dims[0].end());
  auto found = std::find(dims.begin(), dims.end(), all);
  return found == dims.end() ? nullptr : &at(size_t(found - dims.begin()));
}

const Variant &Variants::ofTrial(const Variant &of, const abi::Search &search, const std::vector<double> &settings) {
  Dims wanted = of.dims;
  for (size_t i = 0; i < search.settings.size(); ++i)
    if (auto dim = wanted.find(search.settings[i].name); dim != wanted.end())
      dim->second = settings.empty() ? dims[0].at(dim->first) : settings[i];
  const Variant *found = with(wanted);
  if (!found)
    throw Error(exitInternal, "`tune " + search.stage + "` tries " + dimsText(wanted) + ", of which there is no program");
  return *found;
}

std::vector<const Variant *> Variants::reachable(const Variant &of, const std::vector<const abi::Search *> &searches) {
  auto isVaried = [&](const std::string &dim) {
    return std::any_of(searches.begin(), searches.end(), [&](const abi::Search *search) {
      return std::any_of(search->settings.begin(), search->settings.end(), [&](const abi::Setting &setting) { return setting.name == dim; });
    });
  };
  std::vector<const Variant *> found;
  for (size_t i = 0; i < dims.size(); ++i)
    if (std::all_of(dims[i].begin(), dims[i].end(), [&](const auto &dim) { return dim.second == of.dims.at(dim.first) || isVaried(dim.first); }))
      found.push_back(&at(i));
  return found;
}

} // namespace tl::program
