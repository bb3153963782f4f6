cdef class Memory:
    cdef readonly size_t ptr
    cdef readonly Py_ssize_t size
    cdef readonly int device_id


cdef class MemoryPointer:
    cdef readonly object mem
    cdef readonly size_t ptr
    cdef readonly int device_id


cpdef MemoryPointer alloc(Py_ssize_t size)
