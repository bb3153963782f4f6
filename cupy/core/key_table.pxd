cdef extern from 'few.h' nogil:
    cdef cppclass Key 'cupy::Few<char, 48>':
        void push_back(char)
        char* data()
        size_t size()


cdef class KeyTable:
    cdef dict _values
    cdef bytes _last
    cdef object _last_value

    # The value of a key, or None.
    cdef object get(self, Key& key)
    cdef int put(self, Key& key, value) except -1
