// Which machine code is made for, and what its name and features say of it.
#include "compiler/codegen/TargetCpu.h"
#include "runtime/abi/TileRegisters.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/TargetParser/Host.h"
#include <mutex>

using namespace llvm;

namespace tl {

const Triple programTriple("x86_64-unknown-linux-gnu");

/// Rewrites the addresses of loops, for which it analyses each of them: a sixth of the back end's time. Ours come in the form that it
/// looks for, a base and a number of a loop, and run as fast without. LLVM has no other way to say so.
static void leaveOutStrengthReduction() {
  static std::once_flag isSaid;
  std::call_once(isSaid, [] {
    if (cl::Option *option = cl::getRegisteredOptions().lookup("disable-lsr"))
      option->addOccurrence(0, "disable-lsr", "true");
  });
}

Expected<const llvm::Target *> findTarget() {
  leaveOutStrengthReduction();
  LLVMInitializeX86TargetInfo();
  LLVMInitializeX86Target();
  LLVMInitializeX86TargetMC();
  LLVMInitializeX86AsmPrinter();
  std::string error;
  if (const llvm::Target *target = TargetRegistry::lookupTarget(programTriple, error))
    return target;
  return createStringError(error);
}

/// What a CPU's name says of its caches. A name that is not here, such as that of a level of x86-64, has those of `Target`.
static void setCaches(Target &target, StringRef cpu) {
  if (cpu.starts_with("icelake") || is_contained({"tigerlake", "rocketlake", "alderlake", "raptorlake", "sapphirerapids", "emeraldrapids", "graniterapids", "znver5"}, cpu)) {
    target.firstCache = 48 << 10;
    target.ways = 12;
  }
  target.secondCache = StringSwitch<int64_t>(cpu)
                           .Cases({"nehalem", "westmere", "sandybridge", "ivybridge", "haswell", "broadwell", "skylake"}, 256 << 10)
                           .Cases({"znver1", "znver2", "znver3", "icelake-client", "rocketlake"}, 512 << 10)
                           .Cases({"icelake-server", "tigerlake", "alderlake"}, 1280 << 10)
                           .Cases({"raptorlake", "sapphirerapids", "emeraldrapids", "graniterapids"}, 2 << 20)
                           .Default(target.secondCache);
}

/// Zen 4 does one multiply-add of 512 bits a cycle or two of 256; so are others counted that are not known to do two.
static Target kernelTarget(const TargetCpu &cpu) {
  auto has = [&](StringRef feature) { return is_contained(cpu.required, feature); };
  Target target;
  setCaches(target, cpu.name);
  bool isWide = has("avx512f") && has("avx512vl");
  if (!isWide) {
    target.lanes = has("avx2") && has("fma") ? 8 : 4;
    target.registers = target.tileRegisters = 16;
  }
  if (!isWide || is_contained({"skylake-avx512", "cascadelake", "cooperlake", "icelake-server", "sapphirerapids", "emeraldrapids", "graniterapids", "znver5"}, cpu.name)) {
    target.vectorsACycle = 2;
    target.farVectorCost /= 2;
    target.scalarCost = 65; // As many loads as there are cycles for: a tile of one vector would take them all.
  }
  // Intel's cores multiply pairs of bf16 at half the pace of f32, but in tiles at more than ten times that.
  bool areSlow = is_contained({"cooperlake", "sapphirerapids", "emeraldrapids", "graniterapids"}, cpu.name);
  target.multipliesTiles = isWide && has("amx-tile") && has("amx-bf16");
  target.multipliesPairs = isWide && has("avx512bf16") && (target.multipliesTiles || !areSlow);
  return target;
}

std::string nameOfCpu(StringRef told, ArrayRef<std::string> features) {
  const llvm::Target *target = cantFail(findTarget());
  auto lacking = [&](StringRef name) {
    std::unique_ptr<MCSubtargetInfo> named(target->createMCSubtargetInfo(programTriple, name, ""));
    return count_if(features, [&](StringRef feature) { return feature.front() == '+' && !named->checkFeatures(feature); });
  };
  StringRef best = told;
  for (StringRef name : {"icelake-server", "sapphirerapids", "graniterapids"})
    if (lacking(name) < lacking(best))
      best = name;
  return best.str();
}

Expected<TargetCpu> findTargetCpu(StringRef name) {
  Expected<const llvm::Target *> target = findTarget();
  if (!target)
    return target.takeError();
  TargetCpu cpu;
  if (name.empty() || name == "native") {
    // A virtual machine may hide what the name promises, so what is really there decides.
    std::vector<std::string> features;
    const bool mayUseTiles = abi::askForTiles();
    for (const auto &feature : sys::getHostCPUFeatures())
      features.push_back((feature.second && (!feature.first().starts_with("amx-") || mayUseTiles) ? "+" : "-") + feature.first().str());
    llvm::sort(features);
    cpu.name = nameOfCpu(sys::getHostCPUName(), features);
    cpu.features = join(features, ",");
  } else {
    cpu.name = name.str();
  }
  std::unique_ptr<MCSubtargetInfo> known((*target)->createMCSubtargetInfo(programTriple, "", ""));
  if (!known->isCPUStringValid(cpu.name))
    return createStringError("no CPU is called `" + cpu.name + "`");
  std::unique_ptr<MCSubtargetInfo> subtarget((*target)->createMCSubtargetInfo(programTriple, cpu.name, cpu.features));
  static const char *const checkable[] = {"sse4.2",
                                          "avx",
                                          "avx2",
                                          "fma",
                                          "f16c",
                                          "bmi",
                                          "bmi2",
                                          "avx512f",
                                          "avx512cd",
                                          "avx512dq",
                                          "avx512bw",
                                          "avx512vl",
                                          "avx512vnni",
                                          "avx512vbmi",
                                          "avx512vbmi2",
                                          "avx512bitalg",
                                          "avx512vpopcntdq",
                                          "avx512ifma",
                                          "avx512bf16",
                                          "amx-tile",
                                          "amx-bf16"};
  for (const char *feature : checkable)
    if (subtarget->checkFeatures(std::string("+") + feature))
      cpu.required.push_back(feature);
  cpu.target = kernelTarget(cpu);
  return cpu;
}

Target hostTarget() {
  Expected<TargetCpu> cpu = findTargetCpu("native");
  if (!cpu)
    report_fatal_error(cpu.takeError());
  return cpu->target;
}

} // namespace tl
