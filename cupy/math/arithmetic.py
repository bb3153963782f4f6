"""Arithmetic operations."""
from cupy import core
from cupy.core import arithmetic

add = arithmetic.add
subtract = arithmetic.subtract
multiply = arithmetic.multiply
true_divide = arithmetic.true_divide
floor_divide = arithmetic.floor_divide
negative = arithmetic.negative
power = arithmetic.power
remainder = arithmetic.remainder

reciprocal = core.create_ufunc(
    'cupy_reciprocal',
    tuple((f'{c}->{c}', 'out0 = in0 == 0 ? 0 : 1 / in0') for c in 'bBhHiIqQ')
    + (('e->e', 'out0 = 1 / in0'), ('f->f', 'out0 = 1 / in0'),
       ('d->d', 'out0 = 1 / in0')),
    doc='''Computes ``1 / x``, elementwise.

    Integers are rounded towards zero, so that only -1, 0 and 1 give something
    else than 0; the reciprocal of the integer 0 is 0.
    ''')

# By -1 the quotient of the least integer overflows, which traps in C.
_REMAINDER = '''
template <typename T>
__device__ T whole_remainder(T x, T y) {
  return y == 0 || (y == (T)-1 && (T)-1 < 0) ? 0 : x % y;
}
'''

fmod = core.create_ufunc(
    'cupy_fmod',
    tuple((f'{c}{c}->{c}', 'out0 = whole_remainder(in0, in1)')
          for c in 'bBhHiIqQ') + ('ee->e', 'ff->f', 'dd->d'),
    'out0 = fmod(in0, in1)', preamble=_REMAINDER,
    doc='''Computes remainders that have the sign of the dividend.

    An integer modulo 0 is 0.
    ''')

modf = core.create_ufunc(
    'cupy_modf',
    (('e->ee', 'float whole; out0 = modf((float)in0, &whole); out1 = whole'),
     ('f->ff', 'float whole; out0 = modf(in0, &whole); out1 = whole'),
     ('d->dd', 'double whole; out0 = modf(in0, &whole); out1 = whole')),
    doc='Splits numbers into fractions and integers, both of their sign.')
