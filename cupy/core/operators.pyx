"""The operators of arrays: ``x + y``, ``x @ y``, ``x += y``, ``x < y``."""
cimport cython

import numpy

from cupy.core cimport internal, linalg, transfer
from cupy.core.base cimport is_array, ndarray_base
from cupy.core.dtypes cimport BOOL, FLOAT16, INT8
from cupy.core.objects cimport Objects
from cupy.core.ufunc cimport copy_elements, ufunc

from cupy.core import arithmetic
from cupy.core.elementwise import explain

cdef ufunc arithmetic_add = arithmetic.add
cdef ufunc arithmetic_subtract = arithmetic.subtract
cdef ufunc arithmetic_multiply = arithmetic.multiply
cdef ufunc arithmetic_true_divide = arithmetic.true_divide
cdef ufunc arithmetic_floor_divide = arithmetic.floor_divide
cdef ufunc arithmetic_remainder = arithmetic.remainder
cdef ufunc arithmetic_left_shift = arithmetic.left_shift
cdef ufunc arithmetic_right_shift = arithmetic.right_shift
cdef ufunc arithmetic_bitwise_and = arithmetic.bitwise_and
cdef ufunc arithmetic_bitwise_or = arithmetic.bitwise_or
cdef ufunc arithmetic_bitwise_xor = arithmetic.bitwise_xor
cdef ufunc arithmetic_power = arithmetic.power
cdef ufunc arithmetic_less = arithmetic.less
cdef ufunc arithmetic_less_equal = arithmetic.less_equal
cdef ufunc arithmetic_greater = arithmetic.greater
cdef ufunc arithmetic_greater_equal = arithmetic.greater_equal
cdef ufunc arithmetic_equal = arithmetic.equal
cdef ufunc arithmetic_not_equal = arithmetic.not_equal
cdef ufunc arithmetic_negative = arithmetic.negative
cdef ufunc arithmetic_absolute = arithmetic.absolute
cdef ufunc arithmetic_invert = arithmetic.invert


@cython.no_gc
cdef class Operators(ndarray_base):

    """What the operators of Python do with arrays."""

    # NumPy leaves operators between its arrays and ours to us.
    __array_priority__ = 100
    __array_ufunc__ = None

    def __neg__(self):
        return unary(arithmetic_negative, self)

    def __pos__(self):
        return transfer.copy(self, 'K')

    def __abs__(self):
        return unary(arithmetic_absolute, self)

    def __invert__(self):
        return unary(arithmetic_invert, self)

    def __divmod__(self, other):
        quotient = binary(arithmetic_floor_divide, self, other)
        if quotient is NotImplemented:
            return quotient
        return quotient, binary(arithmetic_remainder, self, other)

    def __rdivmod__(self, other):
        quotient = binary(arithmetic_floor_divide, other, self)
        if quotient is NotImplemented:
            return quotient
        return quotient, binary(arithmetic_remainder, other, self)

    def __pow__(self, other, modulo):
        if modulo is not None:
            return NotImplemented
        if _is_two(other, self._code):
            # As NumPy does: no call of pow, and bools become int8.
            number = self if self._code != BOOL else transfer.astype(
                self, INT8, 'K')
            return binary(arithmetic_multiply, number, number)
        return binary(arithmetic_power, self, other)

    def __rpow__(self, other, modulo):
        if modulo is not None:
            return NotImplemented
        return binary(arithmetic_power, other, self)

    def __ipow__(self, other):
        return inplace(arithmetic_power, self, other)

    def __add__(self, other):
        return binary(arithmetic_add, self, other)

    def __radd__(self, other):
        return binary(arithmetic_add, other, self)

    def __iadd__(self, other):
        return inplace(arithmetic_add, self, other)

    def __sub__(self, other):
        return binary(arithmetic_subtract, self, other)

    def __rsub__(self, other):
        return binary(arithmetic_subtract, other, self)

    def __isub__(self, other):
        return inplace(arithmetic_subtract, self, other)

    def __mul__(self, other):
        return binary(arithmetic_multiply, self, other)

    def __rmul__(self, other):
        return binary(arithmetic_multiply, other, self)

    def __imul__(self, other):
        return inplace(arithmetic_multiply, self, other)

    def __matmul__(self, other):
        return matrix_product(self, other)

    def __rmatmul__(self, other):
        return matrix_product(other, self)

    def __imatmul__(self, other):
        cdef ndarray_base result
        product = matrix_product(self, other)
        if product is NotImplemented:
            return product
        result = product
        if not internal.same(result._shape, self._shape):
            raise ValueError(
                f'the product has the shape {result.shape}, so that it '
                f'cannot be put into an array of the shape {self.shape}')
        return copy_elements(result, self, casting='same_kind')

    def __truediv__(self, other):
        return binary(arithmetic_true_divide, self, other)

    def __rtruediv__(self, other):
        return binary(arithmetic_true_divide, other, self)

    def __itruediv__(self, other):
        return inplace(arithmetic_true_divide, self, other)

    def __floordiv__(self, other):
        return binary(arithmetic_floor_divide, self, other)

    def __rfloordiv__(self, other):
        return binary(arithmetic_floor_divide, other, self)

    def __ifloordiv__(self, other):
        return inplace(arithmetic_floor_divide, self, other)

    def __mod__(self, other):
        return binary(arithmetic_remainder, self, other)

    def __rmod__(self, other):
        return binary(arithmetic_remainder, other, self)

    def __imod__(self, other):
        return inplace(arithmetic_remainder, self, other)

    def __lshift__(self, other):
        return binary(arithmetic_left_shift, self, other)

    def __rlshift__(self, other):
        return binary(arithmetic_left_shift, other, self)

    def __ilshift__(self, other):
        return inplace(arithmetic_left_shift, self, other)

    def __rshift__(self, other):
        return binary(arithmetic_right_shift, self, other)

    def __rrshift__(self, other):
        return binary(arithmetic_right_shift, other, self)

    def __irshift__(self, other):
        return inplace(arithmetic_right_shift, self, other)

    def __and__(self, other):
        return binary(arithmetic_bitwise_and, self, other)

    def __rand__(self, other):
        return binary(arithmetic_bitwise_and, other, self)

    def __iand__(self, other):
        return inplace(arithmetic_bitwise_and, self, other)

    def __or__(self, other):
        return binary(arithmetic_bitwise_or, self, other)

    def __ror__(self, other):
        return binary(arithmetic_bitwise_or, other, self)

    def __ior__(self, other):
        return inplace(arithmetic_bitwise_or, self, other)

    def __xor__(self, other):
        return binary(arithmetic_bitwise_xor, self, other)

    def __rxor__(self, other):
        return binary(arithmetic_bitwise_xor, other, self)

    def __ixor__(self, other):
        return inplace(arithmetic_bitwise_xor, self, other)

    def __lt__(self, other):
        return binary(arithmetic_less, self, other)

    def __le__(self, other):
        return binary(arithmetic_less_equal, self, other)

    def __gt__(self, other):
        return binary(arithmetic_greater, self, other)

    def __ge__(self, other):
        return binary(arithmetic_greater_equal, self, other)

    def __eq__(self, other):
        return binary(arithmetic_equal, self, other)

    def __ne__(self, other):
        return binary(arithmetic_not_equal, self, other)


cdef object unary(ufunc function, array):
    cdef Objects args
    args.append(array)
    return function.run(args, 'same_kind', None)


cdef object binary(ufunc function, left, right):
    """A ufunc of two operands of which one is an array of ours."""
    cdef Objects args
    if not _is_operand(left):
        return _refuse(function, left, 'left')
    if not _is_operand(right):
        return _refuse(function, right, 'right')
    args.append(left)
    args.append(right)
    return function.run(args, 'same_kind', None)


cdef bint _is_operand(value) except -1:
    return is_array(value) or _is_scalar(value)


cdef object _refuse(ufunc function, operand, str side):
    if isinstance(operand, numpy.ndarray):
        raise TypeError(explain(function.name, f'of the {side}', operand))
    return NotImplemented


cdef bint _is_scalar(operand) except -1:
    return isinstance(operand, (int, float, numpy.generic))


cdef bint _is_two(exponent, int code) except -1:
    """Whether a power of arrays of this type is just a square."""
    if type(exponent) is float:
        return exponent == 2 and code >= FLOAT16
    return type(exponent) is int and exponent == 2


cdef object inplace(ufunc function, array, other):
    cdef Objects args
    if not _is_operand(other):
        return _refuse(function, other, 'right')
    args.append(array)
    args.append(other)
    args.append(array)
    return function.run(args, 'same_kind', None)


cdef object matrix_product(left, right):
    for operand in (left, right):
        if isinstance(operand, (int, float, numpy.generic)):
            raise ValueError(f'matmul of a scalar, {operand!r}: multiply by '
                             'it with *')
        if isinstance(operand, numpy.ndarray):
            raise TypeError(explain('matmul', (
                'of the left' if operand is left else 'of the right'),
                operand))
        if not is_array(operand):
            return NotImplemented
    return linalg.matmul(left, right)
