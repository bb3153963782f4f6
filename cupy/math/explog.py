"""Exponentials and logarithms."""
from cupy import core

_FLOATS = ('e->e', 'f->f', 'd->d')

exp = core.create_ufunc(
    'cupy_exp', _FLOATS, 'out0 = exp(in0)',
    doc='Computes ``e ** x``, elementwise.')

expm1 = core.create_ufunc(
    'cupy_expm1', _FLOATS, 'out0 = expm1(in0)',
    doc='Computes ``e ** x - 1``, accurately for small ``x``.')

exp2 = core.create_ufunc(
    'cupy_exp2', _FLOATS, 'out0 = exp2(in0)',
    doc='Computes ``2 ** x``, elementwise.')

log = core.create_ufunc(
    'cupy_log', _FLOATS, 'out0 = log(in0)',
    doc='Computes the natural logarithm, elementwise.')

log10 = core.create_ufunc(
    'cupy_log10', _FLOATS, 'out0 = log10(in0)',
    doc='Computes the logarithm to base 10, elementwise.')

log2 = core.create_ufunc(
    'cupy_log2', _FLOATS, 'out0 = log2(in0)',
    doc='Computes the logarithm to base 2, elementwise.')

log1p = core.create_ufunc(
    'cupy_log1p', _FLOATS, 'out0 = log1p(in0)',
    doc='Computes ``log(1 + x)``, accurately for small ``x``.')

# The greater argument comes out of the logarithm, so that nothing overflows.
# Equal ones may be infinite: their difference would be NaN.
_LOGADDEXP = '''
template <typename T>
__device__ T add_exp(T x, T y) {
  if (x == y) return x + T(0.6931471805599453);
  return x > y ? x + log1p(exp(y - x)) : y + log1p(exp(x - y));
}

template <typename T>
__device__ T add_exp2(T x, T y) {
  if (x == y) return x + 1;
  const T log2e = T(1.4426950408889634);
  return x > y ? x + log1p(exp2(y - x)) * log2e
               : y + log1p(exp2(x - y)) * log2e;
}
'''

logaddexp = core.create_ufunc(
    'cupy_logaddexp',
    (('ee->e', 'out0 = add_exp<float>(in0, in1)'), 'ff->f', 'dd->d'),
    'out0 = add_exp(in0, in1)', preamble=_LOGADDEXP,
    doc='Computes ``log(exp(x1) + exp(x2))`` without overflow.')

logaddexp2 = core.create_ufunc(
    'cupy_logaddexp2',
    (('ee->e', 'out0 = add_exp2<float>(in0, in1)'), 'ff->f', 'dd->d'),
    'out0 = add_exp2(in0, in1)', preamble=_LOGADDEXP,
    doc='Computes ``log2(2 ** x1 + 2 ** x2)`` without overflow.')
