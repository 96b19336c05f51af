// Reads texts of sections: a line `: NAME` names the class of the lines below it, which have a number of words each, as word2vec's questions have four.
#pragma once
#include "runtime/data/Reader.h"

namespace tl::data {

/// Of a `lines` source with `sections = true`.
std::unique_ptr<Reader> openSections(const abi::Source &source, const std::string &scriptDir);

} // namespace tl::data
