# The handle of a stream; that of the null stream if it is None.
cdef size_t get_ptr(stream) except? 0
