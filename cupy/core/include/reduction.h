// The loops behind every kernel that reduces arrays along axes.
//
// The text of such a kernel holds expressions: how an element becomes a value
// (map), how two values become one (reduce), what is done with the last one
// (post). How the elements are visited is decided here, and differs between
// the host device and a GPU.
//
// The caller sorts the axes of the iteration space into p output axes and q
// reduced axes, p, q >= 1, in the order that suits the memory. The last one of
// each group is its inner axis: along it addresses are linear. From the
// strides the caller chooses between two kinds of loops:
//   CUPY_BY_OUTPUT   neighbours along the inner output axis are worked on
//                    together, one row of them after another;
//   CUPY_BY_REDUCED  neighbours along the inner reduced axis are.
//
// reduction_ways.h says how elements become a value, reduction_loops.h which
// elements of which output at a time.
#pragma once

#include "carray.h"

enum { CUPY_BY_OUTPUT = 0, CUPY_BY_REDUCED = 1 };

// What a kernel calls to run. The name tells the host device that the kernel
// leaves its loops to this header.
#define CUPY_REDUCE(kind, unit) cupy_reduce<kind, unit>

// Threads in a block of a GPU, a power of 2.
#define CUPY_REDUCE_THREADS 512

#ifdef CUPY_ON_HOST
#define CUPY_INLINE __attribute__((always_inline))
#else
#define CUPY_INLINE
#endif

// ---- Arguments ------------------------------------------------------------

// An array of n axes. Strides are in bytes.
template <typename T, int n>
struct CReduceArray {
  T* data;
  ptrdiff_t strides[n];
};

// The iteration space.
template <int p, int q>
struct CReduceShape {
  ptrdiff_t outputs, reduced;  // how many
  ptrdiff_t extents[p + q];    // of the output axes, then of the reduced ones
  ptrdiff_t steps[p + q];      // what a step along an axis adds to _i or _J
  ptrdiff_t columns;  // outputs that a block of a GPU works on, a power of 2
  __device__ ptrdiff_t size() const { return outputs * reduced; }
};

// A number of elements, under the name by which expressions ask for it.
struct CReduceSize {
  ptrdiff_t size_;
  __device__ ptrdiff_t size() const { return size_; }
};

// Where a kernel is in the iteration space.
template <int p, int q>
class CReducePosition {
 public:
  __device__ explicit CReducePosition(const CReduceShape<p, q>& shape)
      : shape_(shape) {}

  __device__ const ptrdiff_t* get() const { return index_; }
  __device__ void set_output(ptrdiff_t i) { set<0, p>(i); }
  __device__ void set_reduced(ptrdiff_t r) { set<p, p + q>(r); }
  __device__ void advance_output(ptrdiff_t n) { advance<0, p>(n); }
  __device__ void advance_reduced(ptrdiff_t n) { advance<p, p + q>(n); }

  // How far it is to the end of the inner axis.
  __device__ ptrdiff_t outputs_left() const {
    return shape_.extents[p - 1] - index_[p - 1];
  }
  __device__ ptrdiff_t reduced_left() const {
    return shape_.extents[p + q - 1] - index_[p + q - 1];
  }

  // Linear index, in C order, of the output o further along the inner axis,
  // and of the element r further among the reduced ones.
  __device__ ptrdiff_t i(ptrdiff_t o) const { return linear<0, p>(o); }
  __device__ ptrdiff_t J(ptrdiff_t r) const { return linear<p, p + q>(r); }

 private:
  template <int begin, int end>
  __device__ void set(ptrdiff_t i) {
#pragma unroll
    for (int d = end - 1; d > begin; --d)
      index_[d] = divide(i, shape_.extents[d]);
    index_[begin] = i;
  }
  // Divides i, returns the remainder. An extent may be 0 if i is.
  __device__ static ptrdiff_t divide(ptrdiff_t& i, ptrdiff_t extent) {
    if (i < extent || i == 0) {
      const ptrdiff_t rest = i;
      i = 0;
      return rest;
    }
    if (i <= 0x7fffffff) {  // division of 32 bits is much faster
      const unsigned int narrow = (unsigned int)i;
      i = narrow / (unsigned int)extent;
      return narrow % (unsigned int)extent;
    }
    const ptrdiff_t rest = i % extent;
    i /= extent;
    return rest;
  }
  template <int begin, int end>
  __device__ void advance(ptrdiff_t n) {
    index_[end - 1] += n;
#pragma unroll
    for (int d = end - 1; d > begin; --d) {
      if (index_[d] < shape_.extents[d]) return;
      index_[d] = 0;
      ++index_[d - 1];
    }
  }
  template <int begin, int end>
  __device__ ptrdiff_t linear(ptrdiff_t further) const {
    ptrdiff_t result = further * shape_.steps[end - 1];
#pragma unroll
    for (int d = begin; d < end; ++d) result += index_[d] * shape_.steps[d];
    return result;
  }

  const CReduceShape<p, q>& shape_;
  ptrdiff_t index_[p + q];
};

// What is known of a stride when the kernel is compiled: that it is `known`
// elements (1: neighbours, 0: one element for all), or, if -1, nothing.
template <int known, typename T>
__device__ inline ptrdiff_t cupy_step(ptrdiff_t stride) {
  return known < 0 ? stride : known * (ptrdiff_t)sizeof(T);
}

// An input, of which the inner axis of the loop's kind has a known stride.
template <typename T, int p, int q, int kind, int known>
class CReduceInput {
 public:
  __device__ explicit CReduceInput(const CReduceArray<T, p + q>& array)
      : array_(array) {}
  __device__ void seek(const ptrdiff_t* index) {
    here_ = reinterpret_cast<const char*>(array_.data);
#pragma unroll
    for (int d = 0; d < p + q; ++d) here_ += index[d] * array_.strides[d];
  }
  __device__ const T& operator()(ptrdiff_t o, ptrdiff_t r) const {
    const int along_output = kind == CUPY_BY_OUTPUT ? known : -1;
    const int along_reduced = kind == CUPY_BY_REDUCED ? known : -1;
    return *reinterpret_cast<const T*>(
        here_ + o * cupy_step<along_output, T>(array_.strides[p - 1]) +
        r * cupy_step<along_reduced, T>(array_.strides[p + q - 1]));
  }

 private:
  const CReduceArray<T, p + q>& array_;
  const char* here_;
};

template <typename T, int p, int known>
class CReduceOutput {
 public:
  __device__ explicit CReduceOutput(const CReduceArray<T, p>& array)
      : array_(array) {}
  __device__ void seek(const ptrdiff_t* index) {
    here_ = reinterpret_cast<char*>(array_.data);
#pragma unroll
    for (int d = 0; d < p; ++d) here_ += index[d] * array_.strides[d];
  }
  __device__ T& operator()(ptrdiff_t o) const {
    return *reinterpret_cast<T*>(
        here_ + o * cupy_step<known, T>(array_.strides[p - 1]));
  }

 private:
  const CReduceArray<T, p>& array_;
  char* here_;
};

#include "reduction_loops.h"
