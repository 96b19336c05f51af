// Pictures that deployed functions make, for the report of their run.
#pragma once
#include "runtime/program/RunFolder.h"
#include "runtime/program/RunLog.h"

namespace tl::program {

/// Of each deployed function that answers with a picture as large as those of its data: asks it with the first records of val, or of train where there is none, and notes what it
/// draws: in the summary "drawn": {"duel.last draw": {"outputs": [{"output": "image", "of": "digits.val", "black": 0, "white": 1}], "asked": [{"record": 3, "label": 7}, …]}}, and the
/// pictures in pictures.json, as "duel.last draw/image/1", and as "duel.last draw/asked/1" where it is asked with one. Each is drawn by the run's seed. A function whose inputs the
/// data does not have draws nothing. False where a signal stopped it on the way.
bool noteDrawings(Context &context, const RunFolder &run, RunLog &log);

} // namespace tl::program
