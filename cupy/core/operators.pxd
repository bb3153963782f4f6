cimport cython

from cupy.core.base cimport ndarray_base


@cython.no_gc
cdef class Operators(ndarray_base):
    pass
