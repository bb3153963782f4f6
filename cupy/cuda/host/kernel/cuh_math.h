// Mathematical functions. They are declared with their vector variants, so
// that loops which call them are vectorised without -ffast-math.
#pragma once

#define NAN __builtin_nanf("")
#define INFINITY __builtin_inff()

// Vector variants that the C library has: CUH_VECTOR_MATH is its version.
#if CUH_VECTOR_MATH >= 222
#define CUH_SIMD __attribute__((simd("notinbranch")))
#else
#define CUH_SIMD
#endif
#if CUH_VECTOR_MATH >= 235
#define CUH_SIMD_NEW CUH_SIMD
#else
#define CUH_SIMD_NEW
#endif

// ---- Types ----------------------------------------------------------------

template <class T, class Result>
struct cuh_integral {};  // has a type if T is integral
template <class T>
struct cuh_arithmetic {};
template <>
struct cuh_arithmetic<float> {
  typedef float type;
};
template <>
struct cuh_arithmetic<double> {
  typedef double type;
};
#define CUH_INTEGRAL(T)          \
  template <class Result>        \
  struct cuh_integral<T, Result> { \
    typedef Result type;         \
  };                             \
  template <>                    \
  struct cuh_arithmetic<T> {     \
    typedef double type;         \
  };
CUH_INTEGRAL(bool)
CUH_INTEGRAL(char)
CUH_INTEGRAL(signed char)
CUH_INTEGRAL(unsigned char)
CUH_INTEGRAL(short)
CUH_INTEGRAL(unsigned short)
CUH_INTEGRAL(int)
CUH_INTEGRAL(unsigned int)
CUH_INTEGRAL(long)
CUH_INTEGRAL(unsigned long)
CUH_INTEGRAL(long long)
CUH_INTEGRAL(unsigned long long)
#undef CUH_INTEGRAL

// double, if A and B are numbers: what a function of both returns unless
// both are float, for which there is an exact overload.
template <class A, class B, class = typename cuh_arithmetic<A>::type,
          class = typename cuh_arithmetic<B>::type>
using cuh_double = double;

// ---- Functions of the C library -------------------------------------------

#define CUH_OVERLOAD_1(name)                                    \
  static inline float name(float x) { return name##f(x); }      \
  template <class T>                                            \
  static inline typename cuh_integral<T, double>::type name(T x) { \
    return name((double)x);                                     \
  }
#define CUH_OVERLOAD_2(name)                                             \
  static inline float name(float x, float y) { return name##f(x, y); }   \
  template <class A, class B>                                            \
  static inline cuh_double<A, B> name(A x, B y) {                        \
    return name((double)x, (double)y);                                   \
  }

#define CUH_FUNCTION_1(simd, name)               \
  extern "C" simd double name(double) noexcept;  \
  extern "C" simd float name##f(float) noexcept; \
  CUH_OVERLOAD_1(name)
#define CUH_FUNCTION_2(simd, name)                      \
  extern "C" simd double name(double, double) noexcept; \
  extern "C" simd float name##f(float, float) noexcept; \
  CUH_OVERLOAD_2(name)

CUH_FUNCTION_1(CUH_SIMD, exp)
CUH_FUNCTION_1(CUH_SIMD, log)
CUH_FUNCTION_1(CUH_SIMD, sin)
CUH_FUNCTION_1(CUH_SIMD, cos)
CUH_FUNCTION_1(CUH_SIMD_NEW, tan)
CUH_FUNCTION_1(CUH_SIMD_NEW, asin)
CUH_FUNCTION_1(CUH_SIMD_NEW, acos)
CUH_FUNCTION_1(CUH_SIMD_NEW, atan)
CUH_FUNCTION_1(CUH_SIMD_NEW, sinh)
CUH_FUNCTION_1(CUH_SIMD_NEW, cosh)
CUH_FUNCTION_1(CUH_SIMD_NEW, tanh)
CUH_FUNCTION_1(CUH_SIMD_NEW, asinh)
CUH_FUNCTION_1(CUH_SIMD_NEW, acosh)
CUH_FUNCTION_1(CUH_SIMD_NEW, atanh)
CUH_FUNCTION_1(CUH_SIMD_NEW, exp2)
CUH_FUNCTION_1(CUH_SIMD_NEW, exp10)
CUH_FUNCTION_1(CUH_SIMD_NEW, expm1)
CUH_FUNCTION_1(CUH_SIMD_NEW, log2)
CUH_FUNCTION_1(CUH_SIMD_NEW, log10)
CUH_FUNCTION_1(CUH_SIMD_NEW, log1p)
CUH_FUNCTION_1(CUH_SIMD_NEW, erf)
CUH_FUNCTION_1(CUH_SIMD_NEW, erfc)
CUH_FUNCTION_1(CUH_SIMD_NEW, cbrt)
CUH_FUNCTION_1(, sqrt)
CUH_FUNCTION_1(, fabs)
CUH_FUNCTION_1(, floor)
CUH_FUNCTION_1(, ceil)
CUH_FUNCTION_1(, trunc)
CUH_FUNCTION_1(, rint)
CUH_FUNCTION_1(, nearbyint)
CUH_FUNCTION_1(, logb)
CUH_FUNCTION_1(, tgamma)
CUH_FUNCTION_1(, j0)
CUH_FUNCTION_1(, j1)
CUH_FUNCTION_1(, y0)
CUH_FUNCTION_1(, y1)
CUH_FUNCTION_2(CUH_SIMD, pow)
CUH_FUNCTION_2(CUH_SIMD_NEW, atan2)
CUH_FUNCTION_2(CUH_SIMD_NEW, hypot)
CUH_FUNCTION_2(, fmod)
CUH_FUNCTION_2(, remainder)
CUH_FUNCTION_2(, copysign)
CUH_FUNCTION_2(, nextafter)
CUH_FUNCTION_2(, fdim)

extern "C" {
double fma(double, double, double) noexcept;
float fmaf(float, float, float) noexcept;
double ldexp(double, int) noexcept;
float ldexpf(float, int) noexcept;
double scalbn(double, int) noexcept;
float scalbnf(float, int) noexcept;
double scalbln(double, long) noexcept;
float scalblnf(float, long) noexcept;
double frexp(double, int*) noexcept;
float frexpf(float, int*) noexcept;
double modf(double, double*) noexcept;
float modff(float, float*) noexcept;
double remquo(double, double, int*) noexcept;
float remquof(float, float, int*) noexcept;
int ilogb(double) noexcept;
int ilogbf(float) noexcept;
long lrint(double) noexcept;
long lrintf(float) noexcept;
long long llrint(double) noexcept;
long long llrintf(float) noexcept;
long lround(double) noexcept;
long lroundf(float) noexcept;
long long llround(double) noexcept;
long long llroundf(float) noexcept;
double jn(int, double) noexcept;
float jnf(int, float) noexcept;
double yn(int, double) noexcept;
float ynf(int, float) noexcept;
double lgamma_r(double, int*) noexcept;
float lgammaf_r(float, int*) noexcept;
}

// name(x, rest...) for float and for integers; others have it in double.
#define CUH_OVERLOAD(Result, FloatResult, name, parameters, arguments)    \
  static inline FloatResult name(float x CUH_REST parameters) {           \
    return name##f(x CUH_REST arguments);                                 \
  }                                                                       \
  template <class T>                                                      \
  static inline typename cuh_integral<T, Result>::type name(              \
      T x CUH_REST parameters) {                                          \
    return name((double)x CUH_REST arguments);                            \
  }
#define CUH_REST(...) __VA_OPT__(,) __VA_ARGS__
CUH_OVERLOAD(double, float, ldexp, (int n), (n))
CUH_OVERLOAD(double, float, scalbn, (int n), (n))
CUH_OVERLOAD(double, float, scalbln, (long n), (n))
CUH_OVERLOAD(double, float, frexp, (int* n), (n))
CUH_OVERLOAD(int, int, ilogb, (), ())
CUH_OVERLOAD(long, long, lrint, (), ())
CUH_OVERLOAD(long long, long long, llrint, (), ())
CUH_OVERLOAD(long, long, lround, (), ())
CUH_OVERLOAD(long long, long long, llround, (), ())
#undef CUH_OVERLOAD
#undef CUH_REST

static inline float fma(float x, float y, float z) { return fmaf(x, y, z); }
template <class A, class B, class C>
static inline cuh_double<cuh_double<A, B>, C> fma(A x, B y, C z) {
  return fma((double)x, (double)y, (double)z);
}
static inline float modf(float x, float* whole) { return modff(x, whole); }
static inline float remquo(float x, float y, int* n) {
  return remquof(x, y, n);
}
static inline float jn(int n, float x) { return jnf(n, x); }
static inline float yn(int n, float x) { return ynf(n, x); }

// lgamma itself writes the sign to a variable that all threads share.
static inline double lgamma(double x) {
  int sign;
  return lgamma_r(x, &sign);
}
static inline float lgammaf(float x) {
  int sign;
  return lgammaf_r(x, &sign);
}
CUH_OVERLOAD_1(lgamma)

// ---- Functions that the C library lacks, or has in scalar form only -------

// Half away from zero: what is added is the largest number below a half.
static inline double round(double x) {
  return __builtin_trunc(
      x + __builtin_copysign(0.49999999999999994, x));
}
static inline float roundf(float x) {
  return __builtin_truncf(x + __builtin_copysignf(0.49999997f, x));
}
CUH_OVERLOAD_1(round)

static inline double rsqrt(double x) { return 1 / sqrt(x); }
static inline float rsqrtf(float x) { return 1 / sqrtf(x); }
CUH_OVERLOAD_1(rsqrt)

static inline double rcbrt(double x) { return 1 / cbrt(x); }
static inline float rcbrtf(float x) { return 1 / cbrtf(x); }
CUH_OVERLOAD_1(rcbrt)

// Not a number loses against a number.
static inline double fmin(double x, double y) {
  return x < y || y != y ? x : y;
}
static inline float fminf(float x, float y) {
  return x < y || y != y ? x : y;
}
CUH_OVERLOAD_2(fmin)
static inline double fmax(double x, double y) {
  return x > y || y != y ? x : y;
}
static inline float fmaxf(float x, float y) {
  return x > y || y != y ? x : y;
}
CUH_OVERLOAD_2(fmax)

static inline void sincos(double x, double* s, double* c) {
  *s = sin(x);
  *c = cos(x);
}
static inline void sincosf(float x, float* s, float* c) {
  *s = sinf(x);
  *c = cosf(x);
}
static inline void sincos(float x, float* s, float* c) { sincosf(x, s, c); }

static inline float fdividef(float x, float y) { return x / y; }

// ---- Classes of numbers ---------------------------------------------------

#define CUH_CLASS(name, builtin, of_integer)                           \
  static inline bool name(float x) { return builtin(x); }              \
  static inline bool name(double x) { return builtin(x); }             \
  template <class T>                                                   \
  static inline typename cuh_integral<T, bool>::type name(T x) {       \
    return of_integer;                                                 \
  }
CUH_CLASS(isnan, __builtin_isnan, false)
CUH_CLASS(isinf, __builtin_isinf, false)
CUH_CLASS(isfinite, __builtin_isfinite, true)
CUH_CLASS(signbit, __builtin_signbit, x < T(0))

// ---- min, max, abs --------------------------------------------------------

// Integers meet in the type that their sum has, as in CUDA: of int and
// unsigned, unsigned.
template <class A, class B>
static inline typename cuh_integral<
    A, typename cuh_integral<B, decltype(A() + B())>::type>::type
min(A a, B b) {
  typedef decltype(A() + B()) T;
  return (T)a < (T)b ? (T)a : (T)b;
}
template <class A, class B>
static inline typename cuh_integral<
    A, typename cuh_integral<B, decltype(A() + B())>::type>::type
max(A a, B b) {
  typedef decltype(A() + B()) T;
  return (T)a > (T)b ? (T)a : (T)b;
}
static inline float min(float a, float b) { return fminf(a, b); }
static inline float max(float a, float b) { return fmaxf(a, b); }
static inline double min(double a, double b) { return fmin(a, b); }
static inline double max(double a, double b) { return fmax(a, b); }
static inline double min(float a, double b) { return fmin(a, b); }
static inline double max(float a, double b) { return fmax(a, b); }
static inline double min(double a, float b) { return fmin(a, b); }
static inline double max(double a, float b) { return fmax(a, b); }

#define umin(a, b) min((unsigned)(a), (unsigned)(b))
#define umax(a, b) max((unsigned)(a), (unsigned)(b))
#define llmin(a, b) min((long long)(a), (long long)(b))
#define llmax(a, b) max((long long)(a), (long long)(b))
#define ullmin(a, b) min((unsigned long long)(a), (unsigned long long)(b))
#define ullmax(a, b) max((unsigned long long)(a), (unsigned long long)(b))

static inline float abs(float x) { return __builtin_fabsf(x); }
static inline double abs(double x) { return __builtin_fabs(x); }
template <class T>
static inline typename cuh_integral<T, decltype(T() + T())>::type abs(T x) {
  typedef decltype(T() + T()) R;
  return x < T(0) ? -(R)x : (R)x;
}
static inline long labs(long x) { return abs(x); }
static inline long long llabs(long long x) { return abs(x); }

// ---- Fast variants: on a GPU they give up accuracy ------------------------

static inline float __expf(float x) { return expf(x); }
static inline float __exp10f(float x) { return exp10f(x); }
static inline float __logf(float x) { return logf(x); }
static inline float __log2f(float x) { return log2f(x); }
static inline float __log10f(float x) { return log10f(x); }
static inline float __powf(float x, float y) { return powf(x, y); }
static inline float __sinf(float x) { return sinf(x); }
static inline float __cosf(float x) { return cosf(x); }
static inline float __tanf(float x) { return tanf(x); }
static inline void __sincosf(float x, float* s, float* c) {
  sincosf(x, s, c);
}
static inline float __fdividef(float x, float y) { return x / y; }
static inline float __saturatef(float x) {
  return fminf(fmaxf(x, 0.f), 1.f);
}
