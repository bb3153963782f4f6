// What nvcc, by which kernels were compiled in former times, takes and NVRTC
// does not: names of the C library, mixed arguments of functions, functions
// of a warp without a mask. It stands before every text. The host device has
// all of this in cuda_on_host.h.
#pragma once
#ifndef CUPY_ON_HOST

typedef signed char int8_t;
typedef unsigned char uint8_t;
typedef short int16_t;
typedef unsigned short uint16_t;
typedef int int32_t;
typedef unsigned int uint32_t;
typedef long long int64_t;
typedef unsigned long long uint64_t;
typedef decltype(sizeof(0)) size_t;
typedef decltype((char*)0 - (char*)0) ptrdiff_t;

#define NAN __int_as_float(0x7fffffff)
#define INFINITY __int_as_float(0x7f800000)

// ---- Arguments that no overload has exactly -------------------------------

// Declares R if T is a type of integers, or one of any numbers.
template <class T, class R>
struct cupy_of_integer {};
template <class T, class R>
struct cupy_of_number : cupy_of_integer<T, R> {};
#define CUPY_INTEGER(T) \
  template <class R>    \
  struct cupy_of_integer<T, R> { typedef R type; };
CUPY_INTEGER(bool)
CUPY_INTEGER(char)
CUPY_INTEGER(signed char)
CUPY_INTEGER(unsigned char)
CUPY_INTEGER(short)
CUPY_INTEGER(unsigned short)
CUPY_INTEGER(int)
CUPY_INTEGER(unsigned int)
CUPY_INTEGER(long)
CUPY_INTEGER(unsigned long)
CUPY_INTEGER(long long)
CUPY_INTEGER(unsigned long long)
#undef CUPY_INTEGER
template <class R>
struct cupy_of_number<float, R> { typedef R type; };
template <class R>
struct cupy_of_number<double, R> { typedef R type; };
template <class A, class B, class R>
using cupy_of_numbers =
    typename cupy_of_number<A, typename cupy_of_number<B, R>::type>::type;

// As in C++: integers are taken for double, and so are different types.
#define CUPY_FUNCTION_1(Result, name)                                       \
  template <class T>                                                        \
  __device__ inline typename cupy_of_integer<T, Result>::type name(T x) {   \
    return name((double)x);                                                 \
  }
#define CUPY_FUNCTION_2(name)                                               \
  template <class A, class B>                                               \
  __device__ inline cupy_of_numbers<A, B, double> name(A x, B y) {          \
    return name((double)x, (double)y);                                      \
  }
#define CUPY_FUNCTION_WITH(Other, name)                                     \
  template <class T>                                                        \
  __device__ inline typename cupy_of_integer<T, double>::type name(         \
      T x, Other y) {                                                       \
    return name((double)x, y);                                              \
  }
CUPY_FUNCTION_1(double, exp)
CUPY_FUNCTION_1(double, log)
CUPY_FUNCTION_1(double, sin)
CUPY_FUNCTION_1(double, cos)
CUPY_FUNCTION_1(double, tan)
CUPY_FUNCTION_1(double, asin)
CUPY_FUNCTION_1(double, acos)
CUPY_FUNCTION_1(double, atan)
CUPY_FUNCTION_1(double, sinh)
CUPY_FUNCTION_1(double, cosh)
CUPY_FUNCTION_1(double, tanh)
CUPY_FUNCTION_1(double, asinh)
CUPY_FUNCTION_1(double, acosh)
CUPY_FUNCTION_1(double, atanh)
CUPY_FUNCTION_1(double, exp2)
CUPY_FUNCTION_1(double, exp10)
CUPY_FUNCTION_1(double, expm1)
CUPY_FUNCTION_1(double, log2)
CUPY_FUNCTION_1(double, log10)
CUPY_FUNCTION_1(double, log1p)
CUPY_FUNCTION_1(double, erf)
CUPY_FUNCTION_1(double, erfc)
CUPY_FUNCTION_1(double, cbrt)
CUPY_FUNCTION_1(double, sqrt)
CUPY_FUNCTION_1(double, rsqrt)
CUPY_FUNCTION_1(double, fabs)
CUPY_FUNCTION_1(double, floor)
CUPY_FUNCTION_1(double, ceil)
CUPY_FUNCTION_1(double, trunc)
CUPY_FUNCTION_1(double, round)
CUPY_FUNCTION_1(double, rint)
CUPY_FUNCTION_1(double, nearbyint)
CUPY_FUNCTION_1(double, logb)
CUPY_FUNCTION_1(double, lgamma)
CUPY_FUNCTION_1(double, tgamma)
CUPY_FUNCTION_1(int, ilogb)
CUPY_FUNCTION_1(bool, isnan)
CUPY_FUNCTION_1(bool, isinf)
CUPY_FUNCTION_1(bool, isfinite)
CUPY_FUNCTION_1(bool, signbit)
CUPY_FUNCTION_2(pow)
CUPY_FUNCTION_2(atan2)
CUPY_FUNCTION_2(hypot)
CUPY_FUNCTION_2(fmod)
CUPY_FUNCTION_2(remainder)
CUPY_FUNCTION_2(copysign)
CUPY_FUNCTION_2(nextafter)
CUPY_FUNCTION_2(fdim)
CUPY_FUNCTION_2(fmin)
CUPY_FUNCTION_2(fmax)
CUPY_FUNCTION_WITH(int, ldexp)
CUPY_FUNCTION_WITH(int, scalbn)
CUPY_FUNCTION_WITH(int*, frexp)
#undef CUPY_FUNCTION_1
#undef CUPY_FUNCTION_2
#undef CUPY_FUNCTION_WITH

template <class A, class B, class C>
__device__ inline cupy_of_numbers<A, B, cupy_of_numbers<C, C, double> > fma(
    A x, B y, C z) {
  return fma((double)x, (double)y, (double)z);
}

// Of different integers: in the type that both are converted to.
template <class A, class B>
__device__ inline typename cupy_of_integer<
    A, typename cupy_of_integer<B, decltype(A() + B())>::type>::type
min(A x, B y) {
  typedef decltype(A() + B()) T;
  return (T)y < (T)x ? (T)y : (T)x;
}
template <class A, class B>
__device__ inline typename cupy_of_integer<
    A, typename cupy_of_integer<B, decltype(A() + B())>::type>::type
max(A x, B y) {
  typedef decltype(A() + B()) T;
  return (T)x < (T)y ? (T)y : (T)x;
}
__device__ inline unsigned int abs(unsigned int x) { return x; }

// ---- Memory ---------------------------------------------------------------

__device__ inline void* memmove(void* to, const void* from, size_t n) {
  char* const target = (char*)to;
  const char* const source = (const char*)from;
  if (target < source)
    for (size_t i = 0; i < n; ++i) target[i] = source[i];
  else
    while (n--) target[n] = source[n];
  return to;
}
__device__ inline int memcmp(const void* left, const void* right, size_t n) {
  const unsigned char* const x = (const unsigned char*)left;
  const unsigned char* const y = (const unsigned char*)right;
  for (size_t i = 0; i < n; ++i)
    if (x[i] != y[i]) return x[i] < y[i] ? -1 : 1;
  return 0;
}

// ---- Functions of a warp as before CUDA 9 ---------------------------------

// Those threads take part that are there.
#define __shfl(...) __shfl_sync(__activemask(), __VA_ARGS__)
#define __shfl_up(...) __shfl_up_sync(__activemask(), __VA_ARGS__)
#define __shfl_down(...) __shfl_down_sync(__activemask(), __VA_ARGS__)
#define __shfl_xor(...) __shfl_xor_sync(__activemask(), __VA_ARGS__)
#define __ballot(predicate) __ballot_sync(__activemask(), predicate)
#define __any(predicate) __any_sync(__activemask(), predicate)
#define __all(predicate) __all_sync(__activemask(), predicate)

#endif
