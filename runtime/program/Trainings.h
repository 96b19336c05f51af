// Trainings of one stage side by side, as processes: each is a fork of this one, which has read the data, with a folder and perhaps settings or records of its own.
#pragma once
#include "runtime/checkpoint/TrainingState.h"
#include "runtime/program/RunFolder.h"

#include <functional>
#include <map>

namespace tl::program {

class Trainings {
public:
  /// How many at once, and with how many threads each.
  struct Room {
    int places, threads;
  };
  /// For at most `wanted` trainings that take `bytes` each beside the data.
  static Room roomFor(const Context &context, int64_t wanted, int64_t bytes);

  /// What is trained: the stage of that name of the context's program, until it has so many steps.
  struct Task {
    Context &context;
    int64_t until;
    std::vector<const abi::Stage *> before = {}; // stages that are trained in the same folder first
  };

  struct Work {
    std::string name;             // "trial 3 of `fit`": what messages call it
    std::string folder;           // below that of the run
    std::function<Task()> settle; // in its process, which does it first, and makes the context its own
    bool mayBeLost = false;       // with the power, as long as it is short: whoever needs it trains it again
  };

  /// `whole`: what they are parts of, "the search". The process has no thread but this one, as long as this object lives.
  Trainings(Context &context, RunFolder &run, const abi::Stage &stage, std::string whole, Room room);
  /// Those under way are ended; what they have saved stays.
  ~Trainings();

  /// Where there is no room it waits, in the order of these calls. Returns its number.
  size_t begin(Work work);
  /// Waits until it is through; false where training diverged. Throws what went wrong otherwise, and Stopped after a signal, when all have saved.
  bool finish(size_t number);
  /// The last line that it has said, without "error: ".
  static std::string lastWords(const RunFolder &run, const std::string &folder);
  /// The state that a training has left: that of its best checkpoint, where the stage keeps one, else of its last.
  static checkpoint::TrainingState left(const RunFolder &run, const std::string &folder, const abi::Stage &stage);

private:
  void fill();
  void reap();
  void stop();
  [[noreturn]] void work(const Work &work);
  void train(const Work &work);

  Context &context;
  RunFolder &run;
  const abi::Stage &stage;
  const std::string whole;
  const Room room;
  const int threadsBefore;
  std::vector<Work> all;         // by number
  std::vector<size_t> waiting;   // in the order of their beginning
  std::map<int, size_t> running; // by process
  std::map<size_t, bool> ended;  // and whether they diverged
};

} // namespace tl::program
