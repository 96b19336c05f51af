// Everything besides tensors that the next training step depends on.
#pragma once
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace tl::checkpoint {

/// A double that JSON brings back bit for bit: inf and nan are written as strings.
struct Real {
  double value = 0;
  Real(double value = 0) : value(value) {}
  operator double() const { return value; }
};
void to_json(nlohmann::json &json, const Real &real);
void from_json(const nlohmann::json &json, Real &real);

/// A metric added up over the batches of the epoch so far.
struct MetricSum {
  std::vector<Real> sums; // one per element of the metric's shape
  Real count;
};

/// The best value so far of what a stage keeps a checkpoint by.
struct Best {
  Real value;
  std::string checkpoint; // name of its folder
  NLOHMANN_DEFINE_TYPE_INTRUSIVE(Best, value, checkpoint)
};

struct TrainingState {
  std::string program; // abi::Program::digest
  std::string stage;
  std::string data;                         // data::Dataset::digest() of what it is trained on
  std::map<std::string, std::string> files; // io::fileDigest() of each file beside this one
  int64_t phase = 0;          // index of the phase that the next step belongs to
  int64_t epoch = 0;          // epochs completed within the phase
  int64_t stepInPhase = 0;    // optimizer steps done in the phase
  int64_t stepInStage = 0;    // optimizer steps done in the stage; the number in the checkpoint's name
  int64_t loaderPosition = 0; // data::Loader::position() of the next batch
  uint64_t seed = 0;
  bool finished = false;      // the stage has nothing left to do

  std::map<std::string, Best> bests; // by abi::Kept::name: those that were measured, whose checkpoints lie beside this one
  bool hasStopBest = false;   // stop early, of the phase
  Real stopBest;
  int64_t epochsWithoutImprovement = 0;

  std::map<std::string, Real> params;      // values this run was started with
  std::map<std::string, int64_t> logBytes; // length of each append-only log when this was saved: resume cuts it there
  std::map<std::string, Real> notes;       // further numbers (metrics of the last epoch, …)
  NLOHMANN_DEFINE_TYPE_INTRUSIVE(TrainingState, program, stage, data, files, phase, epoch, stepInPhase, stepInStage, loaderPosition,
                                 seed, finished, bests, hasStopBest, stopBest,
                                 epochsWithoutImprovement, params, logBytes, notes)

  std::map<std::string, MetricSum> sums; // of the epoch so far; tensors, because they may be large
};

/// The state that a JSON text holds. The library would take any number for a count, cut to what fits; here it is an error
/// of the library's kind, like all else that is amiss.
TrainingState stateFrom(const nlohmann::json &json);

} // namespace tl::checkpoint
