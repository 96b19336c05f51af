// Orders of an epoch by a number that each record has: alike ones in a batch, or the least first.
#pragma once
#include "runtime/data/RecordList.h"
#include "runtime/data/Sampling.h"

namespace tl::data {

/// What the records of a split are ordered by.
struct RecordValues {
  std::string name;            // as people call it: "`size`", "the length of `text`"
  RecordList records;
  std::vector<float> values;   // of the record at each place of `records`, no NaN
  bool areEqual() const;       // so that no order by them says anything
  /// Bytes held, and while an epoch is ordered.
  static int64_t bytes(int64_t records) { return records * int64_t(sizeof(float) + 4 * sizeof(int64_t)); }
};

/// Batches of records with alike values, in random order. The records are shuffled and cut into pieces of up to 50 batches; each piece is sorted and cut into
/// batches. So each epoch has other batches. Records that make no whole batch are the last ones of the shuffle. After `group_by_length` of PyPI's
/// `transformers`, which leaves the batches of a piece in their order.
class Alike : public Sampling {
public:
  Alike(RecordValues of, int64_t batch);
  std::vector<int64_t> order(uint64_t seed, uint32_t stream, int64_t epoch) const override;
  std::string text() const override;

private:
  int64_t batches() const { return std::ssize(of.values) / batch; } // whole ones
  int64_t pieces() const;
  RecordValues of;
  int64_t batch;
};

/// Easy records first: a growing share of the records, those with the least values, is drawn from, `from` at the start of a phase and all at its end, by as
/// much with each record. Those that may be drawn come in rounds, each once before any again; what becomes one of them joins the round. An epoch begins a
/// round. After Bengio, Louradour, Collobert, Weston, "Curriculum Learning", 2009, and the linear competence of Platanios, Stretcu, Neubig, Poczos, Mitchell,
/// "Competence-based Curriculum Learning for Neural Machine Translation", 2019, which draws with replacement.
class Rising : public Sampling {
public:
  /// `epochs`: of the phase, perhaps with a part of one.
  Rising(RecordValues of, double from, double epochs);
  std::vector<int64_t> order(uint64_t seed, uint32_t stream, int64_t epoch) const override;
  std::string text() const override;

private:
  /// How many records may be drawn at a place of an epoch.
  int64_t open(int64_t epoch, int64_t place) const;
  RecordValues of;
  double from, epochs;
};

} // namespace tl::data
