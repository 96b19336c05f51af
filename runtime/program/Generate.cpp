// Continues a text: asks a compiled function for one token after the other. While the text fits the model's window, the
// function for one token is asked, which is given back what it kept; after that, the one for whole windows.
#include "runtime/readers/TextEncoder.h"
#include "runtime/program/Answer.h"
#include "runtime/program/Model.h"
#include "runtime/program/Terminal.h"
#include "runtime/io/Utf8.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace tl::program {

namespace {

class Generator : public Answerer {
public:
  Generator(Context &context, const abi::Deploy &deploy, const RunFolder &run)
      : context(context), deploy(deploy), field(fieldOf(context.data(deploy.data), deploy.inputs.at(0))),
        encoder(data::makeTextEncoder(field, context.data(deploy.data).tokenizer.get())),
        model(context, deploy, run), places(model.whole.port(field.name)->shape.at(1)) {}

  std::string inputList() const override { return "`" + field.name + "` a text"; }

  Json answer(const Json &given, int64_t number) override {
    record = number;
    const Json &value = given.is_object() && given.size() == 1 && given.contains(field.name) ? given[field.name] : given;
    if (!value.is_string())
      throw badData("expected " + inputList() + ", and here is `" + given.dump().substr(0, 40) + "`");
    const std::string text = value.get<std::string>();
    if (io::findBadUtf8(text) != std::string::npos)
      throw badData("`" + field.name + "` is not UTF-8");
    std::vector<int32_t> ids;
    encoder->encode(text, true, SIZE_MAX, ids);
    if (ids.empty())
      throw badData("`" + field.name + "` has no " + field.tokens + " to continue");
    const std::string start = encoder->decode(ids);
    auto end = field.special.find("end");
    fed = 0;
    seeOnly(ids);
    for (int64_t i = 0; i < context.options.tokens; ++i) {
      int32_t next = after(ids, i == 0);
      if (end != field.special.end() && next == end->second)
        break;
      ids.push_back(next);
      see(next, 1);
      if (!context.options.stop.empty() && placeOfStop(encoder->decode(ids), start) != std::string::npos)
        break;
    }
    // What was given stands as it was; of tokens that are parts of a letter, a text is only made of all together.
    std::string all = encoder->decode(ids);
    all = all.substr(0, placeOfStop(all, start));
    return {{field.name, all.starts_with(start) ? text + all.substr(start.size()) : all}};
  }

private:
  static const abi::Field &fieldOf(const abi::Data &data, const std::string &name) {
    return *std::find_if(data.fields.begin(), data.fields.end(), [&](const abi::Field &field) { return field.name == name; });
  }

  template <class Value> static void put(char *into, Value value) {
    if (into)
      std::memcpy(into, &value, sizeof value);
  }

  /// Where the text of `--stop` is in what `all` has more than `start`. A stop may be parts of tokens, so it is looked for in the text.
  size_t placeOfStop(const std::string &all, const std::string &start) const {
    const std::string &stop = context.options.stop;
    size_t same = size_t(std::mismatch(start.begin(), start.end(), all.begin(), all.end()).first - start.begin());
    return stop.empty() ? std::string::npos : all.find(stop, same);
  }

  /// Notes in `seen`, which a function may ask for, that a token occurred or did not.
  void see(int32_t id, float occurred) {
    for (Model::Function *function : {&model.whole, model.token ? &*model.token : nullptr})
      if (char *seen = function ? function->input("seen") : nullptr)
        std::memcpy(seen + size_t(id) * sizeof occurred, &occurred, sizeof occurred);
  }

  void seeOnly(const std::vector<int32_t> &ids) {
    for (int32_t id = 0; id < int32_t(field.vocabulary.size()); ++id)
      see(id, 0);
    for (int32_t id : ids)
      see(id, 1);
  }

  /// The token that follows `ids`; `isFirst`: the first that the model adds.
  int32_t after(const std::vector<int32_t> &ids, bool isFirst) {
    int32_t next = model.token && int64_t(ids.size()) <= places ? ofToken(ids, isFirst) : ofWindow(ids);
    if (next == -1) // what `argmax` makes of NaN
      throw badData("`" + deploy.name + "` has no next token after " + std::to_string(ids.size()) + " " + field.tokens +
                    ": what the model gives for it is not a number");
    if (next < 0 || next >= int32_t(field.vocabulary.size()))
      throw Error(exitInternal, "the token " + std::to_string(next) + " is none of " + std::to_string(field.vocabulary.size()));
    return next;
  }

  /// The step whose random numbers choose what follows `ids`: of each record and each length its own.
  int64_t place(const std::vector<int32_t> &ids) const { return record << 32 | int64_t(ids.size()); }

  static int32_t drawn(const Model::Function &function) {
    int32_t next;
    std::memcpy(&next, function.output(function.output("token")), sizeof next);
    return next;
  }

  /// The token after the last `places` of `ids`, all of them looked at.
  int32_t ofWindow(const std::vector<int32_t> &ids) {
    int32_t count = int32_t(std::min<int64_t>(int64_t(ids.size()), places));
    char *row = model.whole.input(field.name);
    std::vector<int32_t> padding(size_t(places), encoder->padding());
    std::memcpy(row, padding.data(), padding.size() * sizeof(int32_t));
    std::memcpy(row, ids.data() + ids.size() - size_t(count), size_t(count) * sizeof(int32_t));
    put(model.whole.input(field.name + ".length"), count);
    model.whole.run(place(ids));
    return drawn(model.whole);
  }

  /// The same, where the tokens that were looked at before are not looked at again.
  int32_t ofToken(const std::vector<int32_t> &ids, bool isFirst) {
    Model::Function &token = *model.token;
    for (; fed < ids.size(); ++fed) {
      put(token.input(field.name), ids[fed]);
      put(token.input("position"), int32_t(fed));
      token.run(place(ids));
      for (const abi::Port &kept : token.outputs())
        if (char *again = token.input(kept.name))
          std::memcpy(again, token.output(kept), size_t(memory::bytesOf(kept)));
    }
    int32_t next = drawn(token);
    if (isFirst)
      compare(ids);
    return next;
  }

  /// What the last token of the first text gives must be the same both ways, or a layer does not keep what it needs.
  void compare(const std::vector<int32_t> &ids) {
    std::vector<float> one = scores(*model.token);
    ofWindow(ids);
    std::vector<float> all = scores(model.whole);
    double most = 1, apart = 0;
    for (size_t i = 0; i < all.size(); ++i) {
      most = std::max(most, double(std::abs(all[i])));
      apart = std::max(apart, double(std::abs(all[i] - one[i])));
    }
    // Sums in another order; what is left out altogether is far more.
    if (!(apart <= 1e-4 * most))
      throw Error(exitBadData, "`" + deploy.name + "` would give other answers token by token: after " + std::to_string(ids.size()) +
                                   " tokens one is " + format("%.3g", apart) +
                                   " away from what the whole text gives; a layer that looks at other tokens must keep them with `cached`");
  }

  static std::vector<float> scores(const Model::Function &function) {
    const abi::Port &port = function.output("scores");
    std::vector<float> values(size_t(memory::elementsOf(port.shape)));
    std::memcpy(values.data(), function.output(port), values.size() * sizeof values[0]);
    return values;
  }

  Context &context;
  const abi::Deploy &deploy;
  const abi::Field &field;
  std::unique_ptr<data::TextEncoder> encoder;
  Model model;
  int64_t places;
  size_t fed = 0; // tokens that `model.token` has kept
  int64_t record = 0;
};

}  // namespace

std::unique_ptr<Answerer> makeGenerator(Context &context, const abi::Deploy &deploy, const RunFolder &run) {
  return std::make_unique<Generator>(context, deploy, run);
}

}  // namespace tl::program
