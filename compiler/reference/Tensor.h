// A tensor of the reference interpreter: elements of any dtype as doubles.
#pragma once
#include <Eigen/Core>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace tl::reference {

using Shape = std::vector<int64_t>;

inline int64_t elementsOf(const Shape &shape) {
  int64_t count = 1;
  for (int64_t size : shape)
    count *= size;
  return count;
}

struct Tensor {
  Shape shape;
  Eigen::ArrayXd data;  // row-major

  Tensor() = default;
  Tensor(Shape shape, double value = 0)
      : shape(std::move(shape)), data(Eigen::ArrayXd::Constant(elementsOf(this->shape), value)) {}
  Tensor(Shape shape, const std::vector<double> &numbers)
      : shape(std::move(shape)), data(Eigen::Map<const Eigen::ArrayXd>(numbers.data(), Eigen::Index(numbers.size()))) {}
};

using Named = std::map<std::string, Tensor>;

}  // namespace tl::reference
