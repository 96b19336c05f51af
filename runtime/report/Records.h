// What a run has recorded in its folder, as a report needs it. Only Records.cpp knows the files.
#pragma once
#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace tl::report {

using Json = nlohmann::ordered_json;

struct Point {
  int64_t step; // of the stage
  double value;
};

/// What was measured of one thing as the stage went: "val.loss".
struct Curve {
  std::string name;
  std::vector<Point> points;
};

/// What a phase trains of one part of the model.
struct Part {
  std::string name;
  int64_t trainable = 0, all = 0; // elements
};

struct Phase {
  std::string name;
  int64_t planned = 0;          // steps; 0: not recorded
  int64_t flops = 0;            // of a step
  std::vector<Part> parts;
  bool isRecorded = false;      // it has lines in metrics.jsonl, from step `from` to `to`
  int64_t from = 0, to = 0, epochs = 0, plannedEpochs = 0;
  double seconds = 0, evaluation = 0, samples = 0; // spent, and records that were trained on
  double firstEpoch = 0;                           // seconds of the first, evaluation included
};

struct Stage {
  std::string name, about;        // about: "finetune Classifier on 335 records of …"
  std::vector<Phase> phases;
  std::vector<Curve> curves;
  std::map<std::string, std::vector<int64_t>> bestSteps; // by checkpoint that is kept, "best" or its name: where an epoch was the best so far
  std::map<std::string, std::string> watched;            // what decides that: "val.accuracy"
  bool isFinished = false;
};

struct Run {
  std::string path;
  Json settings, summary;                                   // objects
  std::string explain, source;                              // of the program
  std::map<std::string, std::vector<std::vector<std::string>>> classes; // by data: names of each field that has some
  std::map<std::string, std::string> pictures;              // by "TEST/RECORD": as the address of an image
  std::vector<Stage> stages;
  double predictedBytes = 0, peakBytes = 0; // 0: not recorded
  int64_t unreadable = 0;                   // lines that are no records

  const Stage *stage(const std::string &name) const;
};

/// Reads a run's folder, whatever it has of a run that may be going on. A tl::Error where it is none.
Run readRun(const std::string &folder);

/// Names of files of a run's folder that are made for reports alone.
constexpr char planName[] = "plan.json", picturesName[] = "pictures.json", reportName[] = "report.html";

} // namespace tl::report
