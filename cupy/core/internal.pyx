"""Arithmetic of shapes and strides."""
import operator

from cpython.ref cimport Py_INCREF
from cpython.tuple cimport PyTuple_New, PyTuple_SET_ITEM

import numpy

try:
    from numpy.exceptions import AxisError
except ImportError:  # NumPy 1.24 and older
    AxisError = numpy.AxisError


cdef bint same(const shape_t& left, const shape_t& right) noexcept:
    cdef size_t i
    if left.size() != right.size():
        return False
    for i in range(left.size()):
        if left[i] != right[i]:
            return False
    return True


cdef Py_ssize_t prod(const shape_t& shape) noexcept nogil:
    cdef Py_ssize_t result = 1
    for i in range(<Py_ssize_t>shape.size()):
        result *= shape[i]
    return result


cdef shape_t c_strides(const shape_t& shape, Py_ssize_t itemsize):
    """Strides of an array in C order. Extents of 0 count as 1."""
    cdef shape_t strides
    cdef Py_ssize_t i, ndim = shape.size()
    strides.resize(ndim)
    for i in range(ndim - 1, -1, -1):
        strides[i] = itemsize
        itemsize *= max(shape[i], <Py_ssize_t>1)
    return strides


cdef shape_t f_strides(const shape_t& shape, Py_ssize_t itemsize):
    """Strides of an array in Fortran order. Extents of 0 count as 1."""
    cdef shape_t strides
    cdef Py_ssize_t i, ndim = shape.size()
    strides.resize(ndim)
    for i in range(ndim):
        strides[i] = itemsize
        itemsize *= max(shape[i], <Py_ssize_t>1)
    return strides


cdef bint is_c_contiguous(
        const shape_t& shape, const shape_t& strides,
        Py_ssize_t itemsize) noexcept:
    # Strides of extents of 1 do not matter, and none do in an empty array.
    cdef Py_ssize_t i
    cdef bint result = True
    for i in range(<Py_ssize_t>shape.size() - 1, -1, -1):
        if shape[i] == 0:
            return True
        if shape[i] != 1:
            result = result and strides[i] == itemsize
            itemsize *= shape[i]
    return result


cdef bint is_f_contiguous(
        const shape_t& shape, const shape_t& strides,
        Py_ssize_t itemsize) noexcept:
    cdef Py_ssize_t i
    cdef bint result = True
    for i in range(<Py_ssize_t>shape.size()):
        if shape[i] == 0:
            return True
        if shape[i] != 1:
            result = result and strides[i] == itemsize
            itemsize *= shape[i]
    return result


cdef shape_t to_shape(shape) except *:
    """Makes a shape of an integer or a sequence of integers."""
    cdef shape_t result
    cdef Py_ssize_t extent
    if not isinstance(shape, (tuple, list)):
        try:
            shape = (operator.index(shape),)
        except TypeError:
            shape = tuple(shape)
    for item in shape:
        extent = operator.index(item)
        if extent < 0:
            raise ValueError(
                f'negative dimensions are not allowed, but the shape is '
                f'{tuple(shape)}')
        result.push_back(extent)
    if result.size() > 32:
        raise ValueError(
            f'an array has at most 32 dimensions, not {result.size()}')
    return result


cdef tuple to_tuple(const shape_t& shape):
    cdef Py_ssize_t i, ndim = shape.size()
    cdef object extent
    cdef tuple result = PyTuple_New(ndim)
    for i in range(ndim):
        extent = shape[i]
        Py_INCREF(extent)  # SET_ITEM takes over a reference
        PyTuple_SET_ITEM(result, i, extent)
    return result


cdef int broadcast_shape(shape_t& result, const shape_t& shape) except -1:
    """Widens ``result`` to what both shapes are broadcast to."""
    cdef Py_ssize_t i
    cdef size_t missing
    cdef Py_ssize_t ndim = max(result.size(), shape.size())
    missing = ndim - result.size()
    if missing:
        result.insert(result.begin(), missing, 1)
    missing = ndim - shape.size()
    for i in range(<Py_ssize_t>shape.size()):
        if result[missing + i] == shape[i] or shape[i] == 1:
            continue
        if result[missing + i] != 1:
            raise ValueError(
                'operands could not be broadcast together: '
                f'{to_tuple(result)} and {to_tuple(shape)}')
        result[missing + i] = shape[i]
    return 0


cdef Py_ssize_t normalize_axis(Py_ssize_t axis, Py_ssize_t ndim) except -1:
    """Counts an axis from the front, or raises NumPy's AxisError."""
    if not -ndim <= axis < ndim:
        raise AxisError(axis, ndim)
    return axis + ndim if axis < 0 else axis


def get_size(size):
    """Returns a shape as a tuple: ``None`` is ``()``, ``n`` is ``(n,)``."""
    return () if size is None else to_tuple(to_shape(size))
