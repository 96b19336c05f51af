// Sources of pictures: folders of classes and tables of paths, held whole and in pieces, and what is said of bad ones.
#include "runtime/data/Loader.h"
#include "runtime/data/Split.h"
#include "tests/unit/Pngs.h"
#include "tests/unit/Sources.h"
#include <set>

namespace tl::test {
using namespace data;

namespace {

/// A picture of `height` x `width` pixels, all of this grey; so large that its pixels take more than its place.
std::string plain(int grey, uint32_t height = 12, uint32_t width = 13) { return png(height, width, 0, std::string(height * width, char(grey))); }

/// kinds/{cat,dog/small,emu}, of 2, 3 and 1 pictures.
struct Kinds : TemporaryFolder {
  Kinds() {
    for (const char *name : {"kinds", "kinds/cat", "kinds/dog", "kinds/dog/small", "kinds/emu"})
      io::makeFolder(*this / name);
    write("kinds/README", "of whom these are");
    write("kinds/cat/.hidden", "");
    write("kinds/cat/1.png", plain(10));
    write("kinds/cat/2.png", plain(20));
    write("kinds/dog/b.png", plain(30));
    write("kinds/dog/a.png", plain(40));
    write("kinds/dog/small/a.png", plain(50));
    write("kinds/emu/a", plain(60)); // what it is called does not matter
  }
  abi::Source source(std::map<std::string, std::string> options = {}) const { return sourceOf("images", {"kinds"}, std::move(options)); }
  std::string said(std::map<std::string, std::string> options = {}) const {
    return messageOf([&] { loadVerified(source(std::move(options)), path); });
  }
};

std::string saidOf(const TemporaryFolder &folder, const std::string &name, std::map<std::string, std::string> options = {}) {
  return messageOf([&] { loadVerified(sourceOf("images", {name}, std::move(options)), folder.path); });
}

} // namespace

TEST(Images, foldersAreClassesInTheirOrder) {
  Kinds kinds;
  Facts facts = readFacts(kinds.source(), kinds.path);
  EXPECT_EQ(facts.records, 6);
  ASSERT_EQ(facts.fields.size(), 2u);
  EXPECT_EQ(facts.fields[0].shape, (std::vector<int64_t>{12, 13, 3}));
  EXPECT_EQ(facts.fields[1].classNames, (std::vector<std::string>{"cat", "dog", "emu"}));
  EXPECT_EQ(facts.namedRecords["label"]["dog"], 3);
  for (Holding holding : {Holding::Whole, Holding::InPieces}) {
    Dataset dataset = loadAs(kinds.source(), facts, kinds.path, holding);
    EXPECT_EQ(dataset.holding(), holding);
    EXPECT_EQ(valuesOf<int32_t>(dataset, "label"), (std::vector<int32_t>{0, 0, 1, 1, 1, 2}));
    std::vector<uint8_t> values = valuesOf<uint8_t>(dataset, "image");
    for (size_t record = 0; record < 6; ++record) {
      const uint8_t greys[] = {10, 20, 40, 30, 50, 60};
      EXPECT_EQ(std::vector<uint8_t>(values.begin() + int64_t(record) * 468, values.begin() + int64_t(record + 1) * 468), std::vector<uint8_t>(468, greys[record])) << record;
    }
  }
}

TEST(Images, heldWholeAndInPiecesAreOneData) {
  TemporaryFolder folder;
  io::makeFolder(folder / "many");
  for (int i = 0; i < 90; ++i) // more than are kept open
    folder.write("many/" + std::to_string(i) + ".png", plain(i, 20, 17));
  abi::Source source = sourceOf("images", {"many"}, {{"images.steps", "resize 13 bicubic, centre_crop 12 x 11"}});
  Dataset whole = loadVerified(source, folder.path), pieces = loadVerified(source, folder.path, Holding::InPieces);
  EXPECT_EQ(pieces.holding(), Holding::InPieces);
  EXPECT_EQ(whole.digest(), pieces.digest());
  EXPECT_EQ(whole.fields()[0].shape, (std::vector<int64_t>{12, 11, 3}));
  abi::Split split{"train", "train", 0, 0.6, ""};
  EXPECT_EQ(splitRecords(whole, split), splitRecords(pieces, split));
  LoaderOptions options{.batch = 7, .inputs = {{"image", "u8", {7, 12, 11, 3}, 0}, {"valid", "f32", {7}, 2816}}, .inputBytes = 2880, .shuffle = true, .seed = 3};
  RecordList records = splitRecords(whole, split);
  Loader held(whole, records, options), read(pieces, records, options);
  for (int64_t i = 0; i < 2 * held.batchesPerEpoch(); ++i) {
    Batch a = held.next(), b = read.next();
    EXPECT_EQ(std::memcmp(a.arena.at(options.inputs[0]), b.arena.at(options.inputs[0]), 7 * 12 * 11 * 3), 0) << i;
  }
}

TEST(Images, trainingSeesWhatIsDrawnForEachPlaceOfAnEpoch) {
  TemporaryFolder folder;
  io::makeFolder(folder / "many");
  for (int i = 0; i < 10; ++i) {
    std::string values(20 * 17, 0);
    for (size_t pixel = 0; pixel < values.size(); ++pixel)
      values[pixel] = char(pixel % 251);
    folder.write("many/" + std::to_string(i) + ".png", png(20, 17, 0, values)); // all alike
  }
  const std::map<std::string, std::string> plainly = {{"images.steps", "resize 5 x 4 bilinear"}};
  std::map<std::string, std::string> drawn = plainly;
  drawn["images.training"] = "random_resized_crop 5 x 4 bilinear 0.08 1 0.75 1.3333333333333333, flip 0.5";
  const Dataset plain = loadVerified(sourceOf("images", {"many"}, plainly), folder.path), pieces = loadVerified(sourceOf("images", {"many"}, drawn), folder.path, Holding::InPieces);
  EXPECT_EQ(pieces.holding(), Holding::InPieces) << "though the places of so small pictures take more than their pixels";
  EXPECT_EQ(plain.digest(), pieces.digest());
  EXPECT_EQ(plain.digest(3), pieces.digest(3));
  EXPECT_EQ(valuesOf<uint8_t>(plain, "image"), valuesOf<uint8_t>(pieces, "image")); // what all else sees
  const LoaderOptions options{.batch = 4, .inputs = {{"image.drawn", "u8", {4, 5, 4, 3}, 0}}, .inputBytes = 240, .seed = 3};
  const RecordList all = splitRecords(pieces, {"train", "train", 0, 1, ""});
  auto picturesOf = [&](const LoaderOptions &options, int64_t from) {
    Loader loader(pieces, all, options);
    loader.seek(from);
    std::vector<std::string> pictures;
    for (int64_t batch = from; batch < 6; ++batch) {
      const Batch next = loader.next();
      for (int64_t row = 0; row < next.records; ++row)
        pictures.emplace_back(next.arena.at(options.inputs[0]) + 60 * row, 60);
    }
    return pictures;
  };
  const std::vector<std::string> two = picturesOf(options, 0); // epochs
  ASSERT_EQ(two.size(), 20u);
  EXPECT_EQ(std::set(two.begin(), two.end()).size(), 20u) << "each place, and each epoch, is drawn anew";
  EXPECT_EQ(picturesOf(options, 4), std::vector(two.begin() + 14, two.end())) << "from the middle of an epoch on";
  LoaderOptions other = options;
  other.stream = 1;
  EXPECT_NE(picturesOf(other, 0), two);
  other = options;
  other.batch = 7;
  other.inputs[0].shape[0] = 7, other.inputBytes = 420;
  const std::vector<std::string> longer = picturesOf(other, 0);
  EXPECT_EQ(std::vector(longer.begin(), longer.begin() + 20), two) << "batches of another size see the same";
  EXPECT_TRUE(contains(messageOf([&] { Loader(plain, all, options).next(); }, exitInternal), "`image` is to be drawn anew, and is held as it is"));
}

TEST(Images, sizesThatDifferAreTold) {
  Kinds kinds;
  EXPECT_TRUE(contains(kinds.said({{"images.steps", "resize 6 bilinear"}, {"images.training", "random_resized_crop 6 x 7 bilinear 0.08 1 0.75 1.33"}}),
                       "training sees 6 x 7 pixels of it after `random_resized_crop 6 x 7 bilinear 0.08 1 0.75 1.33`, and all else 6 x 6 after `resize 6 bilinear`"));
}

TEST(Images, aFileThatChangesIsOtherData) {
  Kinds kinds;
  abi::Source source = kinds.source();
  Facts facts = readFacts(source, kinds.path);
  Dataset pieces = loadAs(source, facts, kinds.path, Holding::InPieces);
  kinds.write("kinds/cat/1.png", plain(11)); // of equal length
  EXPECT_TRUE(contains(messageOf([&] { loadAs(source, facts, kinds.path); }), "this program was compiled for"));
  EXPECT_TRUE(contains(messageOf([&] { pieces.values(0, 0); }), "`" + (kinds / "kinds/cat/1.png") + "` was changed while the program runs"));
}

TEST(Images, equalFilesAreOnOneSideOfASplit) {
  Kinds kinds;
  kinds.write("kinds/emu/copy.png", plain(10));
  for (Holding holding : {Holding::Whole, Holding::InPieces}) {
    Dataset dataset = loadVerified(kinds.source(), kinds.path, holding);
    EXPECT_EQ(dataset.digest(0), dataset.digest(6));
    EXPECT_NE(dataset.digest(0), dataset.digest(1));
  }
}

TEST(Images, aFolderWithoutFoldersHasNoLabels) {
  TemporaryFolder folder;
  io::makeFolder(folder / "flat");
  folder.write("flat/b.png", plain(2, 2, 3));
  folder.write("flat/a.png", plain(1, 2, 3));
  Dataset dataset = loadVerified(sourceOf("images", {"flat/"}, {{"channels", "1"}}), folder.path);
  ASSERT_EQ(dataset.fields().size(), 1u);
  EXPECT_EQ(valuesOf<uint8_t>(dataset, "image"), (std::vector<uint8_t>{1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2}));
}

TEST(Images, tablesNamePathsAndClasses) {
  Kinds kinds;
  kinds.write("list.csv", "file,kind,age\nkinds/dog/a.png,old,9\nkinds/cat/1.png,young,1\n");
  Dataset named = loadVerified(sourceOf("images", {"list.csv"}, {{"path", "file"}, {"label", "kind"}, {"channels", "1"}}), kinds.path);
  EXPECT_EQ(valuesOf<int32_t>(named, "label"), (std::vector<int32_t>{0, 1}));
  EXPECT_EQ(valuesOf<uint8_t>(named, "image")[156], 10);
  Facts numbers = readFacts(sourceOf("images", {"list.csv"}, {{"path", "file"}, {"label", "age"}}), kinds.path);
  EXPECT_EQ(numbers.fields[1].classes, 10);
  EXPECT_EQ(numbers.classRecords.at(9), 1);
  EXPECT_EQ(readFacts(sourceOf("images", {"list.csv"}, {{"path", "0"}, {"header", "true"}}), kinds.path).fields.size(), 1u);
  EXPECT_TRUE(contains(saidOf(kinds, "list.csv", {{"label", "kind"}}), "does not say which of its columns has the paths of pictures; write images(\"list.csv\", path = COLUMN"));
  EXPECT_TRUE(contains(saidOf(kinds, "list.csv", {{"path", "file"}, {"label", "file"}}), "takes column 0"));
  kinds.write("list.csv", "file,kind\nkinds/dog/a.png,old\nkinds/dog/z.png,young\n");
  EXPECT_TRUE(contains(saidOf(kinds, "list.csv", {{"path", "file"}}), "list.csv:3:1: there is no file `" + (kinds / "kinds/dog/z.png") + "`; paths are relative to the folder of the table"));
  kinds.write("list.csv", "file,kind\nkinds/dog/a.png,1\nkinds/cat/1.png,old\n");
  EXPECT_TRUE(contains(saidOf(kinds, "list.csv", {{"path", "file"}, {"label", "kind"}}), "the label of `kinds/cat/1.png` is `old`, expected a class number"));
  kinds.write("list.csv", "file,kind\nkinds/dog/a.png,1\nkinds/cat/1.png,01\n");
  EXPECT_TRUE(contains(saidOf(kinds, "list.csv", {{"path", "file"}, {"label", "kind"}}), "the label of `kinds/cat/1.png` is `01`, and a record before it has `1`: one number"));
}

TEST(Images, classesAreInTheOrderThatTheSourceSays) {
  Kinds kinds;
  const std::map<std::string, std::string> turned = {{"classes", "hen, emu, dog, feline = cat"}};
  Facts facts = readFacts(kinds.source(turned), kinds.path);
  EXPECT_EQ(facts.fields[1].classNames, (std::vector<std::string>{"hen", "emu", "dog", "feline"}));
  EXPECT_EQ(facts.fields[1].classes, 4);
  EXPECT_TRUE(facts.classesAreGiven && facts.namesGiven.contains("label"));
  for (Holding holding : {Holding::Whole, Holding::InPieces})
    EXPECT_EQ(valuesOf<int32_t>(loadAs(kinds.source(turned), facts, kinds.path, holding), "label"), (std::vector<int32_t>{3, 3, 2, 2, 2, 1}));
  EXPECT_TRUE(contains(kinds.said({{"classes", "cat, dog"}}), "kinds/emu/a`: its class is `emu`, expected one of `cat`, `dog`"));
  EXPECT_FALSE(contains(kinds.said({{"classes", "cat, dog"}}), "or a number")); // a folder's name is a name
  kinds.write("list.csv", "file,kind\nkinds/dog/a.png,0\nkinds/cat/1.png,1\n");
  Dataset numbered = loadVerified(sourceOf("images", {"list.csv"}, {{"path", "file"}, {"label", "kind"}, {"classes", "old, young"}}), kinds.path);
  EXPECT_EQ(valuesOf<int32_t>(numbered, "label"), (std::vector<int32_t>{0, 1}));
  EXPECT_TRUE(contains(saidOf(kinds, "list.csv", {{"path", "file"}, {"classes", "old, young"}}), "names the classes of a label, and none is read; leave it out, or add `label = COLUMN`"));
}

TEST(Images, whatIsNoPictureIsNamed) {
  Kinds kinds;
  const std::string file = kinds / "kinds/cat/3.png";
  auto said = [&](const std::string &bytes) {
    kinds.write("kinds/cat/3.png", bytes);
    return kinds.said();
  };
  EXPECT_TRUE(contains(said("GIF89a"), "`" + file + "`: it is a GIF picture, and pictures are read from JPEG and PNG files; convert it, or take it away; or leave such files out: damaged = skip"));
  EXPECT_TRUE(contains(said("hello\n"), "`" + file + "`: it is a text"));
  EXPECT_TRUE(contains(said(plain(1).substr(0, 50)), "`" + file + "`: it is cut off: its chunks end after 50 bytes without a last one"));
  EXPECT_TRUE(contains(said(plain(1).substr(0, 20)), "`" + file + "`: it is cut off after 20 bytes, within its header"));
  EXPECT_TRUE(contains(said(plain(1, 3, 3)), "`" + (kinds / "kinds/cat/1.png") + "` has 12 x 13 pixels, and `" + file + "` 3 x 3: a field has one size"));
  EXPECT_TRUE(contains(kinds.said({{"images.steps", "centre_crop 2 x 19"}}), "`" + (kinds / "kinds/cat/1.png") + "`: `centre_crop` takes 2 x 19 pixels, and it has 12 x 13"));
  EXPECT_EQ(kinds.said({{"images.steps", "resize 2 x 2 bilinear"}}), "");
}

TEST(Images, foldersThatAreNoneAreTold) {
  Kinds kinds;
  EXPECT_TRUE(contains(saidOf(kinds, "nowhere"), "cannot find the folder `nowhere`"));
  io::makeFolder(kinds / "empty");
  EXPECT_TRUE(contains(saidOf(kinds, "empty"), "empty` is empty; it holds a folder for each class"));
  io::makeFolder(kinds / "empty/train");
  io::makeFolder(kinds / "empty/val");
  EXPECT_TRUE(contains(saidOf(kinds, "empty"), "has the folders `train`, `val`, which are splits and no classes; write a source for each"));
  io::makeFolder(kinds / "kinds/fox");
  EXPECT_TRUE(contains(kinds.said(), "the folder `" + (kinds / "kinds/fox") + "` of a class has no pictures"));
  kinds.write("kinds/stray.JPG", plain(1));
  EXPECT_TRUE(contains(kinds.said(), "and beside them the picture `stray.JPG`, which has no class"));
  EXPECT_TRUE(contains(kinds.said({{"label", "x"}}), "is a folder, whose folders are the classes; option `label` is for a table of paths"));
  EXPECT_TRUE(contains(kinds.said({{"channels", "4"}}), "option `channels` of source `train` is `4`"));
  EXPECT_TRUE(contains(kinds.said({{"damaged", "drop"}}), "option `damaged` of source `train` is `drop`; it can be `skip`"));
  EXPECT_TRUE(contains(kinds.said({{"size", "4"}}), "the reader `images` has no option `size`"));
}

TEST(Images, damagedOnesAreLeftOutWhereTheSourceSaysSo) {
  Kinds kinds;
  std::string late = plain(70, 90, 90);
  late[late.find("IDAT") + 9] ^= 1; // its header is sound
  kinds.write("kinds/cat/3.png", late);
  kinds.write("kinds/dog/c.png", "no picture");
  EXPECT_NE(kinds.said(), "");
  abi::Source source = kinds.source({{"damaged", "skip"}});
  Facts facts = readFacts(source, kinds.path);
  EXPECT_EQ(facts.records, 6);
  EXPECT_EQ(facts.leftOut, 2);
  for (Holding holding : {Holding::Whole, Holding::InPieces})
    EXPECT_EQ(valuesOf<int32_t>(loadAs(source, facts, kinds.path, holding), "label"), (std::vector<int32_t>{0, 0, 1, 1, 1, 2}));
  // One that was mended is no record of this program, and it does not pass for the same data.
  kinds.write("kinds/dog/c.png", plain(80));
  EXPECT_TRUE(contains(messageOf([&] { loadAs(source, facts, kinds.path); }), "this program was compiled for"));
  io::makeFolder(kinds / "bad");
  kinds.write("bad/a.png", "no picture");
  EXPECT_TRUE(contains(saidOf(kinds, "bad", {{"damaged", "skip"}}), "has no picture that can be read: all 1 are damaged, the first so: `" + (kinds / "bad/a.png") + "`: it is a text"));
}

} // namespace tl::test
