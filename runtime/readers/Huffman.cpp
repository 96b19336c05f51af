// Two queues: entries from the rarest on, and the nodes made of them, which come in the order of their counts.
#include "runtime/readers/Huffman.h"
#include <algorithm>
#include <bit>

namespace tl::data {

namespace {

struct Node {
  int64_t count;
  size_t parent = 0;
  double sign = 0; // how it is reached from there
};

/// Leaves in the order of `entries`, then inner nodes in the order in which they are made, the root last.
struct HuffmanTree {
  std::vector<size_t> entries; // that occur, the rarest first
  std::vector<Node> nodes;
  std::vector<int64_t> depths;
  size_t root = 0;

  explicit HuffmanTree(const std::vector<int64_t> &counts) {
    for (size_t i = 0; i < counts.size(); ++i)
      if (counts[i] > 0)
        entries.push_back(i);
    std::sort(entries.begin(), entries.end(), [&](size_t a, size_t b) { return std::pair(counts[a], b) < std::pair(counts[b], a); });
    // A step computes as many nodes of each path as the longest has, and the longest are those of the rarest words: these count as more frequent than they are, by so
    // much that no path is longer than two more than in a tree of equals.
    const int64_t mostDepth = int64_t(std::bit_width(std::max<size_t>(entries.size(), 1) - 1)) + 2;
    for (int64_t least = 1; least == 1 || depth() > mostDepth; least *= 2)
      build(counts, least);
  }

  int64_t depth() const { return depths.empty() ? 0 : *std::max_element(depths.begin(), depths.end()); }

  /// What `value(number of the inner node, sign)` gives for each step of each path, [entries, depth], over zeros.
  template <class F> void alongPaths(size_t rows, const PutElement &put, F value) const {
    const size_t steps = size_t(depth());
    for (size_t i = 0; i < rows * steps; ++i)
      put(int64_t(i), 0);
    for (size_t i = 0; i < entries.size(); ++i)
      for (size_t at = i; at != root; at = nodes[at].parent)
        put(int64_t(entries[i] * steps) + depths[at] - 1, value(root - nodes[at].parent, nodes[at].sign));
  }

private:
  void build(const std::vector<int64_t> &counts, int64_t least) {
    nodes.clear();
    for (size_t entry : entries)
      nodes.push_back({std::max(counts[entry], least)});
    join();
    depths.assign(nodes.size(), 0);
    root = nodes.empty() ? 0 : nodes.size() - 1;
    for (size_t at = root; at-- > 0;)
      depths[at] = depths[nodes[at].parent] + 1;
  }

  /// The two rarest become one, until one is left. A leaf before an inner node that is as rare: that makes the longest path shorter.
  void join() {
    const size_t n = entries.size();
    size_t leaf = 0, inner = n;
    auto rarest = [&] { return leaf < n && (inner == nodes.size() || nodes[leaf].count <= nodes[inner].count) ? leaf++ : inner++; };
    while (nodes.size() + 1 < 2 * n) {
      size_t one = rarest(), other = rarest();
      nodes[one].parent = nodes[other].parent = nodes.size();
      nodes[one].sign = 1;
      nodes[other].sign = -1;
      nodes.push_back({nodes[one].count + nodes[other].count});
    }
  }
};

} // namespace

int64_t huffmanDepth(const std::vector<int64_t> &counts) { return HuffmanTree(counts).depth(); }

void huffmanNodes(const std::vector<int64_t> &counts, const PutElement &put) {
  HuffmanTree(counts).alongPaths(counts.size(), put, [](size_t node, double) { return double(node); });
}

void huffmanSigns(const std::vector<int64_t> &counts, const PutElement &put) {
  HuffmanTree(counts).alongPaths(counts.size(), put, [](size_t, double sign) { return sign; });
}

} // namespace tl::data
