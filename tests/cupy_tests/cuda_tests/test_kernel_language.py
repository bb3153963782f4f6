"""What kernels may say: the language that a CUDA compiler has built in."""
import math
import unittest

import numpy

from cupy.cuda import compiler, driver


def launch(source, name, grid, block, *args, **keywords):
    """Runs a kernel; the arguments are host arrays and scalars."""
    module = compiler.compile_with_cache(
        source, keywords.pop('options', ()))
    module.get_function(name)(grid, block, [
        arg.ctypes.data if isinstance(arg, numpy.ndarray) else arg
        for arg in args], **keywords)


def evaluate(expressions, preamble='', options=(), variables=()):
    """Evaluates expressions of CUDA C++ to doubles.

    ``variables`` are declarations without a value, as ``float x``; their
    values come from memory, so that the compiler does not know them.
    """
    values = numpy.array([value for _, value in variables], 'd')
    out = numpy.empty(len(expressions), 'd')
    lines = [f'  {declaration} = _in[{i}];'
             for i, (declaration, _) in enumerate(variables)]
    lines += [f'  _out[{i}] = (double)({expression});'
              for i, expression in enumerate(expressions)]
    source = '\n'.join([
        preamble, 'extern "C" __global__ void evaluate(double* _out, '
        'const double* _in) {', *lines, '}'])
    launch(source, 'evaluate', (1,), (1,), out, values, options=options)
    return out


def check(table, **keywords):
    out = evaluate([expression for expression, _ in table], **keywords)
    for (expression, expected), actual in zip(table, out):
        if math.isnan(expected):
            good = math.isnan(actual)
        elif isinstance(expected, float):
            good = actual == expected or (
                abs(actual - expected) <= 1e-6 * abs(expected))
        else:
            good = actual == expected
        assert good, f'{expression} is {actual}, not {expected}'


class TypesTest(unittest.TestCase):

    def test_results_of_functions(self):
        # Integers, and pairs of different types, are computed in double.
        check([
            ('sizeof(exp(1.f))', 4), ('sizeof(exp(1.))', 8),
            ('sizeof(exp(1))', 8), ('sizeof(sqrt(2u))', 8),
            ('sizeof(floor(1ll))', 8), ('sizeof(pow(2.f, 3.f))', 4),
            ('sizeof(pow(2.f, 3))', 8), ('sizeof(pow(2., 3.f))', 8),
            ('sizeof(pow(2.f, 3.))', 8), ('sizeof(pow(2, 3))', 8),
            ('sizeof(atan2(1.f, 2.f))', 4), ('sizeof(atan2(1, 2.f))', 8),
            ('sizeof(fmax(1.f, 2.f))', 4), ('sizeof(fmin(1.f, 2.))', 8),
            ('sizeof(fabs(1.f))', 4), ('sizeof(fabs(-1))', 8),
            ('sizeof(lgamma(1.f))', 4), ('sizeof(round(1.f))', 4),
            ('sizeof(rsqrt(1.f))', 4), ('sizeof(erfinv(0.5f))', 4),
            ('sizeof(abs((char)-1))', 4), ('sizeof(abs(-1ll))', 8),
            ('sizeof(min(1.f, 2.f))', 4), ('sizeof(min(1.f, 2.))', 8),
            ('sizeof(min((char)1, (char)2))', 4),
            ('sizeof(max(1, 2ll))', 8)])

    def test_sizes(self):
        check([
            ('sizeof(size_t)', 8), ('sizeof(ptrdiff_t)', 8),
            ('sizeof(int8_t) + sizeof(uint8_t)', 2),
            ('sizeof(int16_t) + sizeof(uint16_t)', 4),
            ('sizeof(int32_t) + sizeof(uint32_t)', 8),
            ('sizeof(int64_t) + sizeof(uint64_t)', 16),
            ('sizeof(float3)', 12), ('sizeof(float4)', 16),
            ('alignof(float4)', 16), ('alignof(float2)', 8),
            ('alignof(float3)', 4), ('alignof(double2)', 16),
            ('alignof(uchar4)', 4), ('alignof(short2)', 4),
            ('sizeof(dim3)', 12)])

    def test_vectors(self):
        check([
            ('make_float4(1, 2, 3, 4).w', 4), ('make_int2(5, 6).y', 6),
            ('make_uchar3(1, 2, 255).z', 255), ('make_double1(2.5).x', 2.5),
            ('dim3(7).x * 100 + dim3(7).y * 10 + dim3(7).z', 711),
            ('dim3(make_uint3(1, 2, 3)).z', 3)])


class MathTest(unittest.TestCase):

    def test_functions(self):
        x = 0.3
        table = []
        for suffix, argument in ('f', 'f'), ('', 'd'):
            for name in (
                    'exp', 'log', 'sin', 'cos', 'tan', 'asin', 'acos', 'atan',
                    'sinh', 'cosh', 'tanh', 'asinh', 'atanh', 'expm1',
                    'log1p', 'log2', 'log10', 'sqrt', 'erf', 'erfc',
                    'lgamma'):
                table.append((name + suffix + '(' + argument + ')',
                              getattr(math, name)(x)))
            table += [
                (f'{name}{suffix}({argument})', expected)
                for name, expected in [
                    ('exp2', 2 ** x), ('exp10', 10 ** x),
                    ('cbrt', x ** (1 / 3)), ('rcbrt', x ** (-1 / 3)),
                    ('rsqrt', x ** -0.5), ('tgamma', math.gamma(x)),
                    ('sinpi', math.sin(math.pi * x)),
                    ('cospi', math.cos(math.pi * x)),
                    ('normcdf', 0.5 * math.erfc(-x / 2 ** 0.5)),
                    ('erfcx', math.exp(x * x) * math.erfc(x)),
                    ('j0', 0.9776262465382961), ('j1', 0.148318816273104),
                    ('y0', -0.8072735778045195), ('y1', -2.29310513856)]]
            table += [
                (f'acosh{suffix}({argument} + 2)',
                 math.acosh(2.3)),
                (f'pow{suffix}({argument}, 1.7f)', x ** 1.7),
                (f'atan2{suffix}({argument}, -2)',
                 math.atan2(x, -2)),
                (f'hypot{suffix}({argument}, 2)',
                 math.hypot(x, 2)),
                (f'fmod{suffix}(-7.5f, 2)', -1.5),
                (f'remainder{suffix}(7.5f, 2)', -0.5),
                (f'fdim{suffix}(5, 3)', 2.),
                (f'copysign{suffix}(3, -{argument})', -3.),
                (f'fma{suffix}({argument}, 2, 1)', 2 * x + 1),
                (f'ldexp{suffix}(3, 4)', 48.),
                (f'scalbn{suffix}(3, -1)', 1.5),
                (f'ilogb{suffix}(9)', 3),
                (f'fma{suffix}(2, 3, 4)', 10.),
                (f'jn{suffix}(2, {argument})', 0.0111658619490639),
                (f'lrint{suffix}(2.5f)', 2),
                (f'llround{suffix}(-2.5f)', -3)]
        check(table, variables=[('float f', x), ('double d', x)])

    def test_rounding(self):
        values = [-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 0.49999999999999994, 3.7,
                  -3.7, 8388609.0, 4503599627370497.0]
        table = []
        for i, value in enumerate(values):
            x = f'x{i}'
            away = math.copysign(math.floor(abs(value) + 0.5), value)
            if value == 0.49999999999999994:
                away = 0.
            table += [
                (f'round({x})', away),
                (f'rint({x})', float(round(value))),
                (f'floor({x})', float(math.floor(value))),
                (f'ceil({x})', float(math.ceil(value))),
                (f'trunc({x})', float(math.trunc(value)))]
        check(table, variables=[
            (f'double x{i}', value)
            for i, value in enumerate(values)])
        check([('roundf(x)', 0.), ('roundf(y)', 8388609.),
               ('roundf(z)', 4194305.), ('signbit(round(-x))', 1)],
              variables=[('float x', 0.49999997), ('float y', 8388609),
                         ('float z', 4194304.5)])

    def test_through_pointers(self):
        out = numpy.zeros(12, 'd')
        launch('''
extern "C" __global__ void f(double* out, double x) {
  int n; double whole; float s, c, fwhole;
  out[0] = frexp(x, &n); out[1] = n;
  out[2] = modf(x, &whole); out[3] = whole;
  sincosf((float)x, &s, &c); out[4] = s; out[5] = c;
  sincos(x, out + 6, out + 7);
  out[8] = modf((float)x, &fwhole); out[9] = fwhole;
  out[10] = remquo(7.0, 2.0, &n); out[11] = n & 7;
}''', 'f', (1,), (1,), out, 5.75)
        numpy.testing.assert_allclose(out, [
            0.71875, 3, 0.75, 5, math.sin(5.75), math.cos(5.75),
            math.sin(5.75), math.cos(5.75), 0.75, 5, -1, 4], rtol=1e-6)

    def test_inverse_error_functions(self):
        x = numpy.concatenate([
            numpy.linspace(-0.999, 0.999, 101),
            [1e-12, -1e-300, 1 - 1e-15, 0.5, -0.5]])
        tiny = 10.0 ** numpy.linspace(-300, 0, len(x))
        out = numpy.empty((5, len(x)))
        launch('''
extern "C" __global__ void f(
    const double* x, const double* tiny, double* out, int n) {
  int i = threadIdx.x;
  out[i] = erfinv(x[i]);
  out[n + i] = erfcinv(1 + x[i]);
  out[2 * n + i] = erfcinv(tiny[i]);
  out[3 * n + i] = normcdfinv(tiny[i] / 2);
  out[4 * n + i] = erfcx(1 / tiny[i]);
}''', 'f', (1,), (len(x),), x, tiny, out, len(x))
        erf = numpy.vectorize(math.erf)
        erfc = numpy.vectorize(math.erfc)
        numpy.testing.assert_allclose(erf(out[0]), x, rtol=1e-15)
        numpy.testing.assert_allclose(erfc(out[1]), 1 + x, rtol=1e-14)
        numpy.testing.assert_allclose(erfc(out[2]), tiny, rtol=1e-12)
        numpy.testing.assert_allclose(
            erfc(-out[3] / 2 ** 0.5) / 2, tiny / 2, rtol=1e-12)
        large = tiny < 1e-3  # erfcx(x) = 1 / (sqrt(pi) x) (1 - 1 / 2x^2 ...)
        numpy.testing.assert_allclose(
            out[4][large], tiny[large] / math.pi ** 0.5 *
            (1 - tiny[large] ** 2 / 2), rtol=1e-11)

    def test_ends_of_domains(self):
        inf, nan = math.inf, math.nan
        check([
            ('erfinv(one)', inf), ('erfinv(-one)', -inf),
            ('erfinv(2 * one)', nan), ('erfcinv(0 * one)', inf),
            ('erfcinv(2 * one)', -inf), ('erfcinv(-one)', nan),
            ('sinpi(5 * one)', 0), ('cospi(2.5 * one)', 0),
            ('sinpi(-0.5 * one)', -1.), ('cospi(3 * one)', -1.),
            ('log(0 * one)', -inf), ('log(-one)', nan), ('exp(-INFINITY)', 0),
            ('expf((float)one * 200)', inf), ('NAN', nan),
            ('-INFINITY', -inf), ('sqrt(-one)', nan),
            ('erfcx(-30 * one)', inf)], variables=[('double one', 1)])

    def test_classes_of_numbers(self):
        check([
            ('isnan(f) ? 1 : 0', 1), ('isnan(d) ? 1 : 0', 0),
            ('isinf(d) && !isinf(f)', 1), ('isfinite(d) || isfinite(f)', 0),
            ('isnan(3) + isinf(3) + isfinite(3)', 1), ('signbit(-d)', 1),
            ('signbit(d)', 0), ('signbit(-3)', 1), ('isfinite(1.f)', 1)],
            variables=[('float f', math.nan), ('double d', math.inf)])

    def test_minimum_and_maximum(self):
        check([
            ('min(3, -2)', -2), ('max(3u, 2u)', 3), ('min(-1, 3u)', 3),
            ('max((unsigned char)200, (char)-5)', 200),
            ('min(5ll, -7)', -7), ('max(-1ll, 1u)', 1),
            ('min(1.5f, 2.5)', 1.5), ('max(true, false)', 1),
            ('min(nan, 2.f)', 2.), ('max(2.f, nan)', 2.),
            ('min(2.f, nan)', 2.), ('max(nan, 2.f)', 2.),
            ('fmin(3, nan)', 3.), ('fmax(3, nan)', 3.), ('fmax(nan, 3)', 3.),
            ('fmin(nan, 3)', 3.), ('fmaxf(nan, nan)', math.nan),
            ('abs(-3)', 3), ('abs(-3.5f)', 3.5), ('abs(-2147483649ll)',
                                                  2147483649),
            ('labs(-4l)', 4), ('llabs(-4)', 4), ('abs(3u)', 3),
            ('umin(3, 4u)', 3), ('llmax(-3, 4)', 4), ('ullmin(3, 4)', 3)],
            variables=[('float nan', math.nan)])

    def test_fast_variants(self):
        x = 0.7
        check([
            ('__expf(x)', math.exp(x)), ('__exp10f(x)', 10 ** x),
            ('__logf(x)', math.log(x)), ('__log2f(x)', math.log2(x)),
            ('__log10f(x)', math.log10(x)), ('__powf(x, 3)', x ** 3),
            ('__sinf(x)', math.sin(x)), ('__cosf(x)', math.cos(x)),
            ('__tanf(x)', math.tan(x)), ('__fdividef(x, 3)', x / 3),
            ('fdividef(x, 3)', x / 3), ('__frcp_rn(x)', 1 / x),
            ('__fsqrt_rn(x)', x ** 0.5), ('__frsqrt_rn(x)', x ** -0.5),
            ('__fmaf_rn(x, 2, 3)', 2 * x + 3), ('__fdiv_rn(x, 3)', x / 3),
            ('__saturatef(3 * x)', 1.), ('__saturatef(-x)', 0),
            ('__saturatef(NAN)', 0)],
            variables=[('float x', x)])

    def test_rounded_products_are_not_fused(self):
        # The error of a product, which only a fused operation sees.
        x = numpy.float32(1) + numpy.float32(2) ** -12
        error = float(x) ** 2 - float(numpy.float32(float(x) ** 2))
        self.assertNotEqual(error, 0)
        check([
            ('fmaf(x, x, -(x * x))', error),
            ('__fsub_rn(__fmul_rn(x, x), __fmul_rn(x, x))', 0),
            ('__fadd_rn(__fmul_rn(x, x), -p)', 0),
            ('__dadd_rn(__dmul_rn(x, 2), 1)', 2 * float(x) + 1)],
            variables=[('float x', x), ('float p', float(x) ** 2)])

    def test_vectorized_loops_are_as_exact(self):
        # A loop of this kind is compiled to vector instructions.
        x = numpy.linspace(-3, 3, 1000, dtype='f')
        out = numpy.empty((4, 1000), 'f')
        launch('''
#include "carray.h"
extern "C" __global__ void f(const float* x, float* out, int n) {
  CUPY_FOR(i, n) {
    out[i] = exp(x[i]);
    out[n + i] = tanh(x[i]);
    out[2 * n + i] = sin(x[i]) + cos(x[i]);
    out[3 * n + i] = isnan(x[i]) ? 0.f : pow(abs(x[i]), 1.3f);
  }
}''', 'f', (1,), (1,), x, out, 1000)
        y = x.astype('d')
        numpy.testing.assert_allclose(
            out, [numpy.exp(y), numpy.tanh(y), numpy.sin(y) + numpy.cos(y),
                  abs(y) ** float(numpy.float32(1.3))], rtol=1e-6, atol=1e-7)


class IntrinsicsTest(unittest.TestCase):

    def test_bits(self):
        check([
            ('__popc(0xf0f0u)', 8), ('__popcll(~0ull)', 64),
            ('__clz(1)', 31), ('__clz(0)', 32), ('__clzll(1)', 63),
            ('__clzll(0)', 64), ('__ffs(8)', 4), ('__ffs(0)', 0),
            ('__ffsll(1ll << 40)', 41), ('__brev(1)', 2 ** 31),
            ('__brev(0x12345678u)', 0x1e6a2c48),
            ('__brevll(1) == 1ull << 63', 1),
            ('__byte_perm(0x33221100u, 0x77665544u, 0x7531u)', 0x77553311),
            ('__byte_perm(0x00000080u, 0, 0x8888u)', 0xffffffff),
            ('__funnelshift_l(0x80000001u, 0x7u, 1)', 15),
            ('__funnelshift_r(0x80000001u, 0x7u, 1)', 0xc0000000)])

    def test_integer_arithmetic(self):
        check([
            ('__mul24(-3, 5)', -15), ('__mul24(0x1000001, 7)', 7),
            ('__umul24(0xffffffffu, 2)', 2 * 0xffffff),
            ('__mulhi(1 << 30, -8)', -2), ('__umulhi(1u << 31, 6)', 3),
            ('__mul64hi(1ll << 62, -8)', -2),
            ('__umul64hi(1ull << 63, 6)', 3), ('__sad(-3, 4, 10)', 17),
            ('__usad(4, 1, 10)', 13), ('__hadd(2147483647, 1)', 2 ** 30),
            ('__hadd(-3, 0)', -2), ('__rhadd(2, 3)', 3),
            ('__uhadd(4294967295u, 1)', 2 ** 31), ('__urhadd(2, 3)', 3)])

    def test_conversions(self):
        top = 2 ** 31 - 1
        check([
            ('__float_as_int(1.f)', 0x3f800000),
            ('__float_as_uint(-1.f)', 0xbf800000),
            ('__int_as_float(0x40000000)', 2.),
            ('__uint_as_float(0xc0000000u)', -2.),
            ('__double_as_longlong(1.) == 0x3ffll << 52', 1),
            ('__longlong_as_double(0x400ll << 52)', 2.),
            ('__double2hiint(1.)', 0x3ff00000), ('__double2loint(1.)', 0),
            ('__hiloint2double(0x3ff00000, 0)', 1.),
            ('__float2int_rn(2.5f)', 2), ('__float2int_rz(-2.7f)', -2),
            ('__float2int_rd(-2.1f)', -3), ('__float2int_ru(2.1f)', 3),
            ('__float2int_rn(3e9f)', top), ('__float2int_rz(-3e9f)', -top - 1),
            ('__float2int_rn(nan)', 0),
            ('__double2ull_ru(nan)', 0), ('__float2uint_rn(-1.f)', 0),
            ('__float2uint_rz(5e9f)', 2 ** 32 - 1),
            ('__double2ll_rz(1e30) == 9223372036854775807ll', 1),
            ('__double2ull_rn(1e30) == ~0ull', 1),
            ('__double2int_rd(-0.5)', -1), ('__float2ll_rn(1e10f)', 10 ** 10),
            ('__int2float_rn(16777217)', 16777216.),
            ('__double2float_rn(0.1)', float(numpy.float32(0.1)))],
            variables=[('float nan', math.nan)])

    def test_atomics_return_the_old_value(self):
        out = numpy.zeros(20, 'd')
        launch('''
extern "C" __global__ void f(double* out) {
  int i = 5; unsigned u = 5; long long l = 5; unsigned long long v = 5;
  float x = 5; double y = 5;
  out[0] = atomicAdd(&i, -2) * 10 + i;
  out[1] = atomicSub(&u, 2) * 10 + u;
  out[2] = atomicAdd(&v, 2) * 10 + v;
  out[3] = atomicAdd(&x, 1.5) * 10 + x;      // a double for a float
  out[4] = atomicAdd(&y, 2) * 10 + y;        // an int for a double
  out[5] = atomicExch(&x, 1) * 10 + x;
  out[6] = atomicMin(&l, -3) * 10 + l;
  out[7] = atomicMax(&l, 2) * 10 + l;
  out[8] = atomicCAS(&i, 3, 8) * 10 + i;
  out[9] = atomicCAS(&i, 3, 9) * 10 + i;
  u = 3;
  out[10] = atomicInc(&u, 3) * 10 + u;
  out[11] = atomicInc(&u, 3) * 10 + u;
  out[12] = atomicDec(&u, 3) * 10 + u;
  out[13] = atomicDec(&u, 3) * 10 + u;
  i = 6;
  out[14] = atomicAnd(&i, 3) * 10 + i;
  out[15] = atomicOr(&i, 5) * 10 + i;
  out[16] = atomicXor(&i, 1) * 10 + i;
  x = NAN;
  out[17] = isnan(atomicAdd(&x, 1));
  out[18] = __ldg(out + 16);
  __threadfence(); __threadfence_block(); __threadfence_system();
  u = 7;
  out[19] = atomicDec(&u, 3) * 10 + u;
}''', 'f', (1,), (1,), out)
        self.assertEqual(out.tolist(), [
            53, 53, 57, 56.5, 57, 66, 47, -28, 38, 88, 30, 1, 10, 3, 62, 27,
            76, 1, 76, 73])

    def test_atomics_between_threads(self):
        n = 1 << 16
        x = numpy.arange(n, dtype='i') * 7919 % 64
        histogram = numpy.zeros(64, 'i')
        total = numpy.zeros(1, 'd')
        extremes = numpy.array([10 ** 6, -1], 'i')
        launch('''
extern "C" __global__ void f(const int* x, int* histogram, double* total,
                             int* extremes, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= n) return;
  atomicAdd(&histogram[x[i]], 1);
  atomicAdd(total, 0.5);
  atomicMin(extremes, i);
  atomicMax(extremes + 1, i);
}''', 'f', (n // 256,), (256,), x, histogram, total, extremes, n)
        self.assertEqual(histogram.tolist(), numpy.bincount(x).tolist())
        self.assertEqual(total[0], n / 2)
        self.assertEqual(extremes.tolist(), [0, n - 1])

    def test_maximum_of_floats_by_compare_and_swap(self):
        # As it is written where there is no atomicMax of floats.
        x = numpy.random.normal(size=5000).astype('f')
        out = numpy.full(1, -1e30, 'f')
        launch('''
__device__ float atomicMaxFloat(float* address, float val) {
  int* address_as_int = (int*)address;
  int old = *address_as_int, assumed;
  while (val > __int_as_float(old)) {
    assumed = old;
    old = atomicCAS(address_as_int, assumed, __float_as_int(val));
    if (old == assumed) break;
  }
  return __int_as_float(old);
}
extern "C" __global__ void f(const float* x, float* out, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) atomicMaxFloat(out, x[i]);
}''', 'f', (40,), (128,), x, out, 5000)
        self.assertEqual(out[0], x.max())

    def test_clock_runs(self):
        check([('clock64() > 0', 1), ('clock() != 0', 1)])


class ProgramTest(unittest.TestCase):

    def test_index_of_a_grid_in_three_dimensions(self):
        out = numpy.zeros((6, 4, 6), 'i')
        launch('''
__global__ void unused(float4 v) {}
extern "C" __global__ void __launch_bounds__(32, 4) f(int* __restrict__ out) {
  int x = blockIdx.x * blockDim.x + threadIdx.x;
  int y = blockIdx.y * blockDim.y + threadIdx.y;
  int z = blockIdx.z * blockDim.z + threadIdx.z;
  int width = gridDim.x * blockDim.x, height = gridDim.y * blockDim.y;
  out[(z * height + y) * width + x] = 100 * z + 10 * y + x;
}''', 'f', (3, 2, 2), (2, 2, 3), out)
        expected = sum(
            scale * numpy.arange(n).reshape(shape) for scale, n, shape in [
                (100, 6, (6, 1, 1)), (10, 4, (4, 1)), (1, 6, (6,))])
        numpy.testing.assert_array_equal(out, expected)

    def test_device_functions_templates_and_operators(self):
        out = numpy.zeros(6, 'f')
        launch('''
namespace geometry {
struct Vector {
  float x, y;
  __host__ __device__ Vector(float x, float y) : x(x), y(y) {}
  __device__ Vector operator+(const Vector& v) const {
    return Vector(x + v.x, y + v.y);
  }
  __device__ float norm() const;
};
__device__ float Vector::norm() const { return sqrtf(x * x + y * y); }
}
template <typename T, int N>
__device__ __forceinline__ T power(T x) {
  T y = 1;
#pragma unroll
  for (int i = 0; i < N; ++i) y *= x;
  return y;
}
__device__ float later(float x);
static __device__ __noinline__ float twice(float x) { return 2 * x; }
#define APPLY(function, x) function(x)
extern "C" {
__global__ void f(float* out) {
  out[0] = (geometry::Vector(1, 2) + geometry::Vector(2, 2)).norm();
  out[1] = power<float, 5>(2);
  out[2] = later(3);
  auto add = [&](float x) { return x + out[1]; };
  out[3] = add(1);
  out[4] = APPLY(twice, 21);
  switch (threadIdx.x) { case 0: out[5] = warpSize; break; default: break; }
}
}
__device__ float later(float x) { return x - 1; }
''', 'f', (1,), (1,), out)
        self.assertEqual(out.tolist(), [5, 32, 2, 33, 42, 32])

    def test_aliased_memory(self):
        # Read as another type than it was written: CUDA code does that.
        out = numpy.zeros(1, 'i')
        launch('''
__device__ __noinline__ int mixed(int* i, float* f) {
  *i = 1; *f = 2; return *i;
}
extern "C" __global__ void f(int* out) { out[0] = mixed(out, (float*)out); }
''', 'f', (1,), (1,), out)
        self.assertEqual(out[0], 0x40000000)

    def test_headers_that_nvcc_had(self):
        out = numpy.zeros(3, 'd')
        launch('''#include <stdio.h>
#include <math.h>
# include "cuda_runtime.h"   // not needed today
#include <float.h>
extern "C" __global__ void f(double* out) {
  out[0] = __LINE__; out[1] = FLT_MAX; out[2] = sizeof(exp(1.f));
}''', 'f', (1,), (1,), out)
        self.assertEqual(
            out.tolist(), [6, float(numpy.finfo('f').max), 4])

    def test_conditional_code(self):
        # Text that is left out has kernels, braces and quotes of its own.
        out = numpy.zeros(2, 'i')
        launch(r'''
#if 0
extern "C" __global__ void f(int* out) { don't compile this }
#endif
/* __global__ void g() { __syncthreads(); } */
// "unfinished
extern "C" __global__ void f(int* out) {
#ifdef UNDEFINED
  if (out[0]) {
#else
  if (!out[0]) {
#endif
    const char* text = "} \" {"; char c = '}'; char quote = '\'';
    out[0] = text[0] == c && quote;
    out[1] = R"x(a)" } b)x"[4];
  }
}
extern "C" __global__ void g(int* out) { out[0] = 7; }
''', 'f', (1,), (1,), out)
        self.assertEqual(out.tolist(), [1, ord('}')])

    def test_constant_and_device_variables_have_addresses(self):
        source = '''
__constant__ float coefficients[3] = {1, 2, 3};
__device__ int counter = 40;
static __device__ int hidden;
extern "C" __global__ void f(float* out) {
  out[threadIdx.x] = 10 * coefficients[threadIdx.x];
  atomicAdd(&counter, 1);
  ++hidden;
}'''
        module = compiler.compile_with_cache(source)
        constants = module.get_global_var('coefficients')
        memory = (numpy.ctypeslib.ctypes.c_float * 3).from_address(constants)
        self.assertEqual(list(memory), [1, 2, 3])
        memory[1] = 7
        out = numpy.zeros(3, 'f')
        launch(source, 'f', (1,), (3,), out)
        self.assertEqual(out.tolist(), [10, 70, 30])
        counter = numpy.ctypeslib.ctypes.c_int.from_address(
            module.get_global_var('counter'))
        self.assertEqual(counter.value, 43)
        memory[1] = 2
        for name in ('hidden', 'f', 'signgam', 'no_such'):
            with self.assertRaisesRegex(driver.CUDADriverError, name):
                module.get_global_var(name)

    def test_device_memory_functions(self):
        out = numpy.zeros(4, 'i')
        launch('''
extern "C" __global__ void f(int* out) {
  int* p = (int*)malloc(16);
  memset(p, 0, 16); p[1] = 5;
  memcpy(out, p, 8); memmove(out + 1, out, 8);
  out[3] = memcmp(out, p, 4) == 0;
  free(p);
}''', 'f', (1,), (1,), out)
        self.assertEqual(out.tolist(), [0, 0, 5, 1])

    def test_early_return_and_loops(self):
        out = numpy.zeros(300, 'i')
        launch('''
extern "C" __global__ void f(int* out, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= n) return;
  for (int k = i; k < n; k += gridDim.x * blockDim.x) {
    if (k % 3 == 0) continue;
    out[k] += k;
  }
}''', 'f', (2,), (64,), out, 300)
        k = numpy.arange(300)
        numpy.testing.assert_array_equal(out, k * (k % 3 != 0))
