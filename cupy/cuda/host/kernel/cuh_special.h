// Functions of CUDA that the C library lacks. They are costly to compile, so
// only texts that name one of them get this header.
#pragma once

// ---- Multiples of pi ------------------------------------------------------

// Exact at multiples of a half, unlike sin(pi * x).
static inline double sinpi(double x) {
  x -= 2 * rint(x / 2);
  if (fabs(x) > 0.5) x = copysign(1.0, x) - x;
  return sin(3.141592653589793 * x);
}
static inline float sinpif(float x) {
  x -= 2 * rintf(x / 2);
  if (fabsf(x) > 0.5f) x = copysignf(1.0f, x) - x;
  return sinf(3.14159265f * x);
}
CUH_OVERLOAD_1(sinpi)

static inline double cospi(double x) {
  return sin(3.141592653589793 * (0.5 - fabs(x - 2 * rint(x / 2))));
}
static inline float cospif(float x) {
  return sinf(3.14159265f * (0.5f - fabsf(x - 2 * rintf(x / 2))));
}
CUH_OVERLOAD_1(cospi)

static inline void sincospi(double x, double* s, double* c) {
  *s = sinpi(x);
  *c = cospi(x);
}
static inline void sincospif(float x, float* s, float* c) {
  *s = sinpif(x);
  *c = cospif(x);
}
static inline void sincospi(float x, float* s, float* c) {
  sincospif(x, s, c);
}

// ---- Inverse error functions ----------------------------------------------

// One step of Halley's method towards g(y) = 0, given g(y) and the slope of g
// at y, for g whose second derivative is -2 y times the first.
static inline double cuh_halley(double y, double g, double slope) {
  double newton = g / slope;
  return y - newton / (1 + newton * y);
}

static inline double cuh_erf_slope(double y) {
  return 1.1283791670955126 * exp(-y * y);
}

// The y >= 0 with erfc(y) = q, for 0 < q <= 1: Winitzki's approximation,
// good to 0.4 %, then Halley's method, which triples the digits.
static inline double cuh_upper_erfcinv(double q) {
  double l = log(q * (2 - q));
  double t = 4.330746750799873 + l / 2;
  double y = sqrt(fmax(sqrt(t * t - l / 0.147) - t, 0.0));
  for (int i = 0; i < 5; ++i)
    y = cuh_halley(y, erfc(y) - q, -cuh_erf_slope(y));
  return y;
}

static inline double erfcinv(double q) {
  if (!(q >= 0 && q <= 2)) return NAN;
  if (q == 0) return INFINITY;
  if (q == 2) return -INFINITY;
  return q > 1 ? -cuh_upper_erfcinv(2 - q) : cuh_upper_erfcinv(q);
}

static inline double erfinv(double x) {
  double size = fabs(x);
  if (!(size <= 1)) return NAN;
  if (size == 1) return copysign((double)INFINITY, x);
  if (size > 0.5) return copysign(cuh_upper_erfcinv(1 - size), x);
  double y = 0.886226925452758 * size * (1 + 0.2617993877991494 * x * x);
  for (int i = 0; i < 3; ++i)
    y = cuh_halley(y, erf(y) - size, cuh_erf_slope(y));
  return copysign(y, x);
}

// ---- The normal distribution; the scaled error function -------------------

static inline double normcdf(double x) {
  return erfc(-0.7071067811865476 * x) / 2;
}
static inline double normcdfinv(double p) {
  return -1.4142135623730951 * erfcinv(2 * p);
}

// exp(x^2) erfc(x)
static inline double erfcx(double x) {
  if (x < 5) {
    double square = x * x, rest = fma(x, x, -square);
    double scale = exp(square);
    if (scale < INFINITY) scale += scale * rest;
    return scale * erfc(x);
  }
  double fraction = x;  // a continued fraction, from its end
  for (int i = 60; i > 0; --i) fraction = x + i * 0.5 / fraction;
  return 0.5641895835477563 / fraction;
}

#define CUH_IN_DOUBLE(name)                                          \
  static inline float name##f(float x) { return (float)name((double)x); } \
  CUH_OVERLOAD_1(name)
CUH_IN_DOUBLE(erfinv)
CUH_IN_DOUBLE(erfcinv)
CUH_IN_DOUBLE(normcdf)
CUH_IN_DOUBLE(normcdfinv)
CUH_IN_DOUBLE(erfcx)
#undef CUH_IN_DOUBLE
