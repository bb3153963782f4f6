"""Elements and parts of arrays."""
import operator

import numpy

from cupy.core cimport transfer
from cupy.core.base cimport ndarray_base
from cupy.core.internal cimport shape_t
from cupy.core.ufunc cimport copy_elements


cdef object getitem(ndarray_base a, slices):
    return basic_view(a, slices if isinstance(slices, tuple) else (slices,))


cdef int setitem(ndarray_base a, slices, value) except -1:
    cdef ndarray_base part
    part = basic_view(a, slices if isinstance(slices, tuple) else (slices,))
    if isinstance(value, numpy.ndarray) and value.ndim == 0:
        value = value[()]
    copy_elements(value, part)
    return 0


cdef ndarray_base basic_view(ndarray_base a, tuple slices):
    """View by integers, slices, ``None`` and an ellipsis."""
    cdef shape_t shape, strides
    cdef Py_ssize_t axis = 0, offset = 0, taken = 0
    cdef Py_ssize_t start, stop, step, index, missing
    for item in slices:
        if item is not None and item is not Ellipsis:
            taken += 1
    missing = a.dims() - taken
    if missing < 0:
        raise IndexError(f'too many indices for array: array is {a.dims()}-'
                         f'dimensional, but {taken} were indexed')
    if Ellipsis not in slices:
        slices = (*slices, Ellipsis)
    for item in slices:
        if item is None:
            shape.push_back(1)
            strides.push_back(0)
        elif item is Ellipsis:
            for axis in range(axis, axis + missing):
                shape.push_back(a._shape[axis])
                strides.push_back(a._strides[axis])
            axis = axis + 1 if missing else axis
        elif isinstance(item, slice):
            start, stop, step = item.indices(a._shape[axis])
            shape.push_back(len(range(start, stop, step)))
            strides.push_back(a._strides[axis] * step)
            if shape.back():
                offset += start * a._strides[axis]
            axis += 1
        else:
            index = operator.index(item)
            if not -a._shape[axis] <= index < a._shape[axis]:
                raise IndexError(
                    f'index {index} is out of bounds for axis {axis} with '
                    f'size {a._shape[axis]}')
            offset += (index % a._shape[axis]) * a._strides[axis]
            axis += 1
    return a.make_view(shape, strides, offset)
