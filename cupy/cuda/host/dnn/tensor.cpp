// Descriptors of tensors and filters.
#include "dnn.h"

#include <algorithm>

namespace cupy_host::dnn {

ptrdiff_t Tensor::size() const {
  ptrdiff_t size = 1;
  for (int i = 0; i < ndim; ++i) size *= dims[i];
  return size;
}

size_t Tensor::element_size() const {
  return type == CUDNN_DATA_DOUBLE ? 8 : type == CUDNN_DATA_FLOAT ? 4 : 2;
}

ptrdiff_t Tensor::span() const {
  ptrdiff_t last = 0;
  for (int i = 0; i < ndim; ++i) last += ptrdiff_t(dims[i] - 1) * strides[i];
  return last + 1;
}

bool Tensor::packed() const {
  ptrdiff_t expected = 1;
  for (int i = ndim - 1; i >= 0; --i) {
    if (dims[i] != 1 && strides[i] != expected) return false;
    expected *= dims[i];
  }
  return true;
}

bool Tensor::same_dims(const Tensor& other) const {
  return ndim == other.ndim && std::equal(dims, dims + ndim, other.dims);
}

bool Tensor::same_strides(const Tensor& other) const {
  return ndim == other.ndim &&
         std::equal(strides, strides + ndim, other.strides);
}

namespace {

void check_sizes(int ndim, const int* dims, int least) {
  if (ndim < least || ndim > CUDNN_DIM_MAX)
    fail(CUDNN_STATUS_NOT_SUPPORTED,
         "%d dimensions: cuDNN takes %d to %d (put ones behind the shape)",
         ndim, least, CUDNN_DIM_MAX);
  of_host(dims, "the array of dimensions");
  for (int i = 0; i < ndim; ++i) check_range("a dimension", dims[i], 1);
}

// Strides of the dimensions taken in `order`, from the slowest to the
// fastest.
template <class T>
void set_strides(T* tensor, const int* order) {
  ptrdiff_t stride = 1;
  for (int i = tensor->ndim - 1; i >= 0; --i) {
    if (stride > 0x7fffffff)
      fail(CUDNN_STATUS_NOT_SUPPORTED, "a stride of 2^31 elements or more");
    tensor->strides[order[i]] = int(stride);
    stride *= tensor->dims[order[i]];
  }
}

template <class T>
void set_format(T* tensor, cudnnTensorFormat_t format) {
  int order[CUDNN_DIM_MAX];
  for (int i = 0; i < tensor->ndim; ++i) order[i] = i;
  if (format == CUDNN_TENSOR_NHWC) {
    std::rotate(order + 1, order + 2, order + tensor->ndim);
  } else if (format != CUDNN_TENSOR_NCHW) {
    fail(CUDNN_STATUS_NOT_SUPPORTED,
         "tensor format %d: CUDNN_TENSOR_NCHW (0) and NHWC (1) are known",
         int(format));
  }
  set_strides(tensor, order);
}

template <class T>
T sized(cudnnDataType_t type, int ndim, const int* dims) {
  T tensor;
  check_type(type);
  tensor.type = type;
  tensor.ndim = ndim;
  std::copy(dims, dims + ndim, tensor.dims);
  return tensor;
}

void set_filter(cudnnFilterDescriptor_t key, cudnnDataType_t type,
                cudnnTensorFormat_t format, int ndim, const int* dims) {
  check_sizes(ndim, dims, 3);
  auto filter = sized<cudnnFilterStruct>(type, ndim, dims);
  filter.format = format;
  set_format(&filter, format);
  put(key, filter, "filterDesc");
}

}  // namespace

Tensor packed_tensor(cudnnDataType_t type, int ndim, const int* dims) {
  auto tensor = sized<Tensor>(type, ndim, dims);
  set_format(&tensor, CUDNN_TENSOR_NCHW);
  return tensor;
}

}  // namespace cupy_host::dnn

using namespace cupy_host::dnn;

extern "C" {

cudnnStatus_t cudnnCreateTensorDescriptor(
    cudnnTensorDescriptor_t* tensorDesc) {
  return guarded([&] {
    *not_null(tensorDesc, "tensorDesc") = create<cudnnTensorStruct>();
  });
}

cudnnStatus_t cudnnSetTensor4dDescriptor(
    cudnnTensorDescriptor_t tensorDesc, cudnnTensorFormat_t format,
    cudnnDataType_t dataType, int n, int c, int h, int w) {
  return guarded([&] {
    const int dims[] = {n, c, h, w};
    check_sizes(4, dims, 4);
    auto tensor = sized<cudnnTensorStruct>(dataType, 4, dims);
    set_format(&tensor, format);
    put(tensorDesc, tensor, "tensorDesc");
  });
}

cudnnStatus_t cudnnSetTensor4dDescriptorEx(
    cudnnTensorDescriptor_t tensorDesc, cudnnDataType_t dataType, int n, int c,
    int h, int w, int nStride, int cStride, int hStride, int wStride) {
  const int dims[] = {n, c, h, w};
  const int strides[] = {nStride, cStride, hStride, wStride};
  return cudnnSetTensorNdDescriptor(tensorDesc, dataType, 4, dims, strides);
}

cudnnStatus_t cudnnSetTensorNdDescriptor(
    cudnnTensorDescriptor_t tensorDesc, cudnnDataType_t dataType, int nbDims,
    const int dimA[], const int strideA[]) {
  return guarded([&] {
    check_sizes(nbDims, dimA, 4);
    of_host(strideA, "strideA");
    auto tensor = sized<cudnnTensorStruct>(dataType, nbDims, dimA);
    for (int i = 0; i < nbDims; ++i) {
      check_range("a stride", strideA[i], 1);
      tensor.strides[i] = strideA[i];
    }
    put(tensorDesc, tensor, "tensorDesc");
  });
}

cudnnStatus_t cudnnDestroyTensorDescriptor(
    cudnnTensorDescriptor_t tensorDesc) {
  return guarded([&] { destroy(tensorDesc, "tensorDesc"); });
}

cudnnStatus_t cudnnCreateFilterDescriptor(
    cudnnFilterDescriptor_t* filterDesc) {
  return guarded([&] {
    *not_null(filterDesc, "filterDesc") = create<cudnnFilterStruct>();
  });
}

cudnnStatus_t cudnnSetFilter4dDescriptor(
    cudnnFilterDescriptor_t filterDesc, cudnnDataType_t dataType,
    cudnnTensorFormat_t format, int k, int c, int h, int w) {
  return guarded([&] {
    const int dims[] = {k, c, h, w};
    set_filter(filterDesc, dataType, format, 4, dims);
  });
}

cudnnStatus_t cudnnSetFilterNdDescriptor(
    cudnnFilterDescriptor_t filterDesc, cudnnDataType_t dataType,
    cudnnTensorFormat_t format, int nbDims, const int filterDimA[]) {
  return guarded([&] {
    set_filter(filterDesc, dataType, format, nbDims, filterDimA);
  });
}

cudnnStatus_t cudnnDestroyFilterDescriptor(
    cudnnFilterDescriptor_t filterDesc) {
  return guarded([&] { destroy(filterDesc, "filterDesc"); });
}

}  // extern "C"
