"""The element types: their codes, their names in C, scalars of them."""
from libc.string cimport memcpy

import numpy

cdef tuple DTYPES = tuple([numpy.dtype(name) for name in (
    'bool', 'int8', 'uint8', 'int16', 'uint16', 'int32', 'uint32', 'int64',
    'uint64', 'float16', 'float32', 'float64')])

cdef tuple C_NAMES = (
    'bool', 'signed char', 'unsigned char', 'short', 'unsigned short', 'int',
    'unsigned int', 'long long', 'unsigned long long', 'float16', 'float',
    'double')

# By dtype, by scalar type and by character; int64 has two characters.
cdef dict _codes = {}
for _code, _dtype in enumerate(DTYPES):
    _codes[_dtype] = _codes[_dtype.type] = _codes[_dtype.char] = _code
for _char in 'lLqQpP':
    _codes[_char] = _codes[numpy.dtype(_char)]
    _codes[numpy.dtype(_char).type] = _codes[numpy.dtype(_char)]
for _type in (bool, int, float):
    _codes[_type] = _codes[numpy.dtype(_type)]


cdef int code_of(dtype) except -1:
    """Code of what ``numpy.dtype`` takes for a type."""
    try:
        return _codes[dtype]
    except (KeyError, TypeError):
        # Not a name of it that is used often: let NumPy interpret it.
        found = numpy.dtype(dtype)
    code = _codes.get(found)
    if code is None:
        raise TypeError(
            f'dtype {found!r} is not supported: the element types are bool, '
            'int8 to int64, uint8 to uint64, float16, float32 and float64')
    return code


cdef Py_ssize_t scalar_bits(value, int code) except? -1:
    """The bytes of a scalar of the type, in the front of 8 bytes."""
    cdef Py_ssize_t bits = 0
    cdef double d
    cdef float f
    if code == FLOAT64:
        d = value
        memcpy(&bits, &d, 8)
    elif code == FLOAT32:
        f = value
        memcpy(&bits, &f, 4)
    elif code == FLOAT16:
        bits = int(numpy.float16(value).view(numpy.uint16))
    elif code == BOOL:
        bits = bool(value)
    elif code == UINT64:
        if isinstance(value, (float, numpy.floating)):
            value = int(value)
        elif isinstance(value, int):
            value = numpy.uint64(value)  # complains if it does not fit
        bits = <Py_ssize_t><unsigned long long>(int(value) & (2 ** 64 - 1))
    else:
        if type(value) is int:
            bits = value
            if code != INT64 and not fits(bits, code):
                # NumPy 2 raises OverflowError, NumPy 1 wraps around.
                bits = int(DTYPES[code].type(value))
        else:
            bits = int(value)
    return bits


cdef bint fits(Py_ssize_t value, int code) noexcept:
    if code == INT32:
        return -2147483648 <= value <= 2147483647
    if code == UINT8:
        return 0 <= value <= 255
    if code == INT8:
        return -128 <= value <= 127
    if code == INT16:
        return -32768 <= value <= 32767
    if code == UINT16:
        return 0 <= value <= 65535
    return 0 <= value <= 4294967295
