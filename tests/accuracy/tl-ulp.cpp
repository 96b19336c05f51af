// tl-ulp: how far compiled words are from the true value.
//
//   tl-ulp > docs/accuracy.md                            over all of f32; minutes on a few cores
//   tl-ulp --step 262147 --within docs/accuracy.md       of every 262147th argument; fails where one is further off than it says there
//   tl-ulp --only exp                                    one word
#include "tests/accuracy/Sweep.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/CommandLine.h"
#include <cmath>
#include <cstdio>
#include <fstream>
#include <map>
#include <sstream>
#include <thread>

using namespace tl;
using namespace tl::accuracy;

static llvm::cl::opt<uint64_t> step("step", llvm::cl::init(1), llvm::cl::desc("every how many-th argument"));
static llvm::cl::opt<std::string> within("within", llvm::cl::desc("a table no error may exceed"));
static llvm::cl::opt<std::string> only("only", llvm::cl::desc("a word"));
static llvm::cl::opt<unsigned> cores("cores", llvm::cl::init(std::max(1u, std::thread::hardware_concurrency())));

constexpr const char *introduction = R"(# How accurate the words are

The worst error of every elementwise word that rounds, as compiled, in units of the last place (ulp): 0.5 is what rounding the true value costs.
Tried were as many arguments as the table says (4,294,967,296 are all of f32), among them zeros, infinities, NaN, large powers of numbers near 1 and whole powers of negative
numbers. The true value is libm's, in double for f32 and in extended precision for doubles. `tl-ulp > docs/accuracy.md` makes this page of all of f32; `--step 262147` tries every 262147th, as `ulp.test` does.

Programs take numbers below 2^-126 (doubles: 2^-1022) for 0, as arguments and as results, because processors are slow with them; that is not counted as an error.
Above 2^50, where neighbours in f32 lie millions of turns apart, `sin` and `cos` are NaN. `erf` of a double is that of f32. Comparisons, `select`, `to_float` and `to_int` have no error beside the rounding of a whole number above 2^24.
)";

/// "exp | all" → the error, of every table in the page.
static std::map<std::string, double> documented(const std::string &path, DType dtype) {
  std::map<std::string, double> errors;
  std::ifstream in(path);
  bool isOurs = false;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("## "))
      isOurs = (line.find("f32") != std::string::npos) == (dtype == DType::F32);
    std::istringstream cells(line);
    std::string cell[5];
    for (std::string &text : cell) {
      std::getline(cells, text, '|');
      text = llvm::StringRef(text).trim().str();
    }
    if (isOurs && !cell[3].empty() && std::isdigit(cell[3][0]))
      errors[cell[1] + " | " + cell[2]] = std::stod(cell[3]);
  }
  return errors;
}

int main(int argc, char **argv) {
  llvm::cl::ParseCommandLineOptions(argc, argv, "How far compiled words are from the true value\n");
  bool isFine = true;
  if (within.empty())
    std::fputs(introduction, stdout);
  for (DType dtype : {DType::F32, DType::F64}) {
    std::vector<Row> rows;
    for (const Row &row : rowsOf(dtype))
      if (only.empty() || only == nameOf(row.word->op))
        rows.push_back(row);
    Sweep sweep(rows);
    std::map<std::string, double> limits = documented(within, dtype);
    std::printf("\n## %s\n\n| word | arguments | worst error, ulp | where | tried |\n|---|---|---|---|---|\n",
                dtype == DType::F32 ? "f32: what tensors are made of" : "Doubles: the scalars of a run, such as rates and schedules");
    for (size_t i = 0; i < rows.size(); ++i) {
      Worst worst = sweep.measure(i, step, cores);
      auto text = [&](const Arguments &at) {
        char buffer[80];
        std::snprintf(buffer, sizeof buffer, rows[i].operands() == 1 ? "%.9g" : "%.9g, %.9g", at.x, at.y);
        return std::string(buffer);
      };
      // Rounded up, so that the page holds.
      double error = std::ceil(worst.error * 1000) / 1000;
      std::printf("| %s | %.3f | %s | %llu |\n", rows[i].name().c_str(), error, error > 0.5 ? text(worst.at).c_str() : "",
                  (unsigned long long)worst.count);
      if (worst.wrong) {
        isFine = false;
        std::fprintf(stderr, "%s: NaN or a number where the other is right, %llu times, first at %s\n", rows[i].name().c_str(),
                     (unsigned long long)worst.wrong, text(worst.wrongAt).c_str());
      }
      auto limit = limits.find(rows[i].name());
      if (!within.empty() && limit == limits.end()) {
        isFine = false;
        std::fprintf(stderr, "%s stands not in %s\n", rows[i].name().c_str(), within.c_str());
      } else if (!within.empty() && error > limit->second) {
        isFine = false;
        std::fprintf(stderr, "%s: off by %.3f ulp at %s; %s says %.3f at most\n", rows[i].name().c_str(), error, text(worst.at).c_str(),
                     within.c_str(), limit->second);
      }
    }
  }
  return isFine ? 0 : 1;
}
