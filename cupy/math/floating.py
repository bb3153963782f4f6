"""Parts of floating-point numbers."""
from cupy import core

signbit = core.create_ufunc(
    'cupy_signbit', ('e->?', 'f->?', 'd->?'), 'out0 = signbit(in0)',
    doc='Tests whether the sign bit is set, which it is for ``-0.0``.')

copysign = core.create_ufunc(
    'cupy_copysign', ('ee->e', 'ff->f', 'dd->d'),
    'out0 = copysign(in0, in1)',
    doc='Takes the magnitude of ``x1`` and the sign of ``x2``.')

# Exponents that are no int overflow or underflow in the same way as these.
_LDEXP = '''
__device__ inline int clamp_exponent(long long n) {
  return n > 100000 ? 100000 : n < -100000 ? -100000 : (int)n;
}
'''

ldexp = core.create_ufunc(
    'cupy_ldexp', ('ei->e', 'fi->f', 'eq->e', 'fq->f', 'di->d', 'dq->d'),
    'out0 = ldexp(in0, clamp_exponent(in1))', preamble=_LDEXP,
    doc='Computes ``x1 * 2 ** x2``, elementwise.')

frexp = core.create_ufunc(
    'cupy_frexp', ('e->ei', 'f->fi', 'd->di'),
    'int exponent = 0; out0 = frexp(in0, &exponent); out1 = exponent',
    doc='''Splits numbers into ``mantissa * 2 ** exponent``.

    Magnitudes of mantissas are 0 or in [0.5, 1); exponents are int32.
    ''')

_NEXTAFTER = '''
__device__ inline float16 next_half(float16 x, float16 y) {
  if (isnan(x)) return x;
  if (isnan(y)) return y;
  if (float(x) == float(y)) return y;  // also of zeros of different signs
  const unsigned short bits = x.bits();
  if ((bits & 0x7fff) == 0)
    return float16::from_bits((y.bits() & 0x8000) | 1);
  const bool grows = (float(x) < float(y)) == (bits < 0x8000);
  return float16::from_bits(grows ? bits + 1 : bits - 1);
}
'''

nextafter = core.create_ufunc(
    'cupy_nextafter',
    (('ee->e', 'out0 = next_half(in0, in1)'), 'ff->f', 'dd->d'),
    'out0 = nextafter(in0, in1)', preamble=_NEXTAFTER,
    doc='Takes the neighbour of ``x1`` in the direction of ``x2``.')
