// The files that a tokenizer is published in.
#pragma once
#include "runtime/abi/Descriptor.h"

namespace tl::tokenizers {

/// Of a folder or a file of it: `tokenizer.json`, as it is or made of what was published before that was, and
/// `tokenizer_config.json`, where it is there. An error names what was looked for where nothing is found.
abi::Tokenizer findFiles(const std::string &path);

} // namespace tl::tokenizers
