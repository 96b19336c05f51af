// Walks the segments of a JPEG file and the chunks of a PNG file up to what tells the size.
#include "runtime/pictures/Header.h"
#include "runtime/io/Error.h"
#include <algorithm>

namespace tl::pictures {

namespace {

/// Numbers of a file, most significant byte first. What is behind its end is an error.
class Bytes {
public:
  explicit Bytes(std::string_view bytes) : bytes(bytes) {}
  uint32_t number(size_t at, size_t width) const {
    std::string_view taken = part(at, width);
    uint32_t value = 0;
    for (char byte : taken)
      value = value << 8 | uint8_t(byte);
    return value;
  }
  std::string_view part(size_t at, size_t count) const {
    if (at > bytes.size() || count > bytes.size() - at)
      throw badData("it is cut off after " + std::to_string(bytes.size()) + " bytes, within its header; fetch it again");
    return bytes.substr(at, count);
  }
  size_t size() const { return bytes.size(); }
  bool hasBehind(size_t at, std::string_view mark) const {
    size_t last = bytes.rfind(mark);
    return last != std::string_view::npos && last > at;
  }

private:
  std::string_view bytes;
};

constexpr std::string_view pngStart = "\x89PNG\r\n\x1a\n", jpegStart = "\xff\xd8\xff";

/// Segments up to the one that tells the size, SOF. Marks without a length stand alone, and before a mark there may be any number of 0xff.
Header ofJpeg(const Bytes &bytes) {
  Header header;
  bool hasExif = false;
  for (size_t at = 2;;) {
    if (bytes.number(at, 1) != 0xff)
      throw badData("its byte " + std::to_string(at) + " is no mark of a JPEG segment; fetch it again");
    while (bytes.number(at, 1) == 0xff)
      ++at;
    uint32_t mark = bytes.number(at++, 1);
    if (mark == 0x01 || (mark >= 0xd0 && mark <= 0xd8))
      continue;
    if (mark == 0xd9 || mark == 0xda)
      throw badData("it ends, or its pixels begin, before anything tells its size; fetch it again");
    size_t length = bytes.number(at, 2);
    std::string_view segment = bytes.part(at, std::max<size_t>(length, 2)).substr(2);
    bool isFrame = mark >= 0xc0 && mark <= 0xcf && mark != 0xc4 && mark != 0xc8 && mark != 0xcc;
    if (mark == 0xe1 && !hasExif && segment.starts_with(std::string_view("Exif\0\0", 6))) {
      hasExif = true;
      header.orientation = orientationIn(segment.substr(6));
    }
    if (isFrame) {
      Bytes frame(segment);
      header.stored = {frame.number(1, 2), frame.number(3, 2)};
      header.isProgressive = mark == 0xc2 || mark == 0xca;
      if (!bytes.hasBehind(at, "\xff\xd9")) // within pixels, 0 follows 0xff
        throw badData("it is cut off: nothing marks the end of its " + std::to_string(bytes.size()) + " bytes; fetch it again");
      return header;
    }
    at += std::max<size_t>(length, 2);
  }
}

Header ofPng(const Bytes &bytes) {
  Header header;
  header.kind = Header::Kind::Png;
  if (bytes.part(12, 4) != "IHDR")
    throw badData("it has the first bytes of a PNG file, and no header behind them; fetch it again");
  header.stored = {bytes.number(20, 4), bytes.number(16, 4)};
  for (size_t at = 8; at + 12 <= bytes.size();) { // EXIF may stand behind the pixels
    size_t length = bytes.number(at, 4);
    std::string_view name = bytes.part(at + 4, 4);
    if (name == "IEND")
      return header;
    if (length > bytes.size() - at - 12)
      break;
    if (name == "eXIf")
      header.orientation = orientationIn(bytes.part(at + 8, length));
    at += 12 + length;
  }
  throw badData("it is cut off: its chunks end after " + std::to_string(bytes.size()) + " bytes without a last one; fetch it again");
}

/// Pixels that a byte of a file can stand for: in a JPEG file each block of 8 x 8 takes a bit at least, and what is packed in a PNG file
/// unpacks to at most 1032 times as much, eight pixels a byte.
constexpr int64_t pixelsOfByte(Header::Kind kind) { return kind == Header::Kind::Jpeg ? 64 * 8 : 1032 * 8; }

} // namespace

int64_t Header::decodingBytes() const {
  constexpr int64_t unpacked = 4, turned = 4, coefficients = 8; // bytes a pixel, of four channels
  return stored.pixels() * (unpacked + turned + (isProgressive ? coefficients : 0)) + (1 << 17);
}

Header headerOf(std::string_view bytes) {
  bool isJpeg = bytes.starts_with(jpegStart), isPng = bytes.starts_with(pngStart);
  if (!isJpeg && !isPng)
    throw badData("it is " + kindOf(bytes) + ", and pictures are read from JPEG and PNG files; convert it, or take it away");
  Header header = isJpeg ? ofJpeg(Bytes(bytes)) : ofPng(Bytes(bytes));
  auto [height, width] = header.stored;
  if (height == 0 || width == 0)
    throw badData("its header says " + textOf(header.stored) + " pixels; fetch it again");
  if (height > mostPixels || width > mostPixels || header.stored.pixels() > mostPixels)
    throw badData("its header says " + textOf(header.stored) + " pixels, more than the 64 million that are read; make it smaller");
  if (header.stored.pixels() / pixelsOfByte(header.kind) > std::ssize(bytes))
    throw badData("its header says " + textOf(header.stored) + " pixels, which do not fit in its " + std::to_string(bytes.size()) + " bytes: it is cut off; fetch it again");
  return header;
}

std::string kindOf(std::string_view bytes) {
  struct Known {
    std::string_view start;
    size_t at;
    const char *name;
  };
  static constexpr Known known[] = {
      {"GIF8", 0, "a GIF picture"},
      {"WEBP", 8, "a WebP picture"},
      {"BM", 0, "a BMP picture"},
      {{"II*\0", 4}, 0, "a TIFF picture"},
      {{"MM\0*", 4}, 0, "a TIFF picture"},
      {"ftypavif", 4, "an AVIF picture"},
      {"ftyphei", 4, "a HEIC picture"},
      {"ftypmif1", 4, "a HEIC picture"},
      {"\xff\x0a", 0, "a JPEG XL picture"},
      {"jP  ", 4, "a JPEG 2000 picture"},
      {"8BPS", 0, "a Photoshop file"},
      {"%PDF", 0, "a PDF file"},
      {"\x1f\x8b", 0, "a gzip file"},
      {"PK\x03\x04", 0, "a zip file"},
  };
  if (bytes.empty())
    return "an empty file";
  for (const Known &each : known)
    if (bytes.substr(std::min(each.at, bytes.size())).starts_with(each.start))
      return each.name;
  std::string_view front = bytes.substr(0, 512);
  auto isOfText = [](unsigned char byte) { return byte >= ' ' || byte == '\n' || byte == '\r' || byte == '\t'; };
  if (!std::all_of(front.begin(), front.end(), isOfText))
    return "a file of another kind";
  size_t first = front.find_first_not_of(" \r\n\t");
  return first != std::string_view::npos && front[first] == '<' ? "a page of HTML or XML" : "a text";
}

} // namespace tl::pictures
