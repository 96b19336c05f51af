// What compiled code and the runtime know of each other: one call signature, one barrier, two symbols.
#pragma once
#include <cstdint>

/// What random numbers come from: seed low, seed high, step low, step high, number of the batch within the step.
constexpr int tlCounters = 5;
/// Arenas, and what lies in them, start at multiples of so many bytes: a line of the caches, the widest vector.
constexpr int tlAlignment = 64;
/// The arguments of a `TlFunction`, in order. Compiled functions take their arguments' types from its type.
enum class TlArgument { Variables, Work, Input, Output, Scalars, Counters, At, Thread, Threads, Team };

extern "C" {

/// The threads that run one compiled function together. Opaque to compiled code.
struct TlTeam;

/// Returns when every thread of the team has arrived. Compiled code calls it between kernels that depend on each other;
/// with one thread it returns at once.
void tlBarrier(TlTeam *team);

/// A compiled function. All threads of the team call it with the same pointers and their own `thread`; work is split by
/// shape into numbered pieces, so results do not depend on `threads`. No call allocates.
///
///   variables  parameters, buffers, optimizer slots, counters, fitted values of the active stage (abi::Variable::offset)
///   work       `abi::Function::workBytes` of scratch; contents need not survive between calls
///   input      the batch, at `abi::Function::inputs[i].offset`
///   output     results, at `abi::Function::outputs[i].offset`; written by thread 0's last kernel, complete after return
///   scalars    run-time values in the order of `abi::Program::scalars`
///   counters   `tlCounters` numbers
///   at         of each thread its own: which of `abi::Function::kernels` it runs, -1 where it waits for others or is through
using TlFunction = void (*)(char *variables, char *work, const char *input, char *output, const double *scalars,
                            const uint32_t *counters, int32_t *at, int64_t thread, int64_t threads, TlTeam *team);

/// The program's descriptor: JSON text of `abi::Program` (Descriptor.h), NUL-terminated.
extern const char tlDescriptor[];

/// The compiled functions, in the order of `abi::Program::functions`.
extern const TlFunction tlFunctions[];
}
