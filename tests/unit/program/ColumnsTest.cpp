// Records of a table by the names of its columns.
#include "runtime/io/Error.h"
#include "runtime/program/ColumnsWriter.h"

#include <cmath>
#include <gtest/gtest.h>

namespace tl::program {

using Json = Answerer::Json;

static abi::Field numbers(bool mayLack = false) {
  return {.name = "x", .dtype = "f32", .shape = {2}, .classNames = {}, .columns = {"age", "x"}, .mayLack = mayLack};
}

static abi::Field names() {
  return {.name = "kinds", .dtype = "i32", .shape = {2}, .classNames = {}, .tokens = "categories", .vocabulary = {"job=", "job=clerk", "job=7", "town=", "town=Ulm"}, .columns = {"job", "town"}};
}

static std::vector<float> numbersOf(const abi::Field &field, const Json &record) {
  std::vector<float> values(2);
  ColumnsWriter(field).write(record, reinterpret_cast<char *>(values.data()));
  return values;
}

static std::vector<int32_t> namesOf(const Json &record) {
  abi::Field field = names();
  std::vector<int32_t> values(2);
  ColumnsWriter(field).write(record, reinterpret_cast<char *>(values.data()));
  return values;
}

static std::string refusalOf(const abi::Field &field, const Json &record) {
  try {
    ColumnsWriter(field).write(record, nullptr);
  } catch (const Error &error) {
    return error.message;
  }
  return "";
}

TEST(Columns, AreGivenByNameOrAsTheirField) {
  EXPECT_EQ(numbersOf(numbers(), {{"x", 4}, {"age", 3.5}}), (std::vector<float>{3.5, 4})) << "a column that is called as its field";
  EXPECT_EQ(numbersOf(numbers(), {{"x", {3.5, 4}}}), (std::vector<float>{3.5, 4}));
  EXPECT_EQ(namesOf({{"town", "Ulm"}, {"job", "clerk"}}), (std::vector<int32_t>{1, 4}));
  EXPECT_EQ(namesOf({{"kinds", {"clerk", "Ulm"}}}), (std::vector<int32_t>{1, 4}));
  EXPECT_EQ(namesOf({{"town", "Ulm"}, {"job", 7}}), (std::vector<int32_t>{2, 4})) << "a number that is a name";
}

TEST(Columns, HolesAreWhatTheDataSaysOfThem) {
  EXPECT_EQ(namesOf({{"town", nullptr}, {"job", "?"}}), (std::vector<int32_t>{0, 3})) << "of categories they are unknown";
  EXPECT_EQ(namesOf({{"town", "Bern"}, {"job", "clerk"}}), (std::vector<int32_t>{1, 3}));
  std::vector<float> kept = numbersOf(numbers(true), {{"x", nullptr}});
  EXPECT_TRUE(std::isnan(kept[0]) && std::isnan(kept[1]));
  EXPECT_EQ(refusalOf(numbers(), {{"x", nullptr}, {"age", 1}}), "`x` is f32[], and here is `null` where a number belongs");
}

TEST(Columns, WhatIsNoRecordIsRefused) {
  EXPECT_EQ(refusalOf(numbers(), {{"age", 1}}), "`x` is missing; `x` is f32[2]: `age`, `x`");
  EXPECT_EQ(refusalOf(numbers(), {{"x", {1, 2, 3}}}), "`x` is f32[2], and here is a list of 3 where 2 belong");
  EXPECT_EQ(refusalOf(numbers(), {{"age", "old"}, {"x", 1}}), "`age` is f32[], and here is `\"old\"` where a number belongs");
  EXPECT_EQ(refusalOf(numbers(true), {{"x", {1, 2}}, {"age", 1}}), "`age` is given twice: alone, and in `x`");
  EXPECT_EQ(refusalOf(names(), {{"kinds", "clerk"}}), "`kinds` is 2 names, and here is `\"clerk\"` where a list of 2 belongs");
  EXPECT_EQ(refusalOf(names(), {{"town", {{"name", "Ulm"}}}, {"job", "clerk"}}), "`town` is a name, and here is `{\"name\":\"Ulm\"}`");
}

} // namespace tl::program
