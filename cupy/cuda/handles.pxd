cpdef size_t get_cublas_handle() except? 0
