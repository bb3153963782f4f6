// Pooling: the largest element or the average of a window.
//
// A plane (one channel of one image) is treated tap by tap: the tap's row of
// inputs is folded into a row of outputs, which is vector code. Windows may
// hang over the padded input by less than a stride (v1's `cover_all`); what
// lies outside of the input never counts, and the largest of nothing is
// -infinity, its average 0.
#include <cmath>
#include <limits>
#include <type_traits>
#include <vector>

#include "operand.h"
#include "window.h"

namespace cupy_host::dnn {

namespace {

// ---- Largest element ------------------------------------------------------

// An index as wide as T, so that comparisons of both are of one vector.
template <class T>
using Index = std::conditional_t<std::is_same_v<T, double>, int64_t, int32_t>;

// What is to be kept if a value beats the largest one so far. If NaNs are
// kept, one beats every number and stays. Chains of selections become vector
// code, while combinations of conditions do not.
template <bool keep_nan, class T, class U>
CUPY_INLINE U select(T value, T best, U kept, U other) {
  const U larger = best < value ? kept : other;
  if (!keep_nan) return larger;
  const U unless_nan = best == best ? kept : other;
  return value == value ? larger : unless_nan;
}

// A known step makes vector code.
template <class F>
inline __attribute__((always_inline)) void with_step(ptrdiff_t step, F&& f) {
  if (step == 1) f(std::integral_constant<ptrdiff_t, 1>());
  else if (step == 2) f(std::integral_constant<ptrdiff_t, 2>());
  else f(step);
}

template <bool keep_nan, class T>
CUPY_INLINE void max_row(const T* x, ptrdiff_t stride, T* best, ptrdiff_t n) {
  with_step(stride, [=](auto step) CUPY_INLINED {
    for (ptrdiff_t i = 0; i < n; ++i) {
      const T value = x[i * step];
      const T before = best[i];
      best[i] = select<keep_nan>(value, before, value, before);
    }
  });
}

// max_row that keeps places, too: x is at the place `first` of its plane. A
// place of -1 says that there was nothing yet.
template <bool keep_nan, class T>
CUPY_INLINE void argmax_row(const T* x, ptrdiff_t stride, Index<T> first,
                          T* best, Index<T>* where, ptrdiff_t n) {
  with_step(stride, [=](auto step) CUPY_INLINED {
    for (ptrdiff_t i = 0; i < n; ++i) {
      const T value = x[i * step];
      const T before = best[i];
      const Index<T> place = where[i];
      const Index<T> here = first + Index<T>(i) * Index<T>(step);
      const Index<T> start = keep_nan || value == value ? here : place;
      const Index<T> winner =
          select<keep_nan>(value, before, here, place);
      best[i] = select<keep_nan>(value, before, value, before);
      where[i] = place < 0 ? start : winner;
    }
  });
}

template <bool keep_nan, class T>
CUPY_CLONES void max_plane(const Window& w, const T* x, T* y) {
  std::fill(y, y + w.out_size(), -std::numeric_limits<T>::infinity());
  for_taps(w, [&](ptrdiff_t, const ptrdiff_t* tap) CUPY_INLINED {
    for_rows(w, tap, [&](ptrdiff_t in, ptrdiff_t out,
                         ptrdiff_t n) CUPY_INLINED {
      max_row<keep_nan>(x + in, w.stride[2], y + out, n);
    });
  });
}

// Gives each output's gradient to the first of its largest inputs.
template <bool keep_nan, class T>
CUPY_CLONES void max_plane_back(const Window& w, const T* x, const T* dy,
                                T* dx, T* best, Index<T>* where) {
  const ptrdiff_t outputs = w.out_size();
  std::fill(best, best + outputs, -std::numeric_limits<T>::infinity());
  std::fill(where, where + outputs, Index<T>(-1));
  for_taps(w, [&](ptrdiff_t, const ptrdiff_t* tap) CUPY_INLINED {
    for_rows(w, tap, [&](ptrdiff_t in, ptrdiff_t out,
                         ptrdiff_t n) CUPY_INLINED {
      argmax_row<keep_nan>(x + in, w.stride[2], Index<T>(in), best + out,
                           where + out, n);
    });
  });
  std::fill(dx, dx + w.in_size(), T(0));
  for (ptrdiff_t i = 0; i < outputs; ++i)
    if (where[i] >= 0) dx[where[i]] += dy[i];
}

// ---- Average --------------------------------------------------------------

template <class T>
CUPY_INLINE void add_to_row(const T* x, ptrdiff_t stride, T* y, ptrdiff_t n) {
  with_step(stride, [=](auto step) CUPY_INLINED {
    for (ptrdiff_t i = 0; i < n; ++i) y[i] += x[i * step];
  });
}

template <class T>
CUPY_INLINE void add_from_row(const T* y, T* x, ptrdiff_t stride,
                              ptrdiff_t n) {
  with_step(stride, [=](auto step) CUPY_INLINED {
    for (ptrdiff_t i = 0; i < n; ++i) x[i * step] += y[i];
  });
}

// What each output's sum is multiplied by.
template <class T>
std::vector<T> average_weights(const Window& w, cudnnPoolingMode_t mode) {
  std::vector<T> counts(w.out_size(), 0);
  for_taps(w, [&](ptrdiff_t, const ptrdiff_t* tap) {
    for_rows(w, tap, [&](ptrdiff_t, ptrdiff_t out, ptrdiff_t n) {
      for (ptrdiff_t i = 0; i < n; ++i) counts[out + i] += 1;
    });
  });
  const bool inside = mode == CUDNN_POOLING_AVERAGE_COUNT_EXCLUDE_PADDING;
  for (T& count : counts)
    count = 1 / (inside && count > 0 ? count : T(w.tap_count()));
  return counts;
}

template <class T>
CUPY_CLONES void average_plane(const Window& w, const T* weights, const T* x,
                               T* y) {
  std::fill(y, y + w.out_size(), T(0));
  for_taps(w, [&](ptrdiff_t, const ptrdiff_t* tap) CUPY_INLINED {
    for_rows(w, tap, [&](ptrdiff_t in, ptrdiff_t out,
                         ptrdiff_t n) CUPY_INLINED {
      add_to_row(x + in, w.stride[2], y + out, n);
    });
  });
  for (ptrdiff_t i = 0; i < w.out_size(); ++i) y[i] *= weights[i];
}

template <class T>
CUPY_CLONES void average_plane_back(const Window& w, const T* weights,
                                    const T* dy, T* dx, T* share) {
  for (ptrdiff_t i = 0; i < w.out_size(); ++i) share[i] = dy[i] * weights[i];
  std::fill(dx, dx + w.in_size(), T(0));
  for_taps(w, [&](ptrdiff_t, const ptrdiff_t* tap) CUPY_INLINED {
    for_rows(w, tap, [&](ptrdiff_t in, ptrdiff_t out,
                         ptrdiff_t n) CUPY_INLINED {
      add_from_row(share + out, dx + in, w.stride[2], n);
    });
  });
}

// ---- Geometry -------------------------------------------------------------

// The window of a pooling from x to y; fails if y is not what pooling gives.
Window window_of(const Pooling& pooling, const Tensor& x, const Tensor& y) {
  Tensor expected = pooled(pooling, x);
  Window w;
  const int first = kMaxSpatial - pooling.ndim;
  for (int i = 0; i < pooling.ndim; ++i) {
    const int room = x.dims[i + 2] + 2 * pooling.pad[i] - pooling.window[i];
    // One window more, if it covers what the others left.
    if (y.ndim == x.ndim && y.dims[i + 2] == expected.dims[i + 2] + 1 &&
        room % pooling.stride[i] != 0)
      ++expected.dims[i + 2];
    w.in[first + i] = x.dims[i + 2];
    w.out[first + i] = expected.dims[i + 2];
    w.taps[first + i] = pooling.window[i];
    w.pad[first + i] = pooling.pad[i];
    w.stride[first + i] = pooling.stride[i];
  }
  check_alike("yDesc", y, expected);
  if (w.in_size() > std::numeric_limits<int32_t>::max())
    fail(CUDNN_STATUS_NOT_SUPPORTED, "planes of 2^31 elements or more");
  return w;
}

bool takes_max(const Pooling& pooling) {
  return pooling.mode == CUDNN_POOLING_MAX ||
         pooling.mode == CUDNN_POOLING_MAX_DETERMINISTIC;
}

}  // namespace

}  // namespace cupy_host::dnn

using namespace cupy_host::dnn;

extern "C" {

cudnnStatus_t cudnnPoolingForward(
    cudnnHandle_t handle, const cudnnPoolingDescriptor_t poolingDesc,
    const void* alpha, const cudnnTensorDescriptor_t xDesc, const void* x,
    const void* beta, const cudnnTensorDescriptor_t yDesc, void* y) {
  return guarded([&] {
    check_handle(handle);
    const Pooling pooling = get(poolingDesc, "poolingDesc");
    const Tensor x_desc = get(xDesc, "xDesc");
    const Tensor y_desc = get(yDesc, "yDesc");
    const Window w = window_of(pooling, x_desc, y_desc);
    const ptrdiff_t planes = x_desc.size() / w.in_size();
    const bool keep_nan = pooling.nan == CUDNN_PROPAGATE_NAN;
    with_type(x_desc.type, [&](auto zero) {
      using T = decltype(zero);
      Input<T> in(x_desc, x, "x");
      Output<T> out(y_desc, y, factor(alpha, y_desc.type, "alpha"),
                    factor(beta, y_desc.type, "beta"), "y");
      std::vector<T> weights;
      if (!takes_max(pooling)) weights = average_weights<T>(w, pooling.mode);
      for_range(planes, w.out_size() * w.tap_count(),
                [&](ptrdiff_t begin, ptrdiff_t end) {
        for (ptrdiff_t i = begin; i < end; ++i) {
          const T* from = in.data() + i * w.in_size();
          T* to = out.data() + i * w.out_size();
          if (!takes_max(pooling)) average_plane(w, weights.data(), from, to);
          else if (keep_nan) max_plane<true>(w, from, to);
          else max_plane<false>(w, from, to);
        }
      });
      out.commit();
    });
  });
}

// Where the largest elements were is found in x; y is not read.
cudnnStatus_t cudnnPoolingBackward(
    cudnnHandle_t handle, const cudnnPoolingDescriptor_t poolingDesc,
    const void* alpha, const cudnnTensorDescriptor_t yDesc, const void* y,
    const cudnnTensorDescriptor_t dyDesc, const void* dy,
    const cudnnTensorDescriptor_t xDesc, const void* x, const void* beta,
    const cudnnTensorDescriptor_t dxDesc, void* dx) {
  return guarded([&] {
    check_handle(handle);
    const Pooling pooling = get(poolingDesc, "poolingDesc");
    const Tensor y_desc = get(yDesc, "yDesc");
    const Tensor dy_desc = get(dyDesc, "dyDesc");
    const Tensor x_desc = get(xDesc, "xDesc");
    const Tensor dx_desc = get(dxDesc, "dxDesc");
    const Window w = window_of(pooling, x_desc, y_desc);
    check_alike("dyDesc", dy_desc, y_desc);
    check_alike("dxDesc", dx_desc, x_desc);
    check_data(y_desc, y, "y");
    const ptrdiff_t planes = x_desc.size() / w.in_size();
    const bool keep_nan = pooling.nan == CUDNN_PROPAGATE_NAN;
    with_type(x_desc.type, [&](auto zero) {
      using T = decltype(zero);
      Input<T> x_in(x_desc, x, "x");
      Input<T> dy_in(dy_desc, dy, "dy");
      Output<T> out(dx_desc, dx, factor(alpha, dx_desc.type, "alpha"),
                    factor(beta, dx_desc.type, "beta"), "dx");
      std::vector<T> weights;
      if (!takes_max(pooling)) weights = average_weights<T>(w, pooling.mode);
      const ptrdiff_t outputs = w.out_size();
      const size_t buffered = cupy_host::thread_count() * outputs;
      Scratch values(buffered * sizeof(T));
      Scratch places(buffered * sizeof(Index<T>));
      for_parts(planes, outputs * w.tap_count(),
                [&](ptrdiff_t begin, ptrdiff_t end, int part) {
        T* plane = values.as<T>() + part * outputs;
        Index<T>* where = places.as<Index<T>>() + part * outputs;
        for (ptrdiff_t i = begin; i < end; ++i) {
          const T* dy_plane = dy_in.data() + i * outputs;
          T* dx_plane = out.data() + i * w.in_size();
          const T* x_plane = x_in.data() + i * w.in_size();
          if (!takes_max(pooling))
            average_plane_back(w, weights.data(), dy_plane, dx_plane, plane);
          else if (keep_nan)
            max_plane_back<true>(w, x_plane, dy_plane, dx_plane, plane, where);
          else
            max_plane_back<false>(w, x_plane, dy_plane, dx_plane, plane,
                                  where);
        }
      });
      out.commit();
    });
  });
}

}  // extern "C"
