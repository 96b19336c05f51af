// The door to all that decodes pictures. Programs that read none are linked without it: see compiler/codegen/Link.h.
#pragma once
#include "runtime/data/Reader.h"

namespace tl::data {

struct PictureDoor {
  /// A source of `images`.
  std::unique_ptr<Reader> (*open)(const abi::Source &source, const std::string &scriptDir);
  /// Writes the picture of one file as that source's field has it: with its channels, after its steps.
  void (*read)(const abi::Source &source, const abi::Field &field, const std::string &path, char *into);
};

/// The door, or an internal error where the program was linked without it.
const PictureDoor &pictures();

/// Whether a field is made of files of pictures.
bool isOfPictures(const abi::Data &data, const abi::Field &field);

} // namespace tl::data

/// In Pictures.cpp.
extern "C" [[gnu::weak]] const tl::data::PictureDoor tlPictures;
