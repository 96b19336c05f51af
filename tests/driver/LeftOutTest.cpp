// What LLVM is told to leave out is still called so.
#include "compiler/codegen/ObjectFile.h"
#include "llvm/Support/CommandLine.h"
#include <gtest/gtest.h>

TEST(LeftOut, strengthReduction) {
  ASSERT_TRUE(bool(tl::findTargetCpu("x86-64-v3")));
  llvm::cl::Option *option = llvm::cl::getRegisteredOptions().lookup("disable-lsr");
  ASSERT_NE(option, nullptr);
  EXPECT_EQ(option->getNumOccurrences(), 1);
}
