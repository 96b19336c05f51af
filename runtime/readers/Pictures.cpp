// Reads pictures: a file of JPEG or PNG is a record. Facts need their headers; pixels are decoded where they are asked for.
#include "runtime/readers/Pictures.h"
#include "runtime/abi/DrawnInputs.h"
#include "runtime/data/Fnv.h"
#include "runtime/data/SourceError.h"
#include "runtime/io/File.h"
#include "runtime/io/SideBySide.h"
#include "runtime/pictures/Decode.h"
#include "runtime/pictures/Steps.h"
#include "runtime/readers/ClassNames.h"
#include "runtime/readers/FirstRow.h"
#include "runtime/readers/PictureFiles.h"
#include <algorithm>
#include <charconv>
#include <cstring>
#include <set>
#include <sstream>

namespace tl::data {

namespace {

using pictures::Size;

constexpr int64_t mostBytes = int64_t{1} << 30; // of a file: no picture of so many pixels takes more

/// What a source says of all its pictures.
struct Manner {
  int64_t channels;
  pictures::Steps steps, ofTraining; // ofTraining: what it sees in their place, empty where that is the same

  explicit Manner(const abi::Source &source)
      : channels(option(source, "channels", "3") == "1" ? 1 : 3), steps(pictures::Steps::parse(option(source, "images.steps"))), ofTraining(pictures::Steps::parse(option(source, abi::drawnSteps))) {
    if (std::string written = option(source, "channels", "3"); written != "1" && written != "3")
      throw badSource("option `channels` of source `" + source.name + "` is `" + written + "`; pictures have 3 channels, red, green and blue, or 1, grey").inOption("channels");
  }

  void decode(std::string_view bytes, const abi::Field &field, char *into) const { put(steps.apply(pictures::decode(bytes, channels)), steps, field, into); }
  void draw(std::string_view bytes, const abi::Field &field, uint64_t seed, char *into) const { put(ofTraining.draw(bytes, channels, seed), ofTraining, field, into); }

  /// What training sees is as large as what all else does. `size`: of a picture when it is decoded.
  void checkSizes(Size size) const {
    const Size all = steps.sizeAfter(size), drawn = ofTraining.empty() ? all : ofTraining.sizeAfter(size);
    if (all != drawn)
      throw badData("training sees " + textOf(drawn) + " pixels of it after `" + ofTraining.text() + "`, and all else " + textOf(all) + (steps.empty() ? "" : " after `" + steps.text() + "`") +
                    ": a field has one size; give both the same");
  }

private:
  static void put(const pictures::Picture &made, const pictures::Steps &steps, const abi::Field &field, char *into) {
    if (std::vector<int64_t>{made.size.height, made.size.width, made.channels} != field.shape)
      throw badData("it has " + textOf(made.size) + " pixels" + (steps.empty() ? "" : " after `" + steps.text() + "`") + ", and `" + field.name + "` is " + typeText(field.dtype, field.shape) +
                    (steps.empty() ? "; give pictures one size where they are read: image = resize(image, [" + std::to_string(field.shape[0]) + ", " + std::to_string(field.shape[1]) + "])" : ""));
    std::memcpy(into, made.values.data(), made.values.size());
  }
};

std::string readPicture(const std::string &path) {
  if (int64_t bytes = io::File::openRead(path).size(); bytes > mostBytes)
    throw badData("it has " + std::to_string(bytes) + " bytes, more than a picture can have; take it away");
  return io::readWhole(path);
}

/// Runs `work` on a picture, whose errors do not know its name.
template <typename Work> auto naming(const std::string &path, const Work &work) {
  try {
    return work();
  } catch (const Error &error) {
    bool isNamed = error.message.find(path) != std::string::npos; // a file that cannot be opened
    throw Error(error.exitCode, isNamed ? error.message : "`" + path + "`: " + error.message);
  }
}

class PictureReader : public Reader {
public:
  PictureReader(const abi::Source &source, const std::string &path);
  void fill(const abi::Field &field, char *into) override;
  std::vector<uint64_t> digests() override { return std::move(ofBytes); }
  std::string place(const std::string &, int64_t record) const override { return "`" + files[size_t(record)].path + "`"; }
  std::vector<std::string> findRecords(const std::vector<abi::Field> &, const std::string &) override;
  Extent extent(int64_t record) const override { return {size_t(record), 0, lengths[size_t(record)]}; }
  int decodingThreads() const override { return io::readingThreads(); }
  void decode(const abi::Field &field, int64_t record, std::string_view bytes, char *into) const override;
  void decodeDrawn(const abi::Field &field, int64_t record, std::string_view bytes, uint64_t seed, char *into) const override;

private:
  /// What was found out about a file.
  struct Seen {
    uint64_t digest = 0;
    int64_t bytes = 0, decodingBytes = 0;
    Size size;           // when it is decoded; after the steps, once it is known that it is kept
    std::string problem; // "": none
  };
  std::vector<Seen> lookAt(bool decodesAll) const;
  void leaveOut(std::vector<Seen> &seen, const std::string &damaged);
  static std::string known(const PictureFile &file) { return hexOf(fnv(file.name)); }
  void describeImages(std::vector<Seen> &seen);
  void describeLabels(const abi::Source &source);
  void setContent(const std::vector<Seen> &seen);

  int32_t classOf(const PictureFile &file, const std::vector<std::string> &known) const;

  Manner manner;
  ClassNames classes; // that the source says
  bool isTable = false;
  std::vector<PictureFile> files;
  std::vector<uint64_t> ofBytes; // by record
  std::vector<int64_t> lengths;
};

PictureReader::PictureReader(const abi::Source &source, const std::string &path) : manner(source), classes(source), isTable(source.options.contains("label")) {
  const bool isFolder = io::isFolder(path);
  for (const char *name : {"path", "label", "header"})
    if (isFolder && source.options.contains(name))
      throw badSource("`" + path + "` is a folder, whose folders are the classes; option `" + std::string(name) + "` is for a table of paths").at(SourceError::Part::OptionName, name);
  const std::string damaged = option(source, "damaged");
  if (!damaged.empty() && damaged != "skip")
    throw badSource("option `damaged` of source `" + source.name + "` is `" + damaged + "`; it can be `skip`, which leaves damaged pictures out").inOption("damaged");
  PictureFiles found = isFolder ? picturesInFolder(path) : picturesInTable(source, path);
  files = std::move(found.files);
  facts.headerDoubt = found.headerDoubt;
  // Which pictures are damaged is decided once, when the script is compiled: the program is told.
  const bool skips = damaged == "skip", isTold = source.options.contains("images.damaged");
  std::vector<Seen> seen = lookAt(skips && !isTold);
  setContent(seen);
  std::string list = option(source, "images.damaged"), first;
  for (size_t i = 0; i < seen.size(); ++i) {
    const std::string &problem = seen[i].problem;
    if (!skips && !problem.empty())
      throw badData(problem + "; or leave such files out: damaged = skip");
    if (skips && !isTold && !problem.empty()) {
      list += known(files[i]) + ",";
      first = first.empty() ? problem : first;
    }
  }
  leaveOut(seen, list);
  if (files.empty())
    throw badData("`" + path + "` has no picture that can be read: all " + std::to_string(facts.leftOut) + " are damaged, the first so: " + first);
  if (skips)
    facts.told["images.damaged"] = list;
  describeImages(seen);
  if (found.hasLabels)
    describeLabels(source);
  else if (!classes.names.empty())
    throw badSource("option `classes` of source `" + source.name + "` names the classes of a label, and none is read; leave it out, or " + (isFolder ? "put the pictures of each class in a folder" : "add `label = COLUMN`"))
        .inOption("classes");
}

/// Reads every file once, for its digest, and its header or, where damaged ones are to be found, all of it.
std::vector<PictureReader::Seen> PictureReader::lookAt(bool decodesAll) const {
  std::vector<Seen> all(files.size());
  io::sideBySide(std::ssize(files), io::readingThreads(), [&](int64_t i, int) {
    Seen &seen = all[size_t(i)];
    const std::string &path = files[size_t(i)].path;
    std::string bytes = naming(path, [&] { return readPicture(path); });
    seen.digest = fnv(bytes);
    seen.bytes = std::ssize(bytes);
    try {
      naming(path, [&] {
        pictures::Header header = pictures::headerOf(bytes);
        seen.decodingBytes = header.decodingBytes();
        if (decodesAll)
          pictures::decode(bytes, manner.channels);
        seen.size = header.size();
      });
    } catch (const Error &error) {
      seen.problem = error.message;
    }
  });
  return all;
}

/// Files that a list of what they are known by has.
void PictureReader::leaveOut(std::vector<Seen> &seen, const std::string &damaged) {
  std::set<std::string> names;
  std::istringstream list(damaged);
  for (std::string name; std::getline(list, name, ',');)
    names.insert(name);
  std::vector<PictureFile> kept;
  std::vector<Seen> keptSeen;
  for (size_t i = 0; i < files.size(); ++i) {
    if (names.contains(known(files[i]))) {
      ++facts.leftOut;
      continue;
    }
    kept.push_back(std::move(files[i]));
    keptSeen.push_back(std::move(seen[i]));
  }
  files = std::move(kept);
  seen = std::move(keptSeen);
}

/// Of all files, also of those that are left out: a program does not know whether one that was mended belongs to it.
void PictureReader::setContent(const std::vector<Seen> &seen) {
  facts.content = fnv(manner.steps.text() + manner.ofTraining.text());
  for (size_t i = 0; i < seen.size(); ++i)
    facts.content = fnv(hexOf(seen[i].digest) + files[i].label + '\0', facts.content);
}

void PictureReader::describeImages(std::vector<Seen> &seen) {
  int64_t largest = 0;
  for (size_t i = 0; i < seen.size(); ++i) {
    Seen &each = seen[i];
    naming(files[i].path, [&] { // what a step cannot do is no damage
      manner.checkSizes(each.size);
      each.size = manner.steps.sizeAfter(each.size);
    });
    ofBytes.push_back(each.digest);
    lengths.push_back(each.bytes);
    largest = std::max(largest, each.decodingBytes + each.bytes);
  }
  facts.told["images.largest"] = std::to_string(largest);
  facts.records = std::ssize(files);
  const Size size = seen.front().size;
  auto other = std::find_if(seen.begin(), seen.end(), [&](const Seen &each) { return each.size != size; });
  if (other != seen.end()) {
    const std::string side = std::to_string(std::min({size.height, size.width, other->size.height, other->size.width}));
    throw badData("`" + files[0].path + "` has " + textOf(size) + " pixels" + (manner.steps.empty() ? "" : " after `" + manner.steps.text() + "`") + ", and `" +
                  files[size_t(other - seen.begin())].path + "` " + textOf(other->size) + ": a field has one size; give them one where they are read: image = resize(image, [" + side + ", " + side +
                  "]), or image = resize(image, " + side + ") |> centre_crop(" + side + ")");
  }
  facts.fields.push_back({"image", "u8", {size.height, size.width, manner.channels}, 0, {}});
}

/// The number that a label is, where all are numbers; else -1.
int32_t numberOf(const std::string &label) {
  int32_t number = -1;
  auto [end, error] = std::from_chars(label.data(), label.data() + label.size(), number);
  return error == std::errc() && end == label.data() + label.size() && number >= 0 ? number : -1;
}

/// Those that the source says; else folders are names, whatever they are called, and cells of a table numbers where the first of them is one.
void PictureReader::describeLabels(const abi::Source &source) {
  abi::Field field{"label", "i32", {}, std::ssize(classes.names), classes.names};
  if (!classes.names.empty()) {
    for (const PictureFile &file : files)
      classOf(file, classes.names);
    facts.classesAreGiven = true;
    facts.namesGiven.insert(field.name);
    facts.fields.push_back(std::move(field));
    return;
  }
  const bool areNumbers = isTable && numberOf(files.front().label) >= 0;
  Spellings spellings;
  std::map<std::string, int64_t, std::less<>> counts;
  for (const PictureFile &file : files) {
    if (areNumbers && numberOf(file.label) < 0)
      throw badData("`" + source.files[0] + "`: the label of `" + file.name + "` is `" + file.label + "`, expected a class number 0, 1, … as others have");
    if (std::string problem = isTable ? spellings.problemOf(file.label) : ""; !problem.empty())
      throw badData("`" + source.files[0] + "`: the label of `" + file.name + "` is " + problem);
    areNumbers ? ++facts.classRecords[numberOf(file.label)] : ++counts[file.label];
  }
  if (isTable && counts.size() > mostClasses)
    throw badSource("`" + source.files[0] + "` has " + std::to_string(counts.size()) + " classes, and at most " + std::to_string(mostClasses) + " are read; is this column the label?").inOption("label");
  for (const auto &[name, count] : counts)
    field.classNames.push_back(name);
  field.classes = areNumbers ? facts.classRecords.rbegin()->first + 1 : std::ssize(counts);
  if (!areNumbers)
    facts.namedRecords["label"] = std::move(counts);
  facts.fields.push_back(std::move(field));
}

void PictureReader::fill(const abi::Field &field, char *into) {
  const int64_t size = recordBytes(field);
  io::sideBySide(facts.records, io::readingThreads(), [&](int64_t record, int) {
    const std::string &path = files[size_t(record)].path;
    std::string bytes = field.name == "label" ? "" : naming(path, [&] { return readPicture(path); });
    decode(field, record, bytes, into + record * size);
  });
}

std::vector<std::string> PictureReader::findRecords(const std::vector<abi::Field> &, const std::string &) {
  std::vector<std::string> paths;
  for (const PictureFile &file : files)
    paths.push_back(file.path);
  return paths;
}

/// Its number among those that are known; a cell of a table may be the number of one that the source says.
int32_t PictureReader::classOf(const PictureFile &file, const std::vector<std::string> &known) const {
  const bool areGiven = !classes.names.empty(), orNumber = areGiven && isTable;
  const std::vector<std::string> &written = areGiven ? classes.written : known;
  const int32_t number = classIn(written, file.label, orNumber);
  if (number < 0)
    throw badData("`" + file.path + "`: its class is `" + file.label + "`, expected " + oneOfClasses(written, orNumber));
  return number;
}

void PictureReader::decode(const abi::Field &field, int64_t record, std::string_view bytes, char *into) const {
  const PictureFile &file = files[size_t(record)];
  if (field.name != "label")
    return naming(file.path, [&] { manner.decode(bytes, field, into); });
  int32_t label = field.classNames.empty() ? numberOf(file.label) : classOf(file, field.classNames);
  std::memcpy(into, &label, sizeof label);
}

void PictureReader::decodeDrawn(const abi::Field &field, int64_t record, std::string_view bytes, uint64_t seed, char *into) const {
  naming(files[size_t(record)].path, [&] { manner.draw(bytes, field, seed, into); });
}

std::unique_ptr<Reader> openPictures(const abi::Source &source, const std::string &scriptDir) {
  checkUse(source, {"path", "label", "classes", "header", "channels", "damaged"}, 1, 1);
  return reading(source.files[0], [&] { return std::make_unique<PictureReader>(source, findFolder(source.files[0], scriptDir)); });
}

void readOne(const abi::Source &source, const abi::Field &field, const std::string &path, char *into) {
  naming(path, [&] { Manner(source).decode(readPicture(path), field, into); });
}

} // namespace

} // namespace tl::data

extern "C" const tl::data::PictureDoor tlPictures = {tl::data::openPictures, tl::data::readOne};
