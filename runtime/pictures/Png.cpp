// PNG files, by libpng, which leaves by longjmp where something is wrong: nothing with a destructor is made between here and there.
#include "runtime/io/Error.h"
#include "runtime/pictures/Decode.h"
#include <cstring>
#include <png.h>

namespace tl::pictures {

namespace {

struct Decoder {
  png_structp png = nullptr;
  png_infop info = nullptr;
  std::string_view rest; // of the file
  char text[200] = "";

  explicit Decoder(std::string_view bytes) : rest(bytes) {}
  Decoder(const Decoder &) = delete;
  ~Decoder() { png_destroy_read_struct(&png, &info, nullptr); }

  [[noreturn]] static void fail(png_structp png, png_const_charp message) {
    auto *decoder = static_cast<Decoder *>(png_get_error_ptr(png));
    std::strncpy(decoder->text, message, sizeof decoder->text - 1);
    png_longjmp(png, 1);
  }

  static void read(png_structp png, png_bytep into, size_t count) {
    auto *decoder = static_cast<Decoder *>(png_get_io_ptr(png));
    if (count > decoder->rest.size())
      png_error(png, "cut off");
    std::memcpy(into, decoder->rest.data(), count);
    decoder->rest.remove_prefix(count);
  }

  /// Everything becomes 8 bits of grey or of red, green and blue. False where something is wrong, which `text` then says.
  bool start() {
    png = png_create_read_struct(PNG_LIBPNG_VER_STRING, this, fail, [](png_structp, png_const_charp) {});
    info = png ? png_create_info_struct(png) : nullptr;
    if (!info) {
      std::strcpy(text, "out of memory");
      return false;
    }
    if (setjmp(png_jmpbuf(png)))
      return false;
    static constexpr png_byte unread[] = "bKGD\0cHRM\0eXIf\0gAMA\0hIST\0iCCP\0iTXt\0oFFs\0pCAL\0pHYs\0sBIT\0sCAL\0sPLT\0sRGB\0tEXt\0tIME\0zTXt"; // pixels do not depend on them
    png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, unread, int(sizeof unread / 5));
    png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, nullptr, 0);
    png_set_user_limits(png, png_uint_32(mostPixels), png_uint_32(mostPixels));
    png_set_read_fn(png, this, read);
    png_read_info(png, info);
    png_set_expand(png); // colours of a palette; grey of less than 8 bits
    png_set_strip_16(png);
    png_set_strip_alpha(png);
    png_set_interlace_handling(png);
    png_read_update_info(png, info);
    return true;
  }

  bool readInto(png_bytepp rows) {
    if (setjmp(png_jmpbuf(png)))
      return false;
    png_read_image(png, rows);
    png_read_end(png, nullptr);
    return true;
  }
};

Error damage(const char *text) {
  if (std::strcmp(text, "cut off") == 0 || std::strstr(text, "Not enough image data"))
    return badData("it is cut off: its pixels end too early; fetch it again");
  return badData(std::string("it cannot be decoded (") + text + "); fetch it again, or take it away");
}

} // namespace

Picture decodePng(std::string_view bytes, const Header &header) {
  Decoder decoder(bytes);
  if (!decoder.start())
    throw damage(decoder.text);
  Picture picture(header.stored, png_get_channels(decoder.png, decoder.info));
  if (Size{png_get_image_height(decoder.png, decoder.info), png_get_image_width(decoder.png, decoder.info)} != header.stored ||
      png_get_rowbytes(decoder.png, decoder.info) != size_t(header.stored.width * picture.channels))
    throw badData("its header tells two sizes; fetch it again, or take it away");
  std::vector<png_bytep> rows;
  for (int64_t y = 0; y < header.stored.height; ++y)
    rows.push_back(picture.row(y));
  if (!decoder.readInto(rows.data()))
    throw damage(decoder.text);
  return picture;
}

} // namespace tl::pictures
