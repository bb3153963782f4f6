"""New arrays whose axes lie in memory in the order of those of others."""
from cupy.core cimport base, elementwise, internal, views
from cupy.core.base cimport ndarray_base
from cupy.core.dtypes cimport code_of
from cupy.core.elementwise cimport Loop


def new_like(ndarray_base a, dtype=None):
    """Returns an uninitialized array of the shape and order of another one.

    Args:
        a (cupy.ndarray): The other array.
        dtype: Element type, by default that of ``a``.

    Returns:
        cupy.ndarray: New array without gaps, its axes in the order of the
        strides of ``a``.

    """
    return base.new_like(a, a._code if dtype is None else code_of(dtype), 'K')


def new_ordered(arrays, shape, dtype):
    """Returns an uninitialized array in the order that other ones share.

    Args:
        arrays (sequence of cupy.ndarray): Arrays with as many dimensions as
            ``shape``.
        shape (tuple of ints): Shape.
        dtype: Element type.

    Returns:
        cupy.ndarray: New array without gaps. Its axes are in C order, but
        where all of the arrays want two of them the other way round.

    """
    cdef int[32] order
    cdef Loop loop
    cdef ndarray_base array
    elementwise.set_shape(loop, internal.to_shape(shape))
    for array in arrays:
        loop.add(<char*>array.pointer(), array._itemsize, array._shape,
                 array._strides)
    loop.sort_axes(order)
    return base.new_array_in_order(
        internal.to_shape(shape), code_of(dtype), order)


def broadcast_to(ndarray_base a, shape):
    """Returns a view of a shape in which axes of extent 1 are repeated."""
    return views.broadcast_to(a, shape)
