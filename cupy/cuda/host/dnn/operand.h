// Tensors as computations want them: packed, of float or double.
#pragma once

#include <cstdlib>

#include "dnn.h"
#include "numeric.h"

namespace cupy_host::dnn {

// Memory for intermediate results, aligned to cache lines, not initialised.
class Scratch {
 public:
  Scratch() = default;
  explicit Scratch(size_t bytes)
      : data_(std::aligned_alloc(64, (bytes + 63) / 64 * 64)) {
    if (!data_) throw std::bad_alloc();
  }
  template <class T>
  T* as() const { return static_cast<T*>(data_.get()); }

 private:
  struct Free {
    void operator()(void* p) const { std::free(p); }
  };
  std::unique_ptr<void, Free> data_;
};

// A factor of the API, which is a float unless the tensor is of double.
double factor(const void* pointer, cudnnDataType_t type, const char* name);

// Reads a tensor. T is double for tensors of double, float for others.
template <class T>
class Input {
 public:
  Input(const Tensor& tensor, const void* data, const char* name);
  const T* data() const { return data_; }

 private:
  Scratch copy_;
  const T* data_;
};

// Writes tensor = alpha * result + beta * tensor, where the computation has
// written its result to data(). With beta == 0 the tensor is never read.
template <class T>
class Output {
 public:
  Output(const Tensor& tensor, void* data, double alpha, double beta,
         const char* name);
  T* data() const { return data_; }
  void commit() const;

 private:
  Tensor tensor_;
  void* target_;
  double alpha_, beta_;
  Scratch result_;
  T* data_;
};

// Calls f(T()) with the type in which a tensor of `type` is computed.
template <class F>
void with_type(cudnnDataType_t type, F&& f) {
  if (type == CUDNN_DATA_DOUBLE) f(double());
  else f(float());
}

}  // namespace cupy_host::dnn
