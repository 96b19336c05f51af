// Which kernels several threads run together.
#include "compiler/kernels/Sharing.h"
#include "compiler/fusion/Calculus.h"
#include "compiler/fusion/Target.h"
#include "compiler/kernels/KernelFunctions.h"

using namespace mlir;

namespace tl {

/// Bytes that would go from one core to another: rows by number, whoever had them before, and what a kernel on one thread has made. The others a kernel that is shared has made,
/// mostly in the same parts; what no cache of a core holds comes from memory either way.
int64_t Sharing::bytesElsewhere(kernel::RunOp run) {
  int64_t bytes = 0;
  bool putsRows = false;
  for (Operation &op : run.getBody().front().without_terminator())
    if (isKind(&op, Op::Gather))
      bytes += bytesOf(op.getResult(0));
    else if (isKind(&op, Op::ScatterAdd))
      bytes += 2 * bytesOf(op.getOperand(1));
    else if (isKind(&op, Op::PutRows))
      bytes += bytesOf(op.getOperand(2)), putsRows = true;
  int64_t made = 0; // by kernels
  for (Value input : run.getInputs())
    if (auto maker = withoutReshapes(input).getDefiningOp<kernel::RunOp>()) {
      made += bytesOf(input);
      bytes += isShared(maker) ? 0 : bytesOf(input);
    }
  if (2 * bytes > made && !putsRows) // and back
    for (Value result : run.getResults())
      bytes += bytesOf(result);
  return std::min(bytes, Target::of(run).secondCache);
}

bool Sharing::isShared(kernel::RunOp run) {
  if (auto found = known.find(run); found != known.end())
    return found->second;
  Target target = Target::of(run);
  int64_t work = workOf(run), elsewhere = work >= target.sharedWork ? bytesElsewhere(run) : 0;
  return known[run] = work >= target.sharedWork + target.sharedWork * elsewhere / target.sharedBytes;
}

} // namespace tl
