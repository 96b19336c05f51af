// Standard output for results, standard error for messages; both without stdio, so that a full disk is seen.
#pragma once
#include "runtime/io/Format.h"
#include <cstdint>
#include <string>
#include <string_view>

namespace tl::program {

/// Writes a result. A failure (a full disk, a closed pipe) is a tl::Error.
void printResult(std::string_view text);

/// Writes a message. A failure is ignored: there is nowhere left to tell it.
void printMessage(std::string_view text);

/// `error: MESSAGE` on standard error, in colour where the terminal has it and NO_COLOR is not set.
void printError(const std::string &message);

/// Standard error is a terminal that can redraw a line.
bool canRedraw();

/// Seconds of a clock that only goes forward.
double now();

/// Seconds since 1970.
double wallTime();

}  // namespace tl::program
