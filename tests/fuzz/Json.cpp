// Reads JSON without sanitizers and coverage: the reader is not ours to test, and would take a tenth of the time.
#include "tests/fuzz/Harness.h"
#include <nlohmann/json.hpp>

bool tl::fuzz::isJson(const std::string &text) { return nlohmann::json::accept(text); }
