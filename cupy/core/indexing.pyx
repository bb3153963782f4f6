"""Index expressions: ``x[key]``, ``x[key] = value``.

Integers, slices, ``None`` and an ellipsis make a view, here. Expressions with
arrays (of indices, or of bools) are those of :mod:`advanced_indexing`; the
view of the rest of the expression is made here as well.
"""
import operator

import numpy

from cupy.core cimport advanced_indexing, nonzero, transfer
from cupy.core.advanced_indexing cimport Picks
from cupy.core.base cimport ndarray_base
from cupy.core.dtypes cimport (
    BOOL, DTYPES, FLOAT16, FLOAT32, INT8, INT16, INT32, UINT8, UINT16)
from cupy.core.internal cimport shape_t
from cupy.core.ufunc cimport copy_elements

from cupy.core import arithmetic
from cupy.core import transfer as transfer_module
from cupy.core.elementwise import explain

cdef extern from 'Python.h':
    int PySlice_Unpack(
        object, Py_ssize_t*, Py_ssize_t*, Py_ssize_t*) except -1
    Py_ssize_t PySlice_AdjustIndices(
        Py_ssize_t, Py_ssize_t*, Py_ssize_t*, Py_ssize_t)
    const Py_ssize_t PY_SSIZE_T_MAX
    Py_ssize_t PyNumber_AsSsize_t(object, object) except? -1


cdef object getitem(ndarray_base a, key):
    """The elements that the key selects: a view, or a copy by arrays."""
    cdef tuple items = key if isinstance(key, tuple) else (key,)
    if not _is_basic(items):
        items = _interpreted(items)
        if not _is_basic(items):
            return _get_by_arrays(a, items)
    return _view(a, items, None)


cdef int setitem(ndarray_base a, key, value) except -1:
    """Sets the elements that the key selects, each converted to the type."""
    cdef tuple items = key if isinstance(key, tuple) else (key,)
    value = _as_value(a, value)
    if not _is_basic(items):
        items = _interpreted(items)
        if not _is_basic(items):
            _set_by_arrays(a, items, value)
            return 0
    _assign(_view(a, items, None), value)
    return 0


def scatter_add(ndarray_base a, key, value):
    """Adds to the elements that a key selects, as ``a[key] += value`` does.

    An element that is selected several times is added to as often, as by
    :meth:`numpy.ufunc.at` of :data:`numpy.add`.

    Args:
        a (cupy.ndarray): Array that is changed.
        key: Index expression.
        value (cupy.ndarray or scalar): What is added, broadcast to the shape
            of ``a[key]`` and converted to the type of ``a``.

    """
    cdef Picks picks = Picks()
    cdef ndarray_base rest, wide
    cdef tuple items = _interpreted(key if isinstance(key, tuple) else (key,))
    if _is_basic(items):
        rest = _view(a, items, None)
        _assign(rest, arithmetic.add(rest, _as_value(a, value)))
    elif a._code in (BOOL, INT8, UINT8, INT16, UINT16, FLOAT16):
        # Devices have no atomicAdd of these.
        wide = transfer.astype(
            a, FLOAT32 if a._code == FLOAT16 else INT32, 'C')
        scatter_add(wide, items, value)
        copy_elements(wide, a)
    else:
        rest = _view(a, items, picks)
        advanced_indexing.add(
            a, picks.spread(rest), picks, _as_value(a, value))


cdef _get_by_arrays(ndarray_base a, tuple items):
    cdef Picks picks = Picks()
    cdef ndarray_base rest
    if len(items) == 1 and advanced_indexing.is_mask_of(items[0], a):
        return nonzero.compress(a, items[0])
    rest = _view(a, items, picks)
    return advanced_indexing.gather(picks.spread(rest), picks)


cdef int _set_by_arrays(ndarray_base a, tuple items, value) except -1:
    cdef Picks picks = Picks()
    cdef ndarray_base rest
    if len(items) == 1 and advanced_indexing.set_masked(a, items[0], value):
        return 0
    rest = _view(a, items, picks)
    advanced_indexing.scatter(a, picks.spread(rest), picks, value)
    return 0


# ---- Items of the expression

cdef bint _is_basic(tuple items):
    for item in items:
        if not (type(item) is int or type(item) is slice or item is None or
                item is Ellipsis):
            return False
    return True


cdef tuple _interpreted(tuple items):
    """The items as what they mean.

    They are an int, a slice, ``None``, an ellipsis, or an array of integers
    or bools, of this device or of NumPy.
    """
    return tuple([_meaning(item) for item in items])


cdef object _meaning(item):
    cdef ndarray_base array
    if item is None or item is Ellipsis or isinstance(item, slice):
        return item
    if isinstance(item, ndarray_base):
        array = item
        kind = DTYPES[array._code].kind
        if kind not in 'biu':
            raise IndexError('arrays used as indices must be of integer (or '
                             f'boolean) type, not {DTYPES[array._code].name}')
        return array
    if isinstance(item, (bool, numpy.bool_)):
        return numpy.asarray(item)
    if isinstance(item, (int, numpy.integer)):
        return int(item)
    if isinstance(item, numpy.ndarray):
        array_of_host = item
    else:
        try:
            return operator.index(item)
        except TypeError:
            pass
        array_of_host = numpy.asarray(item)
        if array_of_host.size == 0 and array_of_host.ndim:
            array_of_host = array_of_host.astype(numpy.intp)
        if array_of_host.dtype.kind not in 'biu':
            raise IndexError(
                'only integers, slices (`:`), ellipsis (`...`), '
                'numpy.newaxis (`None`) and integer or boolean arrays are '
                f'valid indices, not {item!r:.40}')
    if array_of_host.dtype.kind not in 'biu':
        raise IndexError('arrays used as indices must be of integer (or '
                         f'boolean) type, not {array_of_host.dtype}')
    return array_of_host


cdef Py_ssize_t _axes_of(item):
    """Number of the array's axes that an item stands for."""
    if type(item) is int or type(item) is slice:
        return 1
    if item is None or item is Ellipsis:
        return 0
    return item.ndim if item.dtype.kind == 'b' else 1


cdef Py_ssize_t _left_over(ndarray_base a, tuple items) except -1:
    """Number of the axes for which no item stands."""
    cdef Py_ssize_t taken = 0
    cdef int ellipses = 0
    for item in items:
        taken += _axes_of(item)
        ellipses += item is Ellipsis
    if ellipses > 1:
        raise IndexError(
            "an index can only have a single ellipsis ('...')")
    if taken > a.dims():
        raise IndexError(f'too many indices for array: array is {a.dims()}-'
                         f'dimensional, but {taken} were indexed')
    return a.dims() - taken


cdef ndarray_base _view(ndarray_base a, tuple items, Picks picks):
    """View by the items that are no arrays.

    The axes on which there are arrays are left out, and put into ``picks``.
    """
    cdef shape_t shape, strides
    cdef Py_ssize_t axis = 0, offset = 0, d, start, stop, step, length
    cdef Py_ssize_t left_over = _left_over(a, items)
    for item in items:
        if type(item) is int:
            offset += _position(a, axis, item) * a._strides[axis]
            axis += 1
            if picks is not None:
                picks.meet(shape.size())
        elif type(item) is slice:
            PySlice_Unpack(item, &start, &stop, &step)
            length = PySlice_AdjustIndices(
                a._shape[axis], &start, &stop, step)
            shape.push_back(length)
            strides.push_back(a._strides[axis] * step)
            if length:
                offset += start * a._strides[axis]
            axis += 1
        elif item is None:
            shape.push_back(1)
            strides.push_back(0)
        elif item is Ellipsis:
            for d in range(axis, axis + left_over):
                shape.push_back(a._shape[d])
                strides.push_back(a._strides[d])
            axis += left_over
            left_over = 0
            if picks is not None and picks.last >= 0:
                picks.last = PY_SSIZE_T_MAX
        else:
            picks.meet(shape.size())
            axis += picks.take(a, axis, item)
    for d in range(axis, axis + left_over):
        shape.push_back(a._shape[d])
        strides.push_back(a._strides[d])
    return a.make_view(shape, strides, offset)


cdef Py_ssize_t _position(ndarray_base a, Py_ssize_t axis, item) except -1:
    cdef Py_ssize_t index = PyNumber_AsSsize_t(item, IndexError)
    cdef Py_ssize_t extent = a._shape[axis]
    if not -extent <= index < extent:
        raise IndexError(f'index {index} is out of bounds for axis {axis} '
                         f'with size {extent}')
    return index + extent if index < 0 else index


# ---- Values

cdef object _as_value(ndarray_base a, value):
    """A value to assign: an array, or a scalar of the type of ``a``."""
    dtype = DTYPES[a._code]
    if isinstance(value, ndarray_base):
        return value
    if isinstance(value, numpy.ndarray) and value.ndim == 0:
        value = value[()]
    if isinstance(value, numpy.generic):
        return value.astype(dtype)
    if isinstance(value, (int, float)):
        return dtype.type(value)
    if isinstance(value, (list, tuple)):
        return transfer_module.array(value, dtype)
    raise TypeError(explain('setting elements', 'value', value))


cdef int _assign(ndarray_base part, value) except -1:
    cdef ndarray_base array
    if isinstance(value, ndarray_base):
        array = advanced_indexing.without_leading_ones(value, part.dims())
        if not advanced_indexing.is_broadcastable(array._shape, part._shape):
            raise ValueError(
                f'could not broadcast input array from shape {value.shape} '
                f'into shape {part.shape}')
        value = array
    copy_elements(value, part)
    return 0
