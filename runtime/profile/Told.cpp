// What is told of a profile: a table by line of the script, and a trace.
#include "runtime/io/Format.h"
#include "runtime/profile/Profile.h"

#include <algorithm>

namespace tl::profile {

namespace {

/// What a line of the table is of: some kernels.
struct Row {
  double seconds = 0, flops = 0, bytes = 0;
  void add(const Row &other) { seconds += other.seconds, flops += other.flops, bytes += other.bytes; }
};

using Rows = std::map<int64_t, Row>;  // by place

std::vector<std::pair<int64_t, Row>> longestFirst(const Rows &rows) {
  std::vector<std::pair<int64_t, Row>> sorted(rows.begin(), rows.end());
  std::sort(sorted.begin(), sorted.end(), [](const auto &a, const auto &b) { return std::pair(-a.second.seconds, a.first) < std::pair(-b.second.seconds, b.first); });
  return sorted;
}

/// The line of the script that a place such as "digits.tl:12" names, cut to a length that fits; "" where it is another file's.
std::string lineAt(const abi::Program &program, const std::string &place) {
  std::string file = program.source.substr(program.source.find_last_of('/') + 1);
  size_t colon = place.rfind(':'), begin = 0;
  if (colon == std::string::npos || place.substr(0, colon) != file)
    return "";
  for (int64_t line = std::stoll(place.substr(colon + 1)); line > 1; --line)
    if (begin = program.sourceText.find('\n', begin) + 1; begin == 0)
      return "";
  std::string text = program.sourceText.substr(begin, program.sourceText.find('\n', begin) - begin);
  text.erase(0, text.find_first_not_of(' '));
  return "  " + (text.size() > 72 ? text.substr(0, 69) + "..." : text);
}

/// Whether products of a function have factors of bf16.
bool isRounded(const abi::Program &program, const std::string &function) {
  auto isOfPhase = [&](const abi::Phase &phase) { return function == phase.stepFunction || function == phase.featuresFunction || function == phase.evaluation.function || function == phase.evaluation.featuresFunction; };
  return std::any_of(program.stages.begin(), program.stages.end(), [&](const abi::Stage &stage) { return stage.precision == "bf16" && std::any_of(stage.phases.begin(), stage.phases.end(), isOfPhase); });
}

std::string cells(const Row &row, double all, const Ceilings &ceilings) {
  std::string peak = ceilings.flops > 0 ? format("%5.0f %%", 100 * row.flops / row.seconds / ceilings.flops) : "       ";
  return format("%6.1f %% %9.2f %9.1f ", 100 * row.seconds / all, row.seconds, row.flops / row.seconds / 1e9) + peak +
         format(" %8.1f %5.0f %%  ", row.bytes / row.seconds / 1e9, 100 * row.bytes / row.seconds / ceilings.bytes);
}

constexpr double shown = 0.005;  // of the time; what is less is one line

/// The lines of one function.
class Table {
public:
  Table(const abi::Program &program, const Ceilings &ceilings) : program(program), ceilings(ceilings) {}

  std::string of(const abi::Function &function, const std::map<int32_t, double> &seconds, int64_t calls) {
    Rows asked;
    std::map<int64_t, Rows> computed;  // by the place that asks
    Row all, waiting;
    for (auto [number, time] : seconds) {
      Row row{time};
      if (number >= 0) {
        const abi::Kernel &kernel = function.kernels.at(size_t(number));
        double runs = double(kernel.runs) * double(calls);
        row.flops = double(kernel.flops) * runs, row.bytes = double(kernel.bytes) * runs;
        asked[kernel.asked].add(row);
        computed[kernel.asked][kernel.place].add(row);
      }
      (number >= 0 ? all : waiting).add(row);
    }
    whole = all.seconds + waiting.seconds;
    std::string text = format("\n%s: %lld calls, %.2f s of all threads\n", function.name.c_str(), static_cast<long long>(calls), whole) +
                       "    time   seconds   GFLOP/s  of peak    GB/s of reads\n";
    Row rest;
    for (const auto &[place, row] : longestFirst(asked)) {
      if (row.seconds < shown * whole) {
        rest.add(row);
        continue;
      }
      const std::string &name = program.places.at(size_t(place));
      text += cells(row, whole, ceilings) + (name.empty() ? "the step itself" : name + lineAt(program, name)) + "\n";
      text += within(computed[place], place);
    }
    if (rest.seconds > 0)
      text += cells(rest, whole, ceilings) + "less than a two-hundredth each\n";
    if (waiting.seconds > 0)
      text += format("%6.1f %% %9.2f ", 100 * waiting.seconds / whole, waiting.seconds) + std::string(36, ' ') + "waiting for other threads\n";
    return text;
  }

private:
  /// What the library computes of it.
  std::string within(const Rows &rows, int64_t asked) {
    std::string text;
    if (rows.size() == 1 && rows.begin()->first == asked)
      return text;
    for (const auto &[place, row] : longestFirst(rows))
      if (row.seconds >= shown * whole)
        text += cells(row, whole, ceilings) + "    " + (place == asked ? "itself" : program.places.at(size_t(place))) + "\n";
    return text;
  }

  const abi::Program &program;
  const Ceilings &ceilings;
  double whole = 0;
};

}  // namespace

std::string Profile::table(const Ceilings &ceilings) const {
  const bool hasRounded = std::any_of(seconds.begin(), seconds.end(), [&](const auto &each) { return isRounded(program, program.functions[size_t(each.first)].name); });
  const std::string ofRounded = hasRounded ? format(", %.1f with factors of bf16,", ceilings.roundedFlops / 1e9) : "";
  std::string text = format("one thread of this machine reads %.1f GB/s", ceilings.bytes / 1e9);
  if (ceilings.flops > 0)
    text = format("one thread of this machine computes %.1f GFLOP/s at its peak", ceilings.flops / 1e9) + ofRounded + format(" and reads %.1f GB/s", ceilings.bytes / 1e9);
  text += format("; %.2f s went outside of compiled functions\n", elsewhere);
  std::vector<std::pair<double, int64_t>> order;
  for (const auto &[function, kernels] : seconds) {
    double sum = 0;
    for (const auto &[kernel, time] : kernels)
      sum += time;
    order.push_back({-sum, function});
  }
  std::sort(order.begin(), order.end());
  for (const auto &[time, number] : order) {
    const abi::Function &function = program.functions[size_t(number)];
    const Ceilings own = {isRounded(program, function.name) ? ceilings.roundedFlops : ceilings.flops, ceilings.roundedFlops, ceilings.bytes};
    text += Table(program, own).of(function, seconds.at(number), calls[size_t(number)]);
  }
  return text;
}

/// The format is described in "Trace Event Format" (Google): complete events, in microseconds.
std::string Profile::trace() const {
  nlohmann::json events = nlohmann::json::array();
  for (const Slice &slice : slices) {
    if (slice.function < 0)
      continue;
    const abi::Function &function = program.functions[size_t(slice.function)];
    std::string name = slice.kernel < 0 ? "waiting" : program.places[size_t(function.kernels.at(size_t(slice.kernel)).asked)];
    events.push_back({{"ph", "X"}, {"pid", 0}, {"tid", slice.thread}, {"ts", 1e6 * double(slice.begin)}, {"dur", 1e6 * double(slice.end - slice.begin)}, {"cat", function.name}, {"name", name}});
    if (slice.kernel >= 0)
      events.back()["args"] = {{"kernel", slice.kernel}, {"computed at", program.places[size_t(function.kernels[size_t(slice.kernel)].place)]}};
  }
  return nlohmann::json({{"traceEvents", events}, {"displayTimeUnit", "ms"}}).dump();
}

} // namespace tl::profile
