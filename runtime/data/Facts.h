// What a program knows of its data before it runs: read at compile time, recorded in the program, verified at start.
#pragma once
#include "runtime/abi/Descriptor.h"

namespace tl::data {

struct Facts {
  int64_t records = 0;
  std::vector<abi::Field> fields;
  std::string digest; // 16 hex digits: 64-bit FNV-1a over reader, records and fields (names, dtypes, shapes, classes)
};

/// Reads the facts of a source (only `reader`, `files` and `options` of it are used). Readers, their files and options:
///
///   idx  images [labels]   field `image` u8[dims…]; with labels, `label` i32[]
///        classes = N       number of classes; else the greatest label + 1
///   csv  file              field `x` f32[k]; cells as in RFC 4180, with LF or CRLF, blank lines skipped
///        header = true | false | auto    auto: the first row has a text where the second has a number
///        label = COLUMN    that column is `label` i32[]: class numbers 0, 1, …, or names, numbered in sorted order
///        target = COLUMNS  those columns are the field `target` f32[k]
///        columns = COLUMNS the columns of `x` (else all that are neither label nor target); all hold numbers
///        x = NAME          another name for `x`
///   COLUMN is a name from the header or a number from 0; COLUMNS is a list of them with commas.
///
/// For idx only headers and labels are read (milliseconds, gzip or not); csv is read whole.
Facts readFacts(const abi::Source &source, const std::string &scriptDir);

/// The path of a data file: $TL_DATA/NAME, scriptDir/NAME, ./NAME, each also as NAME.gz (or without .gz where NAME ends
/// in it). An error lists where it looked.
std::string findFile(const std::string &name, const std::string &scriptDir);

/// Bytes of one element of a dtype ("u8", "i32", "f32", "f64", "i1", "i64"); 0 for a name that is none.
int64_t dtypeBytes(const std::string &dtype);
/// Bytes of one record of a field.
int64_t recordBytes(const abi::Field &field);
/// `f32[784, 256]`
std::string typeText(const std::string &dtype, const std::vector<int64_t> &shape);

} // namespace tl::data
