// The post-processor that follows a template: which special tokens stand around one text and around two, and of which type each part is.
#include "runtime/tokenizers/Encoding.h"

namespace tl::tokenizers {

namespace {

struct Slot {
  int text = -1; // 0 or 1: that text; -1: special tokens
  std::vector<int32_t> ids;
  int32_t type = 0;
};

class Template : public PostProcessor {
public:
  explicit Template(const Spec &spec) : single(readSlots(spec, "single", 1)), pair(readSlots(spec, "pair", 2)) {}

  size_t added(bool isPair) const override {
    size_t count = 0;
    for (const Slot &slot : isPair ? pair : single)
      count += slot.ids.size();
    return count;
  }

  void apply(std::vector<Encoding> &parts, bool addsSpecial) const override {
    std::vector<Encoding> made;
    bool hasOffsets = !parts.empty() && parts[0].hasOffsets;
    for (const Slot &slot : parts.size() > 1 ? pair : single) {
      if (slot.text < 0 ? !addsSpecial : size_t(slot.text) >= parts.size())
        continue;
      Encoding part;
      part.hasOffsets = hasOffsets;
      if (slot.text >= 0) {
        part = parts[size_t(slot.text)];
        part.types.assign(part.size(), slot.type);
      }
      for (int32_t id : slot.ids)
        part.add(id, slot.type, -1, {}, {}, true);
      made.push_back(std::move(part));
    }
    parts = std::move(made);
  }

private:
  static std::vector<Slot> readSlots(const Spec &spec, const std::string &name, int texts) {
    std::vector<Slot> slots;
    for (const Spec &piece : spec[name].list()) {
      Slot slot;
      bool isText = piece.has("Sequence");
      Spec inner = piece[isText ? "Sequence" : "SpecialToken"];
      slot.type = int32_t(inner["type_id"].integer(0, INT32_MAX));
      std::string id = inner["id"].string();
      if (isText) {
        slot.text = id == "A" ? 0 : id == "B" ? 1
                                              : 2;
        if (slot.text >= texts)
          throw inner["id"].wrong("is `" + id.substr(0, 40) + "`, which is no text of this template");
      } else {
        for (const Spec &number : spec["special_tokens"][id]["ids"].list())
          slot.ids.push_back(int32_t(number.integer(0, INT32_MAX)));
      }
      slots.push_back(std::move(slot));
    }
    return slots;
  }

  std::vector<Slot> single, pair;
};

} // namespace

std::unique_ptr<PostProcessor> readTemplate(const Spec &spec) { return std::make_unique<Template>(spec); }

} // namespace tl::tokenizers
