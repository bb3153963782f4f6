"""cuDNN's functions and constants, as cuDNN's header declares them."""

cdef extern from "cudnn.h" nogil:
    ctypedef void* Stream "cudaStream_t"
    ctypedef void* Handle "cudnnHandle_t"
    ctypedef void* TensorDescriptor "cudnnTensorDescriptor_t"
    ctypedef void* FilterDescriptor "cudnnFilterDescriptor_t"
    ctypedef void* ConvolutionDescriptor "cudnnConvolutionDescriptor_t"
    ctypedef void* PoolingDescriptor "cudnnPoolingDescriptor_t"
    ctypedef void* ActivationDescriptor "cudnnActivationDescriptor_t"

    # Enumerations; as integers here, cast where a function wants them.
    ctypedef int Status "cudnnStatus_t"
    ctypedef int DataType "cudnnDataType_t"
    ctypedef int TensorFormat "cudnnTensorFormat_t"
    ctypedef int NanPropagation "cudnnNanPropagation_t"
    ctypedef int MathType "cudnnMathType_t"
    ctypedef int ConvolutionMode "cudnnConvolutionMode_t"
    ctypedef int ForwardAlgo "cudnnConvolutionFwdAlgo_t"
    ctypedef int FilterAlgo "cudnnConvolutionBwdFilterAlgo_t"
    ctypedef int DataAlgo "cudnnConvolutionBwdDataAlgo_t"
    ctypedef int PoolingMode "cudnnPoolingMode_t"
    ctypedef int SoftmaxAlgorithm "cudnnSoftmaxAlgorithm_t"
    ctypedef int SoftmaxMode "cudnnSoftmaxMode_t"
    ctypedef int ActivationMode "cudnnActivationMode_t"
    ctypedef int BatchNormMode "cudnnBatchNormMode_t"
    ctypedef int Determinism "cudnnDeterminism_t"

    ctypedef struct ForwardPerf "cudnnConvolutionFwdAlgoPerf_t":
        ForwardAlgo algo
        Status status
        size_t memory
        Determinism determinism
    ctypedef struct FilterPerf "cudnnConvolutionBwdFilterAlgoPerf_t":
        FilterAlgo algo
        Status status
        size_t memory
        Determinism determinism
    ctypedef struct DataPerf "cudnnConvolutionBwdDataAlgoPerf_t":
        DataAlgo algo
        Status status
        size_t memory
        Determinism determinism

    # Handles

    size_t cudnnGetVersion()
    const char* cudnnGetErrorString(Status)
    int cudnnCreate(Handle*)
    int cudnnDestroy(Handle)
    int cudnnSetStream(Handle, Stream)
    int cudnnGetStream(Handle, Stream*)

    # Descriptors

    int cudnnCreateTensorDescriptor(TensorDescriptor*)
    int cudnnSetTensor4dDescriptor(
        TensorDescriptor, TensorFormat, DataType, int, int, int, int)
    int cudnnSetTensor4dDescriptorEx(
        TensorDescriptor, DataType, int, int, int, int, int, int, int, int)
    int cudnnSetTensorNdDescriptor(
        TensorDescriptor, DataType, int, const int*, const int*)
    int cudnnDestroyTensorDescriptor(TensorDescriptor)

    int cudnnCreateFilterDescriptor(FilterDescriptor*)
    int cudnnSetFilter4dDescriptor(
        FilterDescriptor, DataType, TensorFormat, int, int, int, int)
    int cudnnSetFilterNdDescriptor(
        FilterDescriptor, DataType, TensorFormat, int, const int*)
    int cudnnDestroyFilterDescriptor(FilterDescriptor)

    int cudnnCreateConvolutionDescriptor(ConvolutionDescriptor*)
    int cudnnSetConvolutionMathType(ConvolutionDescriptor, MathType)
    int cudnnSetConvolutionGroupCount(ConvolutionDescriptor, int)
    int cudnnSetConvolution2dDescriptor(
        ConvolutionDescriptor, int, int, int, int, int, int, ConvolutionMode,
        DataType)
    int cudnnSetConvolutionNdDescriptor(
        ConvolutionDescriptor, int, const int*, const int*, const int*,
        ConvolutionMode, DataType)
    int cudnnGetConvolutionNdForwardOutputDim(
        ConvolutionDescriptor, TensorDescriptor, FilterDescriptor, int, int*)
    int cudnnDestroyConvolutionDescriptor(ConvolutionDescriptor)

    int cudnnCreatePoolingDescriptor(PoolingDescriptor*)
    int cudnnSetPooling2dDescriptor(
        PoolingDescriptor, PoolingMode, NanPropagation, int, int, int, int,
        int, int)
    int cudnnSetPoolingNdDescriptor(
        PoolingDescriptor, PoolingMode, NanPropagation, int, const int*,
        const int*, const int*)
    int cudnnGetPoolingNdForwardOutputDim(
        PoolingDescriptor, TensorDescriptor, int, int*)
    int cudnnDestroyPoolingDescriptor(PoolingDescriptor)

    int cudnnCreateActivationDescriptor(ActivationDescriptor*)
    int cudnnSetActivationDescriptor(
        ActivationDescriptor, ActivationMode, NanPropagation, double)
    int cudnnDestroyActivationDescriptor(ActivationDescriptor)

    # Elements of tensors

    int cudnnAddTensor(
        Handle, const void*, TensorDescriptor, const void*, const void*,
        TensorDescriptor, void*)
    int cudnnSetTensor(Handle, TensorDescriptor, void*, const void*)
    int cudnnScaleTensor(Handle, TensorDescriptor, void*, const void*)
    int cudnnActivationForward(
        Handle, ActivationDescriptor, const void*, TensorDescriptor,
        const void*, const void*, TensorDescriptor, void*)
    int cudnnActivationBackward(
        Handle, ActivationDescriptor, const void*, TensorDescriptor,
        const void*, TensorDescriptor, const void*, TensorDescriptor,
        const void*, const void*, TensorDescriptor, void*)
    int cudnnSoftmaxForward(
        Handle, SoftmaxAlgorithm, SoftmaxMode, const void*, TensorDescriptor,
        const void*, const void*, TensorDescriptor, void*)
    int cudnnSoftmaxBackward(
        Handle, SoftmaxAlgorithm, SoftmaxMode, const void*, TensorDescriptor,
        const void*, TensorDescriptor, const void*, const void*,
        TensorDescriptor, void*)

    # Convolution

    int cudnnGetConvolutionForwardAlgorithm_v7(
        Handle, TensorDescriptor, FilterDescriptor, ConvolutionDescriptor,
        TensorDescriptor, int, int*, ForwardPerf*)
    int cudnnGetConvolutionForwardWorkspaceSize(
        Handle, TensorDescriptor, FilterDescriptor, ConvolutionDescriptor,
        TensorDescriptor, ForwardAlgo, size_t*)
    int cudnnConvolutionForward(
        Handle, const void*, TensorDescriptor, const void*, FilterDescriptor,
        const void*, ConvolutionDescriptor, ForwardAlgo, void*, size_t,
        const void*, TensorDescriptor, void*)
    int cudnnConvolutionBackwardBias(
        Handle, const void*, TensorDescriptor, const void*, const void*,
        TensorDescriptor, void*)
    int cudnnGetConvolutionBackwardFilterAlgorithm_v7(
        Handle, TensorDescriptor, TensorDescriptor, ConvolutionDescriptor,
        FilterDescriptor, int, int*, FilterPerf*)
    int cudnnGetConvolutionBackwardFilterWorkspaceSize(
        Handle, TensorDescriptor, TensorDescriptor, ConvolutionDescriptor,
        FilterDescriptor, FilterAlgo, size_t*)
    int cudnnConvolutionBackwardFilter(
        Handle, const void*, TensorDescriptor, const void*, TensorDescriptor,
        const void*, ConvolutionDescriptor, FilterAlgo, void*, size_t,
        const void*, FilterDescriptor, void*)
    int cudnnGetConvolutionBackwardDataAlgorithm_v7(
        Handle, FilterDescriptor, TensorDescriptor, ConvolutionDescriptor,
        TensorDescriptor, int, int*, DataPerf*)
    int cudnnGetConvolutionBackwardDataWorkspaceSize(
        Handle, FilterDescriptor, TensorDescriptor, ConvolutionDescriptor,
        TensorDescriptor, DataAlgo, size_t*)
    int cudnnConvolutionBackwardData(
        Handle, const void*, FilterDescriptor, const void*, TensorDescriptor,
        const void*, ConvolutionDescriptor, DataAlgo, void*, size_t,
        const void*, TensorDescriptor, void*)

    # Pooling and batch normalization

    int cudnnPoolingForward(
        Handle, PoolingDescriptor, const void*, TensorDescriptor, const void*,
        const void*, TensorDescriptor, void*)
    int cudnnPoolingBackward(
        Handle, PoolingDescriptor, const void*, TensorDescriptor, const void*,
        TensorDescriptor, const void*, TensorDescriptor, const void*,
        const void*, TensorDescriptor, void*)
    int cudnnDeriveBNTensorDescriptor(
        TensorDescriptor, TensorDescriptor, BatchNormMode)
    int cudnnBatchNormalizationForwardTraining(
        Handle, BatchNormMode, const void*, const void*, TensorDescriptor,
        const void*, TensorDescriptor, void*, TensorDescriptor, const void*,
        const void*, double, void*, void*, double, void*, void*)
    int cudnnBatchNormalizationForwardInference(
        Handle, BatchNormMode, const void*, const void*, TensorDescriptor,
        const void*, TensorDescriptor, void*, TensorDescriptor, const void*,
        const void*, const void*, const void*, double)
    int cudnnBatchNormalizationBackward(
        Handle, BatchNormMode, const void*, const void*, const void*,
        const void*, TensorDescriptor, const void*, TensorDescriptor,
        const void*, TensorDescriptor, void*, TensorDescriptor, const void*,
        void*, void*, double, const void*, const void*)


cdef extern from "cudnn.h":
    # The numbers differ between versions of cuDNN.
    cpdef enum:
        CUDNN_STATUS_SUCCESS
        CUDNN_STATUS_NOT_INITIALIZED
        CUDNN_STATUS_BAD_PARAM
        CUDNN_STATUS_NOT_SUPPORTED
        CUDNN_STATUS_INTERNAL_ERROR
        CUDNN_STATUS_EXECUTION_FAILED


cpdef enum:
    CUDNN_DATA_FLOAT = 0
    CUDNN_DATA_DOUBLE = 1
    CUDNN_DATA_HALF = 2

    CUDNN_TENSOR_NCHW = 0
    CUDNN_TENSOR_NHWC = 1

    CUDNN_NOT_PROPAGATE_NAN = 0
    CUDNN_PROPAGATE_NAN = 1

    CUDNN_DEFAULT_MATH = 0
    CUDNN_TENSOR_OP_MATH = 1
    CUDNN_TENSOR_OP_MATH_ALLOW_CONVERSION = 2
    CUDNN_FMA_MATH = 3

    CUDNN_CONVOLUTION = 0
    CUDNN_CROSS_CORRELATION = 1

    # cuDNN has dropped these; the functions here that choose an algorithm
    # within a limit take them.
    CUDNN_CONVOLUTION_FWD_NO_WORKSPACE = 0
    CUDNN_CONVOLUTION_FWD_PREFER_FASTEST = 1
    CUDNN_CONVOLUTION_FWD_SPECIFY_WORKSPACE_LIMIT = 2
    CUDNN_CONVOLUTION_BWD_FILTER_NO_WORKSPACE = 0
    CUDNN_CONVOLUTION_BWD_FILTER_PREFER_FASTEST = 1
    CUDNN_CONVOLUTION_BWD_FILTER_SPECIFY_WORKSPACE_LIMIT = 2
    CUDNN_CONVOLUTION_BWD_DATA_NO_WORKSPACE = 0
    CUDNN_CONVOLUTION_BWD_DATA_PREFER_FASTEST = 1
    CUDNN_CONVOLUTION_BWD_DATA_SPECIFY_WORKSPACE_LIMIT = 2

    CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_GEMM = 0
    CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_PRECOMP_GEMM = 1
    CUDNN_CONVOLUTION_FWD_ALGO_GEMM = 2
    CUDNN_CONVOLUTION_FWD_ALGO_DIRECT = 3
    CUDNN_CONVOLUTION_FWD_ALGO_FFT = 4
    CUDNN_CONVOLUTION_FWD_ALGO_FFT_TILING = 5
    CUDNN_CONVOLUTION_FWD_ALGO_WINOGRAD = 6
    CUDNN_CONVOLUTION_FWD_ALGO_WINOGRAD_NONFUSED = 7

    CUDNN_CONVOLUTION_BWD_FILTER_ALGO_0 = 0
    CUDNN_CONVOLUTION_BWD_FILTER_ALGO_1 = 1
    CUDNN_CONVOLUTION_BWD_FILTER_ALGO_FFT = 2
    CUDNN_CONVOLUTION_BWD_FILTER_ALGO_3 = 3
    CUDNN_CONVOLUTION_BWD_FILTER_ALGO_WINOGRAD = 4
    CUDNN_CONVOLUTION_BWD_FILTER_ALGO_WINOGRAD_NONFUSED = 5
    CUDNN_CONVOLUTION_BWD_FILTER_ALGO_FFT_TILING = 6

    CUDNN_CONVOLUTION_BWD_DATA_ALGO_0 = 0
    CUDNN_CONVOLUTION_BWD_DATA_ALGO_1 = 1
    CUDNN_CONVOLUTION_BWD_DATA_ALGO_FFT = 2
    CUDNN_CONVOLUTION_BWD_DATA_ALGO_FFT_TILING = 3
    CUDNN_CONVOLUTION_BWD_DATA_ALGO_WINOGRAD = 4
    CUDNN_CONVOLUTION_BWD_DATA_ALGO_WINOGRAD_NONFUSED = 5

    CUDNN_POOLING_MAX = 0
    CUDNN_POOLING_AVERAGE_COUNT_INCLUDE_PADDING = 1
    CUDNN_POOLING_AVERAGE_COUNT_EXCLUDE_PADDING = 2
    CUDNN_POOLING_MAX_DETERMINISTIC = 3

    CUDNN_SOFTMAX_FAST = 0
    CUDNN_SOFTMAX_ACCURATE = 1
    CUDNN_SOFTMAX_LOG = 2
    CUDNN_SOFTMAX_MODE_INSTANCE = 0
    CUDNN_SOFTMAX_MODE_CHANNEL = 1

    CUDNN_ACTIVATION_SIGMOID = 0
    CUDNN_ACTIVATION_RELU = 1
    CUDNN_ACTIVATION_TANH = 2
    CUDNN_ACTIVATION_CLIPPED_RELU = 3
    CUDNN_ACTIVATION_ELU = 4

    CUDNN_BATCHNORM_PER_ACTIVATION = 0
    CUDNN_BATCHNORM_SPATIAL = 1
    CUDNN_BATCHNORM_SPATIAL_PERSISTENT = 2
