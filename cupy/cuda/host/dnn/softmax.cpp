// Softmax and log-softmax, over channels or over whole images.
//
// Tensors are seen as (outer, classes, inner). FAST differs from ACCURATE on
// GPUs in not subtracting the maximum; here the subtraction costs nothing
// that counts, so both are accurate.
#include <algorithm>

#include "operand.h"

namespace cupy_host::dnn {

namespace {

// With inner > 1, this many neighbours are treated at once.
constexpr ptrdiff_t kColumns = 256;
// Independent partial results of a reduction over a row.
constexpr ptrdiff_t kLanes = 16;

struct View {
  ptrdiff_t outer, classes, inner;
};

View view_of(const Tensor& tensor, cudnnSoftmaxMode_t mode) {
  const ptrdiff_t n = tensor.dims[0];
  const ptrdiff_t c = tensor.dims[1];
  const ptrdiff_t rest = tensor.size() / (n * c);
  if (mode == CUDNN_SOFTMAX_MODE_INSTANCE) return {n, c * rest, 1};
  return {n, c, rest};
}

template <class T>
inline T larger(T a, T b) {
  return a > b ? a : b;
}

template <class T>
inline T largest(const T* x, ptrdiff_t n) {
  T lanes[kLanes];
  std::fill(lanes, lanes + kLanes, x[0]);
  ptrdiff_t i = 0;
  for (; i + kLanes <= n; i += kLanes)
    for (ptrdiff_t lane = 0; lane < kLanes; ++lane)
      lanes[lane] = larger(lanes[lane], x[i + lane]);
  for (; i < n; ++i) lanes[0] = larger(lanes[0], x[i]);
  for (T lane : lanes) lanes[0] = larger(lanes[0], lane);
  return lanes[0];
}

template <class T>
CUPY_CLONES T sum_of(const T* x, ptrdiff_t n) {
  return T(sum_terms<T>(n, [&](ptrdiff_t i) { return x[i]; }));
}

template <class T>
CUPY_CLONES void exponentials(const T* x, T shift, T* y, ptrdiff_t n) {
  for (ptrdiff_t i = 0; i < n; ++i) y[i] = vexp(x[i] - shift);
}

template <class T>
CUPY_CLONES void forward_row(const T* x, T* y, ptrdiff_t n, bool log) {
  const T top = largest(x, n);
  if (log) {
    constexpr ptrdiff_t kBlock = 512;
    T part[kBlock];
    T sum = 0;
    for (ptrdiff_t i = 0; i < n; i += kBlock) {
      const ptrdiff_t count = std::min(kBlock, n - i);
      exponentials(x + i, top, part, count);
      sum += sum_of(part, count);
    }
    const T log_sum = std::log(sum);
    for (ptrdiff_t i = 0; i < n; ++i) y[i] = x[i] - top - log_sum;
  } else {
    exponentials(x, top, y, n);
    const T scale = 1 / sum_of(y, n);
    for (ptrdiff_t i = 0; i < n; ++i) y[i] *= scale;
  }
}

// Columns [0, count) of (classes, inner), all of them side by side.
template <class T>
CUPY_CLONES void forward_columns(const T* x, T* y, View v, ptrdiff_t count,
                               bool log) {
  T top[kColumns], sum[kColumns] = {};
  std::copy(x, x + count, top);
  for (ptrdiff_t c = 1; c < v.classes; ++c)
    for (ptrdiff_t i = 0; i < count; ++i)
      top[i] = larger(top[i], x[c * v.inner + i]);
  if (log) {
    for (ptrdiff_t c = 0; c < v.classes; ++c)
      for (ptrdiff_t i = 0; i < count; ++i)
        sum[i] += vexp(x[c * v.inner + i] - top[i]);
    for (ptrdiff_t i = 0; i < count; ++i) sum[i] = std::log(sum[i]);
    for (ptrdiff_t c = 0; c < v.classes; ++c)
      for (ptrdiff_t i = 0; i < count; ++i)
        y[c * v.inner + i] = x[c * v.inner + i] - top[i] - sum[i];
  } else {
    for (ptrdiff_t c = 0; c < v.classes; ++c)
      for (ptrdiff_t i = 0; i < count; ++i) {
        y[c * v.inner + i] = vexp(x[c * v.inner + i] - top[i]);
        sum[i] += y[c * v.inner + i];
      }
    for (ptrdiff_t i = 0; i < count; ++i) sum[i] = 1 / sum[i];
    for (ptrdiff_t c = 0; c < v.classes; ++c)
      for (ptrdiff_t i = 0; i < count; ++i) y[c * v.inner + i] *= sum[i];
  }
}

template <class T>
CUPY_CLONES void backward_columns(const T* y, const T* dy, T* dx, View v,
                                ptrdiff_t count, bool log) {
  T sum[kColumns] = {};
  for (ptrdiff_t c = 0; c < v.classes; ++c)
    for (ptrdiff_t i = 0; i < count; ++i) {
      const ptrdiff_t at = c * v.inner + i;
      sum[i] += log ? dy[at] : dy[at] * y[at];
    }
  for (ptrdiff_t c = 0; c < v.classes; ++c)
    for (ptrdiff_t i = 0; i < count; ++i) {
      const ptrdiff_t at = c * v.inner + i;
      dx[at] = log ? dy[at] - vexp(y[at]) * sum[i] : y[at] * (dy[at] - sum[i]);
    }
}

template <class T>
CUPY_CLONES void backward_row(const T* y, const T* dy, T* dx, ptrdiff_t n,
                            bool log) {
  const T sum = T(sum_terms<T>(
      n, [&](ptrdiff_t i) { return log ? dy[i] : dy[i] * y[i]; }));
  if (log)
    for (ptrdiff_t i = 0; i < n; ++i) dx[i] = dy[i] - vexp(y[i]) * sum;
  else
    for (ptrdiff_t i = 0; i < n; ++i) dx[i] = y[i] * (dy[i] - sum);
}

// Calls row(offset) for every row of classes if they are neighbours, else
// columns(offset, count) for every block of columns.
template <class Row, class Columns>
void for_softmaxes(View v, Row&& row, Columns&& columns) {
  const ptrdiff_t cost = 8 * v.classes;
  if (v.inner == 1) {
    for_range(v.outer, cost, [&](ptrdiff_t begin, ptrdiff_t end) {
      for (ptrdiff_t i = begin; i < end; ++i) row(i * v.classes);
    });
    return;
  }
  const ptrdiff_t blocks = (v.inner + kColumns - 1) / kColumns;
  for_range(v.outer * blocks, cost * std::min(v.inner, kColumns),
            [&](ptrdiff_t begin, ptrdiff_t end) {
    for (ptrdiff_t i = begin; i < end; ++i) {
      const ptrdiff_t column = i % blocks * kColumns;
      columns(i / blocks * v.classes * v.inner + column,
              std::min(kColumns, v.inner - column));
    }
  });
}

void check_modes(cudnnSoftmaxAlgorithm_t algo, cudnnSoftmaxMode_t mode) {
  if (algo < CUDNN_SOFTMAX_FAST || algo > CUDNN_SOFTMAX_LOG)
    fail(CUDNN_STATUS_BAD_PARAM, "softmax algorithm %d is unknown", int(algo));
  if (mode < CUDNN_SOFTMAX_MODE_INSTANCE || mode > CUDNN_SOFTMAX_MODE_CHANNEL)
    fail(CUDNN_STATUS_BAD_PARAM, "softmax mode %d is unknown", int(mode));
}

}  // namespace

}  // namespace cupy_host::dnn

using namespace cupy_host::dnn;

extern "C" {

cudnnStatus_t cudnnSoftmaxForward(
    cudnnHandle_t handle, cudnnSoftmaxAlgorithm_t algo,
    cudnnSoftmaxMode_t mode, const void* alpha,
    const cudnnTensorDescriptor_t xDesc, const void* x, const void* beta,
    const cudnnTensorDescriptor_t yDesc, void* y) {
  return guarded([&] {
    check_handle(handle);
    check_modes(algo, mode);
    const Tensor x_desc = get(xDesc, "xDesc");
    const Tensor y_desc = get(yDesc, "yDesc");
    check_alike("yDesc", y_desc, x_desc);
    check_in_place(x_desc, x, y_desc, y);
    const View v = view_of(x_desc, mode);
    const bool log = algo == CUDNN_SOFTMAX_LOG;
    with_type(x_desc.type, [&](auto zero) {
      using T = decltype(zero);
      Input<T> in(x_desc, x, "x");
      Output<T> out(y_desc, y, factor(alpha, y_desc.type, "alpha"),
                    factor(beta, y_desc.type, "beta"), "y");
      for_softmaxes(
          v,
          [&](ptrdiff_t at) {
            forward_row(in.data() + at, out.data() + at, v.classes, log);
          },
          [&](ptrdiff_t at, ptrdiff_t count) {
            forward_columns(in.data() + at, out.data() + at, v, count, log);
          });
      out.commit();
    });
  });
}

cudnnStatus_t cudnnSoftmaxBackward(
    cudnnHandle_t handle, cudnnSoftmaxAlgorithm_t algo,
    cudnnSoftmaxMode_t mode, const void* alpha,
    const cudnnTensorDescriptor_t yDesc, const void* y,
    const cudnnTensorDescriptor_t dyDesc, const void* dy, const void* beta,
    const cudnnTensorDescriptor_t dxDesc, void* dx) {
  return guarded([&] {
    check_handle(handle);
    check_modes(algo, mode);
    const Tensor y_desc = get(yDesc, "yDesc");
    const Tensor dy_desc = get(dyDesc, "dyDesc");
    const Tensor dx_desc = get(dxDesc, "dxDesc");
    check_alike("dyDesc", dy_desc, y_desc);
    check_alike("dxDesc", dx_desc, y_desc);
    check_in_place(dy_desc, dy, dx_desc, dx);
    const View v = view_of(y_desc, mode);
    const bool log = algo == CUDNN_SOFTMAX_LOG;
    with_type(y_desc.type, [&](auto zero) {
      using T = decltype(zero);
      Input<T> y_in(y_desc, y, "y");
      Input<T> dy_in(dy_desc, dy, "dy");
      Output<T> out(dx_desc, dx, factor(alpha, dx_desc.type, "alpha"),
                    factor(beta, dx_desc.type, "beta"), "dx");
      for_softmaxes(
          v,
          [&](ptrdiff_t at) {
            backward_row(y_in.data() + at, dy_in.data() + at, out.data() + at,
                         v.classes, log);
          },
          [&](ptrdiff_t at, ptrdiff_t count) {
            backward_columns(y_in.data() + at, dy_in.data() + at,
                             out.data() + at, v, count, log);
          });
      out.commit();
    });
  });
}

}  // extern "C"
