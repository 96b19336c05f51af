// The door into `read`: lexer, layout, parser in two stages, tree builder.
#include "compiler/syntax/Parser.h"
#include "TLLexer.h"
#include "compiler/syntax/AstBuilder.h"
#include "compiler/syntax/ByteStream.h"
#include "compiler/syntax/SyntaxErrors.h"
#include "compiler/support/Utf8.h"
#include <algorithm>

namespace tl {
namespace {

using antlr4::atn::PredictionMode;
using grammar::TLLexer;
using grammar::TLParser;

/// A copy, because ANTLR's list of tokens hands its tokens over and the layout's facts speak of them by index.
std::vector<std::unique_ptr<antlr4::Token>> copyOf(const TokenList &list) {
  std::vector<std::unique_ptr<antlr4::Token>> copy;
  copy.reserve(list.tokens.size());
  for (const auto &token : list.tokens)
    copy.push_back(std::make_unique<antlr4::CommonToken>(token.get()));
  return copy;
}

/// Fast and right for every script without mistakes: SLL prediction, giving up at the first mismatch.
bool isReadAtOnce(TLParser &parser, TLParser::FileContext *&tree) {
  parser.getInterpreter<antlr4::atn::ParserATNSimulator>()->setPredictionMode(PredictionMode::SLL);
  parser.setErrorHandler(std::make_shared<antlr4::BailErrorStrategy>());
  try {
    tree = parser.file();
    return true;
  } catch (const antlr4::ParseCancellationException &) {
    return false;
  }
}

/// A file that is no text is told at once: read as one, every byte of it would be a mistake of its own.
bool isText(int file, const std::string &text, Diagnostics &diagnostics) {
  size_t at = firstNoText(text);
  if (at == std::string::npos)
    return true;
  size_t begin = text.rfind('\n', at) == std::string::npos ? 0 : text.rfind('\n', at) + 1;
  char byte[8];
  snprintf(byte, sizeof byte, "0x%02X", static_cast<unsigned char>(text[at]));
  ast::Span place{file, int(std::count(text.begin(), text.begin() + ssize_t(at), '\n')) + 1, int(at - begin) + 1, 1};
  diagnostics.report(Diag::NotText, place,
                     "`" + diagnostics.sources().name(file) + "` is no text in UTF-8: byte " + std::to_string(at) + " is " + byte)
      .help = "a script has another file's name here, or was saved in another encoding";
  return false;
}

ast::File read(int file, const std::string &text, Diagnostics &diagnostics) {
  if (!isText(file, text, diagnostics)) {
    ast::File nothing;
    nothing.file = file;
    nothing.broken.isAll = true;
    return nothing;
  }
  ByteStream stream(text);
  TLLexer lexer(&stream);
  lexer.removeErrorListeners();
  TokenList list = layOut(lexer, file, diagnostics);
  ast::File nothing;
  nothing.file = file;
  nothing.broken.isAll = true;
  if (list.isTooDeep)
    return nothing;

  antlr4::ListTokenSource source(copyOf(list));
  antlr4::CommonTokenStream tokens(&source);
  TLParser parser(&tokens);
  parser.removeErrorListeners();
  TLParser::FileContext *tree = nullptr;
  SyntaxErrors errors(list, file, diagnostics);
  if (!isReadAtOnce(parser, tree)) {
    parser.reset();
    parser.getInterpreter<antlr4::atn::ParserATNSimulator>()->setPredictionMode(PredictionMode::LL);
    parser.setErrorHandler(std::shared_ptr<antlr4::ANTLRErrorStrategy>(&errors, [](auto *) {}));
    tree = parser.file();
  }
  errors.reportStrayClosers();
  return AstBuilder(list, file, diagnostics).build(tree);
}

} // namespace

ast::File parse(int file, const std::string &text, Diagnostics &diagnostics) {
  try {
    return read(file, text, diagnostics);
  } catch (const std::exception &failure) {
    // ANTLR's own failures; none is known, and none may take the compiler down.
    diagnostics.report(Diag::Syntax, {file, 1, 1, 1}, std::string("this file cannot be read: ") + failure.what());
    ast::File nothing;
    nothing.file = file;
    nothing.broken.isAll = true;
    return nothing;
  }
}

ast::File parse(int file, Diagnostics &diagnostics) { return parse(file, diagnostics.sources().text(file), diagnostics); }

std::string printTokens(int file, Diagnostics &diagnostics) {
  const std::string &script = diagnostics.sources().text(file);
  if (!isText(file, script, diagnostics))
    return "";
  ByteStream stream(script);
  TLLexer lexer(&stream);
  lexer.removeErrorListeners();
  TokenList list = layOut(lexer, file, diagnostics);
  std::string text;
  for (const auto &token : list.tokens) {
    bool isSeparator = token->getType() == TLLexer::SEP && token->getText() != ";";
    text += std::to_string(token->getLine()) + ":" + std::to_string(token->getCharPositionInLine() + 1) + " " +
            (token->getType() == TLLexer::EOF ? "end"
             : isSeparator                    ? "separator"
                                              : token->getText()) +
            "\n";
  }
  return text;
}

} // namespace tl
