// Huffman's code is made by two queues: entries from the rarest on, and the nodes made of them, which come in the order of their counts.
#include "runtime/data/FactTables.h"
#include "runtime/data/Tokens.h"
#include "runtime/io/Error.h"
#include "runtime/io/Utf8.h"
#include <algorithm>
#include <sstream>

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
    for (size_t entry : entries)
      nodes.push_back({counts[entry]});
    join();
    depths.assign(nodes.size(), 0);
    root = nodes.empty() ? 0 : nodes.size() - 1;
    for (size_t at = root; at-- > 0;)
      depths[at] = depths[nodes[at].parent] + 1;
  }

  int64_t depth() const { return depths.empty() ? 0 : *std::max_element(depths.begin(), depths.end()); }

  /// What `value(number of the inner node, sign)` gives for each step of each path, [entries, depth].
  template <class F> std::vector<double> alongPaths(size_t rows, F value) const {
    const size_t steps = size_t(depth());
    std::vector<double> table(rows * steps, 0);
    for (size_t i = 0; i < entries.size(); ++i)
      for (size_t at = i; at != root; at = nodes[at].parent)
        table[entries[i] * steps + size_t(depths[at] - 1)] = value(root - nodes[at].parent, nodes[at].sign);
    return table;
  }

private:
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

std::string Subwords::fact() const { return "subwords " + std::to_string(least) + " " + std::to_string(most) + " " + std::to_string(buckets); }

/// Calls `take` with the bucket of each piece of a word.
template <class F> static void eachSubword(const std::string &word, const Subwords &pieces, F take) {
  const std::string whole = "<" + word + ">";
  for (size_t from = 0; from < whole.size(); from += io::utf8Bytes(static_cast<unsigned char>(whole[from]))) {
    uint32_t hash = 2166136261;
    size_t to = from;
    for (int64_t length = 1; length <= pieces.most && to < whole.size(); ++length) {
      for (size_t end = to + io::utf8Bytes(static_cast<unsigned char>(whole[to])); to < end; ++to)
        hash = (hash ^ uint32_t(int8_t(whole[to]))) * 16777619; // a byte above 127 as the negative number that it was there
      bool isBorder = length == 1 && (from == 0 || to == whole.size());
      if (length >= pieces.least && !isBorder)
        take(hash % uint32_t(pieces.buckets));
    }
  }
}

int64_t mostSubwords(const std::vector<std::string> &vocabulary, const Subwords &pieces) {
  int64_t most = 0;
  for (size_t entry = size_t(specialCount); entry < vocabulary.size(); ++entry) {
    int64_t count = 0;
    eachSubword(vocabulary[entry], pieces, [&](uint32_t) { ++count; });
    most = std::max(most, count);
  }
  return most;
}

static std::vector<double> bucketsOf(const std::vector<std::string> &vocabulary, const Subwords &pieces) {
  const size_t columns = size_t(mostSubwords(vocabulary, pieces));
  std::vector<double> table(vocabulary.size() * columns, -1);
  for (size_t entry = size_t(specialCount); entry < vocabulary.size(); ++entry) {
    double *row = table.data() + entry * columns;
    eachSubword(vocabulary[entry], pieces, [&](uint32_t bucket) { *row++ = bucket; });
  }
  return table;
}

std::vector<double> valuesOf(const abi::Program &program, const abi::Table &table) {
  if (table.fact == "huffman_nodes")
    return HuffmanTree(table.counts).alongPaths(table.counts.size(), [](size_t node, double) { return double(node); });
  if (table.fact == "huffman_signs")
    return HuffmanTree(table.counts).alongPaths(table.counts.size(), [](size_t, double sign) { return sign; });
  std::istringstream words(table.fact);
  std::string name;
  Subwords pieces;
  if (words >> name; name == "counts")
    return {table.counts.begin(), table.counts.end()};
  if (!(words >> pieces.least >> pieces.most >> pieces.buckets) || name != "subwords")
    throw Error(exitInternal, "no table `" + table.fact + "` is made of a vocabulary");
  for (const abi::Data &data : program.data)
    for (const abi::Field &field : data.fields)
      if (data.name == table.data && field.name == table.field)
        return bucketsOf(field.vocabulary, pieces);
  throw Error(exitInternal, "the program has no vocabulary of `" + table.data + "." + table.field + "`");
}

} // namespace tl::data
