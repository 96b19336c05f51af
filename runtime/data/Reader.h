// What a reader of one file format does: tell the facts when opened, then fill the field arrays, or where it can, give single records.
#pragma once
#include "runtime/data/CutList.h"
#include "runtime/data/Facts.h"
#include "runtime/data/UnseenValues.h"
#include "runtime/io/Error.h"
#include <functional>
#include <memory>

namespace tl::data {

/// Whether the records of a source are held in memory, or where they lie in its files.
enum class Holding { Whole, InPieces };

/// Where the bytes of a record lie: in one of the files that `findRecords` names.
struct Extent {
  size_t file;
  int64_t at, bytes;
};

/// In place of a class, of a token that has none: of a field that gives each token one.
constexpr int32_t noClass = -100;

class Reader {
public:
  Facts facts; // without the digest
  std::map<std::string, CutList> cut;         // by field; of fields that were filled, or made by findRecords
  std::map<std::string, UnseenValues> unseen; // of such fields of categories
  virtual ~Reader() = default;
  /// Writes all records of `field`, which has the name, dtype and shape of one in `facts`; class names are numbered as
  /// `field` numbers them. Called at most once for each field.
  virtual void fill(const abi::Field &field, char *into) = 0;
  /// What splits by hash know each record by, where that is not the bytes of its fields; else empty. Asked once, behind the last `eachText`: a reader
  /// that needs them no more gives its own away, as they can be several times as many bytes as the file.
  virtual std::vector<uint64_t> digests() { return {}; }
  /// Of records so small and so many that their digests take as much as they do: the field whose values are all that splits know a record by, and
  /// what they know of these. Then `digests` is empty, and they are made when somebody asks.
  virtual std::string knownBy() const { return ""; }
  virtual uint64_t digestOf(std::string_view) const { throw Error(exitInternal, "this reader knows no record by a field"); }
  /// Of a field of tokens: the texts of it that lie in `train`, on which its vocabulary is fitted. A long one is given in parts, none of which ends within
  /// a word; an empty one stands behind the last. Of categories: their entries.
  using TakeText = std::function<void(std::string_view)>;
  virtual void eachText(const abi::Split &, const std::string &, const TakeText &) const {}
  /// Names the place of a record for a message: "record 17 of `FILE`".
  virtual std::string place(const std::string &field, int64_t record) const = 0;

  // In place of `fill`, of a format with `indexBytes`: records one by one.

  /// Finds where each record lies, once, and names the files that they lie in. What must be made of the source's files first is kept in `folder`,
  /// for these fields.
  virtual std::vector<std::string> findRecords(const std::vector<abi::Field> &, const std::string &) { return {}; }
  /// Of what was made: where it is, and whether it was there.
  virtual std::string report() const { return ""; }
  /// As `Dataset::digest`, where it is known without going through the records.
  virtual std::string valuesDigest() const { return ""; }
  virtual Extent extent(int64_t) const { throw Error(exitInternal, "this reader cannot find single records"); }
  /// On how many threads it is worth to decode: records of some formats are copied sooner than a thread starts.
  virtual int decodingThreads() const { return 1; }
  /// Writes one record of `field`, the bits of `fill`, from the bytes of its extent. Several threads call it at once.
  virtual void decode(const abi::Field &, int64_t, std::string_view, char *) const { throw Error(exitInternal, "this reader cannot decode single records"); }
  /// The same of a field as training sees it (abi::isDrawn): a function of the bytes and of `seed`, which differs from epoch to epoch.
  virtual void decodeDrawn(const abi::Field &, int64_t, std::string_view, uint64_t, char *) const { throw Error(exitInternal, "this reader draws nothing"); }
};

/// The reader that `source` names, opened; facts with digest.
std::unique_ptr<Reader> openSource(const abi::Source &source, const std::string &scriptDir);

/// An option of the source, or `otherwise`.
std::string option(const abi::Source &source, const std::string &name, const std::string &otherwise = "");
constexpr size_t anyNumber = ~size_t{0}; // of files
/// An error where the source has an option that is not among `known`, or another number of files.
void checkUse(const abi::Source &source, const std::vector<std::string> &known, size_t leastFiles, size_t mostFiles);

} // namespace tl::data
