cdef extern from 'objects.h' namespace 'cupy':
    cdef cppclass Objects:
        size_t size()
        void append(object) except +
        object get(size_t)
        void set(size_t, object)


cdef inline int extend(Objects& objects, values) except -1:
    for value in values:
        objects.append(value)
    return 0


cdef inline list slice_of(const Objects& objects, size_t first, size_t last):
    return [objects.get(k) for k in range(first, last)]
