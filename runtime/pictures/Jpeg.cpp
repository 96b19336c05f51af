// JPEG files, by libjpeg-turbo, which leaves by longjmp where something is wrong: nothing with a destructor is made between here and there.
#include "runtime/io/Error.h"
#include "runtime/pictures/Decode.h"
#include "runtime/pictures/Resize.h"
#include <algorithm>
#include <csetjmp>
#include <cstdio> // jpeglib.h needs it before
#include <cstring>
#include <jerror.h>
#include <jpeglib.h>

namespace tl::pictures {

namespace {

/// A file may repeat scans of a few bytes that each go over all blocks; nobody writes so many.
constexpr int mostScans = 200;

/// Pixels that are computed on both sides of a part: colours may be stored for every second pixel of a row, and those between are made of both
/// neighbours, one of which would be missing at the edge of what is computed.
constexpr int64_t margin = 8;

struct Failure {
  jpeg_error_mgr manager; // first: libjpeg knows the address of this as that of the whole
  std::jmp_buf back;
  char text[JMSG_LENGTH_MAX];
};

[[noreturn]] void fail(j_common_ptr info) {
  auto *failure = reinterpret_cast<Failure *>(info->err);
  info->err->format_message(info, failure->text);
  std::longjmp(failure->back, 1);
}

/// libjpeg goes on after these with whatever values; who trains on them should know.
bool isDamage(int warning) {
  return warning == JWRN_HIT_MARKER || warning == JWRN_HUFF_BAD_CODE || warning == JWRN_MUST_RESYNC || warning == JWRN_JPEG_EOF;
}

void takeMessage(j_common_ptr info, int level) {
  if (level < 0 && isDamage(info->err->msg_code))
    fail(info);
}

void countScans(j_common_ptr info) {
  auto *decoder = reinterpret_cast<j_decompress_ptr>(info);
  if (decoder->input_scan_number <= mostScans)
    return;
  auto *failure = reinterpret_cast<Failure *>(info->err);
  std::snprintf(failure->text, sizeof failure->text, "more than %d scans", mostScans);
  std::longjmp(failure->back, 1);
}

/// From all channels that libjpeg gives to those that are left: of inverted CMYK, as Adobe's programs write it, red, green and blue.
void takeColours(const uint8_t *cmyk, int64_t width, uint8_t *into) {
  auto product = [](unsigned a, unsigned b) { return ((a * b + 128) + ((a * b + 128) >> 8)) >> 8; }; // a · b / 255, rounded
  for (int64_t x = 0; x < width; ++x, cmyk += 4, into += 3)
    for (int c = 0; c < 3; ++c)
      into[c] = uint8_t(cmyk[3] - product(255u - cmyk[c], cmyk[3]));
}

struct Decoder {
  jpeg_decompress_struct info = {};
  Failure failure = {};
  jpeg_progress_mgr progress = {};

  Decoder() {
    info.err = jpeg_std_error(&failure.manager);
    failure.manager.error_exit = fail;
    failure.manager.emit_message = takeMessage;
    progress.progress_monitor = countScans;
  }
  Decoder(const Decoder &) = delete;
  ~Decoder() { jpeg_destroy_decompress(&info); }

  /// False where something is wrong, which `failure` then says.
  bool start(std::string_view bytes) {
    if (setjmp(failure.back))
      return false;
    jpeg_create_decompress(&info);
    info.progress = &progress;
    jpeg_mem_src(&info, reinterpret_cast<const unsigned char *>(bytes.data()), static_cast<unsigned long>(bytes.size()));
    jpeg_read_header(&info, TRUE);
    bool isFourfold = info.jpeg_color_space == JCS_CMYK || info.jpeg_color_space == JCS_YCCK;
    info.out_color_space = isFourfold ? JCS_CMYK : info.jpeg_color_space == JCS_GRAYSCALE ? JCS_GRAYSCALE
                                                                                          : JCS_RGB;
    return true;
  }

  /// `spare`: a row of four channels, where there are four.
  bool read(Picture &into, std::vector<uint8_t> &spare) {
    if (setjmp(failure.back))
      return false;
    jpeg_start_decompress(&info);
    while (info.output_scanline < info.output_height) {
      uint8_t *row = into.row(info.output_scanline), *target = spare.empty() ? row : spare.data();
      jpeg_read_scanlines(&info, &target, 1);
      if (!spare.empty())
        takeColours(spare.data(), into.size.width, row);
    }
    jpeg_finish_decompress(&info);
    return true;
  }

  /// Whether what scans of a progressive file leave out is guessed from the blocks around.
  bool isSmoothed() const {
    if (!info.progressive_mode || !info.coef_bits)
      return false;
    for (int component = 0; component < info.num_components; ++component)
      for (int coefficient = 0; coefficient < DCTSIZE2; ++coefficient)
        if (info.coef_bits[component][coefficient] != 0)
          return true;
    return false;
  }

  /// `row`: as wide as the file, of four channels. False, with an empty text, where the part would not have the same bits.
  bool readPart(Picture &into, const Window &window, std::vector<uint8_t> &row) {
    if (setjmp(failure.back))
      return false;
    jpeg_start_decompress(&info);
    if (isSmoothed())
      return false;
    const int64_t end = window.left + window.size.width + margin;
    auto left = JDIMENSION(std::max<int64_t>(window.left - margin, 0)), width = JDIMENSION(std::min<int64_t>(end, info.output_width)) - left;
    jpeg_crop_scanline(&info, &left, &width); // which begins where a block does
    if (window.top > 0)
      jpeg_skip_scanlines(&info, JDIMENSION(window.top)); // which knows what the next row is made of
    const uint8_t *first = row.data() + (window.left - int64_t(left)) * info.out_color_components;
    for (int64_t y = 0; y < window.size.height; ++y) {
      uint8_t *target = row.data();
      jpeg_read_scanlines(&info, &target, 1);
      if (info.out_color_space == JCS_CMYK)
        takeColours(first, window.size.width, into.row(y));
      else
        std::memcpy(into.row(y), first, size_t(window.size.width * into.channels));
    }
    return true;
  }
};

/// What libjpeg says, in words that say what to do.
Error damage(const char *text) {
  std::string said = text;
  if (said.find("premature end") != std::string::npos || said.find("Premature end") != std::string::npos)
    return badData("it is cut off, or damaged: its pixels end too early; fetch it again");
  return badData("it cannot be decoded (" + said + "); fetch it again, or take it away");
}

} // namespace

/// Up to the pixels; the channels that are left of the file's.
static int64_t startJpeg(Decoder &decoder, std::string_view bytes, const Header &header) {
  if (!decoder.start(bytes))
    throw damage(decoder.failure.text);
  const jpeg_decompress_struct &info = decoder.info;
  if (Size{info.image_height, info.image_width} != header.stored)
    throw badData("its header tells two sizes; fetch it again, or take it away");
  return info.out_color_space == JCS_GRAYSCALE ? 1 : 3;
}

Picture decodeJpeg(std::string_view bytes, const Header &header) {
  Decoder decoder;
  Picture picture(header.stored, startJpeg(decoder, bytes, header));
  const jpeg_decompress_struct &info = decoder.info;
  std::vector<uint8_t> spare(info.out_color_space == JCS_CMYK ? size_t(4 * header.stored.width) : 0);
  if (!decoder.read(picture, spare))
    throw damage(decoder.failure.text);
  return picture;
}

Picture decodeJpeg(std::string_view bytes, const Header &header, const Window &window) {
  Decoder decoder;
  Picture part(window.size, startJpeg(decoder, bytes, header));
  std::vector<uint8_t> row(size_t(4 * header.stored.width));
  if (decoder.readPart(part, window, row))
    return part;
  if (decoder.failure.text[0])
    throw damage(decoder.failure.text);
  return cut(decodeJpeg(bytes, header), window);
}

} // namespace tl::pictures
