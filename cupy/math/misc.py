"""Miscellaneous elementwise functions."""
from cupy import arguments, core
from cupy.core import arithmetic

_INTS = 'bBhHiIqQ'
_FLOATS = 'efd'


def clip(a, a_min, a_max, out=None):
    """Limits the elements of an array to an interval.

    Args:
        a (cupy.ndarray): Array.
        a_min (scalar, cupy.ndarray or None): Least value.
        a_max (scalar, cupy.ndarray or None): Greatest value. Where it is less
            than ``a_min`` it is the result.
        out (cupy.ndarray): Array for the result.

    Returns:
        cupy.ndarray: ``minimum(maximum(a, a_min), a_max)``.

    """
    return arguments.array(a).clip(a_min, a_max, out)


sqrt = core.create_ufunc(
    'cupy_sqrt', ('e->e', 'f->f', 'd->d'), 'out0 = sqrt(in0)',
    doc='Computes the nonnegative square root, elementwise.')

square = core.create_ufunc(
    'cupy_square', tuple(f'{c}->{c}' for c in _INTS + _FLOATS),
    'out0 = in0 * in0',
    doc='Computes ``x * x``, elementwise.')

absolute = arithmetic.absolute

_SIGN = '''
template <typename T>
__device__ T sign_of(T x) {
  return x == x ? T((x > 0) - (x < 0)) : x;
}
'''

sign = core.create_ufunc(
    'cupy_sign',
    # NumPy refuses bools.
    (('?->?', None),) + tuple(f'{c}->{c}' for c in _INTS + _FLOATS),
    'out0 = sign_of(in0)', preamble=_SIGN,
    doc='Computes -1, 0 or 1 for negative numbers, 0 and positive ones.')

maximum = arithmetic.maximum
minimum = arithmetic.minimum

fmax = core.create_ufunc(
    'cupy_fmax',
    (('??->?', 'out0 = in0 || in1'),)
    + tuple((f'{c}{c}->{c}', 'out0 = in0 >= in1 ? in0 : in1') for c in _INTS)
    + tuple(f'{c}{c}->{c}' for c in _FLOATS),
    'out0 = in0 >= in1 || in1 != in1 ? in0 : in1',
    doc='Takes the greater of two numbers; NaN loses to any number.')

fmin = core.create_ufunc(
    'cupy_fmin',
    (('??->?', 'out0 = in0 && in1'),)
    + tuple((f'{c}{c}->{c}', 'out0 = in0 <= in1 ? in0 : in1') for c in _INTS)
    + tuple(f'{c}{c}->{c}' for c in _FLOATS),
    'out0 = in0 <= in1 || in1 != in1 ? in0 : in1',
    doc='Takes the lesser of two numbers; NaN loses to any number.')
