cdef class Device:
    cdef readonly int id

cpdef int get_device_id() except? -1
