"""Elements along one axis: ``take`` and ``repeat``."""
import numpy

from cupy.core cimport advanced_indexing, internal, transfer, views
from cupy.core.advanced_indexing cimport Picks
from cupy.core.base cimport ndarray_base
from cupy.core.dtypes cimport BOOL, DTYPES, INT64
from cupy.core.internal cimport shape_t
from cupy.core.ufunc cimport copy_elements, overlap

from cupy.core.elementwise import explain


cdef ndarray_base take(ndarray_base a, indices, axis, out):
    """Elements of an axis, or of the flattened array, by their indices.

    Indices that are on the device and out of range wrap around, others raise
    ``IndexError``.
    """
    cdef ndarray_base spread, result
    cdef Picks picks = Picks()
    cdef shape_t shape, strides
    cdef Py_ssize_t d
    a, d = _with_axis(a, axis)
    shape, strides = a._shape, a._strides
    shape.erase(shape.begin() + d)
    strides.erase(strides.begin() + d)
    picks.meet(d)
    picks.take(a, d, _indices(indices))
    spread = picks.spread(a.make_view(shape, strides, 0))
    if out is None:
        return advanced_indexing.gather(spread, picks)
    result = _output(a, spread, out)
    if result._code == a._code and not (
            overlap(result, a) or overlap(result, picks.arrays[0])):
        advanced_indexing.gather_into(spread, picks, result)
    else:
        copy_elements(advanced_indexing.gather(spread, picks), result)
    return result


cdef tuple _with_axis(ndarray_base a, axis):
    """The array, flattened if the axis is ``None``, and which axis it is."""
    if axis is None:
        return views.reshape(a, -1), 0
    if a.dims() == 0:  # one element along its axis 0 or -1
        internal.normalize_axis(axis, 1)
        return views.reshape(a, -1), 0
    return a, internal.normalize_axis(axis, a.dims())


cdef object _indices(indices):
    cdef ndarray_base array
    if isinstance(indices, ndarray_base):
        array = indices
        if array._code == BOOL:
            array = transfer.astype(array, INT64, 'K')
        dtype = DTYPES[array._code]
        indices = array
    else:
        indices = numpy.asarray(indices)
        if indices.size == 0 or indices.dtype.kind == 'b':
            indices = indices.astype(numpy.int64)
        dtype = indices.dtype
    if dtype.kind not in 'iu':
        raise TypeError(f'indices have to be integers, not {dtype}: cast '
                        "them with astype('int64')")
    return indices


cdef ndarray_base _output(ndarray_base a, ndarray_base spread, out):
    cdef ndarray_base result
    if not isinstance(out, ndarray_base):
        raise TypeError(explain('take', 'out', out))
    result = out
    if not internal.same(result._shape, spread._shape):
        raise ValueError(f'take: the result has the shape {spread.shape}, '
                         f'but the output array {result.shape}')
    if not numpy.can_cast(result.dtype, a.dtype, 'safe'):
        raise TypeError(f'take: elements of {a.dtype} cannot be written to '
                        f'an output array of {result.dtype}')
    return result


cdef ndarray_base repeat(ndarray_base a, repeats, axis):
    """Each element of an axis several times, as often as ``repeats`` says."""
    cdef ndarray_base result
    cdef shape_t shape, strides
    cdef Py_ssize_t d, count
    counts = numpy.asarray(repeats)
    if counts.size == 0 or counts.dtype.kind == 'b':
        counts = counts.astype(numpy.int64)
    if counts.dtype.kind not in 'iu' or counts.ndim > 1:
        raise TypeError('repeats has to be an integer or a sequence of '
                        f'integers, not {repeats!r}')
    if counts.size and int(counts.min()) < 0:
        raise ValueError('repeats may not contain negative values.')
    a, d = _with_axis(a, axis)
    if counts.size != 1:
        if counts.size != a._shape[d]:
            raise ValueError(
                f'repeats has {counts.size} numbers, but the axis {d} of the '
                f'array of the shape {a.shape} has {a._shape[d]} elements')
        return take(a, numpy.arange(a._shape[d]).repeat(counts), d, None)
    count = counts.item()
    shape, strides = a._shape, a._strides
    shape.insert(shape.begin() + d + 1, count)
    strides.insert(strides.begin() + d + 1, 0)
    result = transfer.copy(a.make_view(shape, strides, 0), 'C')
    shape.erase(shape.begin() + d + 1)
    shape[d] *= count
    return views.reshape_to(result, shape)
