// `./prog export STAGE.best --vectors FILE`: the vectors of words as programs for word vectors read them.
#pragma once
#include "runtime/program/WordVectors.h"

namespace tl::program {

/// Writes them in word2vec's binary form where the file's name ends in `.bin`, for TensorBoard's projector where it ends in `.tsv` (`words.tsv`, and the words in
/// `words.metadata.tsv`), else in word2vec's text form. Packed with gzip where the name ends in `.gz`. Special tokens, which are no words, are left out.
void exportVectors(const WordVectors &vectors, const std::string &path);

} // namespace tl::program
