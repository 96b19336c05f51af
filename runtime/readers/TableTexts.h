// Tables with texts, for the formats whose tables may have some.
#pragma once
#include "runtime/readers/CsvText.h"
#include "runtime/data/Reader.h"

namespace tl::data {

std::unique_ptr<Reader> openTableTexts(const abi::Source &source, const std::string &scriptDir, CsvForm form);

} // namespace tl::data
