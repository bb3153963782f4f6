"""The reductions behind the methods of arrays."""
import numpy

from cupy.core.reduction import ReductionKernel
from cupy.core.reduction_function import create_reduction_func

_ints = 'bBhHiIqQ'
_numbers = _ints + 'efd'


def _of(chars, result=None, expressions=None):
    """Pairs of types, from each of some to itself or to one result."""
    pairs = [f'{c}->{result or c}' for c in chars]
    return [(p, expressions) for p in pairs] if expressions else pairs


# Halves are reduced as floats, which is as fast and more precise.
_as_float = (None, None, None, 'float')

# ---- Sums and products

# What int8 and the like are summed as comes before what dtype= may ask for.
_summed = [
    *[f'{c}->{"Q" if c in "BHIQ" else "q"}' for c in '?' + _ints],
    *_of('e', None, _as_float), *_of('fd'), *_of(_ints)]

sum = create_reduction_func(
    'cupy_sum', [*_summed, ('?->?', (None, 'a | b', None, None))],
    ('in0', 'a + b', 'out0 = a', None), '0',
    doc='Sum of the elements along axes.')

prod = create_reduction_func(
    'cupy_prod', [*_summed, ('?->?', (None, 'a & b', None, None))],
    ('in0', 'a * b', 'out0 = a', None), '1',
    doc='Product of the elements along axes.')

# ---- Extremes

# Two plain selections, which are vectorized; NaN wins.
_extremes = '''
template <typename T>
__device__ inline T cupy_greater(T a, T b) {
  const T c = a > b ? a : b;
  return a != a ? a : c;
}
template <typename T>
__device__ inline T cupy_less(T a, T b) {
  const T c = a < b ? a : b;
  return a != a ? a : c;
}
'''
_selected = [*_of(_ints), *_of('e', None, _as_float), *_of('fd')]

# Of zeros and ones, & leaves a zero if there is one, and stops there.
_all_true = ('in0 != 0', 'a & b', 'out0 = a != 0', 'signed char')
_any_true = ('1 - in0', 'a & b', 'out0 = a == 0', 'signed char')

amax = create_reduction_func(
    'cupy_max', [('?->?', _any_true), *_selected],
    ('in0', 'cupy_greater<_type_reduce>(a, b)', 'out0 = a', None), None,
    _extremes, doc='Greatest element along axes; NaN if there is one.')

amin = create_reduction_func(
    'cupy_min', [('?->?', _all_true), *_selected],
    ('in0', 'cupy_less<_type_reduce>(a, b)', 'out0 = a', None), None,
    _extremes, doc='Least element along axes; NaN if there is one.')

_searched = [*_of('?' + _ints, 'q'), *_of('e', 'q', _as_float),
             *_of('fd', 'q')]

argmax = create_reduction_func(
    'cupy_argmax', _searched,
    ('in0', 'cupy_greatest', 'out0 = a.index', None),
    doc='Index of the first greatest element along an axis, or of the first '
        'NaN.')

argmin = create_reduction_func(
    'cupy_argmin', _searched,
    ('in0', 'cupy_least', 'out0 = a.index', None),
    doc='Index of the first least element along an axis, or of the first '
        'NaN.')

# ---- Truth

# Values are as wide as elements, so that both go through vector registers side
# by side.
_widths = {1: 'signed char', 2: 'short', 4: 'int', 8: 'long long'}


def _tests(comparison, of_bools):
    post = f'out0 = a {comparison} 0'
    tests = [('?->?', of_bools)]
    for char in _numbers:
        element = '(in0.bits() & 0x7fff)' if char == 'e' else 'in0'
        width = _widths[numpy.dtype(char).itemsize]
        tests.append((f'{char}->?', (
            f'{element} {comparison} 0', 'a & b', post, width)))
    return tests


all = create_reduction_func(
    'cupy_all', _tests('!=', _all_true), None, '1',
    doc='Whether all elements along axes are true.')

any = create_reduction_func(
    'cupy_any', _tests('==', _any_true), None, '1',
    doc='Whether some element along axes is true.')

# ---- Means and variances

_count = '(_in_ind.size() / _out_ind.size())'
# Sums of integers are exact, unless they might not fit.
_of_exact_sum = (None, None, f'out0 = double(a) / {_count}', 'long long')

mean = create_reduction_func(
    'cupy_mean', [
        *_of('?bBhHiI', 'd', _of_exact_sum), *_of('qQ', 'd'),
        *_of('e', None, _as_float), *_of('fd'),
        *_of('?' + _ints, None, (None, None, None, 'double'))],
    ('in0', 'a + b', f'out0 = a / {_count}', None), '0',
    doc='Mean of the elements along axes.')


def _variance_kernel(name, result):
    # The mean is broadcast; M is the type in which all is computed.
    return ReductionKernel(
        'T x, M mean, float64 count', 'M y',
        '(M(x) - mean) * (M(x) - mean)', 'a + b', f'y = {result}', '0', name)


_var = _variance_kernel('cupy_var', 'a / M(count)')
_std = _variance_kernel('cupy_std', 'sqrt(a / M(count))')


def var(a, axis, dtype, out, ddof, keepdims):
    """Variance of the elements along axes."""
    return _spread(_var, a, axis, dtype, out, ddof, keepdims)


def std(a, axis, dtype, out, ddof, keepdims):
    """Standard deviation of the elements along axes."""
    return _spread(_std, a, axis, dtype, out, ddof, keepdims)


def _spread(kernel, a, axis, dtype, out, ddof, keepdims):
    dtype = numpy.dtype(dtype or (a.dtype if a.dtype.kind == 'f' else 'd'))
    working = {'e': 'f', 'f': 'f'}.get(dtype.char, 'd')
    if dtype.kind != 'f':
        a = a.astype(dtype)
    center = mean(a, axis, working, None, True)
    count = max(_ratio(a, center) - ddof, 0)
    result = kernel(a, center, count, axis=axis, keepdims=keepdims)
    if out is None:
        return result.astype(dtype, copy=False)
    if out.shape != result.shape:
        raise ValueError(f'{kernel.name}: the output has the shape '
                         f'{out.shape}, expected {result.shape}')
    out[...] = result
    return out


def _ratio(a, reduced):
    """How many elements of an array there are for each of a reduced one."""
    count = 1
    for extent, remaining in zip(a.shape, reduced.shape):
        count *= extent if remaining != extent else 1
    return count
