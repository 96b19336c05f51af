// What a run notes for its report besides its logs, and when the report is made.
#pragma once
#include "runtime/program/Board.h"
#include "runtime/program/Evaluate.h"
#include "runtime/program/RunFolder.h"
#include "runtime/program/RunLog.h"

namespace tl::program {

// A run fails for none of these: where its folder cannot take what they write, they say so.

/// Notes in the run's plan.json what the stages are about to do: how long their phases are and what each trains.
void notePlan(Context &context, const RunFolder &run, const std::vector<const abi::Stage *> &stages);

/// A field of pixels: bytes [height, width] or [height, width, channels]; -1: there is none.
int pixelsOf(const data::Dataset &dataset);
/// What records look like, by their numbers, where the data has a field of pixels.
Addresses picturesOf(const data::Dataset &dataset, const std::set<int64_t> &records);
/// Notes them in pictures.json as "OF/NUMBER", in place of those that are noted of it.
void notePictures(const RunFolder &run, const std::string &of, const Addresses &pictures);

/// Makes the report of a run anew.
void refreshReport(const RunFolder &run);
/// The same of one that trains: the memory of this process is noted beside what was foretold.
void refreshReport(const RunFolder &run, RunLog &log, int64_t predictedBytes);

/// Notes for TensorBoard that the run has failed.
void noteFailure(RunLog &log);

/// `./prog report [RUN…] [--to FILE]`
void runReport(const Context &context);

} // namespace tl::program
