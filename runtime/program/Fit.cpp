// Means and deviations of the train split, before a stage starts.
#include "runtime/program/Session.h"
#include "runtime/io/Units.h"
#include "runtime/program/Terminal.h"

#include <cmath>

namespace tl::program {

/// Count, mean and Σ (x - mean)² of what has been seen. Nothing is squared but distances from a mean, so nothing cancels.
struct Moments {
  double count = 0, mean = 0, squares = 0;

  /// Chan, Golub, LeVeque: the moments of two parts together.
  void join(const Moments &other) {
    double total = count + other.count, away = other.mean - mean;
    if (count == 0) {
      *this = other;
    } else if (other.count > 0) {
      mean += away * other.count / total;
      squares += other.squares + away * away * count * other.count / total;
      count = total;
    }
  }
};

static Moments momentsOfBatch(const Callable &function, const memory::Arena &output, int64_t i) {
  auto read = [&](const char *name) { return output.number(*function.output(name), i); };
  double count = read("count"), sum = read("sum");
  if (count == 0)
    return {};
  return {count, read("origin") + sum / count, std::max(0.0, read("squares") - sum * sum / count)};
}

void Session::fit(const abi::Data &data, const abi::Fit &fit) {
  Callable function = context.function(fit.function);
  data::LoaderOptions options = loaderOptions(context, function, false, 0);
  data::Loader loader(context.dataset(data, fit.split), context.records(data, fit.split), options);
  std::vector<Moments> all(size_t(memory::elementsOf(fit.shape)));
  for (int64_t batch = 0; batch < loader.batchesPerEpoch(); ++batch) {
    call(function, loader.next().arena, 0);
    for (size_t i = 0; i < all.size(); ++i)
      all[i].join(momentsOfBatch(function, output(), int64_t(i)));
  }
  int64_t constants = 0;
  std::vector<double> means, deviations;
  for (size_t i = 0; i < all.size(); ++i) {
    double deviation = std::sqrt(all[i].squares / all[i].count);
    if (!std::isfinite(all[i].mean) || !std::isfinite(deviation))
      throw badData("`" + fit.name + "` cannot be fitted on `" + data.name + "." + fit.split + "`: the mean of its " +
                    withCommas(int64_t(all[i].count)) + " values" +
                    (fit.shape.empty() ? "" : ", number " + std::to_string(i) + " of " + std::to_string(all.size()) + ",") +
                    " is " + numberText(all[i].mean) + ", their deviation " + numberText(deviation));
    means.push_back(all[i].mean);
    deviations.push_back(deviation);
    constants += deviation == 0;
  }
  put(fit.meanVariable, means);
  put(fit.deviationVariable, deviations);
  if (constants > 0 && !fit.deviationVariable.empty())
    printMessage("warning: the deviation of `" + fit.name + "` is 0" +
                 (all.size() == 1 ? "" : " in " + withCommas(constants) + " of " + withCommas(int64_t(all.size())) + " places") +
                 ": every record of `" + data.name + "." + fit.split + "` has the same value there\n");
}

}  // namespace tl::program
