// Ways in which elements become a value; included by reduction.h.
//
// A way has the type of a value, map(o, r), which is the value of the element
// o, r further along the inner axes, and an operator that makes one value of
// two. On the host it also reduces a block at a time, n elements to a value:
// by_output() for each of w neighbouring outputs, by_reduced() for one output.
#pragma once

#include "carray.h"

#ifdef CUPY_ON_HOST
#define CUPY_LOOP _Pragma("GCC ivdep") for

// How many neighbours along the reduced axis are worked on together: a few
// vector registers of them, if they are neighbours in memory.
template <typename V, bool unit>
struct cupy_lanes {
  static const int count =
      unit && sizeof(V) <= 8 ? 256 / (int)sizeof(V) : 8;
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
template <typename A, bool unit, bool stops_at_zero, class Map, class Reduce>
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
  static const int length = 16 * lanes;

  // Whether further values would change nothing.
  CUPY_INLINE bool enough(const A& a) const {
    if constexpr (stops_at_zero) return a == 0;
    return false;
  }

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
    cupy_room<A, lanes> room;
    A* const acc = room.values();
    ptrdiff_t r = 0;
    if (n >= lanes) {
      CUPY_LOOP (int l = 0; l < lanes; ++l) acc[l] = map(k, l);
      for (r = lanes; r + lanes <= n; r += lanes)
        CUPY_LOOP (int l = 0; l < lanes; ++l)
          acc[l] = reduce(acc[l], map(k, r + l));
      for (int half = lanes / 2; half; half /= 2)
        CUPY_LOOP (int l = 0; l < half; ++l)
          acc[l] = reduce(acc[l], acc[l + half]);
      if (r == n) return acc[0];
    }
    const A rest = in_fours(k, r, n);
    return r ? reduce(acc[0], rest) : rest;
  }

 private:
  CUPY_INLINE A in_fours(ptrdiff_t k, ptrdiff_t r, ptrdiff_t n) const {
    A total = map(k, r);
    for (++r; r + 4 <= n; r += 4)
      total = reduce(total, reduce(reduce(map(k, r), map(k, r + 1)),
                                   reduce(map(k, r + 2), map(k, r + 3))));
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
  static const int lanes = cupy_lanes<V, true>::count;
  static const int length = 64 * lanes;
  static const bool is_bool = (V)2 == (V)1;
  // A count of up to 64 in the width of a value, so that both go through
  // vector registers side by side.
  typedef typename cupy_counter<sizeof(V)>::type Count;

  CUPY_INLINE bool enough(const type& a) const {
    return is_bool && a.value == greatest;
  }

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

  CUPY_INLINE type by_reduced(ptrdiff_t k, ptrdiff_t n,
                              const type* before) const {
    if constexpr (unit) {
      return search([&](ptrdiff_t r) CUPY_INLINE { return value(k, r); }, n,
                    before);
    } else {  // it pays to collect what is read several times
      V values[length];
      for (ptrdiff_t r = 0; r < n; ++r) values[r] = value(k, r);
      return search([&](ptrdiff_t r) CUPY_INLINE { return values[r]; }, n,
                    before);
    }
  }

 private:
  // Two simple passes: what is the best value, and where is it. The second one
  // is left out if the value is no match for the one `before`, the first one
  // if the best value is known.
  template <class Values>
  CUPY_INLINE type search(Values values, ptrdiff_t n,
                          const type* before) const {
    if constexpr (is_bool) {
      const ptrdiff_t r = place_of(greatest, values, n);
      if (r < n) return {greatest, at.J(r)};
      return {!greatest, at.J(0)};
    } else {
      const V found = best_of(values, n);
      if (found != found) {
        ptrdiff_t r = 0;
        while (values(r) == values(r)) ++r;
        return {found, at.J(r)};
      }
      if (before && (beyond(before->value, found) ||
                     before->value != before->value))
        return *before;
      return {found, at.J(place_of(found, values, n))};
    }
  }

  // The best value; a NaN if there is one.
  template <class Values>
  static CUPY_INLINE V best_of(Values values, ptrdiff_t n) {
    V best[lanes];
    Count strange[lanes];  // whether there is a NaN
    best[0] = values(0);
    strange[0] = best[0] != best[0];
    ptrdiff_t r = 1;
    if (n >= lanes) {
      CUPY_LOOP (int l = 0; l < lanes; ++l) {
        best[l] = values(l);
        strange[l] = best[l] != best[l];
      }
      for (r = lanes; r + lanes <= n; r += lanes)
        CUPY_LOOP (int l = 0; l < lanes; ++l) {
          const V x = values(r + l);
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
      const V x = values(r);
      best[0] = beyond(x, best[0]) ? x : best[0];
      strange[0] |= x != x;
    }
    if (!strange[0]) return best[0];
    for (r = 0; values(r) == values(r);) ++r;
    return values(r);
  }

  // The first place of a value; n if there is none.
  template <class Values>
  static CUPY_INLINE ptrdiff_t place_of(V wanted, Values values,
                                        ptrdiff_t n) {
    ptrdiff_t r = 0;
    for (Count here = 0; r + lanes <= n; r += lanes) {
      CUPY_LOOP (int l = 0; l < lanes; ++l)
        here |= values(r + l) == wanted;
      if (here) break;
    }
    while (r < n && !(values(r) == wanted)) ++r;
    return r;
  }

  static CUPY_INLINE void update(V& best, Count& place, V x, Count here) {
    const bool change = better(x, best);
    best = change ? x : best;
    place = change ? here : place;
  }
#endif
};
