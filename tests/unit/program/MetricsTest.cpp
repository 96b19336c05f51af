// What metrics give of the sums of batches.
#include "runtime/program/Metrics.h"
#include <cmath>
#include <gtest/gtest.h>

namespace tl::program {

TEST(Metrics, AMeanOfNothingIsNoNumberAndHasNoSign) {
  abi::Function about;
  about.outputs = {{"m.sum", "f32", {}, 0}, {"m.count", "f32", {}, 4}};
  for (const char *finish : {"", "exp", "sqrt"}) {
    abi::Metric metric;
    metric.name = "m";
    metric.finish = finish;
    std::vector<abi::Metric> metrics = {metric};
    Callable function;
    function.about = &about;
    MetricTotals totals(metrics, function);
    totals.add(memory::Arenas({8})[0]); // all zeros
    double value = totals.value("m").value();
    EXPECT_TRUE(std::isnan(value));
    EXPECT_FALSE(std::signbit(value)) << finish; // printf would write -nan
  }
}

} // namespace tl::program
