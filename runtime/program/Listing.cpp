// Metrics that are a list of records.
#include "runtime/program/Listing.h"
#include "runtime/data/Reader.h"
#include "runtime/data/Facts.h"
#include "runtime/program/RecordTexts.h"
#include "runtime/program/Terminal.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace tl::program {

Listing::Listing(const abi::Metric &metric, const Callable &measured)
    : metric(metric), score(measured.output(metric.name + ".0")), answered(measured.output(metric.name + ".1")) {
  if (!score)
    throw Error(exitInternal, "function `" + measured.about->name + "` has no output `" + metric.name + ".0`");
}

void Listing::add(const memory::Arena &output, const int64_t *numbers, int64_t records) {
  for (int64_t i = 0; i < records; ++i) {
    double number = output.number(*score, i);
    if (number <= 0)
      continue;
    ++found;
    Entry entry{std::isnan(number) ? std::numeric_limits<double>::infinity() : number, numbers[i], {}};
    if (answered)
      entry.answered = output.number(*answered, i);
    auto before = [](const Entry &a, const Entry &b) { return a.score != b.score ? a.score > b.score : a.record < b.record; };
    entries.insert(std::upper_bound(entries.begin(), entries.end(), entry, before), entry);
    if (int64_t(entries.size()) > metric.list)
      entries.pop_back();
  }
}

namespace {

using Json = nlohmann::ordered_json;

Json named(const abi::Field *field, double number) {
  bool hasName = field && number >= 0 && number < double(field->classNames.size());
  if (hasName)
    return field->classNames[size_t(number)];
  return number == std::floor(number) && std::fabs(number) < 1e15 ? Json(int64_t(number)) : Json(number);
}

std::string text(const Json &value) { return value.is_string() ? value.get<std::string>() : value.is_number_float() ? format("%.4g", value.get<double>())
                                                                                                                    : value.dump(); }

} // namespace

void showListing(const Context &context, const abi::Data &data, const abi::Split &split, const data::Dataset &dataset, const Listing &listing, Json &json) {
  const abi::Field *label = nullptr; // the one field of classes
  int classFields = 0;
  for (const abi::Field &field : data.fields)
    if (field.classes > 0 && field.shape.empty())
      label = ++classFields == 1 ? &field : nullptr;
  std::unique_ptr<data::Reader> reader;
  std::optional<RecordTexts> texts;
  if (!listing.first().empty()) {
    reader = data::openSource(Context::source(data, split.source), context.scriptFolder());
    texts.emplace(data);
  }
  Json records = Json::array();
  std::string lines;
  for (const Listing::Entry &entry : listing.first()) {
    Json one = {{"place", reader->place(label ? label->name : data.fields[0].name, entry.record)}};
    lines += "    " + one["place"].get<std::string>();
    if (label) {
      int32_t own = 0;
      std::vector<char> value = dataset.values(dataset.findField(label->name), entry.record);
      std::copy(value.begin(), value.end(), reinterpret_cast<char *>(&own));
      one[label->name] = named(label, own);
      lines += "  " + label->name + " " + text(one[label->name]);
    }
    if (entry.answered) {
      one["answered"] = named(label, *entry.answered);
      lines += "  answered " + text(one["answered"]);
    }
    one["score"] = entry.score;
    one["record"] = entry.record;
    for (const auto &[field, text] : texts->of(dataset, entry.record))
      one.emplace(field, text);
    lines += format("  score %.4g\n", entry.score);
    records.push_back(one);
  }
  json = {{"count", listing.count()}, {"records", records}};
  if (!context.options.json)
    printResult("  " + listing.metric.name + " " + std::to_string(listing.count()) + (listing.count() > int64_t(records.size()) ? ", of which the first " + std::to_string(records.size()) : "") + "\n" + lines);
}

} // namespace tl::program
