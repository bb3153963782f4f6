// Descriptors of convolution, pooling and activation, and the sizes of what
// the first two give.
#include "window.h"

namespace cupy_host::dnn {

namespace {

void check_spatial(int ndim) {
  if (ndim < 2 || ndim > kMaxSpatial)
    fail(CUDNN_STATUS_NOT_SUPPORTED, "%d spatial dimensions, not 2 or %d",
         ndim, kMaxSpatial);
}

void check_mode(const char* what, int mode, int last) {
  if (mode < 0 || mode > last)
    fail(CUDNN_STATUS_BAD_PARAM, "%s %d is unknown", what, mode);
}

void set_convolution(cudnnConvolutionDescriptor_t key, int ndim,
                     const int* pad, const int* stride, const int* dilation,
                     cudnnConvolutionMode_t mode, cudnnDataType_t type) {
  // Set anew, a descriptor keeps its math type and its groups.
  cudnnConvolutionStruct conv = peek(key, "convDesc");
  check_spatial(ndim);
  check_mode("convolution mode", mode, CUDNN_CROSS_CORRELATION);
  check_type(type);
  conv.ndim = ndim;
  conv.mode = mode;
  conv.type = type;
  for (int i = 0; i < ndim; ++i) {
    check_range("padding", conv.pad[i] = pad[i], 0);
    check_range("the stride of a convolution", conv.stride[i] = stride[i], 1);
    check_range("dilation", conv.dilation[i] = dilation[i], 1);
  }
  put(key, conv, "convDesc");
}

void set_pooling(cudnnPoolingDescriptor_t key, cudnnPoolingMode_t mode,
                 cudnnNanPropagation_t nan, int ndim, const int* window,
                 const int* pad, const int* stride) {
  cudnnPoolingStruct pooling;
  check_spatial(ndim);
  check_mode("pooling mode", mode, CUDNN_POOLING_MAX_DETERMINISTIC);
  check_mode("NaN propagation", nan, CUDNN_PROPAGATE_NAN);
  pooling.ndim = ndim;
  pooling.mode = mode;
  pooling.nan = nan;
  for (int i = 0; i < ndim; ++i) {
    check_range("a pooling window", pooling.window[i] = window[i], 1);
    check_range("padding", pooling.pad[i] = pad[i], 0);
    check_range("the stride of a pooling", pooling.stride[i] = stride[i], 1);
  }
  put(key, pooling, "poolingDesc");
}

template <class D>
void check_spatial_of(const D& descriptor, int ndim) {
  if (descriptor.ndim != ndim)
    fail(CUDNN_STATUS_BAD_PARAM, "a %s of %d spatial dimensions, not %d",
         D::kind, descriptor.ndim, ndim);
}

int outputs(int size, int pad, int window, int stride) {
  const ptrdiff_t room = ptrdiff_t(size) + 2 * ptrdiff_t(pad) - window;
  if (room < 0)
    fail(CUDNN_STATUS_BAD_PARAM,
         "a window of %d does not fit into %d elements padded by %d on both "
         "sides", window, size, pad);
  return int(room / stride + 1);
}

void copy_dims(const Tensor& tensor, int wanted, int* dims) {
  if (wanted != tensor.ndim)
    fail(CUDNN_STATUS_BAD_PARAM, "nbDims is %d, and the tensor has %d",
         wanted, tensor.ndim);
  std::copy(tensor.dims, tensor.dims + tensor.ndim,
            of_host(dims, "the array of dimensions"));
}

}  // namespace

Tensor convolved(const Convolution& conv, const Tensor& x, const Filter& w) {
  check_spatial_of(conv, x.ndim - 2);
  if (w.ndim != x.ndim)
    fail(CUDNN_STATUS_BAD_PARAM,
         "the filter has %d dimensions and the input %d", w.ndim, x.ndim);
  if (ptrdiff_t(w.dims[1]) * conv.groups != x.dims[1] ||
      w.dims[0] % conv.groups != 0)
    fail(CUDNN_STATUS_BAD_PARAM,
         "%d output and %d input channels of a filter in %d group(s) do not "
         "fit an input of %d channels", w.dims[0], w.dims[1], conv.groups,
         x.dims[1]);
  int dims[CUDNN_DIM_MAX] = {x.dims[0], w.dims[0]};
  for (int i = 0; i < conv.ndim; ++i)
    dims[i + 2] = outputs(x.dims[i + 2], conv.pad[i],
                          (w.dims[i + 2] - 1) * conv.dilation[i] + 1,
                          conv.stride[i]);
  return packed_tensor(x.type, x.ndim, dims);
}

Tensor pooled(const Pooling& pooling, const Tensor& x) {
  check_spatial_of(pooling, x.ndim - 2);
  int dims[CUDNN_DIM_MAX] = {x.dims[0], x.dims[1]};
  for (int i = 0; i < pooling.ndim; ++i)
    dims[i + 2] = outputs(x.dims[i + 2], pooling.pad[i], pooling.window[i],
                          pooling.stride[i]);
  return packed_tensor(x.type, x.ndim, dims);
}

}  // namespace cupy_host::dnn

using namespace cupy_host::dnn;

extern "C" {

// ---- Convolution ----------------------------------------------------------

cudnnStatus_t cudnnCreateConvolutionDescriptor(
    cudnnConvolutionDescriptor_t* convDesc) {
  return guarded([&] {
    *not_null(convDesc, "convDesc") = create<cudnnConvolutionStruct>();
  });
}

cudnnStatus_t cudnnSetConvolutionMathType(
    cudnnConvolutionDescriptor_t convDesc, cudnnMathType_t mathType) {
  return guarded([&] {
    check_mode("math type", mathType, CUDNN_FMA_MATH);
    cudnnConvolutionStruct conv = peek(convDesc, "convDesc");
    conv.math = mathType;
    put(convDesc, conv, "convDesc");
  });
}

cudnnStatus_t cudnnSetConvolutionGroupCount(
    cudnnConvolutionDescriptor_t convDesc, int groupCount) {
  return guarded([&] {
    check_range("the number of groups", groupCount, 1);
    cudnnConvolutionStruct conv = peek(convDesc, "convDesc");
    conv.groups = groupCount;
    put(convDesc, conv, "convDesc");
  });
}

cudnnStatus_t cudnnSetConvolution2dDescriptor(
    cudnnConvolutionDescriptor_t convDesc, int pad_h, int pad_w, int u, int v,
    int dilation_h, int dilation_w, cudnnConvolutionMode_t mode,
    cudnnDataType_t computeType) {
  return guarded([&] {
    const int pad[] = {pad_h, pad_w};
    const int stride[] = {u, v};
    const int dilation[] = {dilation_h, dilation_w};
    set_convolution(convDesc, 2, pad, stride, dilation, mode, computeType);
  });
}

cudnnStatus_t cudnnSetConvolutionNdDescriptor(
    cudnnConvolutionDescriptor_t convDesc, int arrayLength, const int padA[],
    const int filterStrideA[], const int dilationA[],
    cudnnConvolutionMode_t mode, cudnnDataType_t computeType) {
  return guarded([&] {
    set_convolution(convDesc, arrayLength, of_host(padA, "padA"),
                    of_host(filterStrideA, "filterStrideA"),
                    of_host(dilationA, "dilationA"), mode, computeType);
  });
}

cudnnStatus_t cudnnGetConvolutionNdForwardOutputDim(
    const cudnnConvolutionDescriptor_t convDesc,
    const cudnnTensorDescriptor_t inputTensorDesc,
    const cudnnFilterDescriptor_t filterDesc, int nbDims,
    int tensorOuputDimA[]) {
  return guarded([&] {
    copy_dims(convolved(get(convDesc, "convDesc"),
                        get(inputTensorDesc, "inputTensorDesc"),
                        get(filterDesc, "filterDesc")),
              nbDims, tensorOuputDimA);
  });
}

cudnnStatus_t cudnnDestroyConvolutionDescriptor(
    cudnnConvolutionDescriptor_t convDesc) {
  return guarded([&] { destroy(convDesc, "convDesc"); });
}

// ---- Pooling --------------------------------------------------------------

cudnnStatus_t cudnnCreatePoolingDescriptor(
    cudnnPoolingDescriptor_t* poolingDesc) {
  return guarded([&] {
    *not_null(poolingDesc, "poolingDesc") = create<cudnnPoolingStruct>();
  });
}

cudnnStatus_t cudnnSetPooling2dDescriptor(
    cudnnPoolingDescriptor_t poolingDesc, cudnnPoolingMode_t mode,
    cudnnNanPropagation_t maxpoolingNanOpt, int windowHeight, int windowWidth,
    int verticalPadding, int horizontalPadding, int verticalStride,
    int horizontalStride) {
  return guarded([&] {
    const int window[] = {windowHeight, windowWidth};
    const int pad[] = {verticalPadding, horizontalPadding};
    const int stride[] = {verticalStride, horizontalStride};
    set_pooling(poolingDesc, mode, maxpoolingNanOpt, 2, window, pad, stride);
  });
}

cudnnStatus_t cudnnSetPoolingNdDescriptor(
    cudnnPoolingDescriptor_t poolingDesc, const cudnnPoolingMode_t mode,
    const cudnnNanPropagation_t maxpoolingNanOpt, int nbDims,
    const int windowDimA[], const int paddingA[], const int strideA[]) {
  return guarded([&] {
    set_pooling(poolingDesc, mode, maxpoolingNanOpt, nbDims,
                of_host(windowDimA, "windowDimA"),
                of_host(paddingA, "paddingA"), of_host(strideA, "strideA"));
  });
}

cudnnStatus_t cudnnGetPoolingNdForwardOutputDim(
    const cudnnPoolingDescriptor_t poolingDesc,
    const cudnnTensorDescriptor_t inputTensorDesc, int nbDims,
    int outputTensorDimA[]) {
  return guarded([&] {
    copy_dims(pooled(get(poolingDesc, "poolingDesc"),
                     get(inputTensorDesc, "inputTensorDesc")),
              nbDims, outputTensorDimA);
  });
}

cudnnStatus_t cudnnDestroyPoolingDescriptor(
    cudnnPoolingDescriptor_t poolingDesc) {
  return guarded([&] { destroy(poolingDesc, "poolingDesc"); });
}

// ---- Activation -----------------------------------------------------------

cudnnStatus_t cudnnCreateActivationDescriptor(
    cudnnActivationDescriptor_t* activationDesc) {
  return guarded([&] {
    *not_null(activationDesc, "activationDesc") =
        create<cudnnActivationStruct>();
  });
}

cudnnStatus_t cudnnSetActivationDescriptor(
    cudnnActivationDescriptor_t activationDesc, cudnnActivationMode_t mode,
    cudnnNanPropagation_t reluNanOpt, double coef) {
  return guarded([&] {
    cudnnActivationStruct activation;
    check_mode("NaN propagation", reluNanOpt, CUDNN_PROPAGATE_NAN);
    if (mode < 0 || mode > CUDNN_ACTIVATION_ELU)
      fail(CUDNN_STATUS_NOT_SUPPORTED,
           "activation mode %d: the host device knows sigmoid (0), relu (1), "
           "tanh (2), clipped relu (3) and elu (4)", int(mode));
    activation.ndim = 1;
    activation.mode = mode;
    activation.nan = reluNanOpt;
    activation.coef = coef;
    put(activationDesc, activation, "activationDesc");
  });
}

cudnnStatus_t cudnnDestroyActivationDescriptor(
    cudnnActivationDescriptor_t activationDesc) {
  return guarded([&] { destroy(activationDesc, "activationDesc"); });
}

}  // extern "C"
