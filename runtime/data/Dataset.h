// A source of data: wholly in memory, one contiguous array per field, or read in pieces, record by record.
#pragma once
#include "runtime/abi/Descriptor.h"
#include "runtime/data/Facts.h"
#include "runtime/data/Pieces.h"
#include <optional>
#include <span>

namespace tl::data {

class Dataset {
public:
  /// Reads the source and verifies it against what the program was compiled with: records, digest, shapes, and that
  /// every class number is in range. Errors name the file, the record and both sides. What cannot be read in pieces is held whole.
  static Dataset load(const abi::Source &source, const std::vector<abi::Field> &fields, const std::string &scriptDir,
                      Holding holding = Holding::Whole, const std::string &folder = "");
  /// Why the source is held whole, if it is to be in pieces: that is not known for it, or holds no less than its arrays. Else "", as always where
  /// something is drawn.
  static std::string whyWhole(const abi::Source &source, const std::vector<abi::Field> &fields, const std::string &scriptDir);
  /// What is to be said of what was made of the source for reading it in pieces, in the `folder` of `load`; "" where nothing was.
  std::string report() const { return pieces ? pieces->about().report() : ""; }
  Holding holding() const { return pieces ? Holding::InPieces : Holding::Whole; }

  int64_t records() const { return recordCount; }
  /// Entries of the source, tokens or rows, that make one record; neighbouring records share all but one of them.
  int64_t window() const { return windowSize; }
  const std::vector<abi::Field> &fields() const { return fieldList; }
  /// Index of the field of that name, or -1.
  int findField(const std::string &name) const;
  /// Where one record's values of a field shall be written.
  struct Target {
    int field;
    char *into;
    std::optional<uint64_t> seed = {}; // as training sees it: see Reader::decodeDrawn
  };
  /// Writes one record's values of some fields. Threads may read at once, each with a window of its own.
  void read(int64_t record, std::span<const Target> targets, Pieces::Window &window) const;
  /// Reads many, each into a row of its own behind where `into` points.
  void scatter(std::span<const int64_t> records, std::span<const uint32_t> rows, std::span<const Target> into, Pieces::Window &window) const;
  /// Of how many records that follow each other the order tells nothing: see EpochOrder.
  int64_t recordsInBlock() const { return inBlock; }
  /// On how many threads it is worth to `read`.
  int readingThreads() const { return pieces ? pieces->about().decodingThreads() : 1; }
  /// From now on a number that a record has in a field is read as what stands at it here.
  void renumber(int field, std::vector<int32_t> numbers) { renumbered[field] = std::move(numbers); }
  /// Asks memory for what `read` will read of a record, where it lies in memory.
  void prefetch(int64_t record, std::span<const Target> targets) const;
  /// One record's values of a field.
  std::vector<char> values(int field, int64_t record) const;
  int64_t bytesPerRecord(int field) const { return sizes[field]; }
  /// What splits by hash know a record by: its reader's digest, or that of the bytes of all its fields.
  uint64_t digest(int64_t record, Pieces::Window &window) const;
  uint64_t digest(int64_t record) const {
    Pieces::Window window;
    return digest(record, window);
  }

  /// Of every value, field after field: tells whether data has changed.
  std::string digest() const;
  /// Records whose texts have more tokens than a field.
  const CutList &cutIn(const std::string &field) const;
  /// Values that the vocabulary of a field of categories lacks.
  const UnseenValues &unseenIn(const std::string &field) const;

  /// Bytes held.
  int64_t bytes() const;
  /// What a source will hold once loaded, from its facts alone: for predicting memory.
  static int64_t bytes(const abi::Source &source, const std::vector<abi::Field> &fields, Holding holding);

private:
  void fill(const abi::Source &source, Reader &reader);
  void survey();
  const Reader &about() const { return pieces ? pieces->about() : *reader; }
  const char *held(int field, int64_t record) const;
  int64_t recordCount = 0, windowSize = 1, inBlock = 1;
  std::vector<abi::Field> fieldList;
  std::vector<std::vector<char>> arrays;
  std::vector<int64_t> sizes;
  std::map<std::string, CutList> cut;
  std::map<std::string, UnseenValues> unseen;
  std::vector<uint64_t> digests; // by record; empty where the fields' own bytes count, and are held, or nobody asks
  std::unique_ptr<Pieces> pieces; // null: held whole
  std::unique_ptr<Reader> reader; // of one that is, where it is asked for digests
  int known = -1;                 // the field by which it knows records
  std::string valuesDigest;       // of all values, where they are in pieces
  int64_t indexBytes = 0;         // of their places
  std::map<int, std::vector<int32_t>> renumbered; // by field
};

} // namespace tl::data
