// What an argument can be of which a signature tells nothing: a number, a tensor, a function of the library.
#pragma once
#include "compiler/sema/Declarations.h"

namespace tl::layertest {

struct Candidate {
  std::string name; // as shown: "0.25", "a tensor"
  Value value;
  bool isTensor = false; // made anew in each function
};

/// What the example of a doc comment gives: `##     net = [ Residual(64, 128) ]`. Empty where there is none. Layers among
/// the arguments are made, so that what an objective asks of its model has weights.
struct Example {
  std::unique_ptr<ast::File> file; // keeps its expressions
  std::map<std::string, Candidate> arguments;
};
Example exampleOf(const Declarations &declarations, const ast::Definition &definition, SourceFiles &sources);

/// How many tensors of any shape a function needs and gives back alike, element by element as a rule; 0: it is no such function.
int tensorsOf(const ast::Definition &definition);

/// In the order in which they are tried.
std::vector<Candidate> candidatesFor(const Declarations &declarations, const ast::Definition &definition);

/// What examples call `corpus.text`: a text in windows of five tokens, of sixteen words.
abi::Data corpusOfExamples();

/// Whether it takes a published model, which is not here: a function that reads its record, asks its weights or makes a layer of it, or a
/// layer with such a part.
bool needsPublished(const Declarations &declarations, const ast::Definition &definition);

} // namespace tl::layertest
