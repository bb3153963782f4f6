# Calls that may be long give up the GIL. Short ones keep it: the way back to
# it may take milliseconds, if another thread computes meanwhile.

cdef extern from "Python.h":
    ctypedef struct PyThreadState:
        pass
    PyThreadState* PyEval_SaveThread() nogil
    void PyEval_RestoreThread(PyThreadState*) nogil


# Gives up the GIL for work on so many elements; the result goes to acquire().
cdef inline PyThreadState* release(double work) noexcept:
    return PyEval_SaveThread() if work > 10000 else NULL


cdef inline void acquire(PyThreadState* state) noexcept:
    if state != NULL:
        PyEval_RestoreThread(state)
