// The cheapest way to part a network in two.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

namespace tl {

/// A directed network with a source, node 0, and a sink, node 1.
class MinCut {
public:
  static constexpr int64_t never = INT64_MAX / 4; // a capacity that no cut may take
  static constexpr int source = 0, sink = 1;

  int addNode();
  /// What it costs to have `from` on the source's side and `to` on the sink's.
  void addEdge(int from, int to, int64_t capacity);

  /// For each node, whether it is on the source's side of a cheapest cut: of all of these, the one with the most nodes there.
  std::vector<bool> sourceSide();

private:
  struct Edge {
    int to;
    int64_t left; // capacity that no flow takes yet
    int back;     // the edge the other way, in edges[to]
  };
  bool levels();
  bool push();

  std::vector<std::vector<Edge>> edges = std::vector<std::vector<Edge>>(2);
  std::vector<int> level;
  std::vector<size_t> next;
};

} // namespace tl
