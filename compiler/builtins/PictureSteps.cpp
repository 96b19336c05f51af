// `resize` and `centre_crop`: what they say is done where pictures are read, see compiler/data/Pictures.cpp; here they pass on what was read.
#include "compiler/builtins/Taking.h"

namespace tl {

/// Where a data declaration itself calls it, the reader has been told; a function that it calls would say so too late.
static Value made(BodyEvaluator &in, const Args &args, const char *name, std::initializer_list<const char *> names, ast::Span span) {
  auto taken = take(in, args, name, names, span);
  if (!in.elaborator.fitHook || !in.frames.empty())
    in.fail(Diag::PictureStep, span, std::string("`") + name + "` changes pictures as they are read, and here they have been",
            "write it in the `data` declaration itself, first of what is done to them: image = " + std::string(name) + "(image, 224) |> to_float");
  return taken[0]->value;
}

static Value resize(BodyEvaluator &in, const Args &args, ast::Span span) { return made(in, args, "resize", {"image", "size", "by?"}, span); }
static Value centreCrop(BodyEvaluator &in, const Args &args, ast::Span span) { return made(in, args, "centre_crop", {"image", "size"}, span); }

void addPictures(BuiltinTable &table) {
  table["resize"] = resize;
  table["centre_crop"] = centreCrop;
}

} // namespace tl
