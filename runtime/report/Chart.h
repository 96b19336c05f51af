// A chart of lines as SVG, which takes its colours from the page's style.
#pragma once
#include "runtime/report/Records.h"

namespace tl::report {

struct Line {
  std::string label;
  int colour = 0;
  bool isFaint = false; // of single steps, behind the others
  std::vector<Point> points;
  std::vector<int64_t> bestSteps; // points that are marked
};

/// Steps of one phase.
struct Band {
  std::string name, thaw; // thaw: what becomes trainable with its first step; "" where nothing does
  int64_t from, to;
};

struct Chart {
  std::string title; // text
  std::vector<Line> lines;
  std::vector<Band> bands;
};

/// A `figure` with its legend; "" where no line has a finite point.
std::string drawn(const Chart &chart);

/// The curve of a test, {"axes": ["x", "y"], "points": [[0, 0.5], …]}, as a square `figure`; points that are no numbers are left out.
std::string drawnPoints(const Json &curve);

constexpr int colours = 8; // that the style has

} // namespace tl::report
