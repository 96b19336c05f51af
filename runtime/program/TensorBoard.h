// TensorBoard event files: protobuf records with checksums, written by hand.
#pragma once
#include "runtime/program/Histogram.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tl::program {

/// CRC-32C (Castagnoli) of `bytes`, masked as TFRecord files want it.
uint32_t maskedCrc(std::string_view bytes);

/// The record that opens every event file. `wallTime`: seconds since 1970.
std::string tensorBoardHeader(double wallTime);

/// One event: values at a step, made by what stands below. Its length does not depend on the time, so that a resumed run cuts where it cut before.
std::string tensorBoardEvent(double wallTime, int64_t step, const std::vector<std::string> &values);
/// Whether a record is the event of these values, at whatever time.
bool isTensorBoardEvent(std::string_view record, int64_t step, const std::vector<std::string> &values);

/// The whole records that the bytes of a file begin with.
std::vector<std::string_view> tensorBoardRecords(std::string_view bytes);

std::string scalarValue(const std::string &tag, double number);
/// A picture of one channel or three.
std::string imageValue(const std::string &tag, std::string_view png);
std::string histogramValue(const std::string &tag, const Histogram &of);
/// A table of texts; its rows are of equal length.
std::string textValue(const std::string &tag, const std::vector<std::vector<std::string>> &rows);

// The HParams dashboard has a line for each folder of events: a session.

/// With which values it was started.
std::string sessionStartValue(const std::vector<std::pair<std::string, double>> &params);
/// That it has ended.
std::string sessionEndValue(bool isFailure);

/// A param of several sessions: one of `values`, or where there are none and `low` is below `high`, between these.
struct TriedParam {
  std::string name;
  std::vector<double> values;
  double low = 0, high = 0;
};
/// What the sessions below a folder have in common. `measures`: tags by which they are compared.
std::string experimentValue(const std::vector<TriedParam> &params, const std::vector<std::string> &measures);

}  // namespace tl::program
