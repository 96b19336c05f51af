// TensorBoard event files: scalars as protobuf records with checksums, written by hand.
#pragma once
#include "runtime/io/File.h"

#include <string>
#include <utility>
#include <vector>

namespace tl::program {

/// CRC-32C (Castagnoli) of `bytes`, masked as TFRecord files want it.
uint32_t maskedCrc(std::string_view bytes);

/// The record that opens every event file. `wallTime`: seconds since 1970.
std::string tensorBoardHeader(double wallTime);

/// One event: values by tag at a step. Its length does not depend on the time, so that a resumed run cuts where it cut before.
std::string tensorBoardEvent(double wallTime, int64_t step, const std::vector<std::pair<std::string, double>> &values);

/// The event that tells the HParams dashboard with which values the run was started.
std::string tensorBoardParams(double wallTime, const std::vector<std::pair<std::string, double>> &params);

}  // namespace tl::program
