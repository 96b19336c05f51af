// What models that continue texts have written at the end of the run.
#include "runtime/report/Html.h"
#include "runtime/report/Sections.h"

namespace tl::report {

std::string samplesOf(const Run &run) {
  std::string out;
  if (auto all = run.summary.find("samples"); all != run.summary.end())
    for (const auto &[writer, texts] : all->items()) {
      std::string rows;
      for (const Json &text : texts)
        rows += element("p", "class=\"written\"", element("b", "", escaped(text.at("given").get<std::string>())) + escaped(text.at("written").get<std::string>())) + "\n";
      out += element("h3", "", escaped(writer)) + rows;
    }
  return out;
}

} // namespace tl::report
