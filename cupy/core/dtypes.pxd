# Codes of the element types, in the order of NumPy's safe casts.
cdef enum:
    BOOL = 0
    INT8 = 1
    UINT8 = 2
    INT16 = 3
    UINT16 = 4
    INT32 = 5
    UINT32 = 6
    INT64 = 7
    UINT64 = 8
    FLOAT16 = 9
    FLOAT32 = 10
    FLOAT64 = 11

cdef tuple DTYPES
cdef tuple C_NAMES

cdef int code_of(dtype) except -1
cdef Py_ssize_t scalar_bits(value, int code) except? -1
