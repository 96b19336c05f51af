// Decodes the pictures of a source, for who compares them or their rate with another program's.
//
//   tl-pictures FOLDER STEPS [CHANNELS]      lines of standard input: `values FILE` writes all pixels, record after record; `round` reads, decodes and
//                                            resizes all pictures once more, and answers with the seconds that it took
#include "runtime/data/Reader.h"
#include "runtime/io/File.h"
#include <chrono>
#include <cstdio>
#include <iostream>

using namespace tl;

static void answer(const std::string &order, const abi::Source &source) {
  std::unique_ptr<data::Reader> reader = data::openSource(source, ".");
  const abi::Field &image = reader->facts.fields.front();
  std::vector<char> values(static_cast<size_t>(reader->facts.records * data::recordBytes(image)));
  auto start = std::chrono::steady_clock::now();
  reader->fill(image, values.data());
  double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  if (order.starts_with("values ")) {
    io::File file = io::File::create(order.substr(7));
    file.write({values.data(), values.size()});
    file.close();
  }
  std::printf("%.6f %lld %s\n", seconds, static_cast<long long>(reader->facts.records), data::typeText(image.dtype, image.shape).c_str());
  std::fflush(stdout);
}

int main(int count, char **words) {
  if (count < 3) {
    std::fprintf(stderr, "usage: tl-pictures FOLDER STEPS [CHANNELS]\n");
    return exitUsage;
  }
  try {
    abi::Source source{"all", "images", {words[1]}, {{"images.steps", words[2]}, {"channels", count > 3 ? words[3] : "3"}}, 0, "", ""};
    for (std::string order; std::getline(std::cin, order);)
      answer(order, source);
  } catch (const Error &error) {
    std::fprintf(stderr, "error: %s\n", error.message.c_str());
    return error.exitCode;
  }
  return 0;
}
