"""Elements that arrays of indices, or masks, select.

NumPy's rules hold, but for one: an array of indices that is on the device is
not looked at before it is used, because the host would have to wait for it.
Indices in it that are out of range wrap around, they are taken modulo the
extent of their axis. (With ``CUPY_HOST_CHECK`` they are an error.) Indices
in lists and NumPy's arrays raise ``IndexError``.

All kernels here take an array of the shape of the result, which has the
selected axes with a stride of 0: its elements are where the axes begin, and
the indices say how far to go from there. So the usual loop over broadcast
arrays does all but the indexing itself.
"""
from cpython.buffer cimport (
    PyBUF_SIMPLE, PyBuffer_Release, PyObject_GetBuffer)
from libc.stdint cimport int64_t

import numpy

from cupy.core cimport base, internal, nonzero, transfer, views
from cupy.core.base cimport ndarray_base
from cupy.core.dtypes cimport BOOL, INT64
from cupy.core.internal cimport shape_t
from cupy.core.ufunc cimport overlap

from cupy.core import transfer as transfer_module
from cupy.core.elementwise import ElementwiseKernel


cdef class Picks:

    """The arrays of an index expression: which elements of which axes.

    ``arrays`` are the indices, broadcast to ``shape``; each picks from an
    axis of an extent and a stride. In the result they stand before the axis
    ``place`` of the others, which ``meet`` finds out: where the arrays (and
    integers) are, if they are next to each other, else in front. An ellipsis
    counts as an axis between them even if it stands for none.
    """

    def __cinit__(self):
        self.arrays = []
        self.place = self.last = -1

    cdef int meet(self, Py_ssize_t place) except -1:
        if self.last < 0:
            self.place = place
        elif self.last != place:
            self.place = 0
        self.last = place
        return 0

    cdef Py_ssize_t take(
            self, ndarray_base a, Py_ssize_t axis, item) except -1:
        """Adds an item for some axes of ``a``. Returns for how many."""
        cdef ndarray_base index
        if item.dtype.kind == 'b':
            return self._take_mask(a, axis, item)
        if isinstance(item, ndarray_base):
            index = item
            if a._shape[axis] == 0 and index.size:
                raise IndexError(f'axis {axis} has size 0, so that there is '
                                 'nothing for an index to pick')
        else:
            item = item.astype(numpy.int64, 'C', copy=False)
            _check_range(item, axis, a._shape[axis])
            index = transfer_module.array(item)
        self.add(index, a._shape[axis], a._strides[axis])
        return 1

    cdef Py_ssize_t _take_mask(
            self, ndarray_base a, Py_ssize_t axis, mask) except -1:
        cdef Py_ssize_t d
        if mask.ndim == 0:  # a new axis, of one element or none
            index = numpy.zeros(int(bool(mask)), numpy.int64)
            self.add(transfer_module.array(index), 1, 0)
            return 0
        _check_mask(a, axis, mask.shape)
        if isinstance(mask, ndarray_base):
            found = nonzero.nonzero(mask)
        else:
            found = [transfer_module.array(x) for x in mask.nonzero()]
        for d, index in enumerate(found, axis):
            self.add(index, a._shape[d], a._strides[d])
        return len(found)

    cdef int add(
            self, ndarray_base index, Py_ssize_t extent,
            Py_ssize_t stride) except -1:
        try:
            internal.broadcast_shape(self.shape, index._shape)
        except ValueError:
            shapes = [str(x.shape) for x in (*self.arrays, index)]
            raise IndexError(
                'shape mismatch: indexing arrays could not be broadcast '
                f'together with shapes {" ".join(shapes)}') from None
        self.arrays.append(index)
        self.extents.push_back(extent)
        self.strides.push_back(stride)
        return 0

    cdef ndarray_base spread(self, ndarray_base rest):
        """A view of ``rest`` over the result: the places to count from."""
        cdef shape_t shape = rest._shape, strides = rest._strides
        shape.insert(shape.begin() + self.place, self.shape.begin(),
                     self.shape.end())
        strides.insert(strides.begin() + self.place,
                       <size_t>self.shape.size(), <Py_ssize_t>0)
        return rest.make_view(shape, strides, 0)

    cdef list arguments(self, Py_ssize_t ndim):
        """Arguments of a kernel over the result: indices and axes."""
        cdef Py_ssize_t k
        cdef size_t behind
        cdef shape_t shape, strides
        cdef ndarray_base index
        cdef list result = []
        behind = ndim - self.place - self.shape.size()
        for k in range(len(self.arrays)):
            index = self.arrays[k]
            shape, strides = index._shape, index._strides
            shape.insert(shape.end(), behind, <Py_ssize_t>1)
            strides.insert(strides.end(), behind, <Py_ssize_t>0)
            result.append(index.make_view(shape, strides, 0))
            result.append(self.extents[k])
            result.append(self.strides[k])
        return result

    cdef int copy_what_overlaps(self, ndarray_base a) except -1:
        self.arrays = [_apart(index, a) for index in self.arrays]
        return 0


cdef int _check_range(index, Py_ssize_t axis, Py_ssize_t extent) except -1:
    """Raises if an index of a contiguous array of int64 is out of range."""
    cdef Py_buffer buffer
    cdef Py_ssize_t k
    cdef const int64_t* values
    cdef int64_t wrong
    PyObject_GetBuffer(index, &buffer, PyBUF_SIMPLE)
    values = <const int64_t*>buffer.buf
    for k in range(buffer.len // <Py_ssize_t>sizeof(int64_t)):
        if not -extent <= values[k] < extent:
            wrong = values[k]
            PyBuffer_Release(&buffer)
            raise IndexError(f'index {wrong} is out of bounds for axis '
                             f'{axis} with size {extent}')
    PyBuffer_Release(&buffer)
    return 0


cdef int _check_mask(ndarray_base a, Py_ssize_t axis, tuple shape) except -1:
    cdef Py_ssize_t d
    for d, size in enumerate(shape, axis):
        if a._shape[d] != size:
            raise IndexError(
                f'boolean index did not match indexed array along axis {d}; '
                f'size of axis is {a._shape[d]} but size of corresponding '
                f'boolean axis is {size}')
    return 0


# ---- Kernels

# Elements that are only moved are moved as bits: four kernels instead of 12.

_preamble = '''
template <typename Index>
__device__ ptrdiff_t position(Index index, ptrdiff_t extent,
                              const void* data) {
  const ptrdiff_t i = (ptrdiff_t)index;
#ifdef CUPY_HOST_CHECK
  if (i < -extent || i >= extent) cuh_out_of_range(data, i, extent, -1);
#endif
  if (i >= 0 && i < extent) return i;
  const ptrdiff_t rest = i % extent;
  return rest < 0 ? rest + extent : rest;
}
template <typename T>
__device__ T& shifted(T& x, ptrdiff_t bytes) {
  return *reinterpret_cast<T*>(reinterpret_cast<char*>(&x) + bytes);
}
'''
_letters = 'ABCDEFGHIJKLMNOPQRSUVWXYZabcdefgh'
cdef dict _kernels = {}


cdef object _kernel(str name, Py_ssize_t count):
    """The kernel of an operation with a number of index arrays."""
    kernel = _kernels.get((name, count))
    if kernel is None:
        params, outs, operation = _operations[name]
        params = [params] * bool(params) + [
            f'{_letters[k]} index{k}, int64 extent{k}, int64 stride{k}'
            for k in range(count)]
        shift = ' + '.join([
            f'position(index{k}, extent{k}, &_raw_x[0]) * stride{k}'
            for k in range(count)])
        kernel = _kernels[name, count] = ElementwiseKernel(
            ', '.join(params), outs,
            f'T& element = shifted(x, {shift}); {operation}',
            f'cupy_{name}', preamble=_preamble)
    return kernel


# An output is given by reference, so that x has an address.
cdef dict _operations = {
    'gather': ('', 'T x, T y', 'y = element'),
    'scatter': ('T y', 'T x', 'element = y'),
    'scatter_add': ('T y', 'T x', 'atomicAdd(&element, y)')}


cdef ndarray_base gather(ndarray_base spread, Picks picks):
    cdef ndarray_base result = base.new_array(spread._shape, spread._code)
    gather_into(spread, picks, result)
    return result


cdef int gather_into(
        ndarray_base spread, Picks picks, ndarray_base result) except -1:
    """Writes elements of an array to another one of the same type."""
    if result.size:
        _kernel('gather', len(picks.arrays))(
            *picks.arguments(spread.dims()), views.as_bits(spread),
            views.as_bits(result))
    return 0


cdef int scatter(ndarray_base a, ndarray_base spread, Picks picks,
                 value) except -1:
    """Writes values to elements of ``a``.

    If an element is picked several times, it gets one of the values.
    """
    value = _fitting(spread, value)
    if isinstance(value, ndarray_base):
        value = views.as_bits(_apart(value, a))
    else:
        value = value.view(views.bits_type(a))
    if spread.size:
        picks.copy_what_overlaps(a)
        _kernel('scatter', len(picks.arrays))(
            value, *picks.arguments(spread.dims()), views.as_bits(spread))
    return 0


cdef int add(ndarray_base a, ndarray_base spread, Picks picks,
             value) except -1:
    """Adds values to elements of ``a``, one after another."""
    value = _fitting(spread, value)
    if isinstance(value, ndarray_base):
        value = _apart(value, a)
    if a._code == INT64:  # there is no atomicAdd of it: the same bits
        spread = views.as_bits(spread)
        value = (views.as_bits(value) if isinstance(value, ndarray_base)
                 else value.view(numpy.uint64))
    if spread.size:
        picks.copy_what_overlaps(a)
        _kernel('scatter_add', len(picks.arrays))(
            value, *picks.arguments(spread.dims()), spread)
    return 0


cdef object _fitting(ndarray_base spread, value):
    """The value, if it is an array broadcastable to what it is set to."""
    cdef ndarray_base array
    if not isinstance(value, ndarray_base):
        return value
    array = without_leading_ones(value, spread.dims())
    if not is_broadcastable(array._shape, spread._shape):
        raise ValueError(
            f'shape mismatch: value array of shape {value.shape} could not '
            f'be broadcast to indexing result of shape {spread.shape}')
    if array._code != spread._code:
        array = transfer.astype(array, spread._code, 'K')
    return array


cdef object _apart(ndarray_base array, ndarray_base a):
    """The array, or a copy if it has memory in common with ``a``."""
    return transfer.copy(array, 'K') if overlap(array, a) else array


# ---- Masks

cdef bint is_mask_of(item, ndarray_base a):
    """Whether it is an array of bools, on the device, for all elements."""
    cdef ndarray_base mask
    if not isinstance(item, ndarray_base):
        return False
    mask = item
    return (mask._code == BOOL and mask.dims() > 0 and
            internal.same(mask._shape, a._shape))


cdef bint set_masked(ndarray_base a, mask, value) except? True:
    """Sets elements by a mask alone, where that needs no indices.

    That is if the value is the same for all trues of the mask. Returns
    whether it was done.
    """
    cdef ndarray_base array, where
    cdef shape_t shape, strides
    cdef Py_ssize_t own
    if mask.dtype.kind != 'b' or mask.ndim == 0 or mask.ndim > a.dims():
        return False
    _check_mask(a, 0, mask.shape)
    own = a.dims() - mask.ndim
    if isinstance(value, ndarray_base):
        if own == 0 and value.ndim > 1:
            raise TypeError(
                'boolean array indexing assignment requires a 0 or '
                f'1-dimensional input, input has {value.ndim} dimensions')
        array = without_leading_ones(value, own)
        shape.assign(a._shape.end() - own, a._shape.end())
        if array.dims() > own or not is_broadcastable(array._shape, shape):
            return False
        if array._code != a._code:
            array = transfer.astype(array, a._code, 'K')
        value = views.as_bits(_apart(array, a))
    else:
        value = value.view(views.bits_type(a))
    if a.size == 0:
        return True
    where = _apart(transfer_module.array(mask, copy=False), a)
    shape, strides = where._shape, where._strides
    shape.resize(a.dims(), 1)
    strides.resize(a.dims(), 0)
    _put_masked(where.make_view(shape, strides, 0), value, views.as_bits(a))
    return True


# Bits are chosen by bits: compilers make a branch of anything simpler, which
# is mispredicted, and keeps the loop from being vectorized.
_put_masked = ElementwiseKernel(
    'bool mask, T value', 'T x', '''
  const T keep = (T)mask - (T)1;
  x = (x & keep) | (value & ~keep);
''', 'cupy_put_masked')


# ---- Shapes of values

cdef ndarray_base without_leading_ones(ndarray_base array, Py_ssize_t ndim):
    """View without axes of extent one in front, as far as there are too many.
    """
    cdef shape_t shape = array._shape, strides = array._strides
    while <Py_ssize_t>shape.size() > ndim and shape[0] == 1:
        shape.erase(shape.begin())
        strides.erase(strides.begin())
    if shape.size() == array._shape.size():
        return array
    return array.make_view(shape, strides, 0)


cdef bint is_broadcastable(const shape_t& shape, const shape_t& wanted):
    cdef Py_ssize_t d, missing = wanted.size() - shape.size()
    if missing < 0:
        return False
    for d in range(<Py_ssize_t>shape.size()):
        if shape[d] != 1 and shape[d] != wanted[missing + d]:
            return False
    return True
