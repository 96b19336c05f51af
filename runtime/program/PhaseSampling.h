// How a phase draws its records.
#pragma once
#include "runtime/program/Session.h"

namespace tl::program {

/// Null: each once, shuffled. By what the data computes of a record, as the stage has fitted it; `epochs` of the phase, perhaps with a part of one.
std::shared_ptr<const data::Sampling> samplingOf(Context &context, Session &session, const abi::Stage &stage, const abi::Phase &phase, double epochs);

}  // namespace tl::program
