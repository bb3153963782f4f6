# What cublas.pyx calls of cublas_v2.h.

cdef extern from "cublas_v2.h" nogil:
    ctypedef void* Stream "cudaStream_t"
    ctypedef void* Handle "cublasHandle_t"
    ctypedef int Operation "cublasOperation_t"
    ctypedef int SideMode "cublasSideMode_t"
    ctypedef int PointerMode "cublasPointerMode_t"
    ctypedef int MathMode "cublasMath_t"
    ctypedef int DataType "cudaDataType"
    ctypedef int ComputeType "cublasComputeType_t"
    ctypedef int GemmAlgo "cublasGemmAlgo_t"

    int cublasCreate(Handle*)
    int cublasDestroy(Handle)
    int cublasGetVersion(Handle, int*)
    int cublasSetStream(Handle, Stream)
    int cublasGetStream(Handle, Stream*)
    int cublasSetPointerMode(Handle, PointerMode)
    int cublasGetPointerMode(Handle, PointerMode*)
    int cublasSetMathMode(Handle, MathMode)
    int cublasGetMathMode(Handle, MathMode*)

    int cublasIsamax(Handle, int, const float*, int, int*)
    int cublasIdamax(Handle, int, const double*, int, int*)
    int cublasIsamin(Handle, int, const float*, int, int*)
    int cublasIdamin(Handle, int, const double*, int, int*)
    int cublasSasum(Handle, int, const float*, int, float*)
    int cublasDasum(Handle, int, const double*, int, double*)
    int cublasSnrm2(Handle, int, const float*, int, float*)
    int cublasDnrm2(Handle, int, const double*, int, double*)
    int cublasSdot(Handle, int, const float*, int, const float*, int, float*)
    int cublasDdot(
        Handle, int, const double*, int, const double*, int, double*)
    int cublasSaxpy(Handle, int, const float*, const float*, int, float*, int)
    int cublasDaxpy(
        Handle, int, const double*, const double*, int, double*, int)
    int cublasSscal(Handle, int, const float*, float*, int)
    int cublasDscal(Handle, int, const double*, double*, int)
    int cublasScopy(Handle, int, const float*, int, float*, int)
    int cublasDcopy(Handle, int, const double*, int, double*, int)
    int cublasSswap(Handle, int, float*, int, float*, int)
    int cublasDswap(Handle, int, double*, int, double*, int)
    int cublasSgemv(
        Handle, Operation, int, int, const float*, const float*, int,
        const float*, int, const float*, float*, int)
    int cublasDgemv(
        Handle, Operation, int, int, const double*, const double*, int,
        const double*, int, const double*, double*, int)
    int cublasSger(
        Handle, int, int, const float*, const float*, int, const float*, int,
        float*, int)
    int cublasDger(
        Handle, int, int, const double*, const double*, int, const double*,
        int, double*, int)
    int cublasSgemm(
        Handle, Operation, Operation, int, int, int, const float*,
        const float*, int, const float*, int, const float*, float*, int)
    int cublasDgemm(
        Handle, Operation, Operation, int, int, int, const double*,
        const double*, int, const double*, int, const double*, double*, int)
    int cublasSgemmBatched(
        Handle, Operation, Operation, int, int, int, const float*,
        const float**, int, const float**, int, const float*, float**, int,
        int)
    int cublasDgemmBatched(
        Handle, Operation, Operation, int, int, int, const double*,
        const double**, int, const double**, int, const double*, double**,
        int, int)
    int cublasSgemmStridedBatched(
        Handle, Operation, Operation, int, int, int, const float*,
        const float*, int, long long, const float*, int, long long,
        const float*, float*, int, long long, int)
    int cublasDgemmStridedBatched(
        Handle, Operation, Operation, int, int, int, const double*,
        const double*, int, long long, const double*, int, long long,
        const double*, double*, int, long long, int)
    int cublasGemmEx(
        Handle, Operation, Operation, int, int, int, const void*, const void*,
        DataType, int, const void*, DataType, int, const void*, void*,
        DataType, int, ComputeType, GemmAlgo)
    int cublasGemmStridedBatchedEx(
        Handle, Operation, Operation, int, int, int, const void*, const void*,
        DataType, int, long long, const void*, DataType, int, long long,
        const void*, void*, DataType, int, long long, int, ComputeType,
        GemmAlgo)
    int cublasSgeam(
        Handle, Operation, Operation, int, int, const float*, const float*,
        int, const float*, const float*, int, float*, int)
    int cublasDgeam(
        Handle, Operation, Operation, int, int, const double*, const double*,
        int, const double*, const double*, int, double*, int)
    int cublasSdgmm(
        Handle, SideMode, int, int, const float*, int, const float*, int,
        float*, int)
    int cublasDdgmm(
        Handle, SideMode, int, int, const double*, int, const double*, int,
        double*, int)
