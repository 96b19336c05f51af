// The format `images`, which finds its reader where the program has it.
#include "runtime/data/Formats.h"
#include "runtime/io/SideBySide.h"
#include "runtime/readers/Pictures.h"

namespace tl::data {

const PictureDoor &pictures() {
  if (!&tlPictures)
    throw Error(exitInternal, "this program was linked without the reader of pictures");
  return tlPictures;
}

bool isOfPictures(const abi::Data &data, const abi::Field &field) {
  return field.name == "image" && !data.sources.empty() && data.sources.front().reader == std::string(imagesFormat.name);
}

static std::unique_ptr<Reader> openImages(const abi::Source &source, const std::string &scriptDir) { return pictures().open(source, scriptDir); }

/// Each thread holds a picture on its way, and what a block of records has become where they are gone through in pieces; how large the largest
/// is was found with the facts.
static int64_t readingBytesOfImages(const abi::Source &source, const Reading &reading) {
  int64_t record = 0;
  for (const abi::Field &field : reading.fields)
    record += recordBytes(field);
  return io::readingThreads() * (std::stoll(option(source, "images.largest", "0")) + io::blockOfThread * record);
}

const Format imagesFormat = {
    .name = "images", .open = openImages, .readsWhole = true, .readingBytes = readingBytesOfImages, .indexBytes = 384, .isOfFolders = true};

} // namespace tl::data
