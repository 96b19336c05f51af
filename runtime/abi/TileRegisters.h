// Registers of tiles (Intel's AMX), which Linux lets a process use once it has asked.
#pragma once
#include <sys/syscall.h>
#include <unistd.h>

namespace tl::abi {

/// Asks for them, for this process and those that it forks. False: the processor or the system has none, or denies them.
inline bool askForTiles() {
#if defined(__x86_64__)
  constexpr int requestPermission = 0x1023, tileData = 18; // ARCH_REQ_XCOMP_PERM and XFEATURE_XTILEDATA of Linux 5.16
  return syscall(SYS_arch_prctl, requestPermission, tileData) == 0;
#else
  return false;
#endif
}

} // namespace tl::abi
