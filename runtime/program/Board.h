// What TensorBoard shows of a run beside its numbers.
#pragma once
#include "runtime/program/Context.h"
#include "runtime/program/RunLog.h"

namespace tl::program {

// A run that is killed, or told to stop, and goes on writes the same but for the time: none of this knows a clock.

/// What a log says of its run: params, dims and seed.
std::vector<std::string> aboutSession(const Context &context);
/// The same of a run with searches, whose trials are sessions of their own: what these have in common as well.
std::vector<std::string> aboutRun(const Context &context);
/// Says in the log of a trial, in its folder, once, that it has ended after so many epochs, and the value that its search goes by; NaN where it diverged.
void endTrial(const std::string &trial, const abi::Search &search, int64_t epochs, double value);

/// How the trained weights of the phase, or of those that take turns, are spread.
void showWeights(RunLog &log, const abi::Stage &stage, const std::vector<const abi::Phase *> &round, const memory::Arena &variables, int64_t step);

/// Pictures as addresses (see runtime/report/Thumbnail.h) by what they are called.
using Addresses = std::map<std::string, std::string>;
/// The records that a test lists: a table of all that is said of them, and those pictures that there are, called as the record's number. `tag`: "TEST/METRIC".
void showRecords(RunLog &log, const std::string &tag, const nlohmann::ordered_json &records, const Addresses &pictures);
/// Pictures, called "TAG/NAME".
void showPictures(RunLog &log, const std::string &tag, const Addresses &pictures);
/// A table of objects with the same keys.
void showTable(RunLog &log, const std::string &tag, const nlohmann::ordered_json &rows);

} // namespace tl::program
