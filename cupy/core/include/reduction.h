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

// ---- Ways of reducing -----------------------------------------------------
//
// A way has the type of a value, map(o, r), which is the value of the element
// o, r further along the inner axes, and an operator that makes one value of
// two. On the host it also reduces a block at a time, n elements to a value:
// by_output() for each of w neighbouring outputs, by_reduced() for one output.

#ifdef CUPY_ON_HOST
#define CUPY_LOOP _Pragma("GCC ivdep") for

// How many neighbours along the reduced axis are worked on together: a few
// vector registers of them, if they are neighbours in memory.
template <typename V, bool unit>
struct cupy_lanes {
  static const int count =
      unit && sizeof(V) <= 8 ? 128 / (int)sizeof(V) : 8;
};

// Room for values that need not have a default constructor.
template <typename A, int count>
struct cupy_room {
  __attribute__((aligned(64))) char bytes[count * sizeof(A)];
  A* values() { return reinterpret_cast<A*>(bytes); }
};

// A value as it is. Keeps the compiler from threading jumps through several
// applications of an expression with conditions, which then would not be
// vectorized.
template <typename A>
static inline A cupy_hold(A a) { return a; }
static inline float cupy_hold(float a) { return __builtin_assoc_barrier(a); }
static inline double cupy_hold(double a) {
  return __builtin_assoc_barrier(a);
}

template <int size> struct cupy_counter { typedef unsigned long long type; };
template <> struct cupy_counter<1> { typedef unsigned char type; };
template <> struct cupy_counter<2> { typedef unsigned short type; };
template <> struct cupy_counter<4> { typedef unsigned int type; };
#endif

// By an expression. Blocks are short, and their values are combined pairwise
// (see cupy_reduce): the error of a sum grows with the logarithm of its
// length.
template <typename A, bool unit, class Map, class Reduce>
struct cupy_combine {
  typedef A type;
  Map map;
  Reduce reduce;

  __device__ CUPY_INLINE A operator()(const A& a, const A& b) const {
    return reduce(a, b);
  }

#ifdef CUPY_ON_HOST
  static const bool exact = false;
  static const int columns = 4096 / sizeof(A) > 16 ? 4096 / sizeof(A) : 16;
  static const int rows = 65;
  static const int lanes = cupy_lanes<A, unit>::count;
  static const int length = 32 * lanes;

  CUPY_INLINE void by_output(A* acc, ptrdiff_t w, ptrdiff_t n) const {
    CUPY_LOOP (ptrdiff_t k = 0; k < w; ++k) acc[k] = map(k, 0);
    ptrdiff_t r = 1;
    for (; r + 4 <= n; r += 4)
      CUPY_LOOP (ptrdiff_t k = 0; k < w; ++k)
        acc[k] = reduce(acc[k],
                        cupy_hold(reduce(
                            cupy_hold(reduce(map(k, r), map(k, r + 1))),
                            cupy_hold(reduce(map(k, r + 2), map(k, r + 3))))));
    for (; r < n; ++r)
      CUPY_LOOP (ptrdiff_t k = 0; k < w; ++k)
        acc[k] = reduce(acc[k], map(k, r));
  }

  CUPY_INLINE A by_reduced(ptrdiff_t k, ptrdiff_t n, const A*) const {
    ptrdiff_t r = 1;
    A total = map(k, 0);
    if (n >= lanes) {
      cupy_room<A, lanes> room;
      A* const acc = room.values();
      CUPY_LOOP (int l = 0; l < lanes; ++l) acc[l] = map(k, l);
      for (r = lanes; r + lanes <= n; r += lanes)
        CUPY_LOOP (int l = 0; l < lanes; ++l)
          acc[l] = reduce(acc[l], map(k, r + l));
      for (int half = lanes / 2; half; half /= 2)
        CUPY_LOOP (int l = 0; l < half; ++l)
          acc[l] = reduce(acc[l], acc[l + half]);
      total = acc[0];
    }
    for (; r < n; ++r) total = reduce(total, map(k, r));
    return total;
  }
#endif
};

// The greatest or the least value, and where it is first. A NaN is greater and
// less than any number.
template <typename V>
struct cupy_found {
  V value;
  ptrdiff_t index;
};

template <bool greatest, typename V, bool unit, class Map, class Position>
struct cupy_find {
  typedef cupy_found<V> type;
  Map value;
  const Position& at;

  __device__ static CUPY_INLINE bool beyond(V x, V y) {
    return greatest ? x > y : x < y;
  }
  __device__ static CUPY_INLINE bool better(V x, V y) {
    return beyond(x, y) | ((x != x) & (y == y));
  }
  __device__ static CUPY_INLINE bool same(V x, V y) {
    return (x == y) | ((x != x) & (y != y));
  }
  __device__ CUPY_INLINE type map(ptrdiff_t o, ptrdiff_t r) const {
    return {value(o, r), at.J(r)};
  }
  __device__ CUPY_INLINE type operator()(const type& a, const type& b) const {
    if (same(a.value, b.value)) return b.index < a.index ? b : a;
    return better(b.value, a.value) ? b : a;
  }

#ifdef CUPY_ON_HOST
  static const bool exact = true;
  static const int columns = 4096 / sizeof(V);
  static const int rows = 64;
  static const int lanes = cupy_lanes<V, unit>::count;
  static const int length = 64 * lanes;
  // A count of up to 64 in the width of a value, so that both go through
  // vector registers side by side.
  typedef typename cupy_counter<sizeof(V)>::type Count;

  CUPY_INLINE void by_output(type* acc, ptrdiff_t w, ptrdiff_t n) const {
    V best[columns];
    Count row[columns];
    CUPY_LOOP (ptrdiff_t k = 0; k < w; ++k) {
      best[k] = value(k, 0);
      row[k] = 0;
    }
    for (ptrdiff_t r = 1; r < n; ++r)
      CUPY_LOOP (ptrdiff_t k = 0; k < w; ++k)
        update(best[k], row[k], value(k, r), (Count)r);
    for (ptrdiff_t k = 0; k < w; ++k) acc[k] = {best[k], at.J(row[k])};
  }

  // Two simple passes: what is the best value, and where is it. The second one
  // is left out if the value is no match for the one `before`.
  CUPY_INLINE type by_reduced(ptrdiff_t k, ptrdiff_t n,
                              const type* before) const {
    V best[lanes];
    Count strange[lanes];  // whether there is a NaN
    best[0] = value(k, 0);
    strange[0] = best[0] != best[0];
    ptrdiff_t r = 1;
    if (n >= lanes) {
      CUPY_LOOP (int l = 0; l < lanes; ++l) {
        best[l] = value(k, l);
        strange[l] = best[l] != best[l];
      }
      for (r = lanes; r + lanes <= n; r += lanes)
        CUPY_LOOP (int l = 0; l < lanes; ++l) {
          const V x = value(k, r + l);
          best[l] = beyond(x, best[l]) ? x : best[l];
          strange[l] = x != x ? 1 : strange[l];
        }
      for (int half = lanes / 2; half; half /= 2)
        for (int l = 0; l < half; ++l) {
          const V x = best[l + half];
          best[l] = beyond(x, best[l]) ? x : best[l];
          strange[l] |= strange[l + half];
        }
    }
    for (; r < n; ++r) {
      const V x = value(k, r);
      best[0] = beyond(x, best[0]) ? x : best[0];
      strange[0] |= x != x;
    }
    const V found = best[0];
    r = 0;
    if (strange[0]) {
      while (value(k, r) == value(k, r)) ++r;
      return {value(k, r), at.J(r)};
    }
    if (before && (beyond(before->value, found) ||
                   before->value != before->value))
      return *before;
    for (Count here = 0; r + lanes <= n; r += lanes) {
      CUPY_LOOP (int l = 0; l < lanes; ++l)
        here |= value(k, r + l) == found;
      if (here) break;
    }
    while (!(value(k, r) == found)) ++r;
    return {found, at.J(r)};
  }

 private:
  static CUPY_INLINE void update(V& best, Count& place, V x, Count here) {
    const bool change = better(x, best);
    best = change ? x : best;
    place = change ? here : place;
  }
#endif
};

// The value of a reduction of no elements. If there is none, the caller does
// not ask for it.
struct cupy_no_identity {};
template <typename A>
__device__ inline void cupy_start(A&, cupy_no_identity) {}
template <typename A, class Identity>
__device__ inline void cupy_start(A& a, Identity identity) {
  a = identity();
}

// ---- The loops on the host ------------------------------------------------

#if defined(CUPY_ON_HOST) && defined(CUPY_HOST_CHUNKED)

static inline ptrdiff_t cupy_least(ptrdiff_t x, ptrdiff_t y, ptrdiff_t z) {
  if (y < x) x = y;
  return z < x ? z : x;
}

// Values of blocks, to be combined like the carries of a binary counter: each
// value is made of two that stand for equally many blocks.
//
// One part of a launch reduces a range of the outputs; if there are few
// outputs, a range of the reduced elements of all of them, and part 0
// combines what the parts have got in a second phase.
template <int kind, bool unit, int p, int q, class Seek, class Way,
          class Post, class Identity>
static CUPY_INLINE inline void cupy_reduce(
    const CReduceShape<p, q>& shape, CReducePosition<p, q>& at, Seek seek,
    Way way, Post post, Identity identity) {
  typedef typename Way::type A;
  constexpr int tile = kind == CUPY_BY_OUTPUT ? Way::columns : unit ? 1 : 16;
  constexpr int block = kind == CUPY_BY_OUTPUT ? Way::rows : Way::length;
  constexpr int levels = Way::exact ? 2 : 40;

  cuh_ctx* const c = cuh_cur;
  const bool few = shape.outputs < 8 * c->nparts || kind == CUPY_BY_OUTPUT;
  const bool split = few && c->nparts > 1 &&
                     shape.outputs * sizeof(A) <= CUH_SCRATCH &&
                     shape.reduced >= c->nparts * block;
  A* const partial = (A*)(c->scratch + c->part * CUH_SCRATCH);
  if (c->phase == 1) {
    for (ptrdiff_t i = 0; i < shape.outputs; ++i) {
      A value = partial[i];
      for (ptrdiff_t part = 1; part < c->nparts; ++part)
        value = way(value, ((A*)(c->scratch + part * CUH_SCRATCH))[i]);
      at.set_output(i);
      at.set_reduced(0);
      seek();
      post(value, 0);
    }
    return;
  }
  const ptrdiff_t first = split ? 0 : shape.outputs * c->part / c->nparts;
  const ptrdiff_t last =
      split ? shape.outputs : shape.outputs * (c->part + 1) / c->nparts;
  const ptrdiff_t r_first =
      split ? shape.reduced / c->nparts * c->part : 0;
  const ptrdiff_t r_last = split && c->part + 1 < c->nparts
                               ? shape.reduced / c->nparts * (c->part + 1)
                               : shape.reduced;
  c->again = split;

  cupy_room<A, levels * tile> room;
  A* const stack = room.values();
  at.set_output(first);
  for (ptrdiff_t i = first, w; i < last; i += w) {
    w = cupy_least(tile, last - i, at.outputs_left());
    ptrdiff_t depth = 0, blocks = 0;
    at.set_reduced(r_first);
    seek();
    for (ptrdiff_t r = r_first, n; r < r_last; r += n) {
      n = cupy_least(block, r_last - r, at.reduced_left());
      if (blocks) seek();
      A* const top = stack + depth * tile;
      if constexpr (kind == CUPY_BY_OUTPUT)
        way.by_output(top, w, n);
      else
        for (ptrdiff_t k = 0; k < w; ++k)
          top[k] = way.by_reduced(k, n, depth ? top - tile + k : 0);
      ++depth;
      ++blocks;
      ptrdiff_t merges = Way::exact || r + n == r_last
                             ? depth - 1
                             : __builtin_ctzll(blocks);
      for (; merges; --merges) {
        --depth;
        A* const into = stack + (depth - 1) * tile;
        CUPY_LOOP (ptrdiff_t k = 0; k < w; ++k)
          into[k] = way(into[k], into[k + tile]);
      }
      at.advance_reduced(n);
    }
    if (!depth)
      for (ptrdiff_t k = 0; k < w; ++k) cupy_start(stack[k], identity);
    if (split)
      for (ptrdiff_t k = 0; k < w; ++k) partial[i + k] = stack[k];
    else
      CUPY_LOOP (ptrdiff_t k = 0; k < w; ++k) post(stack[k], k);
    at.advance_output(w);
  }
}

// ---- The loops on a GPU ---------------------------------------------------

#else

// A block of threads reduces `columns` neighbouring outputs at a time: threads
// of a column take turns on its elements and combine what they have got. One
// block per output leaves most of a GPU idle if there are few outputs.
template <int kind, bool unit, int p, int q, class Seek, class Way,
          class Post, class Identity>
__device__ inline void cupy_reduce(const CReduceShape<p, q>& shape,
                                   CReducePosition<p, q>& at, Seek seek,
                                   Way way, Post post, Identity identity) {
  typedef typename Way::type A;
  __shared__ double space[CUPY_REDUCE_THREADS * sizeof(A) / sizeof(double)];
  A* const values = reinterpret_cast<A*>(space);
  const int columns = (int)shape.columns;
  const int lanes = (int)blockDim.x / columns;
  const int lane = (int)threadIdx.x / columns;
  const int used = shape.reduced < lanes ? (int)shape.reduced : lanes;
  for (ptrdiff_t first = (ptrdiff_t)blockIdx.x * columns;
       first < shape.outputs; first += (ptrdiff_t)gridDim.x * columns) {
    const ptrdiff_t i = first + threadIdx.x % columns;
    A& value = values[threadIdx.x];
    if (i < shape.outputs) {
      at.set_output(i);
      at.set_reduced(lane < used ? lane : 0);
      seek();
      if (lane < used) {
        A a = way.map(0, 0);
        for (ptrdiff_t r = lane + lanes; r < shape.reduced; r += lanes) {
          at.set_reduced(r);
          seek();
          a = way(a, way.map(0, 0));
        }
        value = a;
      }
    }
    __syncthreads();
    for (int n = used; n > 1;) {
      const int half = (n + 1) / 2;
      if (lane + half < n && i < shape.outputs)
        value = way(value, values[threadIdx.x + half * columns]);
      __syncthreads();
      n = half;
    }
    if (lane == 0 && i < shape.outputs) {
      if (!used) cupy_start(value, identity);
      post(value, 0);
    }
    __syncthreads();
  }
}
#endif
