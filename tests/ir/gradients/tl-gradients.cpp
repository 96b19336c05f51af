// tl-gradients --seed S --count N [--compiled N] [--seconds T] [--failures FOLDER]: checks the derivative of every op on
// N drawn cases, then N compiled gradients; the last line says how many of what, the exit code is 1 where any failed.
#include "compiler/codegen/LowerToLlvm.h"
#include "compiler/fusion/Fusion.h"
#include "tests/ir/gradients/Gradients.h"
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>

using namespace tl::test;

int main(int argc, char **argv) {
  uint64_t seed = 1;
  int64_t count = 5000, compiled = 0;
  double seconds = 1e9;
  std::string folder;
  for (int i = 1; i + 1 < argc; i += 2) {
    std::string flag = argv[i], value = argv[i + 1];
    if (flag == "--seed")
      seed = std::strtoull(value.c_str(), nullptr, 10);
    else if (flag == "--count")
      count = std::atoll(value.c_str());
    else if (flag == "--compiled")
      compiled = std::atoll(value.c_str());
    else if (flag == "--seconds")
      seconds = std::atof(value.c_str());
    else if (flag == "--failures")
      folder = value;
    else {
      std::cerr << "tl-gradients: unknown flag " << flag << "\n";
      return 2;
    }
  }
  auto start = std::chrono::steady_clock::now();
  auto isLate = [&] { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count() > seconds; };

  mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  mlir::DialectRegistry registry;
  registry.insert<tl::ir::TlDialect, mlir::func::FuncDialect>();
  tl::registerKernelDialects(registry);
  tl::registerLlvmDialects(registry);
  context.appendDialectRegistry(registry);
  context.loadAllAvailableDialects();

  Tally tally;
  tally.counts["mismatches"] = 0;
  for (int64_t n = 0; n < count && !isLate(); ++n)
    checkRule(context, nthCase(context, seed, n), tally);
  std::vector<GradientCase> batch;
  for (int64_t n = 0; n < compiled && !isLate(); ++n) {
    batch.push_back(nthCase(context, seed + 1, n));
    if (batch.size() == 50 || n + 1 == compiled) {
      checkCompiled(context, std::move(batch), tally);
      batch.clear();
    }
  }

  for (size_t i = 0; i < tally.failures.size(); ++i) {
    if (i < 20)
      std::cout << tally.failures[i] << "\n";
    if (folder.empty())
      continue;
    std::filesystem::create_directories(folder);
    std::ofstream(folder + "/gradient-" + std::to_string(seed) + "-" + std::to_string(i) + ".txt") << tally.failures[i];
  }
  std::cout << "counts {";
  const char *comma = "";
  for (auto &[name, number] : tally.counts) {
    std::cout << comma << '"' << name << "\": " << number;
    comma = ", ";
  }
  std::cout << "}\n";
  return tally.counts["mismatches"] ? 1 : 0;
}
