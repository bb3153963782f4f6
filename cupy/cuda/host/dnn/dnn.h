// What the parts of the host device's cuDNN share.
//
// A function of the API is one call of `guarded` around straight code: it
// copies the descriptors out of their registries, checks, computes, and says
// `fail(...)` where something is wrong. Computations see packed arrays of
// float or double only (operand.h): other layouts and half precision are
// copied in and out.
#pragma once

#include <cudnn.h>

#include <cstddef>
#include <exception>
#include <memory>
#include <mutex>
#include <new>
#include <shared_mutex>
#include <unordered_map>

#include "host.h"

namespace cupy_host::dnn {

// ---- Failure --------------------------------------------------------------

struct Failure {
  cudnnStatus_t status;
};

// Keeps the sentence as the error detail and leaves the API function with
// the status.
[[noreturn]] __attribute__((format(printf, 2, 3))) void fail(
    cudnnStatus_t status, const char* format, ...);

template <class F>
cudnnStatus_t guarded(F&& body) {
  try {
    body();
    return CUDNN_STATUS_SUCCESS;
  } catch (const Failure& failure) {
    return failure.status;
  } catch (const std::bad_alloc&) {
    set_detail("no memory for intermediate results");
    return CUDNN_STATUS_ALLOC_FAILED;
  } catch (const std::exception& error) {
    set_detail("%s", error.what());
    return CUDNN_STATUS_EXECUTION_FAILED;
  }
}

template <class T>
T* not_null(T* pointer, const char* what) {
  if (!pointer) fail(CUDNN_STATUS_BAD_PARAM, "%s is a null pointer", what);
  return pointer;
}

// A pointer to what the CPU reads: factors, sizes.
template <class T>
T* of_host(T* pointer, const char* what) {
  if (!readable(what, pointer)) throw Failure{CUDNN_STATUS_BAD_PARAM};
  return pointer;
}

// ---- Objects of the API ---------------------------------------------------

// An object that was created but not set yet has no dimensions.
struct Tensor {
  static constexpr const char* kind = "tensor descriptor";
  cudnnDataType_t type = CUDNN_DATA_FLOAT;
  int ndim = 0;
  int dims[CUDNN_DIM_MAX] = {};
  int strides[CUDNN_DIM_MAX] = {};  // in elements

  ptrdiff_t size() const;
  size_t element_size() const;
  ptrdiff_t span() const;  // elements from the first to the last in memory
  bool packed() const;  // elements follow each other in C order
  bool same_dims(const Tensor& other) const;
  bool same_strides(const Tensor& other) const;
};

struct Filter : Tensor {
  static constexpr const char* kind = "filter descriptor";
  cudnnTensorFormat_t format = CUDNN_TENSOR_NCHW;
};

constexpr int kMaxSpatial = 3;

struct Convolution {
  static constexpr const char* kind = "convolution descriptor";
  int ndim = 0;  // spatial
  int pad[kMaxSpatial] = {};
  int stride[kMaxSpatial] = {};
  int dilation[kMaxSpatial] = {};
  cudnnConvolutionMode_t mode = CUDNN_CROSS_CORRELATION;
  cudnnDataType_t type = CUDNN_DATA_FLOAT;
  cudnnMathType_t math = CUDNN_DEFAULT_MATH;
  int groups = 1;
};

struct Pooling {
  static constexpr const char* kind = "pooling descriptor";
  int ndim = 0;  // spatial
  int window[kMaxSpatial] = {};
  int pad[kMaxSpatial] = {};
  int stride[kMaxSpatial] = {};
  cudnnPoolingMode_t mode = CUDNN_POOLING_MAX;
  cudnnNanPropagation_t nan = CUDNN_NOT_PROPAGATE_NAN;
};

struct Activation {
  static constexpr const char* kind = "activation descriptor";
  int ndim = 0;  // 1 once it is set
  cudnnActivationMode_t mode = CUDNN_ACTIVATION_RELU;
  cudnnNanPropagation_t nan = CUDNN_NOT_PROPAGATE_NAN;
  double coef = 0;
};

struct Context {
  static constexpr const char* kind = "handle";
  int device = 0;
  cudaStream_t stream = nullptr;
};

// Guards the objects of all types.
inline std::shared_mutex objects_mutex;

// The live objects of one type. A destroyed or foreign pointer is found out
// before it is followed, and objects are handed out as copies, so that one
// that is destroyed meanwhile does no harm.
template <class T>
class Registry {
 public:
  static Registry& instance() {
    static Registry* registry = new Registry;  // outlives every user
    return *registry;
  }

  T* create() {
    auto object = std::make_unique<T>();
    T* key = object.get();
    std::unique_lock lock(objects_mutex);
    objects_.emplace(key, std::move(object));
    return key;
  }

  bool destroy(const T* key) {
    std::unique_lock lock(objects_mutex);
    return objects_.erase(key) != 0;
  }

  bool read(const T* key, T* copy) const {
    std::shared_lock lock(objects_mutex);
    auto found = objects_.find(key);
    if (found == objects_.end()) return false;
    *copy = *found->second;
    return true;
  }

  bool write(const T* key, const T& value) {
    std::unique_lock lock(objects_mutex);
    auto found = objects_.find(key);
    if (found == objects_.end()) return false;
    *found->second = value;
    return true;
  }

 private:
  std::unordered_map<const T*, std::unique_ptr<T>> objects_;
};

template <class T>
T* create() {
  return Registry<T>::instance().create();
}

[[noreturn]] void fail_dead(const char* kind, const void* key,
                            const char* name);

// The object as it is, set or not.
template <class T>
T peek(const T* key, const char* name) {
  T value;
  if (!Registry<T>::instance().read(key, &value))
    fail_dead(T::kind, key, name);
  return value;
}

// The object, which must have been set.
template <class T>
T get(const T* key, const char* name) {
  T value = peek(key, name);
  if (value.ndim == 0)
    fail(CUDNN_STATUS_BAD_PARAM, "%s is a %s that was created but not set",
         name, T::kind);
  return value;
}

template <class T>
void put(const T* key, const T& value, const char* name) {
  if (!Registry<T>::instance().write(key, value))
    fail_dead(T::kind, key, name);
}

template <class T>
void destroy(const T* key, const char* name) {
  if (!Registry<T>::instance().destroy(key)) fail_dead(T::kind, key, name);
}

// A handle is good on the device it was made on, and while its stream exists.
void check_handle(cudnnHandle_t handle);

// Whether the device can reach all of the tensor.
void check_data(const Tensor& tensor, const void* data, const char* name);

// One array may be input and output only if it is so in the same layout.
void check_in_place(const Tensor& x, const void* from, const Tensor& y,
                    const void* to);

// ---- Checks of numbers ----------------------------------------------------

void check_range(const char* what, int value, int low);
void check_type(cudnnDataType_t type);
Tensor packed_tensor(cudnnDataType_t type, int ndim, const int* dims);
void check_dims(const char* name, const Tensor& got, const Tensor& wanted);
void check_same_type(const char* name, const Tensor& got,
                     const Tensor& wanted);
void check_alike(const char* name, const Tensor& got, const Tensor& wanted);

// ---- Work on all cores ----------------------------------------------------

// Calls f(begin, end, part) on parts of [0, n), each of whose things costs
// about `cost` simple operations; little work stays on the calling thread.
// There are at most thread_count() parts. f must not throw.
template <class F>
void for_parts(ptrdiff_t n, ptrdiff_t cost, F&& f) {
  ptrdiff_t parts = n * cost < 32768 ? 1 : thread_count();
  if (parts > n) parts = n;
  if (parts <= 1) return f(ptrdiff_t(0), n, 0);
  parallel(int(parts), [&](int part) {
    f(n * part / parts, n * (part + 1) / parts, part);
  });
}

template <class F>
void for_range(ptrdiff_t n, ptrdiff_t cost, F&& f) {
  for_parts(n, cost, [&](ptrdiff_t begin, ptrdiff_t end, int) {
    f(begin, end);
  });
}

}  // namespace cupy_host::dnn

struct cudnnContext : cupy_host::dnn::Context {};
struct cudnnTensorStruct : cupy_host::dnn::Tensor {};
struct cudnnFilterStruct : cupy_host::dnn::Filter {};
struct cudnnConvolutionStruct : cupy_host::dnn::Convolution {};
struct cudnnPoolingStruct : cupy_host::dnn::Pooling {};
struct cudnnActivationStruct : cupy_host::dnn::Activation {};
