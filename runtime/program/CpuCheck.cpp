// Checks that this machine has the instructions that the program was compiled to use.
#include "runtime/program/CpuCheck.h"
#include "runtime/abi/TileRegisters.h"
#include "runtime/io/Error.h"

#include <algorithm>
#include <map>

namespace tl::program {

void checkCpu(const std::string &compiledFor, const std::vector<std::string> &features) {
  std::map<std::string, bool> present;
#if defined(__x86_64__)
  __builtin_cpu_init();
#define TL_FEATURE(name) present[name] = __builtin_cpu_supports(name)
  TL_FEATURE("sse4.1");
  TL_FEATURE("sse4.2");
  TL_FEATURE("popcnt");
  TL_FEATURE("avx");
  TL_FEATURE("avx2");
  TL_FEATURE("fma");
  TL_FEATURE("bmi");
  TL_FEATURE("bmi2");
  TL_FEATURE("avx512f");
  TL_FEATURE("avx512cd");
  TL_FEATURE("avx512bw");
  TL_FEATURE("avx512dq");
  TL_FEATURE("avx512vl");
  TL_FEATURE("avx512ifma");
  TL_FEATURE("avx512vbmi");
  TL_FEATURE("avx512vbmi2");
  TL_FEATURE("avx512vnni");
  TL_FEATURE("avx512bitalg");
  TL_FEATURE("avx512vpopcntdq");
  TL_FEATURE("avx512bf16");
  TL_FEATURE("avx512vp2intersect");
#undef TL_FEATURE
  auto uses = [&](const char *feature) { return std::find(features.begin(), features.end(), feature) != features.end(); };
  if (uses("amx-tile")) {
    const bool hasTiles = abi::askForTiles();
    present["amx-tile"] = hasTiles && __builtin_cpu_supports("amx-tile");
    present["amx-bf16"] = hasTiles && __builtin_cpu_supports("amx-bf16");
  }
#endif
  std::string missing;
  for (std::string feature : features) {
    if (!feature.empty() && feature[0] == '+')
      feature.erase(0, 1);
    if (auto found = present.find(feature); found != present.end() && !found->second)
      missing += (missing.empty() ? "`" : ", `") + feature + "`";
  }
  if (!missing.empty())
    throw badData("this program was compiled for `" + compiledFor + "`, and this machine lacks " + missing +
                  "; compile it here, or with `--target-cpu x86-64-v3`");
}

}  // namespace tl::program
