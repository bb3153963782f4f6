// The geometry that convolution and pooling share: a window of taps that
// moves over an input.
#pragma once

#include <algorithm>

#include "clones.h"
#include "dnn.h"

namespace cupy_host::dnn {

// Three spatial axes always; the leading ones are of size 1 where a tensor
// has fewer.
struct Window {
  ptrdiff_t in[kMaxSpatial] = {1, 1, 1};
  ptrdiff_t out[kMaxSpatial] = {1, 1, 1};
  ptrdiff_t taps[kMaxSpatial] = {1, 1, 1};
  ptrdiff_t stride[kMaxSpatial] = {1, 1, 1};
  ptrdiff_t pad[kMaxSpatial] = {0, 0, 0};
  ptrdiff_t dilation[kMaxSpatial] = {1, 1, 1};

  ptrdiff_t in_size() const { return in[0] * in[1] * in[2]; }
  ptrdiff_t out_size() const { return out[0] * out[1] * out[2]; }
  ptrdiff_t tap_count() const { return taps[0] * taps[1] * taps[2]; }
};

// Outputs [begin, end) of an axis whose tap falls into the input.
struct Range {
  ptrdiff_t begin, end;
};

CUPY_INLINE Range valid_range(const Window& w, int axis, ptrdiff_t tap) {
  // The tap of output o reads the input at o * stride + shift.
  const ptrdiff_t shift = tap * w.dilation[axis] - w.pad[axis];
  const ptrdiff_t stride = w.stride[axis];
  const ptrdiff_t begin = shift >= 0 ? 0 : (-shift + stride - 1) / stride;
  const ptrdiff_t last = w.in[axis] - 1 - shift;
  const ptrdiff_t end = last < 0 ? 0 : last / stride + 1;
  return {begin, std::min(end, w.out[axis])};
}

// Calls f(in, out, count) for every row of outputs whose given tap falls
// into the input: output `out + j` reads `in + j * stride[2]`, j < count.
template <class F>
CUPY_INLINE void for_rows(const Window& w, const ptrdiff_t* tap, F&& f) {
  const Range planes = valid_range(w, 0, tap[0]);
  const Range rows = valid_range(w, 1, tap[1]);
  const Range columns = valid_range(w, 2, tap[2]);
  const ptrdiff_t count = columns.end - columns.begin;
  if (count <= 0) return;
  auto input = [&](int axis, ptrdiff_t o) {
    return o * w.stride[axis] + tap[axis] * w.dilation[axis] - w.pad[axis];
  };
  for (ptrdiff_t i = planes.begin; i < planes.end; ++i)
    for (ptrdiff_t j = rows.begin; j < rows.end; ++j)
      f((input(0, i) * w.in[1] + input(1, j)) * w.in[2] +
            input(2, columns.begin),
        (i * w.out[1] + j) * w.out[2] + columns.begin, count);
}

// Calls f(index, tap) for the taps of the window, in C order.
template <class F>
CUPY_INLINE void for_taps(const Window& w, F&& f) {
  ptrdiff_t index = 0;
  ptrdiff_t tap[kMaxSpatial];
  for (tap[0] = 0; tap[0] < w.taps[0]; ++tap[0])
    for (tap[1] = 0; tap[1] < w.taps[1]; ++tap[1])
      for (tap[2] = 0; tap[2] < w.taps[2]; ++tap[2]) f(index++, tap);
}

// ---- Sizes of outputs (layers.cpp) ----------------------------------------

// What convolution and pooling give for an input; fails if nothing fits.
Tensor convolved(const Convolution& conv, const Tensor& x, const Filter& w);
Tensor pooled(const Pooling& pooling, const Tensor& x);

}  // namespace cupy_host::dnn
