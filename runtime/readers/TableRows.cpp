// Which columns a source asks for.
#include "runtime/readers/TableRows.h"
#include "runtime/data/Reader.h"
#include "runtime/data/SourceError.h"
#include "runtime/readers/Columns.h"

namespace tl::data {

std::vector<AskedColumn> columnsAsked(const abi::Source &source) {
  std::vector<AskedColumn> asked;
  const std::string file = source.files.empty() ? "" : source.files.front();
  for (const char *name : {"columns", "categories", "target", "label", "group"}) {
    if (!source.options.contains(name))
      continue;
    std::string written = option(source, name);
    bool isOne = std::string_view(name) == "label" || std::string_view(name) == "group";
    for (const std::string &item : isOne ? std::vector{written} : itemsOf(written)) {
      size_t equals = isOne ? std::string::npos : item.find('=');
      if (equals == std::string::npos)
        asked.push_back({name, item});
      else
        asked.push_back({name, itemsOf(item.substr(equals + 1)).front(), itemsOf(item.substr(0, equals)).front()});
      if (asked.back().written.empty() || (equals != std::string::npos && asked.back().name.empty()))
        throw badSource("option `" + std::string(name) + "` of source `" + source.name + "` has `" + item + "`, expected a column of `" + file + "`, or what to call it before it: `hours = 3`").inOption(name);
      for (size_t i = 0; i + 1 < asked.size(); ++i)
        if (!asked.back().name.empty() && asked[i].option == name && asked[i].name == asked.back().name)
          throw badSource("option `" + std::string(name) + "` of source `" + source.name + "` calls two columns of `" + file + "` by the name `" + asked[i].name + "`").inOption(name);
    }
  }
  return asked;
}

void TableRows::checkColumns(const abi::Source &source, const std::vector<std::string> &places) const {
  for (size_t i = 0; i < asked.size(); ++i)
    for (size_t j = 0; j < i; ++j) {
      const std::string &later = asked[i].option, &earlier = asked[j].option;
      bool isBehind = source.options.contains("window") && later == "target"; // what a column has later is not what is seen of it
      bool isPredicted = (later == "label" || later == "target") && (earlier == "columns" || earlier == "categories") && !isBehind;
      if (places[i] == places[j] && later == earlier)
        throw badSource("option `" + later + "` names column `" + asked[i].written + "` twice, in `" + file + "`").inOption(later);
      if (places[i] == places[j] && isPredicted)
        throw badSource("option `" + earlier + "` of source `" + source.name + "` names column " + places[i] + " of `" + file +
                        "`, which is the label or a target: a model must not see what it predicts")
            .inOption(earlier);
    }
}

} // namespace tl::data
