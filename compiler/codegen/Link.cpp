// Linking with lld as a library, in the order that a C++ compiler would use.
#include "compiler/codegen/Link.h"
#include "lld/Common/Driver.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/raw_ostream.h"
#include <vector>

LLD_HAS_DRIVER(elf)

using namespace llvm;

namespace tl {

std::string findSystemLibrary(StringRef name) {
  for (StringRef folder : {"/lib/x86_64-linux-gnu", "/lib64", "/usr/lib64", "/usr/lib", "/lib"}) {
    std::string path = (folder + "/" + name).str();
    if (sys::fs::exists(path))
      return path;
  }
  return "";
}

const Artefact &programArtefact() {
  static const Artefact program{"program", "", "", {"-pie", "-dynamic-linker", "/lib64/ld-linux-x86-64.so.2"}, {"Scrt1.o", "crti.o", "crtbeginS.o"}, true};
  return program;
}

// Nobody in a library asks for its door, so the linker is told to. What the archives define is nobody else's business, and where a
// process has two libraries, each finds its own descriptor. The first of the files behind the words says which names are shown.
const Artefact &libraryArtefact() {
  static const Artefact library{"library",
                                "lib",
                                ".so",
                                {"-shared", "-Bsymbolic", "-u", "tlOpen", "--version-script"},
                                {"library.map", "crti.o", "crtbeginS.o"},
                                false};
  return library;
}

Error link(const Artefact &artefact, ArrayRef<std::string> objectFiles, ArrayRef<StringRef> doors, StringRef linkDirectory, StringRef output, bool hasLines) {
  std::vector<std::string> words = {"ld.lld",
                                    "-O2",
                                    "--gc-sections",
                                    "--build-id=none",
                                    "--hash-style=gnu",
                                    "--eh-frame-hdr",
                                    "--as-needed",
                                    "-z",
                                    "relro",
                                    "-z",
                                    "now"};
  if (!hasLines)
    words.push_back("--strip-all");
  for (StringRef door : doors)
    words.insert(words.end(), {"-u", door.str()});
  words.insert(words.end(), artefact.words.begin(), artefact.words.end()); // the last of them may be about the first of its files
  auto input = [&](StringRef name) { words.push_back((linkDirectory + "/" + name).str()); };
  for (const std::string &name : artefact.first)
    input(name);
  words.insert(words.end(), objectFiles.begin(), objectFiles.end());
  words.push_back("--start-group");
  for (StringRef name : {"libtlrt.a", "libjpeg.a", "libpng16.a", "libz.a", "libutf8proc.a", "libpcre2-8.a", "libstdc++.a", "libgcc.a", "libgcc_eh.a", "libc_nonshared.a"})
    input(name);
  for (StringRef name : {"libm.so.6", "libc.so.6"}) {
    std::string path = findSystemLibrary(name);
    if (path.empty())
      return createStringError("this machine's " + name + " was not found");
    words.push_back(path);
  }
  words.push_back("--end-group");
  for (StringRef name : {"crtendS.o", "crtn.o"})
    input(name);
  // Written aside and renamed, so that a running program or an interrupted link never leaves half a file.
  std::string aside = (output + "." + Twine(sys::Process::getProcessId()) + ".part").str();
  words.insert(words.end(), {"-o", aside});

  std::vector<const char *> arguments;
  for (const std::string &word : words)
    arguments.push_back(word.c_str());
  std::string messages;
  raw_string_ostream stream(messages);
  lld::Result result = lld::lldMain(arguments, stream, stream, {{lld::Gnu, &lld::elf::link}});
  if (result.retCode != 0) {
    (void)sys::fs::remove(aside);
    return createStringError("the linker failed: " + messages);
  }
  if (std::error_code error = sys::fs::rename(aside, output)) {
    (void)sys::fs::remove(aside);
    return createStringError("cannot write `" + output + "`: " + error.message());
  }
  return Error::success();
}

} // namespace tl
