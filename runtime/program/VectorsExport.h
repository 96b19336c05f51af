// `./prog export STAGE.best --vectors FILE`: a table of words as programs for word vectors read it.
#pragma once
#include "runtime/program/PublishedExport.h"

namespace tl::program {

/// Writes the rows of the table at the path `wanted`, or "" of the only one that has a row for each word of a vocabulary, in word2vec's binary form where
/// the file's name ends in `.bin`, for TensorBoard's projector where it ends in `.tsv` (`words.tsv`, and the words in `words.metadata.tsv`), else in word2vec's text form.
/// Special tokens, which are no words, are left out.
void exportVectors(const Context &context, const abi::Stage &stage, const std::vector<ExportedWeight> &all, const std::string &wanted, const std::string &path);

} // namespace tl::program
