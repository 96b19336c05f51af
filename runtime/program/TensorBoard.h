// TensorBoard event files: scalars as protobuf records with checksums, written by hand.
#pragma once
#include "runtime/io/File.h"

#include <string>
#include <utility>
#include <vector>

namespace tl::program {

/// CRC-32C (Castagnoli) of `bytes`, masked as TFRecord files want it.
uint32_t maskedCrc(std::string_view bytes);

/// The record that opens every event file.
std::string tensorBoardHeader();

/// One event: values by tag at a step. The wall time is the step in seconds: no clock enters the file, so a resumed run
/// writes the same bytes.
std::string tensorBoardEvent(int64_t step, const std::vector<std::pair<std::string, double>> &values);

}  // namespace tl::program
