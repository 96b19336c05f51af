// What a program knows of its data before it runs: read at compile time, recorded in the program, verified at start.
#pragma once
#include "runtime/abi/Descriptor.h"
#include <map>
#include <set>

namespace tl::data {

struct Facts {
  int64_t records = 0;
  std::vector<abi::Field> fields;
  std::string digest; // 16 hex digits: 64-bit FNV-1a over reader, records, fields (names, dtypes, shapes, classes), content
  int64_t window = 1;   // see abi::Source
  std::map<int64_t, int64_t> classRecords; // of labels that are numbers: how many records each has
  bool classesAreGiven = false;            // by an option or the format: then a class may have none
  std::set<std::string> namesGiven;        // fields whose classes have these names, in that order, by an option; others have those of their records
  std::map<std::string, std::map<std::string, int64_t, std::less<>>> namedRecords; // of names that are not given: by field, how often each occurs
  std::string headerDoubt;                 // what speaks against `header = true`: both readings of the first line
  std::vector<std::string> texts; // that its records have, by name: what steps make tokens of
  int64_t leftOut = 0;            // records without a text, or damaged pictures, where the source says so
  std::map<std::string, std::string> told; // what was found out that a program shall not find out again: options of its source
  uint64_t content = 0; // of a text: FNV-1a of its bytes, as its vocabulary follows from them all; of pictures: of what follows from theirs
};

/// Reads the facts of a source (only `reader`, `files` and `options` of it are used). Readers, their files and options:
///
///   idx  images [labels]   field `image` u8[dims…]; with labels, `label` i32[]
///        classes = N       number of classes; else the greatest label + 1
///   csv  file              field `x` f32[k]; cells as in RFC 4180, with LF or CRLF, blank lines skipped
///        separator = TEXT  what parts cells: `;`, `|` or a tab (else a comma)
///        header = true | false | auto    auto: seen from the columns, an error where they do not tell (FirstRow.h)
///        label = COLUMN    that column is `label` i32[]: class numbers 0, 1, …, or names, numbered in sorted order
///        classes = NAMES   those of the label in the order of their numbers, with commas; the column has names or numbers
///        target = COLUMNS  those columns are the field `target` f32[k]
///        columns = COLUMNS the columns of `x` (else all that are nothing else); all hold numbers
///        x = NAME          another name for `x`
///        categories = COLUMNS  those columns are the field `kinds` i32[k]: numbers in one vocabulary of the values of all of them (Categories.h)
///        missing = keep    a hole in `x` is NaN, and in none an error
///        window = N        x f32[N, k], rows that follow each other; target f32[ahead, m], of the `ahead = N` rows behind them (else 1)
///        stride = N        rows from one window of train to the next (else 1)
///   jsonl file             with `columns` or `categories`: as csv, of an object a line
///   csv  file…             with `text` or `texts`: as lines, with commas and quotes between the cells
///   text file…             field `text` i32[window], tokens; record r starts at token r
///        window = N        tokens of a record
///        stride = N        tokens from one window of train to the next (else window - 1)
///   text file…             fields `text` i32[2], two words that stand near each other in a line, and `count` f32[], how often
///        pairs = N         words at most N apart, counted by 1 / distance
///        symmetric = true | false    else only the earlier word before the later one
///   lines file…            fields `text` i32[length], tokens, and `text.length` i32[]; cells separated by tabs
///        length = N        tokens of a record: what a text has more is left out, what it has less is padding
///        text = COLUMN     (else 0); label = COLUMN, classes and header as of csv
///        texts = COLUMNS   several texts, each a field of its name; `NAME = COLUMN` where the column is called otherwise
///        empty = skip      leaves out records that lack a text
///        sections = true   in place of the others: a line `: NAME` names the class of those below it, which have `length` words each
///   cifar  batches…       CIFAR-10 binary: field `image` u8[32, 32, 3], channels last, and `label` i32[], 10 classes
///   images folder          field `image` u8[h, w, 3], decoded from JPEG and PNG, channels last; folders in it are classes: `label` i32[]
///   images table           a CSV file with the paths of pictures, and perhaps their classes: path = COLUMN, label = COLUMN, header as of csv
///        channels = 1      grey
///        damaged = skip    leaves out what cannot be decoded
///   COLUMN is a name from the header or a number from 0; COLUMNS is a list of them with commas, of a table perhaps `NAME = COLUMN`.
///
/// For idx only headers and labels are read (milliseconds, gzip or not), cifar once for its labels, and pictures are not decoded; the others are
/// read whole.
Facts readFacts(const abi::Source &source, const std::string &scriptDir);

/// `Facts::digest` of what a reader found.
std::string factsDigest(const std::string &reader, const Facts &facts);

/// The vocabulary of a field of a source of text, fitted on what of it lies in `train`: the texts of all token numbers; and how
/// often each occurs, and what is joined in them.
std::vector<std::string> fitVocabulary(const abi::Source &source, const std::string &field, const abi::Split &train, const std::string &scriptDir,
                                       std::vector<int64_t> *counts = nullptr, abi::Phrases *phrases = nullptr);

/// The tokenizer of a field, of the kind that the options of the source name, fitted on what of it lies in `train`.
abi::Tokenizer fitTokenizer(const abi::Source &source, const std::string &field, const abi::Split &train, const std::string &scriptDir);

/// The path of a data file: $TL_DATA/NAME, scriptDir/NAME, ./NAME, each also as NAME.gz (or without .gz where NAME ends
/// in it). An error lists where it looked, or says why what is there cannot be read.
std::string findFile(const std::string &name, const std::string &scriptDir);

/// The paths of the source's files, which may be patterns: `parts/*.jsonl` is every file of that folder that fits, by name.
std::vector<std::string> findFiles(const abi::Source &source, const std::string &scriptDir);
std::vector<std::string> findFiles(const std::string &name, const std::string &scriptDir);

/// A folder, or a file in place of it, looked for where data files are.
std::string findFolder(const std::string &name, const std::string &scriptDir);

/// Bytes of one element of a dtype of runtime/abi/ElementTypes.def; 0 for a name that is none.
int64_t dtypeBytes(const std::string &dtype);
/// Bytes of one record of a field.
int64_t recordBytes(const abi::Field &field);
/// `f32[784, 256]`
std::string typeText(const std::string &dtype, const std::vector<int64_t> &shape);

} // namespace tl::data
