// Moves tensors between a stage's variables and safetensors files.
#pragma once
#include "runtime/weights/Safetensors.h"
#include "runtime/checkpoint/TrainingState.h"
#include "runtime/memory/Arena.h"
#include <functional>
#include <optional>

namespace tl::checkpoint {

/// Parameters, buffers and what is fixed before the first step (fitted values, what weights began as); the other variables (slots, counters) only training needs.
bool isWeight(const abi::Variable &variable);

/// What files hold of a variable: it itself, or of a weight that is kept in 8 bits the f32 numbers that it is read as.
weights::TensorView viewOf(const abi::Stage &stage, const abi::Variable &variable, memory::Arena variables);

/// It is not given a value, but starts as the parameter that it is `of` does, once all is loaded: a live weight, or what a weight was when its stage began.
bool startsAsOther(const abi::Variable &variable);

/// Views of the variables that are weights, or of the others.
std::vector<weights::TensorView> viewsOf(const abi::Stage &stage, const memory::Arena &variables, bool weights);

/// Which of the weights have rows, columns or elements for the words of a vocabulary, as metadata of a file: nothing where
/// none has. `named` gives the name that a variable has there.
std::map<std::string, std::string> vocabularyNotes(const abi::Stage &stage, const std::function<std::string(const std::string &)> &named);

/// Reads each of those variables from `file`, which must hold these tensors and no others.
void readVariables(weights::SafetensorsFile &file, const abi::Stage &stage, memory::Arena variables, bool weights);

/// Sums of metrics as tensors: of each, NAME.count and NAME.sum.
void writeSums(io::File &file, const std::map<std::string, MetricSum> &sums);
std::map<std::string, MetricSum> readSums(const std::string &path);

/// The number of the variable's first element that is infinite or no number, if any.
std::optional<int64_t> firstNonFinite(const abi::Variable &variable, const memory::Arena &variables);

} // namespace tl::checkpoint
