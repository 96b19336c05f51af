// What the first bytes of a picture say of it, before anything is decoded.
#pragma once
#include "runtime/pictures/Picture.h"
#include <optional>
#include <string_view>

namespace tl::pictures {

/// How the rows and columns of a file lie in the picture that is seen: numbers as in EXIF, 1 to 8. From 5 on the two are exchanged.
using Orientation = int;

struct Header {
  enum class Kind { Jpeg, Png } kind = Kind::Jpeg;
  Size stored;                 // of the rows that lie in the file
  Orientation orientation = 1; // of EXIF, as photographs have it
  bool isProgressive = false;
  Size size() const { return orientation < 5 ? stored : Size{stored.width, stored.height}; }
  /// Bytes that are held at most while it is decoded.
  int64_t decodingBytes() const;
};

/// Reads the header of a JPEG or PNG file that is given whole. A tl::Error that says what is wrong, without the file's name, where this is
/// neither, where its end is missing, its pixels are too many, or more than so many bytes can hold.
Header headerOf(std::string_view bytes);

/// "a GIF picture", "a text", …: what bytes look like that are neither.
std::string kindOf(std::string_view bytes);

/// The orientation that a block of EXIF says, which starts as a TIFF file does; 1 where it says none.
Orientation orientationIn(std::string_view exif);

} // namespace tl::pictures
