"""cuDNN: what layers of neural networks compute.

The functions are cuDNN's without the prefix, and take what cuDNN's take:
handles, descriptors, pointers to arrays and pointers to the factors ``alpha``
and ``beta`` are integers. Factors are of double precision where the arrays
are, else of single precision, in the host's memory. Results are
``alpha * result + beta * what was there``; with ``beta`` 0, what was there is
not read. ``cupy.cudnn`` makes handles, descriptors and factors from arrays.
"""
import os

from cupy.cuda cimport runtime

cdef extern from *:
    """
    #include <cudnn.h>

    #ifndef CUPY_HOST_DEVICE
    static const char* cupyHostTakeErrorDetail() { return ""; }
    #endif
    """
    const char* cupyHostTakeErrorDetail()


cdef enum:
    MAX_ALGORITHMS = 8


class CuDNNError(RuntimeError):

    """A function of cuDNN has failed.

    Attributes:
        status (int): Its answer, one of ``CUDNN_STATUS_...``.

    """

    def __init__(self, status, function=None, detail=''):
        name = (<bytes>cudnnGetErrorString(<Status><int>status)).decode()
        text = f'{name} ({status})'
        if function:
            text += f', in {function}'
        if detail:
            text += f': {detail}'
        super().__init__(text)
        self.status = status
        self._args = status, function, detail

    def __reduce__(self):
        return CuDNNError, self._args


cdef int check(int status, str function) except -1:
    if status != CUDNN_STATUS_SUCCESS:
        raise CuDNNError(status, function,
                         (<bytes>cupyHostTakeErrorDetail()).decode())
    return 0


# ---- Handles ----------------------------------------------------------------

cpdef size_t getVersion():
    return cudnnGetVersion()


cpdef size_t create() except? 0:
    """Makes a handle for the current device."""
    cdef Handle handle
    cdef int status
    runtime.getDevice()  # says it better if there is none
    with nogil:
        status = cudnnCreate(&handle)
    check(status, 'cudnnCreate')
    return <size_t>handle


cpdef destroy(size_t handle):
    cdef int status
    with nogil:
        status = cudnnDestroy(<Handle>handle)
    check(status, 'cudnnDestroy')


cpdef setStream(size_t handle, size_t stream):
    cdef int status
    with nogil:
        status = cudnnSetStream(<Handle>handle, <Stream>stream)
    check(status, 'cudnnSetStream')


cpdef size_t getStream(size_t handle) except? 0:
    cdef Stream stream
    check(cudnnGetStream(<Handle>handle, &stream), 'cudnnGetStream')
    return <size_t>stream


# ---- Descriptors of tensors and filters -------------------------------------

cpdef size_t createTensorDescriptor() except? 0:
    cdef TensorDescriptor descriptor
    check(cudnnCreateTensorDescriptor(&descriptor),
          'cudnnCreateTensorDescriptor')
    return <size_t>descriptor


cpdef setTensor4dDescriptor(
        size_t tensorDesc, int format, int dataType, int n, int c, int h,
        int w):
    check(cudnnSetTensor4dDescriptor(
        <TensorDescriptor>tensorDesc, <TensorFormat>format, <DataType>dataType,
        n, c, h, w), 'cudnnSetTensor4dDescriptor')


cpdef setTensor4dDescriptorEx(
        size_t tensorDesc, int dataType, int n, int c, int h, int w,
        int nStride, int cStride, int hStride, int wStride):
    check(cudnnSetTensor4dDescriptorEx(
        <TensorDescriptor>tensorDesc, <DataType>dataType, n, c, h, w, nStride,
        cStride, hStride, wStride), 'cudnnSetTensor4dDescriptorEx')


cpdef setTensorNdDescriptor(
        size_t tensorDesc, int dataType, int nbDims, size_t dimA,
        size_t strideA):
    """``dimA`` and ``strideA`` point to C ints."""
    check(cudnnSetTensorNdDescriptor(
        <TensorDescriptor>tensorDesc, <DataType>dataType, nbDims,
        <const int*>dimA, <const int*>strideA), 'cudnnSetTensorNdDescriptor')


cpdef destroyTensorDescriptor(size_t tensorDesc):
    check(cudnnDestroyTensorDescriptor(
        <TensorDescriptor>tensorDesc), 'cudnnDestroyTensorDescriptor')


cpdef size_t createFilterDescriptor() except? 0:
    cdef FilterDescriptor descriptor
    check(cudnnCreateFilterDescriptor(&descriptor),
          'cudnnCreateFilterDescriptor')
    return <size_t>descriptor


cpdef setFilter4dDescriptor(
        size_t filterDesc, int dataType, int format, int k, int c, int h,
        int w):
    check(cudnnSetFilter4dDescriptor(
        <FilterDescriptor>filterDesc, <DataType>dataType, <TensorFormat>format,
        k, c, h, w), 'cudnnSetFilter4dDescriptor')


cpdef setFilterNdDescriptor(
        size_t filterDesc, int dataType, int format, int nbDims,
        size_t filterDimA):
    """``filterDimA`` points to C ints."""
    check(cudnnSetFilterNdDescriptor(
        <FilterDescriptor>filterDesc, <DataType>dataType, <TensorFormat>format,
        nbDims, <const int*>filterDimA), 'cudnnSetFilterNdDescriptor')


cpdef destroyFilterDescriptor(size_t filterDesc):
    check(cudnnDestroyFilterDescriptor(
        <FilterDescriptor>filterDesc), 'cudnnDestroyFilterDescriptor')


# ---- Descriptors of layers --------------------------------------------------

cpdef size_t createConvolutionDescriptor() except? 0:
    cdef ConvolutionDescriptor descriptor
    check(cudnnCreateConvolutionDescriptor(&descriptor),
          'cudnnCreateConvolutionDescriptor')
    return <size_t>descriptor


cpdef setConvolutionMathType(size_t convDesc, int mathType):
    check(cudnnSetConvolutionMathType(
        <ConvolutionDescriptor>convDesc, <MathType>mathType),
        'cudnnSetConvolutionMathType')


cpdef setConvolutionGroupCount(size_t convDesc, int groupCount):
    check(cudnnSetConvolutionGroupCount(
        <ConvolutionDescriptor>convDesc, groupCount),
        'cudnnSetConvolutionGroupCount')


cpdef setConvolution2dDescriptor(
        size_t convDesc, int pad_h, int pad_w, int u, int v, int dilation_h,
        int dilation_w, int mode, int computeType):
    check(cudnnSetConvolution2dDescriptor(
        <ConvolutionDescriptor>convDesc, pad_h, pad_w, u, v, dilation_h,
        dilation_w, <ConvolutionMode>mode, <DataType>computeType),
        'cudnnSetConvolution2dDescriptor')


cpdef setConvolutionNdDescriptor(
        size_t convDesc, int arrayLength, size_t padA, size_t filterStrideA,
        size_t dilationA, int mode, int computeType):
    """``padA``, ``filterStrideA`` and ``dilationA`` point to C ints."""
    check(cudnnSetConvolutionNdDescriptor(
        <ConvolutionDescriptor>convDesc, arrayLength, <const int*>padA,
        <const int*>filterStrideA, <const int*>dilationA,
        <ConvolutionMode>mode, <DataType>computeType),
        'cudnnSetConvolutionNdDescriptor')


cpdef tuple getConvolutionNdForwardOutputDim(
        size_t convDesc, size_t inputTensorDesc, size_t filterDesc,
        int nbDims):
    """Returns the shape of what a convolution gives."""
    cdef int dims[8]
    check(cudnnGetConvolutionNdForwardOutputDim(
        <ConvolutionDescriptor>convDesc, <TensorDescriptor>inputTensorDesc,
        <FilterDescriptor>filterDesc, nbDims, dims),
        'cudnnGetConvolutionNdForwardOutputDim')
    return tuple([dims[i] for i in range(nbDims)])


cpdef destroyConvolutionDescriptor(size_t convDesc):
    check(cudnnDestroyConvolutionDescriptor(
        <ConvolutionDescriptor>convDesc), 'cudnnDestroyConvolutionDescriptor')


cpdef size_t createPoolingDescriptor() except? 0:
    cdef PoolingDescriptor descriptor
    check(cudnnCreatePoolingDescriptor(&descriptor),
          'cudnnCreatePoolingDescriptor')
    return <size_t>descriptor


cpdef setPooling2dDescriptor(
        size_t poolingDesc, int mode, int maxpoolingNanOpt, int windowHeight,
        int windowWidth, int verticalPadding, int horizontalPadding,
        int verticalStride, int horizontalStride):
    check(cudnnSetPooling2dDescriptor(
        <PoolingDescriptor>poolingDesc, <PoolingMode>mode,
        <NanPropagation>maxpoolingNanOpt, windowHeight, windowWidth,
        verticalPadding, horizontalPadding, verticalStride, horizontalStride),
        'cudnnSetPooling2dDescriptor')


cpdef setPoolingNdDescriptor(
        size_t poolingDesc, int mode, int maxpoolingNanOpt, int nbDims,
        size_t windowDimA, size_t paddingA, size_t strideA):
    """``windowDimA``, ``paddingA`` and ``strideA`` point to C ints."""
    check(cudnnSetPoolingNdDescriptor(
        <PoolingDescriptor>poolingDesc, <PoolingMode>mode,
        <NanPropagation>maxpoolingNanOpt, nbDims, <const int*>windowDimA,
        <const int*>paddingA, <const int*>strideA),
        'cudnnSetPoolingNdDescriptor')


cpdef tuple getPoolingNdForwardOutputDim(
        size_t poolingDesc, size_t inputTensorDesc, int nbDims):
    """Returns the shape of what a pooling gives."""
    cdef int dims[8]
    check(cudnnGetPoolingNdForwardOutputDim(
        <PoolingDescriptor>poolingDesc, <TensorDescriptor>inputTensorDesc,
        nbDims, dims), 'cudnnGetPoolingNdForwardOutputDim')
    return tuple([dims[i] for i in range(nbDims)])


cpdef destroyPoolingDescriptor(size_t poolingDesc):
    check(cudnnDestroyPoolingDescriptor(
        <PoolingDescriptor>poolingDesc), 'cudnnDestroyPoolingDescriptor')


cpdef size_t createActivationDescriptor() except? 0:
    cdef ActivationDescriptor descriptor
    check(cudnnCreateActivationDescriptor(&descriptor),
          'cudnnCreateActivationDescriptor')
    return <size_t>descriptor


cpdef setActivationDescriptor(
        size_t activationDesc, int mode, int reluNanOpt, double coef):
    check(cudnnSetActivationDescriptor(
        <ActivationDescriptor>activationDesc, <ActivationMode>mode,
        <NanPropagation>reluNanOpt, coef), 'cudnnSetActivationDescriptor')


cpdef destroyActivationDescriptor(size_t activationDesc):
    check(cudnnDestroyActivationDescriptor(
        <ActivationDescriptor>activationDesc),
        'cudnnDestroyActivationDescriptor')


# ---- Elements of tensors ----------------------------------------------------

cpdef addTensor(
        size_t handle, size_t alpha, size_t aDesc, size_t A, size_t beta,
        size_t cDesc, size_t C):
    cdef int status
    with nogil:
        status = cudnnAddTensor(
            <Handle>handle, <void*>alpha, <TensorDescriptor>aDesc, <void*>A,
            <void*>beta, <TensorDescriptor>cDesc, <void*>C)
    check(status, 'cudnnAddTensor')


cpdef setTensor(size_t handle, size_t yDesc, size_t y, size_t valuePtr):
    """``valuePtr`` points to an element of the type of ``y``."""
    cdef int status
    with nogil:
        status = cudnnSetTensor(
            <Handle>handle, <TensorDescriptor>yDesc, <void*>y, <void*>valuePtr)
    check(status, 'cudnnSetTensor')


cpdef scaleTensor(size_t handle, size_t yDesc, size_t y, size_t alpha):
    cdef int status
    with nogil:
        status = cudnnScaleTensor(
            <Handle>handle, <TensorDescriptor>yDesc, <void*>y, <void*>alpha)
    check(status, 'cudnnScaleTensor')


cpdef activationForward(
        size_t handle, size_t activationDesc, size_t alpha, size_t srcDesc,
        size_t srcData, size_t beta, size_t dstDesc, size_t dstData):
    cdef int status
    with nogil:
        status = cudnnActivationForward(
            <Handle>handle, <ActivationDescriptor>activationDesc, <void*>alpha,
            <TensorDescriptor>srcDesc, <void*>srcData, <void*>beta,
            <TensorDescriptor>dstDesc, <void*>dstData)
    check(status, 'cudnnActivationForward')


cpdef activationBackward(
        size_t handle, size_t activationDesc, size_t alpha, size_t srcDesc,
        size_t srcData, size_t srcDiffDesc, size_t srcDiffData,
        size_t destDesc, size_t destData, size_t beta, size_t destDiffDesc,
        size_t destDiffData):
    """``src`` is what the function gave, ``dest`` what it was given."""
    cdef int status
    with nogil:
        status = cudnnActivationBackward(
            <Handle>handle, <ActivationDescriptor>activationDesc, <void*>alpha,
            <TensorDescriptor>srcDesc, <void*>srcData,
            <TensorDescriptor>srcDiffDesc, <void*>srcDiffData,
            <TensorDescriptor>destDesc, <void*>destData, <void*>beta,
            <TensorDescriptor>destDiffDesc, <void*>destDiffData)
    check(status, 'cudnnActivationBackward')


cpdef softmaxForward(
        size_t handle, int algorithm, int mode, size_t alpha, size_t srcDesc,
        size_t srcData, size_t beta, size_t dstDesc, size_t dstData):
    cdef int status
    with nogil:
        status = cudnnSoftmaxForward(
            <Handle>handle, <SoftmaxAlgorithm>algorithm, <SoftmaxMode>mode,
            <void*>alpha, <TensorDescriptor>srcDesc, <void*>srcData,
            <void*>beta, <TensorDescriptor>dstDesc, <void*>dstData)
    check(status, 'cudnnSoftmaxForward')


cpdef softmaxBackward(
        size_t handle, int algorithm, int mode, size_t alpha, size_t srcDesc,
        size_t srcData, size_t srcDiffDesc, size_t srcDiffData, size_t beta,
        size_t destDiffDesc, size_t destDiffData):
    """``src`` is what the function gave."""
    cdef int status
    with nogil:
        status = cudnnSoftmaxBackward(
            <Handle>handle, <SoftmaxAlgorithm>algorithm, <SoftmaxMode>mode,
            <void*>alpha, <TensorDescriptor>srcDesc, <void*>srcData,
            <TensorDescriptor>srcDiffDesc, <void*>srcDiffData, <void*>beta,
            <TensorDescriptor>destDiffDesc, <void*>destDiffData)
    check(status, 'cudnnSoftmaxBackward')


# ---- Convolution ------------------------------------------------------------

cdef size_t workspace_limit(int preference, size_t limit) except? 0:
    if preference == CUDNN_CONVOLUTION_FWD_NO_WORKSPACE:
        return 0
    if preference == CUDNN_CONVOLUTION_FWD_PREFER_FASTEST:
        return <size_t>-1
    if preference == CUDNN_CONVOLUTION_FWD_SPECIFY_WORKSPACE_LIMIT:
        return limit
    raise ValueError(
        f'preference {preference} is none of NO_WORKSPACE (0), '
        'PREFER_FASTEST (1) and SPECIFY_WORKSPACE_LIMIT (2)')


# Some algorithms add in whatever order the device gets to.
only_deterministic = (
    os.environ.get('CUPY_CUDNN_DETERMINISTIC', '0') != '0')


def choose_algorithm(candidates, limit, deterministic=only_deterministic):
    """Chooses an algorithm from what cuDNN suggests for a convolution.

    Args:
        candidates (list of tuples): Number, status, bytes of workspace and
            whether it is deterministic of each; the best comes first.
        limit (int): How large the workspace may be.
        deterministic (bool): Whether only one will do that computes the same
            each time; the environment variable ``CUPY_CUDNN_DETERMINISTIC``
            decides by default.

    Returns:
        int: The number of the first one that will do.
    """
    for algorithm, status, memory, same in candidates:
        if status == CUDNN_STATUS_SUCCESS and memory <= limit and (
                same or not deterministic):
            return algorithm
    raise CuDNNError(
        CUDNN_STATUS_NOT_SUPPORTED, None,
        f'no {"deterministic " if deterministic else ""}algorithm for this '
        f'convolution does with {limit} bytes of workspace')


cpdef int getConvolutionForwardAlgorithm(
        size_t handle, size_t srcDesc, size_t filterDesc, size_t convDesc,
        size_t destDesc, int preference, size_t memoryLimitInbytes) except? -1:
    """Chooses the algorithm that is likely to be the fastest.

    Args:
        preference: ``CUDNN_CONVOLUTION_FWD_NO_WORKSPACE``,
            ``..._PREFER_FASTEST`` or ``..._SPECIFY_WORKSPACE_LIMIT``.
        memoryLimitInbytes: How large the workspace may be, for the last one.

    """
    cdef ForwardPerf found[MAX_ALGORITHMS]
    cdef int i, count, status
    cdef size_t limit = workspace_limit(preference, memoryLimitInbytes)
    with nogil:
        status = cudnnGetConvolutionForwardAlgorithm_v7(
            <Handle>handle, <TensorDescriptor>srcDesc,
            <FilterDescriptor>filterDesc, <ConvolutionDescriptor>convDesc,
            <TensorDescriptor>destDesc, MAX_ALGORITHMS, &count, found)
    check(status, 'cudnnGetConvolutionForwardAlgorithm_v7')
    return choose_algorithm([
        (found[i].algo, found[i].status, found[i].memory,
         found[i].determinism) for i in range(count)], limit)


cpdef size_t getConvolutionForwardWorkspaceSize(
        size_t handle, size_t srcDesc, size_t filterDesc, size_t convDesc,
        size_t destDesc, int algo) except? 0:
    cdef size_t size
    cdef int status
    with nogil:
        status = cudnnGetConvolutionForwardWorkspaceSize(
            <Handle>handle, <TensorDescriptor>srcDesc,
            <FilterDescriptor>filterDesc, <ConvolutionDescriptor>convDesc,
            <TensorDescriptor>destDesc, <ForwardAlgo>algo, &size)
    check(status, 'cudnnGetConvolutionForwardWorkspaceSize')
    return size


cpdef convolutionForward(
        size_t handle, size_t alpha, size_t srcDesc, size_t srcData,
        size_t filterDesc, size_t filterData, size_t convDesc, int algo,
        size_t workSpace, size_t workSpaceSizeInBytes, size_t beta,
        size_t destDesc, size_t destData):
    cdef int status
    with nogil:
        status = cudnnConvolutionForward(
            <Handle>handle, <void*>alpha, <TensorDescriptor>srcDesc,
            <void*>srcData, <FilterDescriptor>filterDesc, <void*>filterData,
            <ConvolutionDescriptor>convDesc, <ForwardAlgo>algo,
            <void*>workSpace, workSpaceSizeInBytes, <void*>beta,
            <TensorDescriptor>destDesc, <void*>destData)
    check(status, 'cudnnConvolutionForward')


cpdef convolutionBackwardBias(
        size_t handle, size_t alpha, size_t srcDesc, size_t srcData,
        size_t beta, size_t destDesc, size_t destData):
    cdef int status
    with nogil:
        status = cudnnConvolutionBackwardBias(
            <Handle>handle, <void*>alpha, <TensorDescriptor>srcDesc,
            <void*>srcData, <void*>beta, <TensorDescriptor>destDesc,
            <void*>destData)
    check(status, 'cudnnConvolutionBackwardBias')


cpdef int getConvolutionBackwardFilterAlgorithm(
        size_t handle, size_t srcDesc, size_t diffDesc, size_t convDesc,
        size_t filterDesc, int preference,
        size_t memoryLimitInbytes) except? -1:
    """Chooses the algorithm that is likely to be the fastest.

    Args:
        preference: ``CUDNN_CONVOLUTION_BWD_FILTER_NO_WORKSPACE``,
            ``..._PREFER_FASTEST`` or ``..._SPECIFY_WORKSPACE_LIMIT``.
        memoryLimitInbytes: How large the workspace may be, for the last one.

    """
    cdef FilterPerf found[MAX_ALGORITHMS]
    cdef int i, count, status
    cdef size_t limit = workspace_limit(preference, memoryLimitInbytes)
    with nogil:
        status = cudnnGetConvolutionBackwardFilterAlgorithm_v7(
            <Handle>handle, <TensorDescriptor>srcDesc,
            <TensorDescriptor>diffDesc, <ConvolutionDescriptor>convDesc,
            <FilterDescriptor>filterDesc, MAX_ALGORITHMS, &count, found)
    check(status, 'cudnnGetConvolutionBackwardFilterAlgorithm_v7')
    return choose_algorithm([
        (found[i].algo, found[i].status, found[i].memory,
         found[i].determinism) for i in range(count)], limit)


cpdef size_t getConvolutionBackwardFilterWorkspaceSize(
        size_t handle, size_t srcDesc, size_t diffDesc, size_t convDesc,
        size_t filterDesc, int algo) except? 0:
    cdef size_t size
    cdef int status
    with nogil:
        status = cudnnGetConvolutionBackwardFilterWorkspaceSize(
            <Handle>handle, <TensorDescriptor>srcDesc,
            <TensorDescriptor>diffDesc, <ConvolutionDescriptor>convDesc,
            <FilterDescriptor>filterDesc, <FilterAlgo>algo, &size)
    check(status, 'cudnnGetConvolutionBackwardFilterWorkspaceSize')
    return size


cpdef convolutionBackwardFilter(
        size_t handle, size_t alpha, size_t srcDesc, size_t srcData,
        size_t diffDesc, size_t diffData, size_t convDesc, int algo,
        size_t workSpace, size_t workSpaceSizeInBytes, size_t beta,
        size_t gradDesc, size_t gradData):
    cdef int status
    with nogil:
        status = cudnnConvolutionBackwardFilter(
            <Handle>handle, <void*>alpha, <TensorDescriptor>srcDesc,
            <void*>srcData, <TensorDescriptor>diffDesc, <void*>diffData,
            <ConvolutionDescriptor>convDesc, <FilterAlgo>algo,
            <void*>workSpace, workSpaceSizeInBytes, <void*>beta,
            <FilterDescriptor>gradDesc, <void*>gradData)
    check(status, 'cudnnConvolutionBackwardFilter')


cpdef int getConvolutionBackwardDataAlgorithm(
        size_t handle, size_t filterDesc, size_t diffDesc, size_t convDesc,
        size_t gradDesc, int preference, size_t memoryLimitInbytes) except? -1:
    """Chooses the algorithm that is likely to be the fastest.

    Args:
        preference: ``CUDNN_CONVOLUTION_BWD_DATA_NO_WORKSPACE``,
            ``..._PREFER_FASTEST`` or ``..._SPECIFY_WORKSPACE_LIMIT``.
        memoryLimitInbytes: How large the workspace may be, for the last one.

    """
    cdef DataPerf found[MAX_ALGORITHMS]
    cdef int i, count, status
    cdef size_t limit = workspace_limit(preference, memoryLimitInbytes)
    with nogil:
        status = cudnnGetConvolutionBackwardDataAlgorithm_v7(
            <Handle>handle, <FilterDescriptor>filterDesc,
            <TensorDescriptor>diffDesc, <ConvolutionDescriptor>convDesc,
            <TensorDescriptor>gradDesc, MAX_ALGORITHMS, &count, found)
    check(status, 'cudnnGetConvolutionBackwardDataAlgorithm_v7')
    return choose_algorithm([
        (found[i].algo, found[i].status, found[i].memory,
         found[i].determinism) for i in range(count)], limit)


cpdef size_t getConvolutionBackwardDataWorkspaceSize(
        size_t handle, size_t filterDesc, size_t diffDesc, size_t convDesc,
        size_t gradDesc, int algo) except? 0:
    cdef size_t size
    cdef int status
    with nogil:
        status = cudnnGetConvolutionBackwardDataWorkspaceSize(
            <Handle>handle, <FilterDescriptor>filterDesc,
            <TensorDescriptor>diffDesc, <ConvolutionDescriptor>convDesc,
            <TensorDescriptor>gradDesc, <DataAlgo>algo, &size)
    check(status, 'cudnnGetConvolutionBackwardDataWorkspaceSize')
    return size


cpdef convolutionBackwardData(
        size_t handle, size_t alpha, size_t filterDesc, size_t filterData,
        size_t diffDesc, size_t diffData, size_t convDesc, int algo,
        size_t workSpace, size_t workSpaceSizeInBytes, size_t beta,
        size_t gradDesc, size_t gradData):
    cdef int status
    with nogil:
        status = cudnnConvolutionBackwardData(
            <Handle>handle, <void*>alpha, <FilterDescriptor>filterDesc,
            <void*>filterData, <TensorDescriptor>diffDesc, <void*>diffData,
            <ConvolutionDescriptor>convDesc, <DataAlgo>algo, <void*>workSpace,
            workSpaceSizeInBytes, <void*>beta, <TensorDescriptor>gradDesc,
            <void*>gradData)
    check(status, 'cudnnConvolutionBackwardData')


# ---- Pooling and batch normalization ----------------------------------------

cpdef poolingForward(
        size_t handle, size_t poolingDesc, size_t alpha, size_t srcDesc,
        size_t srcData, size_t beta, size_t dstDesc, size_t dstData):
    cdef int status
    with nogil:
        status = cudnnPoolingForward(
            <Handle>handle, <PoolingDescriptor>poolingDesc, <void*>alpha,
            <TensorDescriptor>srcDesc, <void*>srcData, <void*>beta,
            <TensorDescriptor>dstDesc, <void*>dstData)
    check(status, 'cudnnPoolingForward')


cpdef poolingBackward(
        size_t handle, size_t poolingDesc, size_t alpha, size_t srcDesc,
        size_t srcData, size_t srcDiffDesc, size_t srcDiffData,
        size_t destDesc, size_t destData, size_t beta, size_t destDiffDesc,
        size_t destDiffData):
    """``src`` is what the pooling gave, ``dest`` what it was given."""
    cdef int status
    with nogil:
        status = cudnnPoolingBackward(
            <Handle>handle, <PoolingDescriptor>poolingDesc, <void*>alpha,
            <TensorDescriptor>srcDesc, <void*>srcData,
            <TensorDescriptor>srcDiffDesc, <void*>srcDiffData,
            <TensorDescriptor>destDesc, <void*>destData, <void*>beta,
            <TensorDescriptor>destDiffDesc, <void*>destDiffData)
    check(status, 'cudnnPoolingBackward')


cpdef deriveBNTensorDescriptor(size_t derivedBnDesc, size_t xDesc, int mode):
    cdef int status
    with nogil:
        status = cudnnDeriveBNTensorDescriptor(
            <TensorDescriptor>derivedBnDesc, <TensorDescriptor>xDesc,
            <BatchNormMode>mode)
    check(status, 'cudnnDeriveBNTensorDescriptor')


cpdef batchNormalizationForwardTraining(
        size_t handle, int mode, size_t alpha, size_t beta, size_t xDesc,
        size_t x, size_t yDesc, size_t y, size_t bnScaleBiasMeanVarDesc,
        size_t bnScale, size_t bnBias, double exponentialAverageFactor,
        size_t resultRunningMean, size_t resultRunningVariance, double epsilon,
        size_t resultSaveMean, size_t resultSaveInvVariance):
    cdef int status
    with nogil:
        status = cudnnBatchNormalizationForwardTraining(
            <Handle>handle, <BatchNormMode>mode, <void*>alpha, <void*>beta,
            <TensorDescriptor>xDesc, <void*>x, <TensorDescriptor>yDesc,
            <void*>y, <TensorDescriptor>bnScaleBiasMeanVarDesc, <void*>bnScale,
            <void*>bnBias, exponentialAverageFactor, <void*>resultRunningMean,
            <void*>resultRunningVariance, epsilon, <void*>resultSaveMean,
            <void*>resultSaveInvVariance)
    check(status, 'cudnnBatchNormalizationForwardTraining')


cpdef batchNormalizationForwardInference(
        size_t handle, int mode, size_t alpha, size_t beta, size_t xDesc,
        size_t x, size_t yDesc, size_t y, size_t bnScaleBiasMeanVarDesc,
        size_t bnScale, size_t bnBias, size_t estimatedMean,
        size_t estimatedVariance, double epsilon):
    cdef int status
    with nogil:
        status = cudnnBatchNormalizationForwardInference(
            <Handle>handle, <BatchNormMode>mode, <void*>alpha, <void*>beta,
            <TensorDescriptor>xDesc, <void*>x, <TensorDescriptor>yDesc,
            <void*>y, <TensorDescriptor>bnScaleBiasMeanVarDesc, <void*>bnScale,
            <void*>bnBias, <void*>estimatedMean, <void*>estimatedVariance,
            epsilon)
    check(status, 'cudnnBatchNormalizationForwardInference')


cpdef batchNormalizationBackward(
        size_t handle, int mode, size_t alphaDataDiff, size_t betaDataDiff,
        size_t alphaParamDiff, size_t betaParamDiff, size_t xDesc, size_t x,
        size_t dyDesc, size_t dy, size_t dxDesc, size_t dx,
        size_t dBnScaleBiasDesc, size_t bnScale, size_t dBnScaleResult,
        size_t dBnBiasResult, double epsilon, size_t savedMean,
        size_t savedInvVariance):
    cdef int status
    with nogil:
        status = cudnnBatchNormalizationBackward(
            <Handle>handle, <BatchNormMode>mode, <void*>alphaDataDiff,
            <void*>betaDataDiff, <void*>alphaParamDiff, <void*>betaParamDiff,
            <TensorDescriptor>xDesc, <void*>x, <TensorDescriptor>dyDesc,
            <void*>dy, <TensorDescriptor>dxDesc, <void*>dx,
            <TensorDescriptor>dBnScaleBiasDesc, <void*>bnScale,
            <void*>dBnScaleResult, <void*>dBnBiasResult, epsilon,
            <void*>savedMean, <void*>savedInvVariance)
    check(status, 'cudnnBatchNormalizationBackward')
