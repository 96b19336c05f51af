// Takes exactly the three keys that NumPy writes.
#include "runtime/weights/NumpyHeader.h"
#include "runtime/io/Error.h"
#include "runtime/weights/TensorFile.h"
#include <charconv>

namespace tl::weights {

namespace {

class Parser {
public:
  Parser(const std::string &text, const std::string &what) : rest(text), what(what) {}

  NumpyHeader parse() {
    NumpyHeader header;
    bool hasType = false, hasOrder = false, hasShape = false;
    expect('{');
    while (!next('}')) {
      std::string_view key = quoted();
      expect(':');
      if (key == "descr" && !std::exchange(hasType, true))
        header.type = type();
      else if (key == "fortran_order" && !std::exchange(hasOrder, true))
        header.isByColumns = flag();
      else if (key == "shape" && !std::exchange(hasShape, true))
        header.shape = shape();
      else
        refuse("has the key `" + std::string(key.substr(0, 100)) + "` that NumPy does not write, or twice");
      if (!next(',') && !rest.starts_with('}'))
        refuse("lacks a comma");
    }
    if (!hasType || !hasOrder || !hasShape)
      refuse("lacks one of `descr`, `fortran_order`, `shape`");
    blanks();
    if (!rest.empty())
      refuse("goes on behind its end");
    return header;
  }

private:
  [[noreturn]] void refuse(const std::string &problem) { throw badData(what + ": its header " + problem + "; write it again with `numpy.save`"); }

  void blanks() { rest.remove_prefix(std::min(rest.find_first_not_of(" \n"), rest.size())); }
  bool next(char c) {
    blanks();
    if (!rest.starts_with(c))
      return false;
    rest.remove_prefix(1);
    blanks();
    return true;
  }
  void expect(char c) {
    if (!next(c))
      refuse(std::string("lacks a `") + c + "`");
  }

  std::string_view quoted() {
    blanks();
    char mark = rest.empty() ? '\0' : rest[0];
    size_t end = rest.find(mark, 1);
    if ((mark != '\'' && mark != '"') || end == std::string_view::npos)
      refuse("lacks a text in quotes");
    std::string_view text = rest.substr(1, end - 1);
    rest.remove_prefix(end + 1);
    blanks();
    return text;
  }

  /// `<f4`: the order of bytes, and the type.
  const FileElementType *type() {
    blanks();
    if (rest.starts_with('['))
      throw badData(what + " has records of several fields, a weight is an array of numbers; save each field as an array");
    std::string text(quoted().substr(0, 100));
    const FileElementType *type = text.empty() ? nullptr : fileElementNamed(std::string_view(text).substr(1), &FileElementType::inNumpy);
    if (!type)
      throw badData(what + " has elements of type `" + text + "`, expected numbers such as `<f4`; save it as one of them, `.astype(\"<f4\")`");
    if (text[0] == '>' && type->bytes > 1)
      throw badData(what + " has numbers whose first byte is the highest, `" + text + "`; save them in the usual order, `.astype(\"<" + text.substr(1) +
                    "\")`");
    if (text[0] != '<' && text[0] != '|' && text[0] != '>')
      refuse("has the order of bytes `" + text.substr(0, 1) + "`, expected `<`");
    return type;
  }

  bool flag() {
    bool isTrue = rest.starts_with("True");
    if (!isTrue && !rest.starts_with("False"))
      refuse("says neither True nor False of `fortran_order`");
    rest.remove_prefix(isTrue ? 4 : 5);
    return isTrue;
  }

  std::vector<int64_t> shape() {
    std::vector<int64_t> dims;
    expect('(');
    while (!next(')')) {
      int64_t dim = 0;
      auto [end, problem] = std::from_chars(rest.data(), rest.data() + rest.size(), dim);
      if (problem != std::errc() || dim < 0 || dims.size() == mostDims)
        refuse("has a shape of other than at most " + std::to_string(mostDims) + " whole numbers from 0 on");
      rest.remove_prefix(size_t(end - rest.data()));
      if (rest.starts_with('L')) // Python 2 wrote them so
        rest.remove_prefix(1);
      dims.push_back(dim);
      if (!next(',') && !rest.starts_with(')'))
        refuse("lacks a comma in its shape");
    }
    return dims;
  }

  std::string_view rest;
  const std::string &what;
};

} // namespace

NumpyHeader parseNumpyHeader(const std::string &text, const std::string &what) { return Parser(text, what).parse(); }

} // namespace tl::weights
