// The file formats that there are readers for. A reader describes itself in its own file and stands in the list of Formats.cpp; nothing else
// knows its name.
#pragma once
#include "runtime/data/Reader.h"
#include <span>

namespace tl::data {

/// How a source is loaded: the arrays of these fields are filled, or it is read in pieces; of files with so many bytes in all, unpacked. `isMade`: in pieces, from
/// what an earlier start has made of it (see `nameBeside`).
struct Reading {
  const std::vector<abi::Field> &fields;
  Holding holding;
  int64_t fileBytes;
  bool isPacked, isMade;
};

/// What is known of a format before a file of it is opened.
struct Format {
  const char *name; // as a script writes it: `source train csv("iris.csv")`
  std::unique_ptr<Reader> (*open)(const abi::Source &source, const std::string &scriptDir);
  /// Whether a source of it delivers texts: then it takes options on tokens, and its reader fits vocabularies (null: never).
  bool (*isText)(const abi::Source &source) = nullptr;
  /// Facts are not known before every record was read, so *check* may look at all of them again.
  bool readsWhole = false;
  /// Bytes held while a source is loaded, besides what stays (null: nothing).
  int64_t (*readingBytes)(const abi::Source &source, const Reading &reading) = nullptr;
  /// Bytes held for each record where records are read one by one; -1: this format is always held whole. Of a source that delivers texts, where a
  /// format also has others, `indexBytesOfTexts`.
  int64_t indexBytes = -1, indexBytesOfTexts = -1;
  /// Of a format whose texts become tokens block by block, which are then read one by one: why those of a source cannot, else "". (null: texts are held
  /// whole.)
  std::string (*noBlocks)(const abi::Source &source) = nullptr;
  /// Of a format that is read in pieces from what is made of its files first: the name of that in the folder of `Reader::findRecords`. (null: nothing is made.)
  std::string (*nameBeside)(const abi::Source &source, const std::vector<abi::Field> &fields, const std::string &scriptDir) = nullptr;
  /// Whether what a source names may be a folder, with one file for each record: never packed.
  bool isOfFolders = false;
};

std::span<const Format *const> formats();

/// An error where there is no such format.
const Format &formatNamed(const std::string &name);

bool isText(const abi::Source &source);
/// Whether its records are pairs of a text's words: counted in all of it, so that they have no place.
bool hasPairs(const abi::Source &source);
/// How many records that follow each other are as good as so many that are drawn: pairs are given out by a hash of their words, so that
/// no neighbours have anything in common.
inline int64_t recordsInBlock(const abi::Source &source) { return hasPairs(source) ? 2048 : 1; }
/// `Format::indexBytes` of a source; -1: it is always held whole.
int64_t indexBytes(const abi::Source &source);
/// Why its records cannot be read one by one: "`lines` is not read in pieces"; "" where they can.
std::string noPieces(const abi::Source &source, const std::string &scriptDir);
/// For `Format::isText` of those that deliver nothing else.
bool alwaysText(const abi::Source &source);

/// Whether one of the source's files is packed, so that nothing of it can be sought.
bool isPacked(const abi::Source &source, const std::string &scriptDir);

/// Whether a source can be read in pieces from what is in `folder` already.
bool isMadeIn(const std::string &folder, const abi::Source &source, const std::vector<abi::Field> &fields, const std::string &scriptDir);

/// `Format::readingBytes` of a source. Text packs to about a quarter; how long it really is, is known
/// only after unpacking.
int64_t readingBytes(const abi::Source &source, const std::vector<abi::Field> &fields, Holding holding, bool isMade, const std::string &scriptDir);

extern const Format idxFormat, csvFormat, textFormat, linesFormat, jsonlFormat, conllFormat, cifarFormat, imagesFormat;

} // namespace tl::data
