// JPEG and PNG files to pixels.
#pragma once
#include "runtime/pictures/Header.h"

namespace tl::pictures {

/// The picture that a file's bytes hold, turned as EXIF says, of 3 channels (red, green, blue) or 1 (grey). The values are those of
/// Pillow's `ImageOps.exif_transpose(image).convert("RGB")`, or "L": what is transparent keeps its colour, of 16 bits the upper 8 are
/// taken (of grey, too, which Pillow clips at 255), CMYK becomes (1 - C)(1 - K), and grey is 0.299 R + 0.587 G + 0.114 B. A tl::Error without the
/// name of the file where it is damaged.
Picture decode(std::string_view bytes, int64_t channels);

/// The part `window` of that picture, to the same bits. Of a JPEG file little more than the part is computed; what is damaged elsewhere may pass.
Picture decode(std::string_view bytes, int64_t channels, const Window &window);

// Of one format each: rows as they lie in the file, with as many channels as the file has, none of them alpha. See decode.
Picture decodeJpeg(std::string_view bytes, const Header &header);
Picture decodePng(std::string_view bytes, const Header &header);
/// The part `window` of the rows.
Picture decodeJpeg(std::string_view bytes, const Header &header, const Window &window);

/// The picture as it is seen.
Picture turned(Picture picture, Orientation orientation);

} // namespace tl::pictures
