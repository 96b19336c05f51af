// What a safetensors file says of the vocabularies that its tensors are over: a note of its metadata, "NAME=DIGEST;NAME=DIGEST".
#pragma once
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace tl::weights {

using Notes = std::map<std::string, std::string>; // the metadata of a file

/// The note that each of those tensors is over that vocabulary (see abi::Variable); none where there is none.
Notes notesOf(const std::vector<std::pair<std::string, std::string>> &vocabularies);
/// The name of a tensor -> its vocabulary.
Notes vocabulariesIn(const Notes &metadata);

} // namespace tl::weights
