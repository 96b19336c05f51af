// What a run notes for its report besides its logs, and when the report is made.
#pragma once
#include "runtime/program/Evaluate.h"
#include "runtime/program/RunFolder.h"
#include "runtime/program/RunLog.h"

namespace tl::program {

// A run fails for none of these: where its folder cannot take what they write, they say so.

/// Notes in the run's plan.json what the stages are about to do: how long their phases are and what each trains.
void notePlan(Context &context, const RunFolder &run, const std::vector<const abi::Stage *> &stages);

/// Notes in pictures.json what the records look like that the test lists, where the data has a field of pixels. `listed`: numbers of records.
void notePictures(const RunFolder &run, const std::string &test, const data::Dataset &dataset, const std::set<int64_t> &listed);

/// Makes the report of a run anew.
void refreshReport(const RunFolder &run);
/// The same of one that trains: the memory of this process is noted beside what was foretold.
void refreshReport(const RunFolder &run, RunLog &log, int64_t predictedBytes);

/// `./prog report [RUN…] [--to FILE]`
void runReport(const Context &context);

} // namespace tl::program
