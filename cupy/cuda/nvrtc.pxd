"""CUDA's run-time compiler, for other modules in Cython."""

cpdef tuple getVersion()
cpdef list getSupportedArchs()
cpdef size_t createProgram(str src, str name) except? 0
cpdef int destroyProgram(size_t prog) except -1
cpdef int compileProgram(size_t prog, options) except -1
cpdef bytes getCUBIN(size_t prog)
cpdef bytes getPTX(size_t prog)
cpdef str getProgramLog(size_t prog)
