// From object files to a program or a library, in this process: no compiler or linker is needed on the machine.
#pragma once
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <string>
#include <vector>

namespace tl {

/// A kind of thing that objects and the runtime become, as far as the linker knows it.
struct Artefact {
  std::string name;               // as people say it: "program", "library"
  std::string before, after;      // around the script's name, where people name no file
  std::vector<std::string> words; // what the linker is told of this kind alone
  std::vector<std::string> first; // its start-up files, of the link directory
  bool readsData = true;          // else it is given what it computes on
};
const Artefact &programArtefact();
/// A shared library that offers runtime/abi/Model.h, and Program.h for who drives the compiled functions himself.
const Artefact &libraryArtefact();

/// Links the objects with the runtime into `output`, which needs libc and libm only. `linkDirectory` holds the start-up files
/// and archives (build/lib/tl). `doors` are functions of the runtime that it calls where they are linked: what a program has no
/// use for is not in it. Line tables are thrown away unless it `hasLines`. The file appears whole or not at all.
llvm::Error link(const Artefact &artefact, llvm::ArrayRef<std::string> objectFiles, llvm::ArrayRef<llvm::StringRef> doors,
                 llvm::StringRef linkDirectory, llvm::StringRef output, bool hasLines);

/// The shared C library of this machine, "" where it is not found; `name` is "libc.so.6" or "libm.so.6".
std::string findSystemLibrary(llvm::StringRef name);

} // namespace tl
