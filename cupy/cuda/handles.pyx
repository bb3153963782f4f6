"""Handles of libraries: one for each thread and device, made when needed."""
import threading

from cupy.cuda cimport cublas
from cupy.cuda cimport runtime


cdef class _Handle:

    cdef size_t ptr

    def __cinit__(self):
        self.ptr = cublas.create()

    def __dealloc__(self):
        if self.ptr:
            cublas.destroy(self.ptr)


class _Handles(threading.local):

    """The handles of the thread that looks, by the number of the device."""

    def __init__(self):
        self.cublas = {}


cdef object _handles = _Handles()


cpdef size_t get_cublas_handle() except? 0:
    """Returns this thread's cuBLAS handle of the current device.

    Returns:
        int: Handle. It is destroyed when the thread ends.

    """
    cdef int device = runtime.getDevice()
    cdef dict found = _handles.cublas
    handle = found.get(device)
    if handle is None:
        handle = found[device] = _Handle()
    return (<_Handle>handle).ptr
