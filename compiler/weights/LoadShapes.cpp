// What of a load does not fit: another element type, another shape, matrices that lie the other way round; each with its way out.
#include "compiler/weights/LoadAccount.h"
#include "runtime/checkpoint/Remap.h"
#include "runtime/data/Facts.h"
#include <algorithm>

namespace tl {

/// A file whose matrices all lie the other way round is one mistake.
void LoadAccount::checkTurned() {
  for (const auto &[how, tensors] : turned) {
    const auto &[mine, theirs] = tensors.front();
    size_t count = tensors.size();
    std::string name = mine->leaf->path;
    Diagnostic &diagnostic = diagnostics.report(
        Diag::LoadShape, span,
        "cannot load " + (count > 1 ? std::to_string(count) + " tensors" : "`" + name + "`") + " from `" + origin.checkpoint +
            "`: checkpoint has " + (count > 1 ? "`" + name + "` as " : "") + data::typeText(theirs->dtype, theirs->shape) +
            ", model wants " + toString(mine->type) + (count > 1 ? ", and so on" : ""));
    if (theirs->leaf)
      diagnostic.notes.push_back({theirs->leaf->owner->span, "the checkpoint's `" + theirs->name + "` is made here"});
    diagnostic.notes.push_back({mine->leaf->owner->span, "`" + name + "` is made here"});
    auto taking = [&, how = how](const std::string &tensor) {
      std::string value = how;
      return value.replace(value.find("…"), std::string("…").size(), "\"" + tensor + "\"");
    };
    std::string last = mine->parts.back().name;
    bool isAlike = std::all_of(tensors.begin(), tensors.end(), [&](const Turned &one) { return one.mine->parts.back().name == last; });
    if (count == 1)
      diagnostic.help = "write { " + mine->path + " = " + taking(theirs->path) + " }, or let it start anew: { new: " +
                        mine->path + ";  ignore: " + theirs->path + " }";
    else if (isAlike && !last.empty())
      diagnostic.help = "one rule turns them all: { **." + last + " = " + taking("{**}." + last) + " }";
    else
      diagnostic.help = "rules turn them: { " + mine->path + " = " + taking(theirs->path) + "; … }";
  }
}

/// One mistake, however many tensors it shows in.
void LoadAccount::tellMisfits() {
  if (misfits.empty())
    return;
  size_t others = misfits.size() - 1;
  diagnostics.report(Diag::LoadShape, span, "cannot load " + misfits.front() + (others ? ", and " + std::to_string(others) + " more rules do not fit" : ""))
      .help = "config.json and the weights are of two models; bring the files of one";
}

bool LoadAccount::checkDtypes(const TreeEntry &mine, const Rule *rule, const std::vector<Taken> &taken) {
  for (const Taken &part : taken) {
    const OriginTensor &theirs = origin.tensors[part.tensor];
    if (checkpoint::isLoadable(theirs.dtype, nameOf(mine.type.dtype)))
      continue;
    diagnostics
        .report(Diag::LoadDtype, rule ? rule->ast->span : span,
                "cannot load `" + mine.leaf->path + "`, which is " + nameOf(mine.type.dtype) + ": `" + theirs.name + "` of `" +
                    origin.name + "` is " + theirs.dtype)
        .help = "let it start anew: { new: " + mine.path + ";  ignore: " + theirs.path + " }";
    return false;
  }
  return true;
}

bool LoadAccount::checkShape(const TreeEntry &mine, const Rule *rule, const std::vector<Taken> &taken,
                             const std::vector<int64_t> &made) {
  if (made == mine.type.shape)
    return true;
  std::string anew = "let it start anew: { new: " + mine.path, help;
  if (!rule) {
    const OriginTensor &theirs = origin.tensors[taken[0].tensor];
    if (std::string how = remedy("…", made, mine.type.shape); how.starts_with("transpose(") || how.starts_with("permute(")) {
      turned[how].push_back({&mine, &theirs});
      return false;
    }
    Diagnostic &diagnostic = diagnostics.report(
        Diag::LoadShape, span,
        "cannot load `" + mine.leaf->path + "` from `" + origin.checkpoint + "`: checkpoint has " +
            data::typeText(theirs.dtype, theirs.shape) + ", model wants " + toString(mine.type));
    if (theirs.leaf)
      diagnostic.notes.push_back({theirs.leaf->owner->span, "the checkpoint's `" + theirs.name + "` is made here"});
    diagnostic.notes.push_back({mine.leaf->owner->span, "`" + mine.leaf->path + "` is made here"});
    std::string value = remedy("\"" + theirs.path + "\"", made, mine.type.shape);
    help = value.empty() ? "make both alike" : "write { " + mine.path + " = " + value + " }";
    diagnostic.help = help + ", or " + anew + ";  ignore: " + theirs.path + " }";
    return false;
  }
  std::string text = rule->ast->text, written = text.substr(text.find('=') + 2);
  if (isPublished && !rule->isOwn) {
    misfits.push_back("`" + mine.leaf->path + "` from `" + origin.checkpoint + "`: `" + written + "` makes " + data::typeText(nameOf(mine.type.dtype), made) +
                      ", model wants " + toString(mine.type));
    return false;
  }
  Diagnostic &diagnostic =
      diagnostics.report(Diag::LoadShape, rule->ast->span,
                         "cannot load `" + mine.leaf->path + "` from `" + origin.checkpoint + "`: `" + written + "` makes " +
                             data::typeText(nameOf(mine.type.dtype), made) + ", model wants " + toString(mine.type));
  for (const Taken &part : taken) {
    const OriginTensor &theirs = origin.tensors[part.tensor];
    diagnostic.notes.push_back({span, "`" + theirs.name + "` is " + data::typeText(theirs.dtype, theirs.shape) + " there"});
    if (diagnostic.notes.size() == 4)
      break;
  }
  diagnostic.notes.push_back({mine.leaf->owner->span, "`" + mine.leaf->path + "` is made here"});
  std::string value = remedy(written, made, mine.type.shape);
  diagnostic.help = (value.empty() ? "make both alike" : "write `" + text.substr(0, text.find('=')) + "= " + value + "`") +
                    ", or " + anew + " }";
  return false;
}

}  // namespace tl
