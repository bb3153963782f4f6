# The handle of a stream; that of the thread's current stream if it is None.
cdef size_t get_ptr(stream) except? 0
