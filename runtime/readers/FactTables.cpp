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

void valuesOf(const abi::Program &program, const abi::Table &table, const PutElement &put) {
  if (table.fact == "counts")
    for (size_t i = 0; i < table.counts.size(); ++i)
      put(int64_t(i), double(table.counts[i]));
  else if (table.fact == "huffman_nodes")
    huffmanNodes(table.counts, put);
  else if (table.fact == "huffman_signs")
    huffmanSigns(table.counts, put);
  else if (table.fact == "subwords" && table.sizes.size() == 3)
    subwordBuckets(vocabularyOf(program, table), {table.sizes[0], table.sizes[1], table.sizes[2]}, put);
  else
    throw Error(exitInternal, "no table `" + table.fact + "` is made of a vocabulary");
}

} // namespace tl::data
