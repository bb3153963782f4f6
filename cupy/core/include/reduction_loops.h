// The loops of a reduction; included by reduction.h.
#pragma once

#include "reduction_ways.h"

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

// What a call of the kernel does: a part of the outputs or, if these are few,
// for all of them a part of the reduced elements. The values of the latter go
// to scratch memory; part 0 is called once more to combine them.
struct cupy_share {
  bool split;
  ptrdiff_t first, last;      // outputs
  ptrdiff_t r_first, r_last;  // reduced elements
};

template <int p, int q>
static inline cupy_share cupy_share_of(const CReduceShape<p, q>& shape,
                                       bool by_output, size_t size_of_value,
                                       ptrdiff_t block) {
  const ptrdiff_t part = cuh_cur->part, parts = cuh_cur->nparts;
  // Rows of outputs are better not cut.
  const bool few = by_output || shape.outputs < 8 * parts;
  if (parts == 1 || !few || shape.outputs * size_of_value > CUH_SCRATCH ||
      shape.reduced < parts * block)
    return {false, shape.outputs * part / parts,
            shape.outputs * (part + 1) / parts, 0, shape.reduced};
  const ptrdiff_t width = shape.reduced / parts;
  return {true, 0, shape.outputs, width * part,
          part + 1 < parts ? width * (part + 1) : shape.reduced};
}

template <typename A>
static inline A* cupy_scratch(ptrdiff_t part) {
  return reinterpret_cast<A*>(cuh_cur->scratch + part * CUH_SCRATCH);
}

// Combines the values of all parts, always in the same order.
template <int p, int q, class Seek, class Way, class Post>
static inline void cupy_combine_parts(const CReduceShape<p, q>& shape,
                                      CReducePosition<p, q>& at, Seek seek,
                                      Way way, Post post) {
  typedef typename Way::type A;
  for (ptrdiff_t i = 0; i < shape.outputs; ++i) {
    A value = cupy_scratch<A>(0)[i];
    for (ptrdiff_t part = 1; part < cuh_cur->nparts; ++part)
      value = way(value, cupy_scratch<A>(part)[i]);
    at.set_output(i);
    at.set_reduced(0);
    seek();
    post(value, 0);
  }
}

// Values of blocks are combined like the carries of a binary counter: those
// that stand for equally many blocks.
template <int kind, bool unit, int p, int q, class Seek, class Way,
          class Post, class Identity>
static CUPY_INLINE inline void cupy_reduce(
    const CReduceShape<p, q>& shape, CReducePosition<p, q>& at, Seek seek,
    Way way, Post post, Identity identity) {
  typedef typename Way::type A;
  constexpr bool by_output = kind == CUPY_BY_OUTPUT;
  constexpr int tile = by_output ? Way::columns : unit ? 1 : 16;
  constexpr int block = by_output ? Way::rows : Way::length;
  constexpr int levels = Way::exact ? 2 : 40;

  if (cuh_cur->phase == 1) {
    cupy_combine_parts(shape, at, seek, way, post);
    return;
  }
  const cupy_share share = cupy_share_of(shape, by_output, sizeof(A), block);
  cuh_cur->again = share.split;
  cupy_room<A, levels * tile> room;
  A* const stack = room.values();
  at.set_output(share.first);
  for (ptrdiff_t i = share.first, w; i < share.last; i += w) {
    w = cupy_least(tile, share.last - i, at.outputs_left());
    ptrdiff_t depth = 0, blocks = 0;
    at.set_reduced(share.r_first);
    seek();
    for (ptrdiff_t r = share.r_first, n; r < share.r_last; r += n) {
      n = cupy_least(block, share.r_last - r, at.reduced_left());
      if (blocks) seek();
      A* const top = stack + depth * tile;
      if constexpr (by_output)
        way.by_output(top, w, n);
      else
        for (ptrdiff_t k = 0; k < w; ++k)
          top[k] = way.by_reduced(k, n, depth ? top - tile + k : 0);
      ++depth;
      ++blocks;
      if (tile == 1 && (q == 1 || !Way::exact) && way.enough(*top)) {
        *stack = *top;
        depth = 1;
        break;
      }
      ptrdiff_t merges = Way::exact || r + n == share.r_last
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
    if (share.split)
      for (ptrdiff_t k = 0; k < w; ++k)
        cupy_scratch<A>(cuh_cur->part)[i + k] = stack[k];
    else
      CUPY_LOOP (ptrdiff_t k = 0; k < w; ++k) post(stack[k], k);
    at.advance_output(w);
  }
}

// ---- The loops on a GPU ---------------------------------------------------

#else

// The value of every step-th element from r on. Values of short runs are
// combined like the carries of a binary counter, as on the host: the error of
// a sum grows with the logarithm of its length.
template <int p, int q, class Seek, class Way>
__device__ inline typename Way::type cupy_reduce_lane(
    const CReduceShape<p, q>& shape, CReducePosition<p, q>& at, Seek seek,
    Way way, ptrdiff_t r, int step) {
  typedef typename Way::type A;
  alignas(A) char room[40 * sizeof(A)];  // A may have no default constructor
  A* const stack = reinterpret_cast<A*>(room);
  int depth = 0;
  for (unsigned int runs = 1; r < shape.reduced; ++runs) {
    at.set_reduced(r);
    seek();
    A a = way.map(0, 0);
    r += step;
    for (int n = 1; n < 32 && r < shape.reduced; ++n, r += step) {
      at.set_reduced(r);
      seek();
      a = way(a, way.map(0, 0));
    }
    for (unsigned int rest = runs; rest % 2 == 0; rest /= 2)
      a = way(stack[--depth], a);
    stack[depth++] = a;
  }
  A a = stack[--depth];
  while (depth) a = way(stack[--depth], a);
  return a;
}

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
      if (lane < used) {
        value = cupy_reduce_lane(shape, at, seek, way, lane, lanes);
      } else {
        at.set_reduced(0);
        seek();
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
