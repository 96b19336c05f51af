// Which records an epoch takes, and in which order, where a script says more than that each comes once.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace tl::data {

class Sampling {
public:
  Sampling() = default;
  Sampling(const Sampling &) = delete;
  virtual ~Sampling() = default;

  /// As many records as there are, in the order of an epoch: a function of the three numbers alone.
  virtual std::vector<int64_t> order(uint64_t seed, uint32_t stream, int64_t epoch) const = 0;
  /// What an epoch does, for who starts it.
  virtual std::string text() const = 0;
};

} // namespace tl::data
