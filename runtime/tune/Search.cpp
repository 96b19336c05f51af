// A search as it goes on, in virtual time.
#include "runtime/tune/Search.h"

#include <algorithm>
#include <cmath>

namespace tl::tune {

Search::Search(const abi::Program &program, const abi::Search &search, uint64_t seed, int64_t trials, std::function<int64_t(const std::vector<double> &)> epochsOf)
    : space(program, search), search(search), seed(seed), workers(search.workers > 0 ? search.workers : trials), epochs(std::move(epochsOf)),
      halving(Halving::of(search, trials, epochs({}))) {}

std::optional<Order> Search::next() {
  std::optional<Job> job = std::ssize(running) < workers ? halving->next() : std::nullopt;
  if (!job)
    return std::nullopt;
  if (job->trial == std::ssize(seen))
    seen.push_back({propose(space, search, seed, seen)});
  std::vector<double> values = space.values(seen[size_t(job->trial)].point);
  int64_t to = job->to == Job::end ? epochs(values) : job->to;
  running.push_back({time + std::max<int64_t>(1, to - job->from), decided++, *job});
  return Order{*job, std::move(values)};
}

static bool isBefore(const auto &a, const auto &b) { return std::pair(a.end, a.number) < std::pair(b.end, b.number); }

std::optional<Job> Search::awaited() const {
  auto first = std::min_element(running.begin(), running.end(), [](const Running &a, const Running &b) { return isBefore(a, b); });
  return first == running.end() ? std::nullopt : std::optional(first->job);
}

void Search::take(double score) {
  auto first = std::min_element(running.begin(), running.end(), [](const Running &a, const Running &b) { return isBefore(a, b); });
  const Job job = first->job;
  time = first->end;
  running.erase(first);
  Seen &trial = seen[size_t(job.trial)];
  trial.epochs = job.to == Job::end ? std::max<int64_t>(1, epochs(space.values(trial.point))) : job.to;
  trial.score = score;
  if (job.to == Job::end && std::isfinite(score))
    finished.push_back(job.trial);
  halving->take(job, score);
}

std::optional<int64_t> Search::winner() const {
  std::optional<int64_t> best;
  for (int64_t trial : finished)
    if (auto key = [&](int64_t t) { return std::pair(seen[size_t(t)].score, t); }; !best || key(trial) < key(*best))
      best = trial;
  return best;
}

} // namespace tl::tune
