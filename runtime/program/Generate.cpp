// Continues texts, several side by side: asks compiled functions for one token of each after the other. While texts fit the model's window, the
// function for one token is asked, which is given back what it kept; after that, the one for whole windows. What comes next is chosen text by text.
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

/// One that is continued.
struct Text {
  Answerer::Asked &asked;
  std::string given, start; // as it was given, and as its tokens say it
  std::vector<int32_t> ids;
  size_t known = 0; // tokens that were given
  bool isOver = false;
};

class Generator : public Answerer {
public:
  Generator(Context &context, const abi::Deploy &deploy, const RunFolder &run)
      : context(context), deploy(deploy), field(fieldOf(context.data(deploy.data), deploy.inputs.at(0))),
        encoder(data::makeTextEncoder(field, context.data(deploy.data).tokenizer.get())), model(context, deploy, run),
        rows(model.token ? model.token->port(field.name)->shape.at(0) : 1), places(model.whole.port(field.name)->shape.at(1)) {}

  std::string inputList() const override { return "`" + field.name + "` a text"; }
  size_t together() const override { return size_t(rows); }

  void answer(std::span<Asked> asked) override {
    std::vector<Text> texts;
    for (size_t i = 0; i < asked.size(); ++i) {
      if (!asked[i].problem)
        begin(asked[i], texts);
      if (texts.size() == together() || (i + 1 == asked.size() && !texts.empty())) {
        goOn(texts);
        texts.clear();
      }
    }
  }

private:
  static const abi::Field &fieldOf(const abi::Data &data, const std::string &name) {
    return *std::find_if(data.fields.begin(), data.fields.end(), [&](const abi::Field &field) { return field.name == name; });
  }

  void begin(Asked &asked, std::vector<Text> &texts) const {
    try {
      texts.push_back(textOf(asked));
    } catch (const Error &error) {
      asked.problem = error;
    }
  }

  Text textOf(Asked &asked) const {
    const Json &given = asked.record;
    const Json &value = given.is_object() && given.size() == 1 && given.contains(field.name) ? given[field.name] : given;
    if (!value.is_string())
      throw badData("expected " + inputList() + ", and here is `" + given.dump().substr(0, 40) + "`");
    Text text{asked, value.get<std::string>(), "", {}};
    if (io::findBadUtf8(text.given) != std::string::npos)
      throw badData("`" + field.name + "` is not UTF-8");
    encoder->encode(text.given, true, SIZE_MAX, text.ids);
    if (text.ids.empty())
      throw badData("`" + field.name + "` has no " + field.tokens + " to continue");
    text.start = encoder->decode(text.ids);
    text.known = text.ids.size();
    return text;
  }

  /// At most one for each row.
  void goOn(std::vector<Text> &texts) {
    try {
      if (model.token)
        byTokens(texts);
      for (Text &text : texts)
        byWindows(text);
    } catch (const Error &error) {
      for (Text &text : texts)
        if (!text.asked.problem)
          text.asked.problem = error;
    }
    for (Text &text : texts)
      if (!text.asked.problem)
        text.asked.answer = {{field.name, written(text)}};
  }

  /// What was given stands as it was; of tokens that are parts of a letter, a text is only made of all together.
  std::string written(const Text &text) const {
    std::string all = encoder->decode(text.ids);
    all = all.substr(0, placeOfStop(text, all));
    return all.starts_with(text.start) ? text.given + all.substr(text.start.size()) : all;
  }

  /// Where the text of `--stop` is in what `all` has more than was given. A stop may be parts of tokens, so it is looked for in the text.
  size_t placeOfStop(const Text &text, const std::string &all) const {
    const std::string &stop = context.options.stop;
    size_t same = size_t(std::mismatch(text.start.begin(), text.start.end(), all.begin(), all.end()).first - text.start.begin());
    return stop.empty() ? std::string::npos : all.find(stop, same);
  }

  /// All texts stand at the same place: the tokens of one are still read while another is continued already. A row of which nothing is asked any
  /// more keeps its last token.
  void byTokens(std::vector<Text> &texts) {
    Model::Function &token = *model.token;
    for (const abi::Port &kept : token.outputs()) // what another text left, and be it NaN, is nothing to look at
      if (char *before = token.input(kept.name))
        std::memset(before, 0, size_t(memory::bytesOf(kept)));
    auto isAt = [&](const Text &text, size_t place) { return !text.isOver && place < text.ids.size() && text.ids.size() <= size_t(places); };
    for (size_t place = 0; std::any_of(texts.begin(), texts.end(), [&](const Text &text) { return isAt(text, place); }); ++place) {
      for (size_t row = 0; row < texts.size(); ++row)
        if (isAt(texts[row], place))
          put(token.input(field.name), row, texts[row].ids[place]);
      put(token.input("position"), 0, int32_t(place));
      token.run(step(texts.front()));
      for (const abi::Port &kept : token.outputs())
        if (char *again = token.input(kept.name))
          std::memcpy(again, token.output(kept), size_t(memory::bytesOf(kept)));
      extend(texts, place + 1);
    }
  }

  /// The same of one text, where the last `places` tokens are all looked at each time: there is enough to compute for it alone.
  void byWindows(Text &text) {
    while (!text.isOver)
      add(text, ofWindow(text));
  }

  std::vector<float> ofWindow(const Text &text) {
    size_t count = std::min(text.ids.size(), size_t(places));
    std::vector<int32_t> window(size_t(places), encoder->padding());
    std::copy(text.ids.end() - std::ptrdiff_t(count), text.ids.end(), window.begin());
    std::memcpy(model.whole.input(field.name), window.data(), window.size() * sizeof window[0]);
    put(model.whole.input(field.name + ".length"), 0, int32_t(count));
    model.whole.run(step(text));
    return scores(model.whole);
  }

  /// Adds the next token to texts that have no more than `count`, of what was made of each row.
  void extend(std::vector<Text> &texts, size_t count) {
    auto isNext = [&](const Text &text) { return !text.isOver && text.ids.size() == count; };
    if (std::none_of(texts.begin(), texts.end(), isNext))
      return;
    std::vector<float> all = scores(*model.token); // other functions write to the same place
    size_t words = all.size() / size_t(rows);
    for (size_t row = 0; row < texts.size(); ++row)
      if (Text &text = texts[row]; isNext(text)) {
        std::span<const float> own(all.data() + row * words, words);
        if (!isCompared && count > 1)
          compare(text, own);
        add(text, own);
      }
  }

  /// Adds what is chosen to a text, or says why it is over.
  void add(Text &text, std::span<const float> scores) {
    int32_t next = chosen(text, scores);
    if (next == -1) { // what `argmax` makes of NaN
      text.asked.problem = badData("`" + deploy.name + "` has no next token after " + std::to_string(text.ids.size()) + " " + field.tokens +
                                   ": what the model gives for it is not a number");
      text.isOver = true;
      return;
    }
    if (next < 0 || next >= int32_t(field.vocabulary.size()))
      throw Error(exitInternal, "the token " + std::to_string(next) + " is none of " + std::to_string(field.vocabulary.size()));
    auto end = field.special.find("end");
    if (text.isOver = end != field.special.end() && next == end->second; text.isOver)
      return;
    text.ids.push_back(next);
    text.isOver = int64_t(text.ids.size() - text.known) == context.options.tokens ||
                  (!context.options.stop.empty() && placeOfStop(text, encoder->decode(text.ids)) != std::string::npos);
  }

  int32_t chosen(const Text &text, std::span<const float> scores) {
    Model::Function &choice = *model.choice;
    if (char *into = choice.input("scores"))
      std::memcpy(into, scores.data(), scores.size_bytes());
    if (char *seen = choice.input("seen")) {
      std::memset(seen, 0, scores.size_bytes());
      for (int32_t id : text.ids)
        put(seen, size_t(id), 1.0f);
    }
    choice.run(step(text));
    int32_t next;
    std::memcpy(&next, choice.output(choice.output("token")), sizeof next);
    return next;
  }

  /// What the first text gives must be the same both ways, or a layer does not keep what it needs.
  void compare(const Text &text, std::span<const float> one) {
    std::vector<float> all = ofWindow(text);
    double most = 1, apart = 0;
    for (size_t i = 0; i < all.size(); ++i) {
      most = std::max(most, double(std::abs(all[i])));
      apart = std::max(apart, double(std::abs(all[i] - one[i])));
    }
    // Sums in another order; what is left out altogether is far more.
    if (!(apart <= 1e-4 * most))
      throw Error(exitBadData, "`" + deploy.name + "` would give other answers token by token: after " + std::to_string(text.ids.size()) +
                                   " tokens one is " + format("%.3g", apart) +
                                   " away from what the whole text gives; a layer that looks at other tokens must keep them with `cached`");
    isCompared = true;
  }

  /// The step whose random numbers choose what follows a text: of each record and each length its own.
  static int64_t step(const Text &text) { return text.asked.number << 32 | int64_t(text.ids.size()); }

  template <class Value> static void put(char *into, size_t place, Value value) {
    if (into)
      std::memcpy(into + place * sizeof value, &value, sizeof value);
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
  const int64_t rows, places;
  bool isCompared = false;
};

}  // namespace

std::unique_ptr<Answerer> makeGenerator(Context &context, const abi::Deploy &deploy, const RunFolder &run) {
  return std::make_unique<Generator>(context, deploy, run);
}

}  // namespace tl::program
