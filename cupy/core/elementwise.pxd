from libcpp cimport bool as cpp_bool

from cupy.core.base cimport ndarray_base
from cupy.core.internal cimport shape_t
from cupy.core.objects cimport Objects
from cupy.cuda.function cimport Function

cdef extern from 'operands.h' namespace 'cupy' nogil:
    cdef enum Access:
        strided
        contiguous
        unit_rows
        flat_rows
    cdef cppclass Operand:
        char* data
        Py_ssize_t itemsize
        Py_ssize_t strides[32]
        int access
    cdef cppclass Operands 'cupy::Few<cupy::Operand, 6>':
        size_t size()
        Operand& operator[](size_t)
    cdef cppclass Codes 'cupy::Few<int, 16>':  # of element types
        void push_back(int)
        size_t size()
        int& operator[](size_t)
    cdef cppclass Loop:
        int ndim
        Py_ssize_t size
        Py_ssize_t shape[32]
        Operands operands
        void set_flat(Py_ssize_t)
        void add_flat(char*, Py_ssize_t)
        void add(char*, Py_ssize_t, const shape_t&, const shape_t&)
        cpp_bool sort_axes(int* order)
        void collapse()
        cpp_bool choose_access()
    cdef cppclass Arguments:
        void add_array(const void*, Py_ssize_t, int, const Py_ssize_t*,
                       const Py_ssize_t*)
        void add_indexer(Py_ssize_t, int, const Py_ssize_t*)
        void add_word(Py_ssize_t)
        void** addresses()


cdef class Parameter:
    cdef readonly str name
    cdef readonly str type_name
    cdef readonly bint raw
    cdef readonly bint is_input
    cdef int code          # -1: a placeholder


cdef tuple parse_parameters(str text, bint is_input)
cdef int check_arguments(
    str kernel, tuple params, const Objects& args) except -1
cdef int decide_types(
    Codes& codes, str kernel, tuple params, const Objects& args,
    Py_ssize_t nin) except -1
cdef str typedefs(tuple params, const Codes& codes)
cdef Function compile(
    str source, str name, tuple options)
cdef str loop_head(str of_rows, bint linear)
cdef int set_shape(Loop& loop, const shape_t& shape) except -1
