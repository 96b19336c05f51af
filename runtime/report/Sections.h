// The parts of a report, each in a file of its own: HTML, "" where a run has nothing for it.
#pragma once
#include "runtime/report/Chart.h"

namespace tl::report {

/// What the run is: of which program, with which settings, and how far it is.
std::string aboutOf(const Run &run);
/// Charts of a stage, a measure each: what train, val and single steps have of it.
std::string curvesOf(const Stage &stage);
/// What a search for the stage's settings has tried; "" where there was none.
std::string searchOf(const Run &run, const std::string &stage);
/// What the stage has come to in its folds.
std::string foldsOf(const Run &run, const std::string &stage);
/// The loss against the learning rate, where rates were tried.
std::string ratesOf(const Run &run, const std::string &stage);
/// What each phase trains and freezes, its steps and learning rates.
std::string phasesOf(const Stage &stage);
/// Time of each phase, and memory, beside what was foretold.
std::string costsOf(const Run &run);
/// What the tests have measured.
std::string testsOf(const Run &run);
/// Texts that models have continued.
std::string samplesOf(const Run &run);
/// Pictures that models have drawn.
std::string drawingsOf(const Run &run);
/// Several runs beside each other: what differs between their settings, their last figures, their curves in one chart.
std::string comparisonOf(const std::vector<Run> &runs);

/// What becomes trainable with phase `index` of the stage: "enc", or "2 parts of enc"; "" where nothing does, as in the first.
std::string thawOf(const Stage &stage, size_t index);

/// A setting as it is read: text without its quotes.
std::string valueText(const Json &value);

} // namespace tl::report
