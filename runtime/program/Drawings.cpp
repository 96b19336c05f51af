// Pictures that deployed functions make, for the report of their run.
#include "runtime/program/Drawings.h"
#include "runtime/abi/ElementTypes.h"
#include "runtime/program/Model.h"
#include "runtime/program/RecordTexts.h"
#include "runtime/program/RunReport.h"
#include "runtime/program/Signals.h"
#include "runtime/program/Terminal.h"
#include "runtime/report/Thumbnail.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace tl::program {

using Json = nlohmann::ordered_json;

namespace {

constexpr int64_t mostDrawn = 8;

struct Drawn {
  Json outputs;       // of each what is said of it
  Json asked;         // of each record
  Addresses pictures; // "OUTPUT/1", "asked/1"
};

class Drawer {
public:
  Drawer(Context &context, const abi::Deploy &deploy) : context(context), deploy(deploy), data(context.data(deploy.data)) {}

  /// Its answers that are pictures; none where it cannot be asked.
  std::vector<abi::Port> pictures() const;
  Drawn draw(const RunFolder &run, const std::vector<abi::Port> &outputs) const;

private:
  std::string split() const {
    const abi::Stage &stage = context.stage(deploy.stage);
    return stage.data != data.name ? "" : stage.valSplit.empty() ? stage.trainSplit
                                                                 : stage.valSplit;
  }
  const data::Dataset &dataset() const { return context.dataset(data, split()); }
  bool isKnown(const abi::Port &input) const;
  Json asked(int64_t record, const RecordTexts &texts) const;
  Addresses shown(const abi::Port &output, const std::vector<std::vector<double>> &drawn, Json &about) const;

  Context &context;
  const abi::Deploy &deploy;
  const abi::Data &data;
};

/// Whether a record of the data has what the function takes.
bool Drawer::isKnown(const abi::Port &input) const {
  int field = dataset().findField(input.name);
  return input.name == "valid" || (field >= 0 && dataset().bytesPerRecord(field) == memory::bytesOf(input));
}

std::vector<abi::Port> Drawer::pictures() const {
  const abi::Function &function = *context.function(deploy.function).about;
  int pixels = deploy.repeats || split().empty() ? -1 : pixelsOf(dataset());
  if (pixels < 0 || !std::all_of(function.inputs.begin(), function.inputs.end(), [&](const abi::Port &input) { return isKnown(input); }))
    return {};
  const std::vector<int64_t> &size = dataset().fields()[size_t(pixels)].shape;
  std::vector<abi::Port> found;
  for (const abi::Port &output : function.outputs) { // [1, height, width] or [1, height, width, channels]
    const std::vector<int64_t> &shape = output.shape;
    bool isPicture = shape.size() == 3 || (shape.size() == 4 && (shape[3] == 1 || shape[3] == 3));
    if (isPicture && shape[1] == size[0] && shape[2] == size[1])
      found.push_back(output);
  }
  return found;
}

/// What of the record the function is asked with, but for a picture.
Json Drawer::asked(int64_t record, const RecordTexts &texts) const {
  const std::vector<abi::Port> &inputs = context.function(deploy.function).about->inputs;
  auto isAsked = [&](const std::string &name) { return std::any_of(inputs.begin(), inputs.end(), [&](const abi::Port &input) { return input.name == name; }); };
  Json one = {{"record", record}};
  for (const abi::Field &field : data.fields) {
    if (!isAsked(field.name) || !field.shape.empty())
      continue;
    const std::vector<char> value = dataset().values(dataset().findField(field.name), record);
    const double number = numberAt(*dtypeNamed(field.dtype), value.data(), 0);
    bool hasName = number >= 0 && number < double(field.classNames.size());
    one[field.name] = hasName ? Json(field.classNames[size_t(number)]) : number == std::floor(number) ? Json(int64_t(number))
                                                                                                      : Json(number);
  }
  for (const auto &[field, text] : texts.of(dataset(), record))
    if (isAsked(field))
      one[field] = text;
  return one;
}

/// The pictures, by number from 1. Bytes are what they are; of other numbers black is 0 and white 1 where all are between them, else the least and the greatest of all.
Addresses Drawer::shown(const abi::Port &output, const std::vector<std::vector<double>> &drawn, Json &about) const {
  double least = INFINITY, greatest = -INFINITY;
  for (const std::vector<double> &picture : drawn)
    for (double value : picture)
      if (std::isfinite(value))
        least = std::min(least, value), greatest = std::max(greatest, value);
  const double usual = isReal(*dtypeNamed(output.dtype)) ? 1 : 255;
  const bool isUsual = least >= 0 && greatest <= usual;
  const double black = isUsual ? 0 : least, white = isUsual ? usual : greatest;
  about["black"] = black;
  about["white"] = white;
  Addresses all;
  for (const std::vector<double> &picture : drawn) {
    std::vector<uint8_t> bytes;
    for (double value : picture) {
      double share = (value - black) / (white - black);
      bytes.push_back(uint8_t(std::isfinite(share) ? std::lround(255 * std::clamp(share, 0.0, 1.0)) : 0));
    }
    all[output.name + "/" + std::to_string(all.size() + 1)] = report::thumbnail(bytes.data(), output.shape[1], output.shape[2], output.shape.size() == 4 ? output.shape[3] : 1);
  }
  return all;
}

Drawn Drawer::draw(const RunFolder &run, const std::vector<abi::Port> &outputs) const {
  Model model(context, deploy, run);
  const data::RecordList &records = context.records(data, split());
  const RecordTexts texts(data);
  const bool isAskedWithPicture = model.whole.port(dataset().fields()[size_t(pixelsOf(dataset()))].name) != nullptr;
  std::vector<std::vector<std::vector<double>>> drawn(outputs.size()); // by output, then by record
  Drawn all{Json::array(), Json::array(), {}};
  for (int64_t i = 0; i < std::min<int64_t>(mostDrawn, std::ssize(records)); ++i) {
    const int64_t record = records[size_t(i)];
    for (const abi::Port &input : model.whole.inputs())
      if (int field = dataset().findField(input.name); field >= 0) {
        const std::vector<char> value = dataset().values(field, record);
        std::memcpy(model.whole.input(input.name), value.data(), value.size());
      }
    model.whole.run(i);
    for (size_t k = 0; k < outputs.size(); ++k) {
      std::vector<double> &values = drawn[k].emplace_back();
      for (int64_t j = 0; j < memory::elementsOf(outputs[k].shape); ++j)
        values.push_back(numberAt(*dtypeNamed(outputs[k].dtype), model.whole.output(outputs[k]), j));
    }
    all.asked.push_back(asked(record, texts));
    if (isAskedWithPicture)
      all.pictures["asked/" + std::to_string(i + 1)] = picturesOf(dataset(), {record}).at(std::to_string(record));
  }
  for (size_t k = 0; k < outputs.size(); ++k) {
    Json about = {{"output", outputs[k].name}, {"of", data.name + "." + split()}};
    all.pictures.merge(shown(outputs[k], drawn[k], about));
    all.outputs.push_back(about);
  }
  return all;
}

} // namespace

bool noteDrawings(Context &context, const RunFolder &run, RunLog &log) {
  for (const abi::Deploy &deploy : context.program.deploys) {
    if (stopSignal() != 0)
      return false;
    Drawn drawn;
    try {
      Drawer drawer(context, deploy);
      if (const std::vector<abi::Port> outputs = drawer.pictures(); !outputs.empty())
        drawn = drawer.draw(run, outputs);
    } catch (const std::exception &problem) {
      printMessage("note: the report has no pictures by `" + deploy.name + "`: " + problem.what() + "\n");
    }
    if (drawn.pictures.empty())
      continue;
    const std::string name = deploy.stage + "." + deploy.which + " " + deploy.name;
    notePictures(run, name, drawn.pictures);
    run.updateSummary("drawn", name, {{"outputs", drawn.outputs}, {"asked", drawn.asked}});
    if (drawn.asked[0].size() > 1)
      showTable(log, name, drawn.asked); // which else has numbers of records alone
    showPictures(log, name, drawn.pictures);
  }
  return true;
}

} // namespace tl::program
