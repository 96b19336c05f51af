// Fuzzes the front end: reads and checks a script in this process. TL_STDLIB names the folder of the standard library.
#include "compiler/sema/CheckedProgram.h"
#include "compiler/syntax/Parser.h"
#include "tests/fuzz/Harness.h"
#include "tests/fuzz/ScriptMutator.h"
#include <cstdlib>
#include <cstring>
#include <fstream>

using namespace tl;

namespace {

/// The place exists: a line of a file that was read, a column of it or the one behind its end.
void checkPlace(const SourceFiles &files, const ast::Span &span, const std::string &message) {
  bool isThere = span.file >= 0 && span.file < files.size() && span.line >= 1 && span.column >= 1 && span.length >= 1;
  if (isThere) {
    const std::string &text = files.text(span.file);
    size_t begin = 0;
    for (int line = 1; line < span.line && begin != std::string::npos; ++line) {
      begin = text.find('\n', begin);
      begin += begin != std::string::npos;
    }
    size_t end = begin == std::string::npos ? 0 : std::min(text.find('\n', begin), text.size());
    isThere = begin != std::string::npos && size_t(span.column) <= end - begin + 1;
  }
  if (!isThere)
    fuzz::finding("no such place: " + files.place(span) + ", length " + std::to_string(span.length) + ": " + message);
}

} // namespace

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed) {
  return fuzz::rewrite(data, size, most, seed, [](std::string script, std::minstd_rand &random) {
    if (random() % 16)
      return fuzz::mutated(script, random);
    fuzz::mutatePart(script);
    return script;
  });
}

extern "C" size_t LLVMFuzzerCustomCrossOver(const uint8_t *one, size_t oneSize, const uint8_t *other, size_t otherSize, uint8_t *out,
                                            size_t most, unsigned seed) {
  std::memcpy(out, one, std::min(oneSize, most));
  std::string piece(reinterpret_cast<const char *>(other), otherSize);
  return fuzz::rewrite(out, std::min(oneSize, most), most, seed,
                       [&](std::string script, std::minstd_rand &random) { return fuzz::spliced(script, piece, random); });
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const std::string path = fuzz::memoryFolder() + "/hostile.tl"; // a file outside, which streams read
  static const char *const stdlib = std::getenv("TL_STDLIB");
  if (!stdlib)
    fuzz::finding("TL_STDLIB is not set");
  std::string script(reinterpret_cast<const char *>(data), size);
  std::ofstream(path, std::ios::binary) << script;
  SourceFiles files;
  Diagnostics diagnostics(files);
  CheckOptions options{stdlib};
  std::unique_ptr<const CheckedProgram> program = check(path, options, diagnostics);
  if (files.text(0) != script)
    fuzz::finding("the script was not read");
  if (bool(program) == diagnostics.hasErrors())
    fuzz::finding(program ? "a program in spite of errors" : "no program, and no error");
  for (const auto &each : diagnostics.all()) {
    checkPlace(files, each->span, each->message);
    for (const Diagnostic::Note &note : each->notes)
      checkPlace(files, note.span, note.message);
  }
  diagnostics.render(true);
  if (!fuzz::isJson(diagnostics.renderJson()))
    fuzz::finding("the messages are no JSON: " + diagnostics.renderJson());
  if (program)
    print(*program);
  return 0;
}
