// Decodes the pictures of a source, for who compares them or their rate with another program's.
//
//   tl-pictures FOLDER STEPS [TRAINING]      lines of standard input: `values FILE` writes all pixels, record after record; `round` reads, decodes and
//                                            resizes all pictures once more, and answers with the seconds that it took; with what training sees,
//                                            "random_resized_crop …, flip …", both are of that, and `parts FILE` writes "top left height width flipped" of each
//                                            picture, as the next order draws them
#include "runtime/abi/DrawnInputs.h"
#include "runtime/data/Dataset.h"
#include "runtime/data/Reader.h"
#include "runtime/io/File.h"
#include "runtime/io/SideBySide.h"
#include "runtime/pictures/Header.h"
#include "runtime/pictures/RandomCrop.h"
#include <chrono>
#include <cstdio>
#include <iostream>

using namespace tl;

namespace {

class Pictures {
public:
  explicit Pictures(abi::Source given) : source(std::move(given)) {
    data::Facts facts = data::readFacts(source, ".");
    source.records = facts.records;
    source.digest = facts.digest;
    fields = {facts.fields.front()};
    if (isDrawn())
      dataset.emplace(data::Dataset::load(source, fields, ".", data::Holding::InPieces));
  }

  void answer(const std::string &order) {
    if (order.starts_with("parts "))
      return writeParts(order.substr(6));
    std::vector<char> values(static_cast<size_t>(source.records * data::recordBytes(fields.front())));
    std::unique_ptr<data::Reader> reader = isDrawn() ? nullptr : data::openSource(source, ".");
    auto start = std::chrono::steady_clock::now();
    reader ? reader->fill(fields.front(), values.data()) : draw(values.data());
    double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    ++epoch;
    if (order.starts_with("values "))
      write(order.substr(7), {values.data(), values.size()});
    std::printf("%.6f %lld %s\n", seconds, static_cast<long long>(source.records), data::typeText(fields.front().dtype, fields.front().shape).c_str());
    std::fflush(stdout);
  }

private:
  bool isDrawn() const { return abi::isDrawn(source, fields.front()); }
  uint64_t seedOf(int64_t record) const { return uint64_t(epoch * source.records + record); }

  static void write(const std::string &path, std::string_view bytes) {
    io::File file = io::File::create(path);
    file.write(bytes);
    file.close();
  }

  void draw(char *values) const {
    const int threads = dataset->readingThreads();
    std::vector<data::Pieces::Window> windows{size_t(threads)};
    io::sideBySide(source.records, threads, [&](int64_t record, int thread) {
      data::Dataset::Target target{0, values + record * dataset->bytesPerRecord(0), seedOf(record)};
      dataset->read(record, {&target, 1}, windows[size_t(thread)]);
    });
  }

  void writeParts(const std::string &path) const {
    const std::unique_ptr<data::Reader> reader = data::openSource(source, ".");
    const std::vector<std::string> files = reader->findRecords(fields, "");
    std::string text;
    for (int64_t record = 0; record < source.records; ++record) {
      pictures::Chance chance(seedOf(record));
      const auto [top, left, size] = pictures::randomPart({}, pictures::headerOf(io::readWhole(files[size_t(record)])).size(), chance);
      const bool isFlipped = chance.between(0, 1) < 0.5;
      for (int64_t number : {top, left, size.height, size.width, int64_t(isFlipped)})
        text += std::to_string(number) + " ";
      text.back() = '\n';
    }
    write(path, text);
    std::printf("0 %lld\n", static_cast<long long>(source.records));
    std::fflush(stdout);
  }

  abi::Source source;
  std::vector<abi::Field> fields;
  std::optional<data::Dataset> dataset;
  int64_t epoch = 0;
};

} // namespace

int main(int count, char **words) {
  if (count < 3) {
    std::fprintf(stderr, "usage: tl-pictures FOLDER STEPS [TRAINING]\n");
    return exitUsage;
  }
  try {
    std::map<std::string, std::string> options = {{"images.steps", words[2]}};
    if (count > 3)
      options[abi::drawnSteps] = words[3];
    Pictures pictures({"all", "images", {words[1]}, options, 0, "", ""});
    for (std::string order; std::getline(std::cin, order);)
      pictures.answer(order);
  } catch (const Error &error) {
    std::fprintf(stderr, "error: %s\n", error.message.c_str());
    return error.exitCode;
  }
  return 0;
}
