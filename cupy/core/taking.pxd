from cupy.core.base cimport ndarray_base

cdef ndarray_base take(ndarray_base a, indices, axis, out)
cdef ndarray_base repeat(ndarray_base a, repeats, axis)
