// The files that a tokenizer is published in.
#pragma once
#include <string>

namespace tl::tokenizers {

struct Files {
  std::string json, path; // `tokenizer.json`, as it is or made of what was published before that was; `path` is the file read
  std::string config = "{}", configPath; // `tokenizer_config.json`, where it is there
};

/// An error that names what was looked for where nothing is found.
Files findFiles(const std::string &path);

} // namespace tl::tokenizers
