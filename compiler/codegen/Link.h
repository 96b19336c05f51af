// From object files to an executable, in this process: no compiler or linker is needed on the machine.
#pragma once
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <string>

namespace tl {

/// Links the objects with the runtime into the program `output`, which needs libc and libm only. `linkDirectory` holds
/// the start-up files and archives (build/lib/tl). The program appears whole or not at all.
llvm::Error linkProgram(llvm::ArrayRef<std::string> objectFiles, llvm::StringRef linkDirectory, llvm::StringRef output);

/// The shared C library of this machine, "" where it is not found; `name` is "libc.so.6" or "libm.so.6".
std::string findSystemLibrary(llvm::StringRef name);

} // namespace tl
