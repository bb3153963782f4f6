"""Arrays of other shapes on the same memory."""
import operator

from cupy.core cimport internal
from cupy.core.base cimport ndarray_base
from cupy.core.dtypes cimport (
    DTYPES, UINT8, UINT16, UINT32, UINT64, code_of)
from cupy.core.internal cimport shape_t
from cupy.core.ufunc cimport copy_elements


cdef ndarray_base reshape(ndarray_base a, shape):
    """View of the shape, or a copy where no view can have it.

    One extent may be -1: it is what remains.
    """
    cdef shape_t wanted
    cdef Py_ssize_t known = 1, unknown = -1, d, extent
    if not isinstance(shape, (tuple, list)):
        shape = (shape,)
    for d, item in enumerate(shape):
        extent = operator.index(item)
        if extent < 0:
            if unknown >= 0:
                raise ValueError('can only specify one unknown dimension, '
                                 f'but the shape is {tuple(shape)}')
            unknown = d
        else:
            known *= extent
        wanted.push_back(extent)
    if unknown >= 0 and known and a.size % known == 0:
        wanted[unknown] = a.size // known
    elif unknown >= 0 or known != a.size:
        raise ValueError(
            f'cannot reshape array of size {a.size} into shape '
            f'{tuple(shape)}')
    return reshape_to(a, wanted)


cdef ndarray_base reshape_to(ndarray_base a, const shape_t& shape):
    cdef shape_t strides
    cdef ndarray_base copy
    if reshaped_strides(a, shape, strides):
        return a.make_view(shape, strides, 0)
    copy = copy_elements(a, _c_array_like(a))
    copy._shape = shape
    copy._strides = internal.c_strides(shape, a._itemsize)
    copy.update_flags()
    return copy


cdef ndarray_base _c_array_like(ndarray_base a):
    return type(a)(a.shape, DTYPES[a._code])


cdef bint reshaped_strides(
        ndarray_base a, const shape_t& shape, shape_t& strides) except -1:
    """Finds strides that read ``a`` in the shape, if there are some."""
    cdef shape_t old_shape, old_strides
    cdef Py_ssize_t i, old, ndim = shape.size()
    cdef Py_ssize_t remaining
    strides.clear()
    if a._c_contiguous or a.size == 0:
        strides = internal.c_strides(shape, a._itemsize)
        return True
    # Axes of extent one are left out, neighbours in memory merged.
    for i in range(<Py_ssize_t>a._shape.size()):
        if a._shape[i] == 1:
            continue
        if (not old_shape.empty() and
                old_strides.back() == a._strides[i] * a._shape[i]):
            old_shape[old_shape.size() - 1] *= a._shape[i]
            old_strides[old_shape.size() - 1] = a._strides[i]
        else:
            old_shape.push_back(a._shape[i])
            old_strides.push_back(a._strides[i])
    # Each merged axis is to be cut into a group of the new axes, from the
    # last one to the first.
    strides.resize(ndim)
    old = old_shape.size() - 1
    remaining = old_shape[old] if old >= 0 else 1
    step = old_strides[old] if old >= 0 else a._itemsize
    for i in range(ndim - 1, -1, -1):
        if shape[i] == 1:
            strides[i] = step
            continue
        while remaining == 1:
            old -= 1
            remaining = old_shape[old]
            step = old_strides[old]
        if remaining % shape[i]:
            return False
        strides[i] = step
        step *= shape[i]
        remaining //= shape[i]
    return True


cdef ndarray_base transpose(ndarray_base a, axes):
    cdef shape_t shape, strides
    cdef Py_ssize_t axis, ndim = a.dims()
    if axes is None or (len(axes) == 1 and axes[0] is None):
        axes = range(ndim - 1, -1, -1)
    elif len(axes) == 1 and isinstance(axes[0], (tuple, list)):
        axes = axes[0]
    if len(axes) == 0 and ndim != 0:
        axes = range(ndim - 1, -1, -1)
    if len(axes) != ndim:
        raise ValueError(f"axes {tuple(axes)} don't match an array of {ndim} "
                         'dimensions')
    seen = set()
    for item in axes:
        axis = internal.normalize_axis(operator.index(item), ndim)
        if axis in seen:
            raise ValueError(f'repeated axis in transpose: {tuple(axes)}')
        seen.add(axis)
        shape.push_back(a._shape[axis])
        strides.push_back(a._strides[axis])
    return a.make_view(shape, strides, 0)


cdef ndarray_base swapaxes(
        ndarray_base a, Py_ssize_t axis1, Py_ssize_t axis2):
    cdef shape_t shape = a._shape, strides = a._strides
    axis1 = internal.normalize_axis(axis1, a.dims())
    axis2 = internal.normalize_axis(axis2, a.dims())
    shape[axis1], shape[axis2] = shape[axis2], shape[axis1]
    strides[axis1], strides[axis2] = strides[axis2], strides[axis1]
    return a.make_view(shape, strides, 0)


cdef ndarray_base rollaxis(
        ndarray_base a, Py_ssize_t axis, Py_ssize_t start):
    cdef list axes = list(range(a.dims()))
    axis = internal.normalize_axis(axis, a.dims())
    if start < 0:
        start = internal.normalize_axis(start, a.dims())
    elif start > a.dims():
        start = internal.normalize_axis(start, a.dims() + 1)
    axes.remove(axis)
    axes.insert(start - 1 if axis < start else start, axis)
    return transpose(a, axes) if axes else a.make_view(
        a._shape, a._strides, 0)


cdef ndarray_base squeeze(ndarray_base a, axis):
    cdef shape_t shape, strides
    cdef Py_ssize_t d
    if axis is None:
        chosen = {d for d in range(a.dims()) if a._shape[d] == 1}
    else:
        axes = axis if isinstance(axis, tuple) else (axis,)
        chosen = {internal.normalize_axis(operator.index(d), a.dims())
                  for d in axes}
        if len(chosen) < len(axes):
            raise ValueError(f'duplicate value in axis {axis}')
        for d in chosen:
            if a._shape[d] != 1:
                raise ValueError(
                    'cannot select an axis to squeeze out which has size not '
                    f'equal to one: axis {d} of {a.shape}')
    for d in range(a.dims()):
        if d not in chosen:
            shape.push_back(a._shape[d])
            strides.push_back(a._strides[d])
    return a.make_view(shape, strides, 0)


cdef ndarray_base expand_dims(ndarray_base a, Py_ssize_t axis):
    cdef shape_t shape = a._shape, strides = a._strides
    axis = internal.normalize_axis(axis, a.dims() + 1)
    shape.insert(shape.begin() + axis, 1)
    strides.insert(strides.begin() + axis, 0)
    return a.make_view(shape, strides, 0)


cdef ndarray_base broadcast_to(ndarray_base a, shape):
    cdef shape_t wanted = internal.to_shape(shape), strides
    cdef Py_ssize_t d, missing = wanted.size() - a._shape.size()
    for d in range(<Py_ssize_t>a._shape.size()):
        if missing < 0 or (a._shape[d] != 1 and
                           a._shape[d] != wanted[missing + d]):
            raise ValueError(
                f'cannot broadcast an array of the shape {a.shape} to '
                f'{internal.to_tuple(wanted)}')
    strides.resize(wanted.size(), 0)
    for d in range(<Py_ssize_t>a._shape.size()):
        if a._shape[d] != 1 or wanted[missing + d] == 1:
            strides[missing + d] = a._strides[d]
    return a.make_view(wanted, strides, 0)


cdef ndarray_base diagonal(
        ndarray_base a, Py_ssize_t offset, Py_ssize_t axis1,
        Py_ssize_t axis2):
    cdef shape_t shape, strides
    cdef Py_ssize_t d, start, length
    if a.dims() < 2:
        raise ValueError('diag requires an array of at least two dimensions')
    axis1 = internal.normalize_axis(axis1, a.dims())
    axis2 = internal.normalize_axis(axis2, a.dims())
    if axis1 == axis2:
        raise ValueError('axis1 and axis2 cannot be the same')
    for d in range(a.dims()):
        if d != axis1 and d != axis2:
            shape.push_back(a._shape[d])
            strides.push_back(a._strides[d])
    if offset >= 0:
        start = offset * a._strides[axis2]
        length = min(a._shape[axis1], a._shape[axis2] - offset)
    else:
        start = -offset * a._strides[axis1]
        length = min(a._shape[axis1] + offset, a._shape[axis2])
    if length <= 0:
        length = start = 0
    shape.push_back(length)
    strides.push_back(a._strides[axis1] + a._strides[axis2])
    return a.make_view(shape, strides, start)


cdef ndarray_base view_as(ndarray_base a, dtype):
    """View of the same bytes as elements of another type."""
    cdef ndarray_base view = a.make_view(a._shape, a._strides, 0)
    cdef Py_ssize_t old = a._itemsize, new, last = a.dims() - 1
    if dtype is None:
        return view
    view._code = code_of(dtype)
    new = DTYPES[view._code].itemsize
    view._itemsize = new
    if new != old:
        if last < 0:
            raise ValueError(
                'changing the dtype of a 0-d array is only supported if the '
                f'itemsize is unchanged: {old} bytes to {new}')
        if a._shape[last] != 1 and a._strides[last] != old:
            raise ValueError(
                'to change to a dtype of a different size, the last axis '
                'must be contiguous')
        if a._shape[last] * old % new:
            raise ValueError(
                'when changing to a larger dtype, its size must be a divisor '
                'of the total size in bytes of the last axis of the array')
        view._shape[last] = a._shape[last] * old // new
        view._strides[last] = new
        view.size = internal.prod(view._shape)
    view.update_flags()
    return view


# Elements that are only moved are moved as bits: that takes four kernels
# instead of twelve.
cdef int[9] _bits
_bits[1], _bits[2], _bits[4], _bits[8] = UINT8, UINT16, UINT32, UINT64


cdef ndarray_base as_bits(ndarray_base a):
    """View of the elements as unsigned integers of their size."""
    cdef ndarray_base view = a.make_view(a._shape, a._strides, 0)
    view._code = _bits[a._itemsize]
    return view


cdef object bits_type(ndarray_base a):
    """The type of these unsigned integers."""
    return DTYPES[_bits[a._itemsize]]
