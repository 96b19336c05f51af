// The cheapest cut, against every cut of small random networks.
#include "compiler/passes/MinCut.h"
#include <gtest/gtest.h>
#include <random>

namespace tl {

struct RandomEdge {
  int from, to;
  int64_t capacity;
};

static int64_t costOf(const std::vector<RandomEdge> &edges, const std::vector<bool> &side) {
  int64_t cost = 0;
  for (const RandomEdge &edge : edges)
    if (side[size_t(edge.from)] && !side[size_t(edge.to)])
      cost += edge.capacity;
  return cost;
}

TEST(MinCut, isTheCheapestOfAllAndTheLargestOfThese) {
  std::mt19937 random(1);
  auto draw = [&](int limit) { return int(random() % unsigned(limit)); };
  for (int trial = 0; trial < 3000; ++trial) {
    MinCut network;
    int nodes = 2 + draw(7);
    for (int node = 2; node < nodes; ++node)
      EXPECT_EQ(network.addNode(), node);
    std::vector<RandomEdge> edges;
    for (int i = draw(3 * nodes); i > 0; --i) {
      RandomEdge edge{draw(nodes), draw(nodes), draw(8) ? draw(5) : 1000};
      edges.push_back(edge);
      network.addEdge(edge.from, edge.to, edge.capacity);
    }
    std::vector<bool> found = network.sourceSide();
    ASSERT_TRUE(found[MinCut::source]);
    ASSERT_FALSE(found[MinCut::sink]);
    int64_t cost = costOf(edges, found);
    for (int bits = 0; bits < 1 << (nodes - 2); ++bits) {
      std::vector<bool> side = {true, false};
      for (int node = 2; node < nodes; ++node)
        side.push_back(bits >> (node - 2) & 1);
      int64_t other = costOf(edges, side);
      ASSERT_LE(cost, other) << "trial " << trial;
      if (other == cost)
        ASSERT_GE(std::count(found.begin(), found.end(), true), std::count(side.begin(), side.end(), true)) << "trial " << trial;
    }
  }
}

} // namespace tl
