cdef class PinnedMemory:
    cdef readonly size_t ptr
    cdef readonly Py_ssize_t size


cdef class PinnedMemoryPointer:
    cdef readonly object mem
    cdef readonly size_t ptr
    cdef Py_ssize_t _size


cpdef PinnedMemoryPointer alloc_pinned_memory(Py_ssize_t size)
