"""Kernels by what tells them apart, bytes; fast for the same one again."""
from cpython.bytes cimport (
    PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE)
from libc.string cimport memcmp


cdef class KeyTable:

    """A dictionary that remembers where it looked last."""

    def __init__(self):
        self._values = {}
        self._last = b''

    cdef object get(self, Key& key):
        cdef bytes last = self._last
        if (<size_t>PyBytes_GET_SIZE(last) == key.size() and
                memcmp(PyBytes_AS_STRING(last), key.data(), key.size()) == 0):
            return self._last_value
        name = PyBytes_FromStringAndSize(key.data(), key.size())
        value = self._values.get(name)
        if value is not None:
            self._last = name
            self._last_value = value
        return value

    cdef int put(self, Key& key, value) except -1:
        self._values[PyBytes_FromStringAndSize(key.data(), key.size())] = value
        return 0
