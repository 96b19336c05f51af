// Eigen is compiled with this file; OpenBLAS is looked for when it runs, oneDNN when it is built.
#include "bench/kernels/Peers.h"
#include <Eigen/Core>
#include <dlfcn.h>
#if TL_HAS_DNNL
#include <oneapi/dnnl/dnnl.hpp>
#endif

namespace tl::bench {
namespace {

struct Buffers : Solver {
  Buffers(const Problem &problem, std::vector<float> left, std::vector<float> right)
      : p(problem), left(std::move(left)), right(std::move(right)), made(size_t(problem.elements())) {}
  const float *result() const override { return made.data(); }

  const Problem p;
  std::vector<float> left, right, made;
};

struct OfEigen : Buffers {
  using Buffers::Buffers;
  void run() override {
    using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
    for (int64_t b = 0; b < p.batch; ++b) {
      Eigen::Map<const Matrix> x(left.data() + b * p.m * p.k, p.isLeftTurned ? p.k : p.m, p.isLeftTurned ? p.m : p.k);
      Eigen::Map<const Matrix> y(right.data() + b * p.k * p.n, p.isRightTurned ? p.n : p.k, p.isRightTurned ? p.k : p.n);
      Eigen::Map<Matrix> z(made.data() + b * p.m * p.n, p.m, p.n);
      if (p.isLeftTurned)
        z.noalias() = x.transpose() * y;
      else if (p.isRightTurned)
        z.noalias() = x * y.transpose();
      else
        z.noalias() = x * y;
    }
  }
};

/// The C interface of BLAS, "An Updated Set of Basic Linear Algebra Subprograms" (2002).
using Sgemm = void (*)(int order, int turnA, int turnB, int m, int n, int k, float alpha, const float *a, int lda, const float *b, int ldb, float beta,
                       float *c, int ldc);

Sgemm sgemm() {
  static Sgemm found = [] {
    void *library = dlopen("libopenblas.so.0", RTLD_NOW);
    if (library)
      if (auto threads = reinterpret_cast<void (*)(int)>(dlsym(library, "openblas_set_num_threads")))
        threads(1);
    return library ? reinterpret_cast<Sgemm>(dlsym(library, "cblas_sgemm")) : nullptr;
  }();
  return found;
}

struct OfOpenBlas : Buffers {
  using Buffers::Buffers;
  void run() override {
    constexpr int rowMajor = 101, asIs = 111, turned = 112;
    for (int64_t b = 0; b < p.batch; ++b)
      sgemm()(rowMajor, p.isLeftTurned ? turned : asIs, p.isRightTurned ? turned : asIs, int(p.m), int(p.n), int(p.k), 1, left.data() + b * p.m * p.k,
              int(p.isLeftTurned ? p.m : p.k), right.data() + b * p.k * p.n, int(p.isRightTurned ? p.k : p.n), 0, made.data() + b * p.m * p.n, int(p.n));
  }
};

#if TL_HAS_DNNL
using dnnl::memory;

/// Images and results channels last; of the taps, which programs hold from step to step, the library has the form that it likes best, made before.
struct OfOneDnn : Buffers {
  OfOneDnn(const Problem &problem, const std::vector<float> &leftNumbers, const std::vector<float> &rightNumbers)
      : Buffers(problem, leftNumbers, rightNumbers), engine(dnnl::engine::kind::cpu, 0), stream(engine) {
    if (p.kind == Problem::Kind::Product)
      multiply();
    else
      convolve();
    run();
    stream.wait();
  }
  void run() override { primitive.execute(stream, arguments); }
  const float *result() const override {
    if (ofTaps) // back from the form of the library's choice
      dnnl::reorder(ofTaps, plainTaps).execute(const_cast<dnnl::stream &>(stream), const_cast<memory &>(ofTaps), const_cast<memory &>(plainTaps));
    return made.data();
  }

private:
  void multiply() {
    auto matrix = [&](int64_t rows, int64_t columns, bool isTurned) {
      return memory::desc({p.batch, rows, columns}, memory::data_type::f32, isTurned ? memory::dims{rows * columns, 1, rows} : memory::dims{rows * columns, columns, 1});
    };
    memory::desc x = matrix(p.m, p.k, p.isLeftTurned), y = matrix(p.k, p.n, p.isRightTurned), z = matrix(p.m, p.n, false);
    primitive = dnnl::matmul(dnnl::matmul::primitive_desc(dnnl::matmul::desc(x, y, z), engine));
    arguments = {{DNNL_ARG_SRC, memory(x, engine, left.data())}, {DNNL_ARG_WEIGHTS, memory(y, engine, right.data())}, {DNNL_ARG_DST, memory(z, engine, made.data())}};
  }

  void convolve() {
    using Tag = memory::format_tag;
    auto tensor = [&](memory::dims sizes, Tag tag) { return memory::desc(std::move(sizes), memory::data_type::f32, tag); };
    memory::desc x = tensor({p.batch, p.in, p.side, p.side}, Tag::nhwc), y = tensor({p.batch, p.out, p.outSide(), p.outSide()}, Tag::nhwc);
    memory::desc any = tensor({p.out, p.in, p.size, p.size}, Tag::any), plain = tensor({p.out, p.in, p.size, p.size}, Tag::hwio);
    memory::dims strides{p.stride, p.stride}, before{p.pad(), p.pad()}, after(2, (p.outSide() - 1) * p.stride + p.size - p.pad() - p.side);
    auto direct = dnnl::algorithm::convolution_direct;
    dnnl::convolution_forward::primitive_desc forward({dnnl::prop_kind::forward_training, direct, x, any, y, strides, before, after}, engine);
    if (p.kind == Problem::Kind::Forward) {
      memory taps = ordered(plain, forward.weights_desc());
      primitive = dnnl::convolution_forward(forward);
      arguments = {{DNNL_ARG_SRC, memory(x, engine, left.data())}, {DNNL_ARG_WEIGHTS, taps}, {DNNL_ARG_DST, memory(y, engine, made.data())}};
    } else if (p.kind == Problem::Kind::Image) {
      dnnl::convolution_backward_data::primitive_desc backward({direct, x, any, y, strides, before, after}, engine, forward);
      memory taps = ordered(plain, backward.weights_desc());
      primitive = dnnl::convolution_backward_data(backward);
      arguments = {{DNNL_ARG_DIFF_DST, memory(y, engine, left.data())}, {DNNL_ARG_WEIGHTS, taps}, {DNNL_ARG_DIFF_SRC, memory(x, engine, made.data())}};
    } else {
      dnnl::convolution_backward_weights::primitive_desc backward({direct, x, any, y, strides, before, after}, engine, forward);
      plainTaps = memory(plain, engine, made.data());
      ofTaps = memory(backward.diff_weights_desc(), engine);
      primitive = dnnl::convolution_backward_weights(backward);
      arguments = {{DNNL_ARG_SRC, memory(x, engine, left.data())}, {DNNL_ARG_DIFF_DST, memory(y, engine, right.data())}, {DNNL_ARG_DIFF_WEIGHTS, ofTaps}};
    }
  }

  memory ordered(const memory::desc &from, const memory::desc &to) {
    memory plain(from, engine, right.data()), other(to, engine);
    dnnl::reorder(plain, other).execute(stream, plain, other);
    stream.wait();
    return other;
  }

  dnnl::engine engine;
  dnnl::stream stream;
  dnnl::primitive primitive;
  std::unordered_map<int, memory> arguments;
  memory ofTaps, plainTaps;
};
#endif

} // namespace

std::unique_ptr<Solver> eigen(const Problem &problem, const std::vector<float> &left, const std::vector<float> &right) {
  return problem.kind == Problem::Kind::Product ? std::make_unique<OfEigen>(problem, left, right) : nullptr;
}

std::unique_ptr<Solver> openBlas(const Problem &problem, const std::vector<float> &left, const std::vector<float> &right) {
  return problem.kind == Problem::Kind::Product && sgemm() ? std::make_unique<OfOpenBlas>(problem, left, right) : nullptr;
}

std::unique_ptr<Solver> oneDnn([[maybe_unused]] const Problem &problem, [[maybe_unused]] const std::vector<float> &left,
                               [[maybe_unused]] const std::vector<float> &right) {
#if TL_HAS_DNNL
  return std::make_unique<OfOneDnn>(problem, left, right);
#else
  return nullptr;
#endif
}

} // namespace tl::bench
