// What both formats have in common: colours and how a picture is turned.
#include "runtime/pictures/Decode.h"
#include "runtime/pictures/Resize.h"

namespace tl::pictures {

/// 0.299 R + 0.587 G + 0.114 B in 16 bits behind the point, rounded.
static uint8_t greyOf(const uint8_t *rgb) { return uint8_t((rgb[0] * 19595 + rgb[1] * 38470 + rgb[2] * 7471 + 0x8000) >> 16); }

static Picture withChannels(Picture picture, int64_t channels) {
  if (picture.channels == channels)
    return picture;
  Picture out(picture.size, channels);
  const int64_t pixels = picture.size.pixels();
  const uint8_t *from = picture.values.data();
  uint8_t *to = out.values.data();
  if (channels == 1)
    for (int64_t i = 0; i < pixels; ++i)
      to[i] = greyOf(from + 3 * i);
  else
    for (int64_t i = 0; i < pixels; ++i)
      to[3 * i] = to[3 * i + 1] = to[3 * i + 2] = from[i];
  return out;
}

namespace {

/// How what is seen lies in the file.
struct Turn {
  bool isExchanged, fromBottom, fromRight; // isExchanged: rows of the file are columns of what is seen
  explicit Turn(Orientation orientation)
      : isExchanged(orientation >= 5), fromBottom(orientation == 3 || orientation == 4 || orientation == 7 || orientation == 8),
        fromRight(orientation == 2 || orientation == 3 || orientation == 6 || orientation == 7) {}
};

/// Where in the file's rows a part of what is seen lies.
Window storedPart(const Window &seen, const Header &header) {
  const Turn turn(header.orientation);
  const Size whole = header.size();
  const int64_t down = turn.fromBottom ? whole.height - seen.top - seen.size.height : seen.top;
  const int64_t along = turn.fromRight ? whole.width - seen.left - seen.size.width : seen.left;
  return turn.isExchanged ? Window{along, down, {seen.size.width, seen.size.height}} : Window{down, along, seen.size};
}

} // namespace

Picture turned(Picture picture, Orientation orientation) {
  if (orientation == 1)
    return picture;
  const Turn turn(orientation);
  const int64_t channels = picture.channels;
  Picture out(turn.isExchanged ? Size{picture.size.width, picture.size.height} : picture.size, channels);
  for (int64_t y = 0; y < out.size.height; ++y) {
    uint8_t *to = out.row(y);
    for (int64_t x = 0; x < out.size.width; ++x, to += channels) {
      int64_t down = turn.fromBottom ? out.size.height - 1 - y : y, along = turn.fromRight ? out.size.width - 1 - x : x;
      const uint8_t *from = turn.isExchanged ? picture.row(along) + down * channels : picture.row(down) + along * channels;
      for (int64_t c = 0; c < channels; ++c)
        to[c] = from[c];
    }
  }
  return out;
}

Picture decode(std::string_view bytes, int64_t channels) {
  Header header = headerOf(bytes);
  Picture stored = header.kind == Header::Kind::Jpeg ? decodeJpeg(bytes, header) : decodePng(bytes, header);
  return turned(withChannels(std::move(stored), channels), header.orientation);
}

Picture decode(std::string_view bytes, int64_t channels, const Window &window) {
  Header header = headerOf(bytes);
  const Window part = storedPart(window, header);
  Picture stored = header.kind == Header::Kind::Jpeg ? decodeJpeg(bytes, header, part) : cut(decodePng(bytes, header), part);
  return turned(withChannels(std::move(stored), channels), header.orientation);
}

} // namespace tl::pictures
