// Convolution of packed arrays: what its face (convolution.cpp) asks of
// oneDNN (onednn.cpp) and of the loops for double (loops.cpp).
#pragma once

#include "window.h"

namespace cupy_host::dnn {

enum class Pass : ptrdiff_t { forward, data, filter };

// One convolution; the filter's taps are in the order of a correlation.
// Of one type throughout, so that equal problems are equal bytes.
struct Problem {
  Pass pass;
  ptrdiff_t blocked;  // oneDNN may choose its own layouts
  ptrdiff_t threads;
  ptrdiff_t ndim;     // spatial
  ptrdiff_t images, groups, in_channels, out_channels;  // of all groups
  Window window;
};

// Operands in the order of the API: forward (x, w -> y), data (w, dy -> dx),
// filter (x, dy -> dw).

// By oneDNN, with this many bytes of workspace.
size_t workspace_size(const Problem& problem);
void convolve(const Problem& problem, const float* first, const float* second,
              float* result, void* workspace);

// oneDNN knows no double: by loops of ours.
void convolve(const Problem& problem, const double* first,
              const double* second, double* result);

// Number of threads that oneDNN would use now on this thread.
int onednn_threads();

}  // namespace cupy_host::dnn
