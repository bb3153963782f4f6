cimport cython

from cupy.core.internal cimport shape_t
from cupy.cuda.memory cimport MemoryPointer


# Arrays refer to memory and to older arrays, in no circle that the garbage
# collector would have to find.
@cython.no_gc
cdef class ndarray_base:
    cdef:
        readonly MemoryPointer data
        readonly Py_ssize_t size
        readonly object base
        shape_t _shape
        shape_t _strides
        int _code
        Py_ssize_t _itemsize
        bint _c_contiguous
        bint _f_contiguous
        object __weakref__

    cdef size_t pointer(self) noexcept
    cdef Py_ssize_t dims(self) noexcept
    cdef int update_flags(self) except -1
    cdef ndarray_base make_view(
        self, const shape_t& shape, const shape_t& strides, Py_ssize_t offset)


# The class that set_class() has announced.
cdef object array_class


cdef inline bint is_array(value) noexcept:
    # Nearly all arrays are of that class itself: no search among bases.
    return type(value) is array_class or isinstance(value, ndarray_base)


cdef ndarray_base new_array(const shape_t& shape, int code)
cdef ndarray_base new_array_in_order(
    const shape_t& shape, int code, const int* order)
cdef ndarray_base new_like(ndarray_base array, int code, order)
cdef int check_device(ndarray_base array, str what) except -1
