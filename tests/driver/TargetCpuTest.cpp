// Which processor code is made for where a hypervisor gives it the number of another.
#include "compiler/codegen/TargetCpu.h"
#include <gtest/gtest.h>

using tl::nameOfCpu;

TEST(TargetCpu, isWhatItIsToldWhereThatHasAllFeatures) {
  EXPECT_EQ(nameOfCpu("znver4", {"+avx512bf16", "+avx512vnni", "+sse4a", "-amx-tile"}), "znver4");
  EXPECT_EQ(nameOfCpu("rocketlake", {"+avx512f", "+avx512vnni"}), "rocketlake");
  EXPECT_EQ(nameOfCpu("haswell", {"+avx2", "-avx512f"}), "haswell");
}

TEST(TargetCpu, isTheServersThatLacksTheFewest) {
  EXPECT_EQ(nameOfCpu("rocketlake", {"+amx-tile", "+avx512bf16", "+avx512fp16"}), "sapphirerapids");
  EXPECT_EQ(nameOfCpu("rocketlake", {"+amx-fp16", "+amx-tile", "+avx512fp16"}), "graniterapids");
  EXPECT_EQ(nameOfCpu("haswell", {"+avx512f", "+avx512vnni", "+vaes"}), "icelake-server");
  EXPECT_EQ(nameOfCpu("rocketlake", {"+amx-tile", "+avx512bf16", "+avx10.1", "+prefetchi", "+rtm"}), "graniterapids"); // with what no name promises
}

TEST(TargetCpu, isWhatItIsToldWhereNoneLacksLess) {
  EXPECT_EQ(nameOfCpu("znver5", {"+sse4a", "+amx-tile"}), "znver5");
}
