// The report of a run: one page that needs nothing beside it, of what the run's folder records.
#pragma once
#include <string>
#include <vector>

namespace tl::report {

/// The page of these runs: all of one, or several beside each other. A tl::Error where a folder holds no run.
std::string pageOf(const std::vector<std::string> &folders);

/// Writes it, whole or not at all.
void write(const std::vector<std::string> &folders, const std::string &file);

} // namespace tl::report
