// Which fields number the rows of tables as they are: what a program can say of a row that is not there.
#include "compiler/stages/Lookups.h"
#include <algorithm>

namespace tl {

/// The numbers of `id` where they are those of a field, or of a box of it, in whatever arrangement.
static std::optional<abi::Lookup> fieldBehind(const Function &function, NodeId id) {
  const Node *box = nullptr;
  while (true) {
    const Node &node = function.nodes[size_t(id)];
    switch (node.op) {
    case Op::Cast:
    case Op::StopGradient: break;
    case Op::Reshape:
    case Op::Transpose:
    case Op::Broadcast:
      if (box)
        return std::nullopt; // of which elements it is the box would have to be followed
      break;
    case Op::Slice:
      if (box)
        return std::nullopt;
      box = &node;
      break;
    case Op::Input: {
      abi::Lookup lookup;
      lookup.field = node.attributes.name;
      lookup.starts.assign(node.type.shape.size(), 0);
      lookup.limits = node.type.shape;
      if (box) {
        const Attributes &part = box->attributes;
        if (part.limits.size() != lookup.limits.size() ||
            std::any_of(part.strides.begin(), part.strides.end(), [](int64_t stride) { return stride != 1; }))
          return std::nullopt;
        lookup.starts = part.starts;
        lookup.limits = part.limits;
      }
      lookup.starts.erase(lookup.starts.begin()); // the records
      lookup.limits.erase(lookup.limits.begin());
      return lookup;
    }
    default: return std::nullopt;
    }
    id = node.operands[0];
  }
}

void describeLookups(const Declared &declared, const Function &step, abi::Stage &stage) {
  for (const Node &node : step.nodes) {
    if (node.op != Op::Gather)
      continue;
    std::optional<abi::Lookup> lookup = fieldBehind(step, node.operands[1]);
    if (!lookup)
      continue;
    lookup->place = declared.place(node.span);
    lookup->rows = step.nodes[size_t(node.operands[0])].type.shape[0];
    if (std::find(stage.lookups.begin(), stage.lookups.end(), *lookup) == stage.lookups.end())
      stage.lookups.push_back(std::move(*lookup));
  }
}

}  // namespace tl
