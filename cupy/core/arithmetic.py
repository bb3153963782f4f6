"""The ufuncs behind the operators of arrays."""
from cupy.core.ufunc import create_comparison, create_ufunc

_ints = 'bBhHiIlL'
_floats = 'efd'


def _binary(chars, result=None):
    return [f'{c}{c}->{result or c}' for c in chars]


def _unary(chars):
    return [f'{c}->{c}' for c in chars]


def _with(types, routine):
    return [(t, routine) for t in types]


# A routine of None: NumPy refuses these types, although they could be cast.
_refused = None

add = create_ufunc(
    'add', [('??->?', 'out0 = in0 || in1'), *_binary(_ints + _floats)],
    'out0 = in0 + in1',
    doc='Sum of two arrays, element by element; logical or of bools.')

subtract = create_ufunc(
    'subtract', [('??->?', _refused), *_binary(_ints + _floats)],
    'out0 = in0 - in1',
    doc='Difference of two arrays, element by element; not of bools.')

multiply = create_ufunc(
    'multiply', [('??->?', 'out0 = in0 && in1'), *_binary(_ints + _floats)],
    'out0 = in0 * in1',
    doc='Product of two arrays, element by element; logical and of bools.')

true_divide = create_ufunc(
    'true_divide', [
        *_with(_binary(_ints, 'd'),
               'out0 = (out0_type)in0 / (out0_type)in1'),
        *_binary(_floats)],
    'out0 = in0 / in1',
    doc='Quotient of two arrays, element by element; integers are taken for '
        'float64.')

# Division of integers rounds down, as in Python; by zero it gives zero, and
# the quotient that does not fit wraps around instead of trapping.
_division = '''
template <typename T>
__device__ T floor_quotient(T x, T y) {
  if (y == 0) return 0;
  if (y == (T)-1 && (T)-1 < 0) return (T)(0 - (unsigned long long)x);
  const T q = x / y;
  return x % y != 0 && (x < 0) != (y < 0) ? q - 1 : q;
}
template <typename T>
__device__ T floor_remainder(T x, T y) {
  if (y == 0 || (y == (T)-1 && (T)-1 < 0)) return 0;
  const T r = x % y;
  return r != 0 && (r < 0) != (y < 0) ? r + y : r;
}
template <typename T>
__device__ T real_remainder(T x, T y) {
  const T r = fmod(x, y);
  if (r == 0) return copysign(T(0), y);
  return (r < 0) != (y < 0) ? r + y : r;
}
template <typename T>
__device__ T real_quotient(T x, T y) {
  if (y == 0) return x / y;
  const T r = fmod(x, y);
  T q = (x - r) / y;
  if (r != 0 && (r < 0) != (y < 0)) q -= 1;
  if (q == 0) return copysign(T(0), x / y);
  const T whole = floor(q);
  return q - whole > T(0.5) ? whole + 1 : whole;
}
'''

floor_divide = create_ufunc(
    'floor_divide', [
        *_with(_binary(_ints), 'out0 = floor_quotient(in0, in1)'),
        ('ee->e', 'out0 = real_quotient<float>(in0, in1)'),
        *_binary('fd')],
    'out0 = real_quotient(in0, in1)', preamble=_division,
    doc='Largest integer that is not above the quotient.')

remainder = create_ufunc(
    'remainder', [
        *_with(_binary(_ints), 'out0 = floor_remainder(in0, in1)'),
        ('ee->e', 'out0 = real_remainder<float>(in0, in1)'),
        *_binary('fd')],
    'out0 = real_remainder(in0, in1)', preamble=_division,
    doc='Remainder of the division that rounds down; it has the sign of the '
        'divisor.')

power = create_ufunc(
    'power', [
        *_with(_binary(_ints), 'out0 = whole_power(in0, in1)'),
        ('ee->e', 'out0 = pow((float)in0, (float)in1)'),
        *_binary('fd')],
    'out0 = pow(in0, in1)',
    preamble='''
template <typename T>
__device__ T whole_power(T x, T y) {
  if (y < 0) return x == 1 ? 1 : x == (T)-1 ? (y & 1 ? -1 : 1) : 0;
  T result = 1;
  for (; y != 0; y >>= 1, x = (T)(x * (unsigned long long)x))
    if (y & 1) result = (T)(result * (unsigned long long)x);
  return result;
}
''',
    doc='First array to the power of the second one, element by element. Of '
        'integers and a negative exponent it is the integer part.')

negative = create_ufunc(
    'negative', [('?->?', _refused), *_unary(_ints + _floats)],
    'out0 = -in0',
    doc='The array with its sign changed; not of bools.')

absolute = create_ufunc(
    'absolute', [
        *_with(_unary('?BHIL'), 'out0 = in0'),
        *_with(_unary('bhil'), 'out0 = in0 < 0 ? -in0 : in0'),
        ('e->e', 'out0 = fabs((float)in0)'),
        *_unary('fd')],
    'out0 = fabs(in0)',
    doc='Absolute values.')

invert = create_ufunc(
    'invert', [('?->?', 'out0 = !in0'), *_unary(_ints)], 'out0 = ~in0',
    doc='The bits inverted; logical not of bools.')

bitwise_and = create_ufunc(
    'bitwise_and', _binary('?' + _ints), 'out0 = in0 & in1',
    doc='Bits that are set in both arrays.')

bitwise_or = create_ufunc(
    'bitwise_or', _binary('?' + _ints), 'out0 = in0 | in1',
    doc='Bits that are set in one of two arrays.')

bitwise_xor = create_ufunc(
    'bitwise_xor', _binary('?' + _ints), 'out0 = in0 ^ in1',
    doc='Bits that are set in just one of two arrays.')

left_shift = create_ufunc(
    'left_shift', _binary(_ints), '''
    const unsigned long long shift = in1;
    out0 = shift < 8 * sizeof(in0) ? (unsigned long long)in0 << shift : 0''',
    doc='Bits moved to the left; zero if it is by the width or more.')

right_shift = create_ufunc(
    'right_shift', _binary(_ints), '''
    const unsigned long long shift = in1;
    out0 = shift < 8 * sizeof(in0) ? in0 >> shift :
        in0 >> (8 * sizeof(in0) - 1) >> 1''',
    doc='Bits moved to the right; the sign stays.')


def _comparison(name, operator, mixed, doc):
    # Without these, int64 and uint64 would be compared as float64.
    return create_comparison(
        name, [*_binary('?' + _ints, '?'),
               ('lL->?', f'out0 = {mixed[0]}'),
               ('Ll->?', f'out0 = {mixed[1]}'),
               *_binary(_floats, '?')],
        f'out0 = in0 {operator} in1', doc=doc)


def _mixed(operator, negative_left):
    # A negative number is less than every unsigned one.
    negative_right = operator in ('>', '>=', '!=')
    return (
        f'in0 < 0 ? {negative_left} : (unsigned long long)in0 {operator} in1',
        f'in1 < 0 ? {str(negative_right).lower()} : '
        f'in0 {operator} (unsigned long long)in1')


equal = _comparison('equal', '==', _mixed('==', 'false'),
                    'Whether elements are equal.')
not_equal = _comparison('not_equal', '!=', _mixed('!=', 'true'),
                        'Whether elements differ.')
less = _comparison('less', '<', _mixed('<', 'true'),
                   'Whether elements are less than those of another array.')
less_equal = _comparison(
    'less_equal', '<=', _mixed('<=', 'true'),
    'Whether elements are less than or equal to those of another array.')
greater = _comparison(
    'greater', '>', _mixed('>', 'false'),
    'Whether elements are greater than those of another array.')
greater_equal = _comparison(
    'greater_equal', '>=', _mixed('>=', 'false'),
    'Whether elements are greater than or equal to those of another array.')

maximum = create_ufunc(
    'maximum', [
        ('??->?', 'out0 = in0 || in1'),
        *_with(_binary(_ints), 'out0 = in0 > in1 ? in0 : in1'),
        *_binary(_floats)],
    'out0 = (isnan(in0) || in0 >= in1) ? in0 : in1',
    doc='The greater one of two elements; NaN if one of them is.')

minimum = create_ufunc(
    'minimum', [
        ('??->?', 'out0 = in0 && in1'),
        *_with(_binary(_ints), 'out0 = in0 < in1 ? in0 : in1'),
        *_binary(_floats)],
    'out0 = (isnan(in0) || in0 <= in1) ? in0 : in1',
    doc='The lesser one of two elements; NaN if one of them is.')

clip = create_ufunc(
    'clip', [f'{c}{c}{c}->{c}' for c in '?' + _ints + _floats], '''
    const in0_type raised = in0 != in0 || !(in0 < in1) ? in0 : in1;
    out0 = in1 != in1 ? in1 : in2 != in2 && raised == raised ? in2
           : raised > in2 ? in2 : raised''',
    doc='Elements limited to an interval; its upper end wins.')
