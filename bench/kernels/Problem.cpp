// The list, and what each number of a result should be.
#include "bench/kernels/Problem.h"

namespace tl::bench {

using Kind = Problem::Kind;

std::string Problem::text() const {
  auto number = [](int64_t value) { return std::to_string(value); };
  if (kind == Kind::Product)
    return (batch > 1 ? number(batch) + " of " : "") + number(m) + " x " + number(n) + " x " + number(k) + (isLeftTurned ? " TN" : isRightTurned ? " NT" : " NN");
  std::string what = kind == Kind::Forward ? "" : kind == Kind::Image ? ", for the image" : ", for the taps";
  return number(batch) + " images " + number(side) + "^2, " + number(in) + " to " + number(out) + ", taps " + number(size) + "^2" + (stride > 1 ? ", every " + number(stride) : "") + what;
}

std::vector<Problem> allProblems() {
  std::vector<Problem> all;
  // A dense layer of `rows` rows: forward, back to its input, and for its weights.
  auto layer = [&](const char *name, int64_t rows, int64_t in, int64_t out) {
    all.push_back({name, Kind::Product, 1, rows, out, in});
    all.push_back({name, Kind::Product, 1, rows, in, out, false, true});
    all.push_back({name, Kind::Product, 1, in, out, rows, true});
  };
  layer("W2", 64, 784, 256);
  layer("W2", 64, 256, 128);
  layer("W3", 128, 784, 512);
  layer("W6", 768, 128, 384);
  layer("W6", 768, 128, 128);
  layer("W6", 768, 128, 512);
  layer("W6", 768, 512, 128);
  layer("W7", 2048, 384, 384);
  layer("W7", 2048, 384, 1536);
  layer("W7", 2048, 1536, 384);
  layer("W8", 2048, 256, 1024);
  layer("W10", 2048, 256, 1024);
  layer("a table", 307, 256, 30522);
  for (auto [name, count, places, width] : {std::tuple{"W6", 48, 64, 32}, std::tuple{"W7", 48, 256, 64}}) { // attention
    all.push_back({name, Kind::Product, count, places, places, width, false, true});
    all.push_back({name, Kind::Product, count, places, width, places});
    all.push_back({name, Kind::Product, count, places, width, places, true});
  }
  for (int64_t size : {32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024})
    all.push_back({"squares", Kind::Product, 1, size, size, size});
  all.push_back({"few rows", Kind::Product, 1, 8, 1024, 1024});
  all.push_back({"few columns", Kind::Product, 1, 1024, 8, 1024});
  auto convolution = [&](const char *name, int64_t batch, int64_t side, int64_t in, int64_t out, int64_t size, int64_t stride = 1) {
    for (Kind kind : {Kind::Forward, Kind::Image, Kind::Taps})
      all.push_back({name, kind, batch, 0, 0, 0, false, false, side, in, out, size, stride});
  };
  convolution("W5", 32, 32, 64, 64, 3);
  convolution("W5", 32, 16, 128, 128, 3);
  convolution("W5", 32, 8, 256, 256, 3);
  convolution("W5", 32, 4, 512, 512, 3);
  convolution("W5", 32, 32, 64, 128, 3, 2);
  convolution("ResNet-50", 8, 56, 64, 256, 1);
  convolution("ResNet-50", 8, 28, 512, 128, 1);
  convolution("ResNet-50", 8, 28, 128, 128, 3);
  return all;
}

double wanted(const Problem &p, const std::vector<float> &left, const std::vector<float> &right, int64_t index) {
  auto at = [](const std::vector<float> &values, int64_t place) { return double(values[size_t(place)]); };
  double sum = 0;
  if (p.kind == Kind::Product) {
    int64_t b = index / (p.m * p.n), row = index / p.n % p.m, column = index % p.n;
    for (int64_t k = 0; k < p.k; ++k)
      sum += at(left, b * p.m * p.k + (p.isLeftTurned ? k * p.m + row : row * p.k + k)) * at(right, b * p.k * p.n + (p.isRightTurned ? column * p.k + k : k * p.n + column));
    return sum;
  }
  int64_t outs = p.outSide();
  auto image = [&](int64_t b, int64_t i, int64_t j, int64_t c) { return ((b * p.side + i) * p.side + j) * p.in + c; };
  auto result = [&](int64_t b, int64_t i, int64_t j, int64_t o) { return ((b * outs + i) * outs + j) * p.out + o; };
  auto tap = [&](int64_t r, int64_t s, int64_t c, int64_t o) { return ((r * p.size + s) * p.in + c) * p.out + o; };
  auto isInside = [&](int64_t place) { return place >= 0 && place < p.side; };
  if (p.kind == Kind::Forward) {
    int64_t o = index % p.out, j = index / p.out % outs, i = index / p.out / outs % outs, b = index / p.out / outs / outs;
    for (int64_t r = 0; r < p.size; ++r)
      for (int64_t s = 0; s < p.size; ++s)
        if (int64_t y = i * p.stride + r - p.pad(), x = j * p.stride + s - p.pad(); isInside(y) && isInside(x))
          for (int64_t c = 0; c < p.in; ++c)
            sum += at(left, image(b, y, x, c)) * at(right, tap(r, s, c, o));
  } else if (p.kind == Kind::Image) {
    int64_t c = index % p.in, x = index / p.in % p.side, y = index / p.in / p.side % p.side, b = index / p.in / p.side / p.side;
    for (int64_t r = 0; r < p.size; ++r)
      for (int64_t s = 0; s < p.size; ++s) {
        int64_t i = y + p.pad() - r, j = x + p.pad() - s;
        if (i >= 0 && j >= 0 && i % p.stride == 0 && j % p.stride == 0 && i / p.stride < outs && j / p.stride < outs)
          for (int64_t o = 0; o < p.out; ++o)
            sum += at(left, result(b, i / p.stride, j / p.stride, o)) * at(right, tap(r, s, c, o));
      }
  } else {
    int64_t o = index % p.out, c = index / p.out % p.in, s = index / p.out / p.in % p.size, r = index / p.out / p.in / p.size;
    for (int64_t b = 0; b < p.batch; ++b)
      for (int64_t i = 0; i < outs; ++i)
        for (int64_t j = 0; j < outs; ++j)
          if (int64_t y = i * p.stride + r - p.pad(), x = j * p.stride + s - p.pad(); isInside(y) && isInside(x))
            sum += at(left, image(b, y, x, c)) * at(right, result(b, i, j, o));
  }
  return sum;
}

} // namespace tl::bench
