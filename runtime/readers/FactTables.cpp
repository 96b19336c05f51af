// Which table is made of what.
#include "runtime/readers/FactTables.h"
#include "runtime/readers/Huffman.h"
#include "runtime/readers/Subwords.h"
#include "runtime/io/Error.h"

namespace tl::data {

static const std::vector<std::string> &vocabularyOf(const abi::Program &program, const abi::Table &table) {
  for (const abi::Data &data : program.data)
    for (const abi::Field &field : data.fields)
      if (data.name == table.data && field.name == table.field)
        return field.vocabulary;
  throw Error(exitInternal, "the program has no vocabulary of `" + table.data + "." + table.field + "`");
}

std::vector<double> valuesOf(const abi::Program &program, const abi::Table &table) {
  if (table.fact == "counts")
    return {table.counts.begin(), table.counts.end()};
  if (table.fact == "huffman_nodes")
    return huffmanNodes(table.counts);
  if (table.fact == "huffman_signs")
    return huffmanSigns(table.counts);
  if (table.fact == "subwords" && table.sizes.size() == 3)
    return subwordBuckets(vocabularyOf(program, table), {table.sizes[0], table.sizes[1], table.sizes[2]});
  throw Error(exitInternal, "no table `" + table.fact + "` is made of a vocabulary");
}

} // namespace tl::data
