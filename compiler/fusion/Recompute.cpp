// Computes values again rather than keep them, where a function must get by with fewer bytes.
#include "compiler/fusion/Arenas.h"
#include "compiler/fusion/Fusion.h"
#include "compiler/fusion/KernelDialect.h"
#include "compiler/fusion/RunAgain.h"
#include "compiler/fusion/Timeline.h"
#include "compiler/ir/TlDialect.h"
#include "mlir/IR/IRMapping.h"
#include <memory>

using namespace mlir;

namespace tl {
#define GEN_PASS_DEF_RECOMPUTE
#include "compiler/fusion/Passes.h.inc"

namespace {

/// What a byte may be worth, in operations. From the least on everything is kept; at the most, what any layer computes is computed again.
constexpr double leastPrice = 0.25, mostPrice = 1 << 20;
/// A moment at a time: behind each the next one holds most.
constexpr int mostMoments = 8;

/// A form of a function, and when its kernels run.
struct Form {
  Form(OwningOpRef<func::FuncOp> made, Places &known, Block &beside) : function(std::move(made)) {
    beside.push_back(*function);
    timeline = std::make_unique<Timeline>(*function, known);
    function->getOperation()->remove();
  }
  int64_t bytes() const { return timeline->plan().bytes; }

  OwningOpRef<func::FuncOp> function;
  std::unique_ptr<Timeline> timeline;
};
using FormPtr = std::unique_ptr<Form>;

class Search {
public:
  Search(func::FuncOp function, int64_t room, Places &known) : beside(*function->getBlock()), room(room), known(known) {
    form = std::make_unique<Form>(cast<func::FuncOp>(function->clone()), known, beside);
  }

  int64_t bytes() const { return form->bytes(); }

  /// The function within its room, or the smallest that was found.
  FormPtr run() {
    for (int moments = 0; moments < mostMoments && form->bytes() > room; ++moments) {
      FormPtr next = behind(*form);
      if (!next)
        break;
      form = std::move(next);
    }
    return std::move(form);
  }

private:
  FormPtr with(Form &form, ArrayRef<Again> again) {
    IRMapping copies;
    OwningOpRef<func::FuncOp> made = cast<func::FuncOp>(form.function->getOperation()->clone(copies));
    SmallVector<Again> inCopy;
    for (auto [kernel, isBehindProduct] : again)
      inCopy.push_back({copies.lookup(kernel), isBehindProduct});
    llvm::DenseSet<Operation *> late;
    for (Operation &op : form.function->front())
      if (form.timeline->isLate(&op))
        late.insert(copies.lookup(&op));
    runAgain(inCopy, [&](Operation *op) { return late.contains(op); });
    return std::make_unique<Form>(std::move(made), known, beside);
  }

  FormPtr with(Form &form, double lower, double higher, int64_t first) {
    return with(form, form.timeline->cheapest([&](int64_t number) { return number < first ? higher : lower; }));
  }

  /// What `form` becomes where less is held over its moment: the first, as prices rise, that has room, else the smallest; null: none is smaller.
  FormPtr behind(Form &form) {
    FormPtr smallest;
    auto isSmallest = [&](const Form &made) { return made.bytes() < (smallest ? smallest->bytes() : form.bytes()); };
    const int64_t all = form.timeline->earlyUnits();
    SmallVector<double> prices = {0}; // at which another set is cheapest
    SmallVector<Again> tried;
    for (double price = leastPrice; price <= mostPrice; price *= 2) {
      SmallVector<Again> again = form.timeline->cheapest([&](int64_t) { return price; });
      if (again == tried)
        continue;
      tried = again;
      FormPtr made = with(form, again);
      if (made->bytes() <= room)
        return fewest(form, prices.back(), price, all, std::move(made));
      prices.push_back(price);
      if (isSmallest(*made))
        smallest = std::move(made);
    }
    // Of layers that are alike all run again at one price. Where that is too much at once, a part of them does.
    for (size_t i = 1; i < prices.size(); ++i)
      for (int64_t quarters = 1; quarters < 4; ++quarters) {
        FormPtr made = with(form, prices[i - 1], prices[i], all * quarters / 4);
        if (made->bytes() <= room)
          return fewest(form, prices[i - 1], prices[i], all * quarters / 4, std::move(made));
        if (isSmallest(*made))
          smallest = std::move(made);
      }
    return smallest;
  }

  /// Between two prices, of which the higher one for the first `enough` kernels has room, as `found`: only of as many as are needed, for what runs first
  /// is held longest.
  FormPtr fewest(Form &form, double lower, double higher, int64_t enough, FormPtr found) {
    for (int64_t tooFew = 0; enough - tooFew > 1;) {
      int64_t middle = (tooFew + enough) / 2;
      FormPtr made = with(form, lower, higher, middle);
      bool hasRoom = made->bytes() <= room;
      (hasRoom ? enough : tooFew) = middle;
      if (hasRoom)
        found = std::move(made);
    }
    return found;
  }

  Block &beside;
  int64_t room;
  Places &known;
  FormPtr form;
};

/// Bytes of the variables of the stage that a function is of.
int64_t variablesBytes(func::FuncOp function) {
  for (Operation &op : function.front())
    if (auto read = dyn_cast<ir::ReadOp>(op); read || isa<ir::WriteOp>(op)) {
      SymbolRefAttr name = read ? read.getVariable() : cast<ir::WriteOp>(op).getVariable();
      auto variable = SymbolTable::lookupNearestSymbolFrom<ir::VariableOp>(&op, name);
      auto stage = dyn_cast<ir::StageOp>(variable->getParentOp());
      return stage ? int64_t(*stage.getBytes()) : 0;
    }
  return 0;
}

struct Recompute : impl::RecomputeBase<Recompute> {
  void runOnOperation() override {
    SmallVector<func::FuncOp> functions;
    llvm::copy_if(getOperation().getOps<func::FuncOp>(), std::back_inserter(functions), [](func::FuncOp function) { return function->hasAttr("tl.budget"); });
    if (functions.empty())
      return;
    layOutArenas(getOperation());
    Places known;
    for (func::FuncOp function : functions)
      fit(function, known);
  }

  void fit(func::FuncOp function, Places &known) {
    auto number = [&](StringRef name) { return function->getAttrOfType<IntegerAttr>(name).getInt(); };
    int64_t room = number("tl.budget") - variablesBytes(function) - number("tl.input_bytes") - number("tl.output_bytes");
    Search search(function, room, known);
    int64_t without = search.bytes();
    FormPtr found = search.run();
    function->setAttr("tl.work_bytes_kept", Builder(&getContext()).getI64IntegerAttr(without));
    if (found->bytes() < without)
      function.getBody().takeBody(found->function->getBody());
  }
};

} // namespace

} // namespace tl
