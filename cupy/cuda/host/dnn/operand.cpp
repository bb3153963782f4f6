// Copies tensors of any layout and precision in and out.
#include "operand.h"

#include <type_traits>

namespace cupy_host::dnn {

namespace {

inline float load(const half* p) { return to_float(*p); }
inline float load(const float* p) { return *p; }
inline double load(const double* p) { return *p; }
inline void store(half* p, float value) { *p = to_half(value); }
inline void store(float* p, float value) { *p = value; }
inline void store(double* p, double value) { *p = value; }

template <class From, class To>
CUPY_CLONES void load_row(const From* from, ptrdiff_t stride, To* to,
                        ptrdiff_t n) {
  if (stride == 1) {
    for (ptrdiff_t i = 0; i < n; ++i) to[i] = load(from + i);
  } else {
    for (ptrdiff_t i = 0; i < n; ++i) to[i] = load(from + i * stride);
  }
}

// to = alpha * from + beta * to
template <class From, class To>
CUPY_CLONES void store_row(const From* from, To* to, ptrdiff_t stride,
                         From alpha, From beta, ptrdiff_t n) {
  if (beta == 0) {
    for (ptrdiff_t i = 0; i < n; ++i) store(to + i * stride, alpha * from[i]);
  } else {
    for (ptrdiff_t i = 0; i < n; ++i)
      store(to + i * stride, alpha * from[i] + beta * load(to + i * stride));
  }
}

// Calls f(packed, offset, stride, count) for rows that cover the tensor:
// elements packed + i of the packed array are the tensor's at
// offset + i * stride.
template <class F>
void for_tensor_rows(const Tensor& tensor, F&& f) {
  if (tensor.packed()) {
    return for_range(tensor.size(), 1, [&](ptrdiff_t begin, ptrdiff_t end) {
      f(begin, begin, ptrdiff_t(1), end - begin);
    });
  }
  const int last = tensor.ndim - 1;
  const ptrdiff_t width = tensor.dims[last];
  const ptrdiff_t rows = tensor.size() / width;
  for_range(rows, width, [&](ptrdiff_t begin, ptrdiff_t end) {
    for (ptrdiff_t row = begin; row < end; ++row) {
      ptrdiff_t rest = row;
      ptrdiff_t offset = 0;
      for (int i = last - 1; i >= 0; --i) {
        offset += rest % tensor.dims[i] * tensor.strides[i];
        rest /= tensor.dims[i];
      }
      f(row * width, offset, ptrdiff_t(tensor.strides[last]), width);
    }
  });
}

template <class T>
constexpr bool stored_as(cudnnDataType_t type) {
  return type == (std::is_same_v<T, double> ? CUDNN_DATA_DOUBLE
                                            : CUDNN_DATA_FLOAT);
}

// Calls f(From*) with the type that the tensor's elements have in memory.
template <class T, class F>
void with_storage(cudnnDataType_t type, F&& f) {
  if (stored_as<T>(type)) {
    f(static_cast<T*>(nullptr));
  } else if constexpr (std::is_same_v<T, float>) {
    f(static_cast<half*>(nullptr));
  }
}

}  // namespace

double factor(const void* pointer, cudnnDataType_t type, const char* name) {
  of_host(pointer, name);
  return type == CUDNN_DATA_DOUBLE ? *static_cast<const double*>(pointer)
                                   : *static_cast<const float*>(pointer);
}

template <class T>
Input<T>::Input(const Tensor& tensor, const void* data, const char* name) {
  check_data(tensor, data, name);
  if (stored_as<T>(tensor.type) && tensor.packed()) {
    data_ = static_cast<const T*>(data);
    return;
  }
  copy_ = Scratch(tensor.size() * sizeof(T));
  T* copy = copy_.template as<T>();
  with_storage<T>(tensor.type, [&](auto* type) {
    using Stored = std::remove_pointer_t<decltype(type)>;
    const auto* from = static_cast<const Stored*>(data);
    for_tensor_rows(tensor, [&](ptrdiff_t packed, ptrdiff_t offset,
                                ptrdiff_t stride, ptrdiff_t n) {
      load_row(from + offset, stride, copy + packed, n);
    });
  });
  data_ = copy;
}

template <class T>
Output<T>::Output(const Tensor& tensor, void* data, double alpha, double beta,
                  const char* name)
    : tensor_(tensor), target_(data), alpha_(alpha), beta_(beta) {
  check_data(tensor, data, name);
  if (stored_as<T>(tensor.type) && tensor.packed() && alpha == 1 &&
      beta == 0) {
    data_ = static_cast<T*>(data);
  } else {
    result_ = Scratch(tensor.size() * sizeof(T));
    data_ = result_.template as<T>();
  }
}

template <class T>
void Output<T>::commit() const {
  if (data_ == target_) return;
  with_storage<T>(tensor_.type, [&](auto* type) {
    auto* to = static_cast<decltype(type)>(target_);
    for_tensor_rows(tensor_, [&](ptrdiff_t packed, ptrdiff_t offset,
                                 ptrdiff_t stride, ptrdiff_t n) {
      store_row(data_ + packed, to + offset, stride, T(alpha_), T(beta_), n);
    });
  });
}

template class Input<float>;
template class Input<double>;
template class Output<float>;
template class Output<double>;

}  // namespace cupy_host::dnn
