// Tables of numbers, categories and labels, whatever file they are in.
#pragma once
#include "runtime/data/Reader.h"
#include "runtime/readers/TableRows.h"

namespace tl::data {

/// The reader of a source whose records `rows` finds; rows are parsed when it is opened, so that tlc sees bad cells, and once more when fields
/// are filled in: what is parsed is not kept twice.
std::unique_ptr<Reader> makeTableReader(const abi::Source &source, std::unique_ptr<TableRows> rows);

/// Of JSON lines.
std::unique_ptr<Reader> openJsonTable(const abi::Source &source, const std::string &scriptDir);

/// The options of such a source, whatever its format.
std::vector<std::string> tableOptions();

} // namespace tl::data
