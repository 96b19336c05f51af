// Post-processors with a fixed form, and which one a name stands for.
#include "runtime/tokenizers/Encoding.h"
#include "runtime/tokenizers/Sequence.h"
#include <algorithm>

namespace tl::tokenizers {

namespace {

struct InOrder : PostProcessor {
  explicit InOrder(std::vector<std::unique_ptr<PostProcessor>> parts) : parts(std::move(parts)) {}
  std::vector<std::unique_ptr<PostProcessor>> parts;
  size_t added(bool isPair) const override {
    size_t all = 0;
    for (const std::unique_ptr<PostProcessor> &part : parts)
      all += part->added(isPair);
    return all;
  }
  void apply(std::vector<Encoding> &texts, bool addsSpecial) const override {
    for (const std::unique_ptr<PostProcessor> &part : parts)
      part->apply(texts, addsSpecial);
  }
};

/// Takes the blanks at the ends of tokens out of what they stand for.
class TrimOffsets : public PostProcessor {
public:
  TrimOffsets(bool trims, bool addsSpace) : trims(trims), addsSpace(addsSpace) {}
  size_t added(bool) const override { return 0; }
  void apply(std::vector<Encoding> &parts, bool) const override {
    for (Encoding &part : parts)
      for (size_t i = 0; trims && i < part.offsets.size(); ++i)
        trim(part.blanks[i], part.offsets[i], i == 0 || part.offsets[i].from == 0);
  }

private:
  void trim(Span blanks, Span &offset, bool isFirst) const {
    if (blanks.from == 1 && isFirst && addsSpace)
      blanks.from = 0; // it was added; several were there
    offset.from = std::min(offset.from + blanks.from, offset.to);
    if (offset.to >= blanks.to)
      offset.to = std::max(offset.to - blanks.to, offset.from);
  }
  bool trims, addsSpace;
};

int32_t readPair(const Spec &spec) {
  if (!spec.isList() || spec.json().size() != 2)
    throw spec.wrong("is no pair of a token and its number");
  return int32_t(spec.inside(1).integer(0, INT32_MAX));
}

/// [CLS] a [SEP] b [SEP], or <s> a </s></s> b </s>, where all are of type 0.
class ClassAndSeparator : public PostProcessor {
public:
  ClassAndSeparator(const Spec &spec, bool isRoberta) : separator(readPair(spec["sep"])), cls(readPair(spec["cls"])), isRoberta(isRoberta) {}
  size_t added(bool isPair) const override { return !isPair ? 2 : isRoberta ? 4
                                                                            : 3; }
  void apply(std::vector<Encoding> &parts, bool addsSpecial) const override {
    for (size_t i = 0; i < parts.size(); ++i) {
      if (isRoberta)
        std::fill(parts[i].types.begin(), parts[i].types.end(), 0);
      if (!addsSpecial)
        continue;
      Encoding around;
      around.hasOffsets = parts[i].hasOffsets;
      if (i == 0 || isRoberta)
        around.add(i == 0 ? cls : separator, 0, -1, {}, {}, true);
      around.append(parts[i]);
      around.add(separator, i > 0 && !isRoberta, -1, {}, {}, true);
      parts[i] = std::move(around);
    }
  }

private:
  int32_t separator, cls;
  bool isRoberta;
};

} // namespace

std::unique_ptr<PostProcessor> readPostProcessor(const Spec &spec, int depth) {
  if (spec.isNull())
    return nullptr;
  std::string type = spec["type"].string();
  if (type == "TemplateProcessing")
    return readTemplate(spec);
  if (type == "BertProcessing")
    return std::make_unique<ClassAndSeparator>(spec, false);
  bool trims = spec.boolean("trim_offsets", true), addsSpace = spec.boolean("add_prefix_space", true);
  if (type == "ByteLevel")
    return std::make_unique<TrimOffsets>(trims, addsSpace);
  if (type == "RobertaProcessing") {
    std::vector<std::unique_ptr<PostProcessor>> both;
    both.push_back(std::make_unique<TrimOffsets>(trims, addsSpace));
    both.push_back(std::make_unique<ClassAndSeparator>(spec, true));
    return std::make_unique<InOrder>(std::move(both));
  }
  if (type == "Sequence")
    return std::make_unique<InOrder>(readParts(spec, "processors", depth, readPostProcessor));
  throw spec["type"].unknown("post-processor", {"TemplateProcessing", "BertProcessing", "RobertaProcessing", "ByteLevel", "Sequence"});
}

} // namespace tl::tokenizers
