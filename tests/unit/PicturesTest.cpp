// Pictures as Pillow decodes and resizes them, and what is said of files that are none.
#include "runtime/pictures/Decode.h"
#include "runtime/pictures/Steps.h"
#include "tests/unit/Pngs.h"
#include "tests/unit/Temporary.h"
#include <set>
#include <nlohmann/json.hpp>

namespace tl::test {
using namespace pictures;

namespace {

const nlohmann::json &fixtures() {
  static const nlohmann::json all = nlohmann::json::parse(io::readWhole(std::string(TL_UNIT_SOURCES) + "/pictures.json"));
  return all;
}

std::string fileOf(const std::string &name) { return fromHex(fixtures()["files"][name]); }

std::string saidOf(const std::string &bytes) {
  return messageOf([&] { decode(bytes, 3); });
}

/// A file that says another size than it has.
std::string ofSize(std::string bytes, size_t at, size_t width, std::initializer_list<uint32_t> sides) {
  for (uint32_t side : sides)
    for (size_t i = width; i-- > 0;)
      bytes[at++] = char(side >> (8 * i));
  return bytes;
}

} // namespace

TEST(Pictures, areThoseOfPillow) {
  for (const auto &each : fixtures()["cases"]) {
    Steps steps = Steps::parse(each["steps"]);
    Picture made = steps.apply(decode(fileOf(each["file"]), each["channels"]));
    std::string about = std::string(each["file"]) + " " + each["channels"].dump() + " " + std::string(each["steps"]);
    EXPECT_EQ((std::vector<int64_t>{made.size.height, made.size.width}), each["size"].get<std::vector<int64_t>>()) << about;
    std::string expected = fromHex(each["values"]);
    ASSERT_EQ(std::string(made.values.begin(), made.values.end()), expected) << about;
    Header header = headerOf(fileOf(each["file"]));
    EXPECT_EQ(steps.sizeAfter(header.size()), made.size) << about;
    EXPECT_EQ(Steps::parse(steps.text()).text(), steps.text());
  }
}

TEST(Pictures, partsHaveThePixelsOfTheWhole) {
  Chance chance(1);
  for (const auto &[name, file] : fixtures()["files"].items())
    for (int64_t channels : {3, 1}) {
      const std::string bytes = fileOf(name);
      const Picture whole = decode(bytes, channels);
      for (int i = 0; i < 100; ++i) {
        const Window part = randomPart({.least = 1e-3, .most = 1, .narrow = 0.1, .wide = 10}, whole.size, chance);
        ASSERT_EQ(decode(bytes, channels, part).values, cut(whole, part).values) << name << " " << channels << ", at " << part.top << ", " << part.left << " " << textOf(part.size);
      }
    }
}

TEST(Pictures, partsAreResizedAsPillowDoes) {
  for (const auto &each : fixtures()["parts"]) {
    const auto part = each["part"].get<std::vector<int64_t>>(), size = each["size"].get<std::vector<int64_t>>();
    const Size made{size[0], size[1]};
    const Picture seen = resized(decode(fileOf(each["file"]), 3, {part[0], part[1], {part[2], part[3]}}), made, each["filter"] == "bicubic" ? Filter::Bicubic : Filter::Bilinear, {0, 0, made});
    EXPECT_EQ(std::string(seen.values.begin(), seen.values.end()), fromHex(each["values"])) << each["file"] << each["part"].dump();
  }
}

TEST(Pictures, whatIsDrawnDependsOnTheSeedAlone) {
  const Steps steps = Steps::parse("random_resized_crop 9 x 8 bicubic 0.3 0.9 0.75 1.3333333333333333, flip 0.5"), plain = Steps::parse("random_resized_crop 9 x 8 bicubic 0.3 0.9 0.75 1.3333333333333333");
  EXPECT_EQ(Steps::parse(steps.text()).text(), steps.text());
  EXPECT_EQ(steps.sizeAfter({100, 3}), (Size{9, 8}));
  const std::string file = fileOf("wide-quartered");
  std::set<std::vector<uint8_t>> seen;
  int flipped = 0;
  for (uint64_t seed = 0; seed < 100; ++seed) {
    const Picture made = steps.draw(file, 3, seed), straight = plain.draw(file, 3, seed);
    EXPECT_EQ(made.values, steps.draw(file, 3, seed).values);
    Picture back = made;
    for (int64_t y = 0; y < 9; ++y)
      for (int64_t x = 0; x < 8; ++x)
        std::copy_n(made.row(y) + 3 * (7 - x), 3, back.row(y) + 3 * x);
    EXPECT_TRUE(made.values == straight.values || back.values == straight.values) << seed;
    flipped += made.values != straight.values;
    seen.insert(straight.values);
  }
  EXPECT_EQ(seen.size(), 100u);
  EXPECT_GT(flipped, 30);
  EXPECT_LT(flipped, 70);
  // Behind another step the whole picture is decoded, and the same is drawn.
  EXPECT_EQ(Steps::parse("resize 52 x 75 bilinear, " + steps.text()).draw(file, 3, 7).values, steps.draw(file, 3, 7).values);
}

TEST(Pictures, partsLieWithinTheirRanges) {
  Chance chance(3);
  const Size size{300, 400};
  double least = 1, most = 0;
  for (int i = 0; i < 1000; ++i) {
    const auto [top, left, part] = randomPart({.least = 0.2, .most = 0.5, .narrow = 0.5, .wide = 2}, size, chance);
    ASSERT_TRUE(top >= 0 && left >= 0 && top + part.height <= 300 && left + part.width <= 400);
    const double share = double(part.pixels()) / double(size.pixels()), ratio = double(part.width) / double(part.height);
    ASSERT_TRUE(share > 0.195 && share < 0.505 && ratio > 0.49 && ratio < 2.02) << textOf(part);
    least = std::min(least, share), most = std::max(most, share);
  }
  EXPECT_TRUE(least < 0.21 && most > 0.49);
  // What does not fit in ten tries is the middle: numbers of torchvision's RandomResizedCrop.get_params.
  EXPECT_EQ(randomPart({.least = 1, .most = 1}, {10, 100}, chance), (Window{0, 43, {10, 13}}));
  EXPECT_EQ(randomPart({.least = 1, .most = 1}, {100, 10}, chance), (Window{43, 0, {13, 10}}));
  EXPECT_EQ(randomPart({.least = 1, .most = 1, .narrow = 0.5, .wide = 0.5}, {1, 1}, chance), (Window{0, 0, {1, 1}}));
}

TEST(Pictures, sixteenBitsOfGreyLoseTheLowerHalf) {
  Picture made = decode(png(1, 2, 0, std::string("\x12\x34\xff\x01", 4), 16), 1);
  EXPECT_EQ(made.values, (std::vector<uint8_t>{0x12, 0xff}));
}

TEST(Pictures, whatIsNoneIsNamedByItsKind) {
  EXPECT_TRUE(contains(saidOf(""), "it is an empty file, and pictures are read from JPEG and PNG files"));
  EXPECT_TRUE(contains(saidOf("GIF89a\1\2"), "it is a GIF picture"));
  EXPECT_TRUE(contains(saidOf("RIFF\1\2\3\4WEBPVP8 "), "it is a WebP picture"));
  EXPECT_TRUE(contains(saidOf("path,label\n"), "it is a text"));
  EXPECT_TRUE(contains(saidOf(" <!doctype html>"), "it is a page of HTML or XML"));
  EXPECT_TRUE(contains(saidOf("\1\2\3"), "it is a file of another kind"));
}

TEST(Pictures, filesThatAreCutOffAreDamaged) {
  for (const auto &[name, file] : fixtures()["files"].items()) {
    std::string whole = fileOf(name);
    for (size_t size = 3; size < whole.size() - 2; size += 1 + whole.size() / 60)
      EXPECT_NE(saidOf(whole.substr(0, size)), "") << name << " of " << size << " bytes";
  }
  std::string jpeg = fileOf("baseline"), interlaced = fileOf("png-interlaced");
  EXPECT_TRUE(contains(saidOf(jpeg.substr(0, 100)), "it is cut off after 100 bytes, within its header"));
  EXPECT_TRUE(contains(saidOf(jpeg.substr(0, jpeg.size() - 60)), "it is cut off: nothing marks the end of its"));
  std::string holed = jpeg.substr(0, jpeg.size() - 60) + "\xff\xd9"; // as programs end what they could not finish
  EXPECT_TRUE(contains(saidOf(holed), "it is cut off, or damaged: its pixels end too early"));
  EXPECT_TRUE(contains(saidOf(interlaced.substr(0, interlaced.size() - 60)), "it is cut off: its chunks end after"));
}

TEST(Pictures, nothingIsAllocatedForSizesThatAFileCannotHold) {
  std::string jpeg = fileOf("baseline"), small = fileOf("png-grey-1");
  size_t frame = jpeg.find("\xff\xc0") + 5;
  EXPECT_TRUE(contains(saidOf(ofSize(jpeg, frame, 2, {65535, 65535})), "its header says 65535 x 65535 pixels, more than the 64 million that are read"));
  EXPECT_TRUE(contains(saidOf(ofSize(jpeg, frame, 2, {8000, 8000})), "its header says 8000 x 8000 pixels, which do not fit in its"));
  EXPECT_TRUE(contains(saidOf(ofSize(jpeg, frame, 2, {0, 8})), "its header says 0 x 8 pixels"));
  EXPECT_TRUE(contains(saidOf(ofSize(small, 16, 4, {0x7fffffff, 0x7fffffff})), "more than the 64 million"));
  EXPECT_TRUE(contains(saidOf(ofSize(small, 16, 4, {8000, 8000})), "which do not fit in its"));
}

TEST(Pictures, damagedChecksAndPixelsAreTold) {
  std::string file = fileOf("png-alpha");
  file[file.find("IDAT") + 9] ^= 1;
  EXPECT_TRUE(contains(saidOf(file), "it cannot be decoded ("));
  std::string turned = fileOf("turned-6");
  turned[turned.find("Exif") + 6] = 'X'; // no EXIF: as it is stored
  EXPECT_EQ(decode(turned, 3).size, (Size{5, 7}));
}

TEST(Pictures, stepsThatCannotBeDoneSayWhy) {
  EXPECT_TRUE(contains(messageOf([] { Steps::parse("centre_crop 10 x 4").sizeAfter({9, 9}); }), "`centre_crop` takes 10 x 4 pixels, and it has 9 x 9; make it larger first: resize(image, 10) |> centre_crop(…)"));
  EXPECT_TRUE(contains(messageOf([] { Steps::parse("resize 256 bilinear").sizeAfter({1, 2'000'000}); }), "`resize` would make it 256 x 512000000 pixels of 1 x 2000000, more than the 64 million"));
}

} // namespace tl::test
