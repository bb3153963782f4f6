from libcpp cimport bool as cpp_bool

cdef extern from 'extents.h' namespace 'cupy' nogil:
    cppclass shape_t "cupy::Extents":
        shape_t()
        size_t size()
        cpp_bool empty()
        Py_ssize_t* data()
        Py_ssize_t* begin()
        Py_ssize_t* end()
        Py_ssize_t& operator[](size_t)
        Py_ssize_t& back()
        void clear()
        void push_back(Py_ssize_t) except +
        void pop_back()
        void resize(size_t) except +
        void resize(size_t, Py_ssize_t) except +
        void assign(const Py_ssize_t*, const Py_ssize_t*) except +
        void insert(const Py_ssize_t*, Py_ssize_t) except +
        void insert(const Py_ssize_t*, size_t, Py_ssize_t) except +
        void insert(
            const Py_ssize_t*, const Py_ssize_t*,
            const Py_ssize_t*) except +
        void erase(const Py_ssize_t*)

cdef bint same(const shape_t& left, const shape_t& right) noexcept
cdef Py_ssize_t prod(const shape_t& shape) noexcept nogil
cdef shape_t c_strides(const shape_t& shape, Py_ssize_t itemsize)
cdef shape_t f_strides(const shape_t& shape, Py_ssize_t itemsize)
cdef bint is_c_contiguous(
    const shape_t& shape, const shape_t& strides,
    Py_ssize_t itemsize) noexcept
cdef bint is_f_contiguous(
    const shape_t& shape, const shape_t& strides,
    Py_ssize_t itemsize) noexcept
cdef shape_t to_shape(shape) except *
cdef tuple to_tuple(const shape_t& shape)
cdef int broadcast_shape(shape_t& result, const shape_t& shape) except -1
cdef Py_ssize_t normalize_axis(Py_ssize_t axis, Py_ssize_t ndim) except -1
