// Which program of an executable a run or a trial has.
#include "runtime/program/Variants.h"

#include <gtest/gtest.h>

namespace tl::program {

namespace {

/// Programs with depth 2 or 4 and width 8 or 16, the script's own first.
class Programs {
public:
  Programs() {
    abi::Program program;
    for (double depth : {2., 4.})
      for (double width : {8., 16.}) {
        program.name = std::to_string(dims.size());
        dims.push_back(nlohmann::json(Dims{{"depth", depth}, {"width", width}}).dump());
        descriptors.push_back(nlohmann::json(program).dump());
      }
    for (size_t i = 0; i < dims.size(); ++i)
      table.push_back({dims[i].c_str(), descriptors[i].c_str(), nullptr});
    table.push_back({nullptr, nullptr, nullptr});
  }

  std::vector<TlVariant> table;

private:
  std::vector<std::string> dims, descriptors;
};

abi::Search searchFor(std::vector<std::string> names) {
  abi::Search search;
  for (const std::string &name : names)
    search.settings.push_back({name, {}, 0, 0, false, ""});
  return search;
}

std::string textOf(const Variant &variant) { return dimsText(variant.dims); }

} // namespace

TEST(Variants, aRunThatSaysNoDimsIsOfTheScriptsOwn) {
  Programs programs;
  Variants variants(programs.table.data());
  EXPECT_EQ(variants.with({}), &variants.own());
  EXPECT_EQ(textOf(*variants.with({{"width", 16}})), "depth = 2, width = 16");
  EXPECT_EQ(textOf(*variants.with({{"width", 16}, {"depth", 4}})), "depth = 4, width = 16");
  EXPECT_EQ(variants.with({{"depth", 3}}), nullptr);
  EXPECT_EQ(variants.with({{"height", 3}}), nullptr);
  EXPECT_EQ(variants.with({})->program.name, "0");
  EXPECT_EQ(variants.with({{"depth", 4}})->program.name, "2");
}

TEST(Variants, aTrialHasTheDimsOfItsSettingsAndElseThoseThatTheRunHasComeTo) {
  Programs programs;
  Variants variants(programs.table.data());
  const Variant &settled = *variants.with({{"depth", 4}, {"width", 16}});
  EXPECT_EQ(textOf(variants.ofTrial(settled, searchFor({"lr", "width"}), {0.5, 8})), "depth = 4, width = 8");
  EXPECT_EQ(textOf(variants.ofTrial(settled, searchFor({"lr", "width"}), {})), "depth = 4, width = 8");
  EXPECT_EQ(textOf(variants.ofTrial(settled, searchFor({"lr"}), {0.5})), "depth = 4, width = 16");
}

TEST(Variants, whatASearchMayFindDiffersInItsOwnDimsAlone) {
  Programs programs;
  Variants variants(programs.table.data());
  auto reached = [&](const Variant &from, std::vector<std::string> names) {
    abi::Search search = searchFor(std::move(names));
    std::vector<std::string> texts;
    for (const Variant *each : variants.reachable(from, {&search}))
      texts.push_back(textOf(*each));
    return texts;
  };
  EXPECT_EQ(reached(variants.own(), {"lr"}), std::vector<std::string>({"depth = 2, width = 8"}));
  EXPECT_EQ(reached(variants.own(), {"depth"}), std::vector<std::string>({"depth = 2, width = 8", "depth = 4, width = 8"}));
  EXPECT_EQ(reached(*variants.with({{"width", 16}}), {"depth"}), std::vector<std::string>({"depth = 2, width = 16", "depth = 4, width = 16"}));
  EXPECT_EQ(reached(variants.own(), {"width", "depth"}).size(), 4u);
}

} // namespace tl::program
