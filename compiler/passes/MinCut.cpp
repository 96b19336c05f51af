// Maximum flow by Dinic's algorithm; what can still reach the sink when no more flows is the sink's side.
#include "compiler/passes/MinCut.h"
#include <algorithm>

namespace tl {

int MinCut::addNode() {
  edges.emplace_back();
  return int(edges.size()) - 1;
}

void MinCut::addEdge(int from, int to, int64_t capacity) {
  edges[size_t(from)].push_back({to, capacity, int(edges[size_t(to)].size())});
  edges[size_t(to)].push_back({from, 0, int(edges[size_t(from)].size()) - 1});
}

/// Numbers nodes by their distance from the source; false where the sink is out of reach.
bool MinCut::levels() {
  level.assign(edges.size(), -1);
  level[source] = 0;
  std::vector<int> queue = {source};
  for (size_t i = 0; i < queue.size(); ++i)
    for (const Edge &edge : edges[size_t(queue[i])])
      if (edge.left > 0 && level[size_t(edge.to)] < 0) {
        level[size_t(edge.to)] = level[size_t(queue[i])] + 1;
        queue.push_back(edge.to);
      }
  return level[sink] >= 0;
}

/// Sends as much as one more path along the levels takes; false where there is none. Paths are as long as the network is deep,
/// hence no recursion.
bool MinCut::push() {
  std::vector<int> path = {source};
  while (path.back() != sink) {
    int at = path.back();
    size_t &tried = next[size_t(at)];
    while (tried < edges[size_t(at)].size()) {
      const Edge &edge = edges[size_t(at)][tried];
      if (edge.left > 0 && level[size_t(edge.to)] == level[size_t(at)] + 1)
        break;
      ++tried;
    }
    if (tried < edges[size_t(at)].size()) {
      path.push_back(edges[size_t(at)][tried].to);
      continue;
    }
    if (path.size() == 1)
      return false;
    path.pop_back();
    ++next[size_t(path.back())];
  }
  int64_t most = never;
  for (size_t i = 0; i + 1 < path.size(); ++i)
    most = std::min(most, edges[size_t(path[i])][next[size_t(path[i])]].left);
  for (size_t i = 0; i + 1 < path.size(); ++i) {
    Edge &edge = edges[size_t(path[i])][next[size_t(path[i])]];
    edge.left -= most;
    edges[size_t(edge.to)][size_t(edge.back)].left += most;
  }
  return true;
}

std::vector<bool> MinCut::sourceSide() {
  while (levels()) {
    next.assign(edges.size(), 0);
    while (push()) {
    }
  }
  std::vector<bool> reaches(edges.size(), false);
  reaches[sink] = true;
  std::vector<int> queue = {sink};
  for (size_t i = 0; i < queue.size(); ++i)
    for (const Edge &edge : edges[size_t(queue[i])]) // the edge there from `edge.to` is this one's other half
      if (!reaches[size_t(edge.to)] && edges[size_t(edge.to)][size_t(edge.back)].left > 0) {
        reaches[size_t(edge.to)] = true;
        queue.push_back(edge.to);
      }
  reaches.flip();
  return reaches;
}

} // namespace tl
