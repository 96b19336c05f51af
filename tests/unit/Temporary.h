// A folder for one test's files, and what most tests say about errors.
#pragma once
#include "runtime/io/File.h"
#include "tests/unit/Archives.h"
#include <cstdlib>
#include <gtest/gtest.h>

namespace tl::test {

struct TemporaryFolder {
  std::string path;
  TemporaryFolder() {
    char name[] = "/tmp/tl-unit-XXXXXX";
    path = ::mkdtemp(name);
  }
  ~TemporaryFolder() { io::removeAll(path); }
  std::string operator/(const std::string &name) const { return path + "/" + name; }
  std::string write(const std::string &name, const std::string &bytes) const {
    io::File file = io::File::create(*this / name); // not writeWhole: its fsync would take most of the tests' time
    file.write(bytes);
    file.close();
    return *this / name;
  }
};

inline std::string packed(const std::string &bytes) { return deflated(bytes, 15 + 16); }

/// The message of the tl::Error that `action` throws, with exit code 3; "" where it throws none.
template <typename Action> std::string messageOf(Action action, int exitCode = exitBadData) {
  try {
    action();
  } catch (const Error &error) {
    EXPECT_EQ(error.exitCode, exitCode) << error.message;
    return error.message;
  }
  return "";
}

inline ::testing::AssertionResult contains(const std::string &text, const std::string &part) {
  if (text.find(part) != std::string::npos)
    return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << "`" << text << "` does not contain `" << part << "`";
}

inline std::string sharedData(const std::string &name) { return std::string(TL_SHARED_DATA) + "/" + name; }

} // namespace tl::test
