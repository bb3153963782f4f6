from libcpp cimport bool as cpp_bool

from cupy.core.base cimport ndarray_base
from cupy.core.elementwise cimport Arguments, Codes
from cupy.core.internal cimport shape_t
from cupy.core.key_table cimport KeyTable
from cupy.core.objects cimport Objects

cdef extern from 'reduction_axes.h' namespace 'cupy' nogil:
    cdef cppclass ReductionAxes:
        int kind
        void set_shape(const shape_t&, const cpp_bool*)
        Py_ssize_t output_size()
        Py_ssize_t reduced_size()
        int output_axes()
        int reduced_axes()
        int output_axis(int)
        void add_input(char*, Py_ssize_t, const shape_t&, const shape_t&, int)
        void add_output(char*, Py_ssize_t, const shape_t&, const cpp_bool*,
                        int, cpp_bool)
        void sort()
        void plan(cpp_bool, cpp_bool, cpp_bool, cpp_bool)
        int known(int)
        void add_array(int, Arguments&)
        void add_shape(Arguments&)
        size_t threads(size_t)

cdef enum:
    MAX_NDIM = 32


cdef class Routine:
    cdef readonly str map_expr
    cdef readonly str reduce_expr
    cdef readonly str post_map_expr
    cdef readonly object reduce_type  # None: the type of the first output
    cdef bint finds
    cdef bint output_index
    cdef bint reduced_index
    cdef KeyTable functions


cdef class Reduction:
    cdef readonly str name
    cdef readonly object identity
    cdef readonly str preamble
    cdef readonly tuple options
    cdef readonly bint reduce_dims

    # Runs a routine on inputs, which are broadcast to the shape, and outputs.
    cdef int _launch(
        self, Routine routine, tuple params, const Objects& args,
        const Codes& codes, ReductionAxes& axes) except -1
    cdef str _source(
        self, Routine routine, tuple params, const Objects& args,
        const Codes& codes, ReductionAxes& axes)


# Which axes are reduced.
cdef int find_axes(axis, Py_ssize_t ndim, cpp_bool* reduced) except -1
# The shape of outputs; an array for one; the check of one that was given.
cdef shape_t output_shape(
    const shape_t& shape, const cpp_bool* reduced, bint keepdims)
cdef ndarray_base new_output(
    const shape_t& shape, const cpp_bool* reduced, bint keepdims, int code,
    ReductionAxes& axes)
cdef int check_output(
    str name, ndarray_base out, const shape_t& expected) except -1
