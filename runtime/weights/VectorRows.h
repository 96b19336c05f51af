// The rows of a file of word vectors, front to back, in the forms that programs write them in.
#pragma once
#include "runtime/io/Gzip.h"
#include <string>
#include <string_view>

namespace tl::weights {

/// word2vec's text ("ROWS NUMBERS", then a word and its numbers a line), its binary form (that line, then a word, a blank and f32 numbers each), and
/// GloVe's text, which lacks the first line; each also packed. Every row is held against the first ones as it passes: nothing that a file says is
/// believed before it has shown it, and no more of it than a row is held.
class VectorRows {
public:
  /// `word` and `numbers`: as the file has them, until the next row is taken.
  struct Row {
    std::string_view word, numbers;
  };

  explicit VectorRows(const std::string &path);
  /// False behind the last row, and then the file was whole.
  bool next(Row &row);
  int64_t numbersEach() const { return each; }
  /// The numbers of the row that was taken last.
  void parse(const Row &row, float *into) const;
  /// "`glove.txt`: line 7", of a row by its number from 0.
  std::string at(int64_t row) const;

private:
  enum class Form { Glove, Text, Binary };
  size_t ahead(size_t bytes);
  std::string_view line(bool isNeeded);
  void readHeader(std::string_view first);
  bool looksBinary();
  bool nextLine(Row &row);
  bool nextRecord(Row &row);
  [[noreturn]] void refuse(const std::string &what) const;

  io::InputStream stream;
  std::string buffer;
  size_t begin = 0;     // of what is not used yet in `buffer`
  bool isEnded = false; // nothing of the file is left but what is in `buffer`
  Form form = Form::Glove;
  int64_t rows = 0, each = 0, taken = 0; // rows: by the header
};

/// Whether a file that begins so is one of them, not packed.
bool beginsAsVectors(std::string_view first);

} // namespace tl::weights
