// The report of a run, put together of its sections.
#include "runtime/report/Report.h"
#include "runtime/io/Error.h"
#include "runtime/io/File.h"
#include "runtime/io/JsonProblem.h"
#include "runtime/report/Html.h"
#include "runtime/report/Sections.h"
#include "runtime/report/Style.h"

namespace tl::report {

static std::string stagesOf(const Run &run) {
  std::string out;
  for (const Stage &stage : run.stages) {
    std::string about = stage.about.empty() ? "" : element("p", "class=\"note\"", escaped(stage.about)) + "\n";
    out += section("Stage " + stage.name, about + curvesOf(stage) + searchOf(run, stage.name) + foldsOf(run, stage.name) + ratesOf(run, stage.name) + phasesOf(stage));
  }
  return out;
}

static std::string scriptOf(const Run &run) {
  auto text = [](const std::string &title, const std::string &content) { return content.empty() ? "" : folded(title, element("pre", "", escaped(content))); };
  return text("what the compiler says of it", run.explain) + text("source.tl", run.source);
}

static std::string bodyOf(const Run &run) {
  return stagesOf(run) + section("Tests", testsOf(run)) + section("Texts", samplesOf(run)) + section("Pictures", drawingsOf(run)) + section("Time and memory", costsOf(run)) + section("Script", scriptOf(run));
}

static std::string titleOf(const Run &run) {
  std::string program = run.settings.contains("program") ? valueText(run.settings["program"]) : "run";
  return program + " in " + run.path;
}

static std::string page(const std::string &title, const std::string &body) {
  return "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n" +
         element("title", "", escaped(title)) + "\n" + element("style", "", style) + "\n</head>\n<body>\n" + element("h1", "", escaped(title)) + "\n" + body + "</body>\n</html>\n";
}

std::string pageOf(const std::vector<std::string> &folders) {
  std::vector<Run> runs;
  for (const std::string &folder : folders)
    runs.push_back(readRun(folder));
  try {
    if (runs.size() == 1)
      return page(titleOf(runs[0]), aboutOf(runs[0]) + bodyOf(runs[0]));
    std::string each;
    for (const Run &run : runs)
      each += folded(titleOf(run), aboutOf(run) + bodyOf(run));
    return page(std::to_string(runs.size()) + " runs", comparisonOf(runs) + section("Each run", each));
  } catch (const nlohmann::json::exception &problem) {
    throw badData("what `" + folders[0] + "`" + (folders.size() > 1 ? " and others have" : " has") + " recorded is not what a run records: " + io::jsonProblem(problem));
  }
}

void write(const std::vector<std::string> &folders, const std::string &file) { io::replaceFile(file, pageOf(folders)); }

} // namespace tl::report
