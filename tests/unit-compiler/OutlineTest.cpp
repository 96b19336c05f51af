// A file seen from its margin has the declarations that it has when it is read.
#include "compiler/syntax/Outline.h"
#include "compiler/syntax/Parser.h"
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>

using namespace tl;

TEST(Outline, HasWhatEachFileOfTheLibraryDeclares) {
  size_t files = 0, declarations = 0;
  for (const auto &entry : std::filesystem::recursive_directory_iterator(TL_STDLIB)) {
    if (entry.path().extension() != ".tl")
      continue;
    std::ifstream in(entry.path());
    SourceFiles sources;
    int file = sources.add(entry.path().string(), std::string{std::istreambuf_iterator<char>(in), {}});
    Diagnostics diagnostics(sources);
    std::string rest = sources.text(file);
    std::vector<std::string> names;
    size_t end = 0;
    for (const Piece &piece : piecesOf(sources.text(file))) {
      EXPECT_LE(end, piece.begin) << entry;
      end = piece.end;
      if (piece.keyword == "use")
        continue;
      names.emplace_back(piece.name);
      std::string text = sources.text(file).substr(piece.begin, piece.end - piece.begin);
      SourceFiles alone;
      int only = alone.add("alone.tl", text);
      Diagnostics ofIt(alone);
      ast::File read = parse(only, ofIt);
      ASSERT_EQ(read.definitions.size(), 1u) << entry << ": " << text;
      EXPECT_EQ(read.definitions[0].name, piece.name);
      blank(rest, piece);
    }
    ast::File whole = parse(file, diagnostics), none = parse(file, rest, diagnostics);
    ASSERT_EQ(whole.definitions.size(), names.size()) << entry;
    for (size_t i = 0; i < names.size(); ++i)
      EXPECT_EQ(whole.definitions[i].name, names[i]);
    EXPECT_TRUE(none.definitions.empty() && none.uses.size() == whole.uses.size()) << entry;
    ++files, declarations += names.size();
  }
  EXPECT_GT(files, 40u);
  EXPECT_GT(declarations, 300u);
}

TEST(Outline, KeepsThePlacesOfWhatIsLeft) {
  std::string text = "## a\nfn first(x) {\n  x\n}\n\n## b\n# more\nfn second(x) { x }\n";
  auto pieces = piecesOf(text);
  ASSERT_EQ(pieces.size(), 2u);
  EXPECT_EQ(text.substr(pieces[1].begin, pieces[1].end - pieces[1].begin), "## b\n# more\nfn second(x) { x }\n");
  SourceFiles sources;
  int file = sources.add("two.tl", text);
  Diagnostics diagnostics(sources);
  blank(text, pieces[0]);
  ast::File read = parse(file, text, diagnostics);
  ASSERT_EQ(read.definitions.size(), 1u);
  EXPECT_EQ(sources.place(read.definitions[0].span), "two.tl:8:4");
  EXPECT_EQ(read.definitions[0].doc, parse(file, diagnostics).definitions[1].doc);
}

TEST(Outline, KnowsWordsFromCommentsAndTakesThoseOfStrings) {
  std::vector<std::string_view> words = wordsOf("a1 = f(\"g # \\\" h\", _i) # j \" k\nl\n#m\nn");
  EXPECT_EQ(words, (std::vector<std::string_view>{"a1", "f", "g", "h", "_i", "l", "n"}));
}
