// Loads a source and holds it against what the program was compiled with.
#include "runtime/data/Dataset.h"
#include "runtime/abi/DrawnInputs.h"
#include "runtime/abi/ElementTypes.h"
#include "runtime/data/Fnv.h"
#include "runtime/data/Formats.h"
#include "runtime/data/GroupField.h"
#include "runtime/io/Checked.h"
#include "runtime/io/Digest.h"
#include "runtime/io/SideBySide.h"
#include <algorithm>
#include <cstring>

namespace tl::data {

static std::string filesOf(const abi::Source &source) {
  std::string text;
  for (const std::string &file : source.files)
    text += (text.empty() ? "`" : ", `") + file + "`";
  return text;
}

[[noreturn]] static void failOtherData(const abi::Source &source, const std::string &here,
                                       const std::string &compiled) {
  throw badData("source `" + source.name + "` (" + filesOf(source) + ") has " + here +
                ", this program was compiled for " + compiled +
                "; set TL_DATA to the data it was compiled with, or compile it again");
}

static const abi::Field *findIn(const std::vector<abi::Field> &fields, const std::string &name) {
  auto it = std::find_if(fields.begin(), fields.end(), [&](const abi::Field &field) { return field.name == name; });
  return it == fields.end() ? nullptr : &*it;
}

static void checkShapes(const abi::Source &source, const std::vector<abi::Field> &fields, const Facts &facts) {
  for (const abi::Field &field : fields) {
    const abi::Field *here = findIn(facts.fields, field.name);
    std::string compiled = "`" + field.name + "`: " + typeText(field.dtype, field.shape);
    if (!here)
      failOtherData(source, "no field `" + field.name + "`", compiled);
    bool hasOwnNames = !field.classNames.empty() && !here->classNames.empty() && here->shape == std::vector{here->classes}; // fewer than train's
    if (here->dtype != field.dtype || (here->shape != field.shape && !hasOwnNames))
      failOtherData(source, "`" + field.name + "`: " + typeText(here->dtype, here->shape), compiled);
  }
  if (facts.records != source.records)
    failOtherData(source, std::to_string(facts.records) + " records", std::to_string(source.records));
}

/// Of one entry of a window.
static int64_t entryBytes(const abi::Field &field, int64_t window) { return recordBytes(field) / (field.rows > 0 ? field.rows : window); }

/// Of one field of a source, once loaded: windows share their entries.
static int64_t arrayBytes(const abi::Source &source, const abi::Field &field) {
  std::string what = "source `" + source.name + "`";
  int64_t entries = io::checkedAdd(source.records, source.window - 1, what);
  return io::checkedMultiply(entries, entryBytes(field, source.window), what);
}

/// Every class number of a record's field lies in [0, classes).
static void checkClasses(const abi::Field &field, const char *values, int64_t record, const Reader &reader) {
  if (field.classes <= 0 || dtypeNamed(field.dtype) != DType::I32)
    return;
  int64_t count = recordBytes(field) / bytesOf(DType::I32);
  for (int64_t i = 0; i < count; ++i) {
    int32_t value = int32_t(numberAt(DType::I32, values, i));
    bool isNone = value == noClass && !field.shape.empty();
    if (!isNone && (value < 0 || value >= field.classes))
      throw badData(reader.place(field.name, record) + ": " + field.name + " " + std::to_string(value) + ", expected 0.." +
                    std::to_string(field.classes - 1) + ": this program was compiled for " + std::to_string(field.classes) +
                    " classes; mend the record, or compile again");
  }
}

std::string Dataset::whyWhole(const abi::Source &source, const std::vector<abi::Field> &fields, const std::string &scriptDir) {
  if (std::any_of(fields.begin(), fields.end(), [&](const abi::Field &field) { return abi::isDrawn(source, field); }))
    return "";
  if (std::string why = noPieces(source, scriptDir); !why.empty())
    return why;
  return bytes(source, fields, Holding::InPieces) < bytes(source, fields, Holding::Whole) ? "" : "the places of its records take more";
}

Dataset Dataset::load(const abi::Source &source, const std::vector<abi::Field> &fields, const std::string &scriptDir, Holding holding,
                      const std::string &folder) {
  std::unique_ptr<Reader> reader = openSource(source, scriptDir);
  checkShapes(source, fields, reader->facts);
  std::string digest = reader->facts.digest;
  Dataset dataset;
  dataset.recordCount = source.records;
  dataset.windowSize = source.window;
  dataset.inBlock = data::recordsInBlock(source);
  dataset.fieldList = fields;
  for (const abi::Field &field : fields)
    dataset.sizes.push_back(recordBytes(field));
  auto checkDigest = [&] {
    if (digest != source.digest)
      failOtherData(source, "facts with digest " + digest + " (other classes, fields or text)", source.digest);
  };
  if (source.window > 1)
    checkDigest(); // before another text is encoded: there is nothing in it that is wrong
  dataset.known = dataset.findField(reader->knownBy());
  if (holding == Holding::InPieces && whyWhole(source, fields, scriptDir).empty()) {
    dataset.pieces = std::make_unique<Pieces>(std::move(reader), fields, folder);
    dataset.indexBytes = source.records * data::indexBytes(source);
    dataset.valuesDigest = dataset.pieces->about().valuesDigest();
    if (dataset.valuesDigest.empty())
      dataset.survey();
  } else {
    dataset.fill(source, *reader);
    if (dataset.known >= 0)
      dataset.reader = std::move(reader);
  }
  checkDigest();
  return dataset;
}

const char *Dataset::held(int field, int64_t record) const {
  const abi::Field &about = fieldList[size_t(field)];
  return arrays[size_t(field)].data() + (record + about.before) * entryBytes(about, windowSize);
}

void Dataset::fill(const abi::Source &source, Reader &reader) {
  for (size_t i = 0; i < fieldList.size(); ++i) {
    reader.fill(fieldList[i], arrays.emplace_back(size_t(arrayBytes(source, fieldList[i]))).data());
    for (int64_t record = 0; record < recordCount; ++record)
      checkClasses(fieldList[i], held(int(i), record), record, reader);
  }
  digests = reader.digests();
  cut = std::move(reader.cut);
  unseen = std::move(reader.unseen);
}

/// Goes through all records once: what later needs them all is known then, and no bad one is left for a step to meet. Those of a block may be
/// read side by side; they are added up in order.
void Dataset::survey() {
  struct Values {
    std::vector<std::vector<char>> ofFields;
    std::vector<Target> targets;
  };
  const int threads = readingThreads();
  std::vector<Values> block(threads > 1 ? size_t(io::blockOfThread * threads) : 1);
  std::vector<Pieces::Window> windows(static_cast<size_t>(threads));
  for (Values &values : block) {
    values.ofFields.reserve(fieldList.size());
    for (size_t field = 0; field < fieldList.size(); ++field)
      values.targets.push_back({int(field), values.ofFields.emplace_back(size_t(sizes[field])).data()});
  }
  std::vector<io::Digest> ofFields(fieldList.size());
  digests = pieces->digests();
  const bool isKnown = !digests.empty() || known >= 0;
  digests.reserve(isKnown ? digests.size() : size_t(recordCount));
  for (int64_t first = 0; first < recordCount; first += std::ssize(block)) {
    const int64_t count = std::min(std::ssize(block), recordCount - first);
    io::sideBySide(count, threads, [&](int64_t i, int thread) { read(first + i, block[size_t(i)].targets, windows[size_t(thread)]); });
    for (int64_t i = 0; i < count; ++i) {
      uint64_t digest = fnvStart;
      for (size_t field = 0; field < fieldList.size(); ++field) {
        const std::vector<char> &values = block[size_t(i)].ofFields[field];
        checkClasses(fieldList[field], values.data(), first + i, pieces->about());
        ofFields[field].add(values.data(), values.size());
        digest = isKnown || isGroup(fieldList[field]) ? digest : fnv({values.data(), values.size()}, digest);
      }
      if (!isKnown)
        digests.push_back(digest);
    }
  }
  io::Digest all;
  for (size_t field = 0; field < fieldList.size(); ++field)
    all.add(ofFields[field], size_t(recordCount * sizes[field]));
  valuesDigest = all.text();
}

static void renumberValues(const std::vector<int32_t> &numbers, char *values, int64_t bytes) {
  for (char *at = values; at < values + bytes; at += sizeof(int32_t)) {
    int32_t number;
    std::memcpy(&number, at, sizeof number);
    std::memcpy(at, &numbers[size_t(number)], sizeof number);
  }
}

void Dataset::read(int64_t record, std::span<const Target> targets, Pieces::Window &window) const {
  std::string_view bytes = pieces ? pieces->bytes(record, window) : std::string_view();
  for (auto [field, into, seed] : targets)
    if (seed && !pieces)
      throw Error(exitInternal, "`" + fieldList[size_t(field)].name + "` is to be drawn anew, and is held as it is");
    else if (seed)
      pieces->about().decodeDrawn(fieldList[size_t(field)], record, bytes, *seed, into);
    else if (pieces)
      pieces->about().decode(fieldList[size_t(field)], record, bytes, into);
    else
      std::memcpy(into, held(field, record), size_t(sizes[size_t(field)]));
  for (const auto &[field, numbers] : renumbered)
    for (const Target &target : targets)
      if (target.field == field)
        renumberValues(numbers, target.into, sizes[size_t(field)]);
}

/// Of whole fields, where the bytes of a row are known: a copy of each is a few instructions.
template <size_t bytes> static void scatterRows(const char *from, int64_t stride, std::span<const int64_t> records, std::span<const uint32_t> rows, char *into) {
  for (size_t i = 0; i < records.size(); ++i)
    std::memcpy(into + rows[i] * bytes, from + records[i] * stride, bytes);
}

void Dataset::scatter(std::span<const int64_t> records, std::span<const uint32_t> rows, std::span<const Target> into, Pieces::Window &window) const {
  std::vector<Target> others;
  for (const Target &target : into)
    if (const int64_t bytes = bytesPerRecord(target.field); pieces || renumbered.contains(target.field) || (bytes != 4 && bytes != 8))
      others.push_back(target);
    else
      (bytes == 4 ? scatterRows<4> : scatterRows<8>)(held(target.field, 0), held(target.field, 1) - held(target.field, 0), records, rows, target.into);
  if (others.empty())
    return;
  std::vector<Target> targets = others;
  for (size_t i = 0; i < records.size(); ++i) {
    for (size_t k = 0; k < others.size(); ++k)
      targets[k].into = others[k].into + rows[i] * bytesPerRecord(others[k].field);
    read(records[i], targets, window);
  }
}

void Dataset::prefetch(int64_t record, std::span<const Target> targets) const {
  if (!pieces)
    for (const Target &target : targets)
      __builtin_prefetch(held(target.field, record));
}

std::vector<char> Dataset::values(int field, int64_t record) const {
  std::vector<char> values(static_cast<size_t>(sizes[size_t(field)]));
  Pieces::Window window;
  Target target{field, values.data()};
  read(record, {&target, 1}, window);
  return values;
}

int Dataset::findField(const std::string &name) const {
  const abi::Field *field = findIn(fieldList, name);
  return field ? int(field - fieldList.data()) : -1;
}

uint64_t Dataset::digest(int64_t record, Pieces::Window &window) const {
  if (!digests.empty())
    return digests[size_t(record)];
  std::vector<char> values;
  auto bytesOf = [&](int field) -> std::string_view {
    const auto size = size_t(bytesPerRecord(field));
    if (!pieces)
      return {held(field, record), size};
    values.resize(size);
    Target target{field, values.data()};
    read(record, {&target, 1}, window);
    return {values.data(), size};
  };
  if (known >= 0)
    return about().digestOf(bytesOf(known));
  uint64_t digest = fnvStart;
  for (size_t field = 0; field < fieldList.size(); ++field) // a group is nothing of the record's own
    digest = isGroup(fieldList[field]) ? digest : fnv(bytesOf(int(field)), digest);
  return digest;
}

std::string Dataset::digest() const {
  if (pieces)
    return valuesDigest;
  io::Digest digest;
  for (const std::vector<char> &array : arrays)
    digest.add(array.data(), array.size());
  return digest.text();
}

const CutList &Dataset::cutIn(const std::string &field) const {
  static const CutList none;
  const auto &known = pieces ? pieces->about().cut : cut;
  auto at = known.find(field);
  return at == known.end() ? none : at->second;
}

const UnseenValues &Dataset::unseenIn(const std::string &field) const {
  static const UnseenValues none;
  const auto &known = pieces ? pieces->about().unseen : unseen;
  auto at = known.find(field);
  return at == known.end() ? none : at->second;
}

int64_t Dataset::bytes() const {
  int64_t total = 0;
  for (const std::vector<char> &array : arrays)
    total += int64_t(array.size());
  return total + indexBytes + int64_t(digests.size() * sizeof(uint64_t));
}

int64_t Dataset::bytes(const abi::Source &source, const std::vector<abi::Field> &fields, Holding holding) {
  if (holding == Holding::InPieces && source.window > 1)
    return 0; // windows are where they are, and nothing knows them by their digests
  int64_t texts = std::count_if(fields.begin(), fields.end(), [](auto &field) { return !field.lengthOf.empty(); }); // which may be cut
  bool hasTokens = source.window == 1 && std::any_of(fields.begin(), fields.end(), [](auto &field) { return !field.tokens.empty(); });
  bool hasDigests = !hasPairs(source) && (hasTokens || holding == Holding::InPieces);
  int64_t ofRecord = texts * CutList::usualBytes + (hasDigests ? int64_t(sizeof(uint64_t)) : 0);
  if (holding == Holding::InPieces)
    return io::checkedMultiply(source.records, data::indexBytes(source) + ofRecord, source.name);
  int64_t total = source.records * ofRecord;
  for (const abi::Field &field : fields)
    total = io::checkedAdd(total, arrayBytes(source, field), field.name);
  return total;
}

} // namespace tl::data
