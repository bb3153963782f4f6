// Tensors added, filled and scaled, and activation functions.
#include <algorithm>

#include "operand.h"

namespace cupy_host::dnn {

namespace {

// ---- Addition of a tensor that is broadcast -------------------------------

template <class T>
CUPY_CLONES void add_row(const T* a, ptrdiff_t stride, T alpha, const T* c,
                       T beta, T* out, ptrdiff_t n) {
  if (stride == 0) {
    const T added = alpha * *a;
    if (beta == 0)
      for (ptrdiff_t i = 0; i < n; ++i) out[i] = added;
    else
      for (ptrdiff_t i = 0; i < n; ++i) out[i] = added + beta * c[i];
  } else if (beta == 0) {
    for (ptrdiff_t i = 0; i < n; ++i) out[i] = alpha * a[i];
  } else {
    for (ptrdiff_t i = 0; i < n; ++i) out[i] = alpha * a[i] + beta * c[i];
  }
}

// Leaves out axes of size 1 and joins neighbours that are both broadcast or
// both not; returns the number of axes left.
int merge_axes(const Tensor& a, const Tensor& c, ptrdiff_t* sizes,
               bool* broadcast) {
  int ndim = 0;
  for (int i = 0; i < c.ndim; ++i) {
    if (c.dims[i] == 1) continue;
    const bool repeated = a.dims[i] == 1;
    if (ndim && broadcast[ndim - 1] == repeated) {
      sizes[ndim - 1] *= c.dims[i];
    } else {
      sizes[ndim] = c.dims[i];
      broadcast[ndim++] = repeated;
    }
  }
  if (ndim == 0) {
    sizes[0] = 1;
    broadcast[ndim++] = false;
  }
  return ndim;
}

// out = alpha * a + beta * c; c is not read if beta == 0.
template <class T>
void add(const Tensor& a_desc, const T* a, T alpha, const Tensor& c_desc,
         const T* c, T beta, T* out) {
  ptrdiff_t sizes[CUDNN_DIM_MAX];
  bool broadcast[CUDNN_DIM_MAX];
  const int last = merge_axes(a_desc, c_desc, sizes, broadcast) - 1;
  const ptrdiff_t width = sizes[last];
  for_range(c_desc.size() / width, width, [&](ptrdiff_t begin, ptrdiff_t end) {
    for (ptrdiff_t row = begin; row < end; ++row) {
      ptrdiff_t rest = row;
      ptrdiff_t offset = 0;
      ptrdiff_t stride = broadcast[last] ? 1 : width;
      for (int i = last - 1; i >= 0; --i) {
        if (!broadcast[i]) {
          offset += rest % sizes[i] * stride;
          stride *= sizes[i];
        }
        rest /= sizes[i];
      }
      add_row(a + offset, ptrdiff_t(!broadcast[last]), alpha,
              c ? c + row * width : nullptr, beta, out + row * width, width);
    }
  });
}

void check_broadcast(const Tensor& a, const Tensor& c) {
  Tensor repeated = a;
  for (int i = 0; i < a.ndim; ++i)
    if (a.dims[i] == 1) repeated.dims[i] = c.dims[i];
  check_alike("aDesc (with its dimensions of 1 repeated)", repeated, c);
}

// ---- Activation functions -------------------------------------------------

template <class T>
CUPY_CLONES void activate(const Activation& activation, const T* x, T* y,
                        ptrdiff_t n) {
  const T coef = T(activation.coef);
  const bool keep_nan = activation.nan == CUDNN_PROPAGATE_NAN;
  switch (activation.mode) {
    case CUDNN_ACTIVATION_SIGMOID:
      for (ptrdiff_t i = 0; i < n; ++i) y[i] = 1 / (1 + vexp(-x[i]));
      break;
    case CUDNN_ACTIVATION_RELU:
      if (keep_nan)
        for (ptrdiff_t i = 0; i < n; ++i) y[i] = x[i] < 0 ? 0 : x[i];
      else
        for (ptrdiff_t i = 0; i < n; ++i) y[i] = x[i] > 0 ? x[i] : 0;
      break;
    case CUDNN_ACTIVATION_TANH:
      for (ptrdiff_t i = 0; i < n; ++i) y[i] = vtanh(x[i]);
      break;
    case CUDNN_ACTIVATION_CLIPPED_RELU:
      if (keep_nan)
        for (ptrdiff_t i = 0; i < n; ++i)
          y[i] = x[i] < 0 ? 0 : x[i] > coef ? coef : x[i];
      else
        for (ptrdiff_t i = 0; i < n; ++i) {
          const T positive = x[i] > 0 ? x[i] : 0;
          y[i] = positive < coef ? positive : coef;
        }
      break;
    default:  // CUDNN_ACTIVATION_ELU
      // A sum of two halves, one of them 0, has no branch.
      for (ptrdiff_t i = 0; i < n; ++i) {
        const T positive = x[i] >= 0 ? x[i] : 0;
        const T negative = x[i] >= 0 ? 0 : x[i];
        y[i] = positive + coef * vexpm1(negative);
      }
  }
}

// Every array is read unconditionally; a read that depends on a comparison
// would be a branch.
template <class T>
CUPY_CLONES void activate_back(const Activation& activation, const T* x,
                             const T* y, const T* dy, T* dx, ptrdiff_t n) {
  const T coef = T(activation.coef);
  switch (activation.mode) {
    case CUDNN_ACTIVATION_SIGMOID:
      for (ptrdiff_t i = 0; i < n; ++i) dx[i] = dy[i] * y[i] * (1 - y[i]);
      break;
    case CUDNN_ACTIVATION_RELU:
      for (ptrdiff_t i = 0; i < n; ++i) {
        const T g = dy[i];
        dx[i] = x[i] > 0 ? g : 0;
      }
      break;
    case CUDNN_ACTIVATION_TANH:
      for (ptrdiff_t i = 0; i < n; ++i) dx[i] = dy[i] * (1 - y[i] * y[i]);
      break;
    case CUDNN_ACTIVATION_CLIPPED_RELU:
      for (ptrdiff_t i = 0; i < n; ++i) {
        const T g = dy[i];
        dx[i] = (x[i] > 0) & (x[i] < coef) ? g : 0;
      }
      break;
    default:  // CUDNN_ACTIVATION_ELU
      for (ptrdiff_t i = 0; i < n; ++i) {
        const T linear = x[i] >= 0;  // else 0, and the exponential counts
        const T negative = y[i] > 0 ? 0 : y[i];
        dx[i] = dy[i] * (linear + (1 - linear) * (negative + coef));
      }
  }
}

// Rough costs of an element, for the decision how many threads to wake.
int cost_of(const Activation& activation) {
  return activation.mode == CUDNN_ACTIVATION_RELU ||
                 activation.mode == CUDNN_ACTIVATION_CLIPPED_RELU
             ? 1 : 8;
}

}  // namespace

}  // namespace cupy_host::dnn

using namespace cupy_host::dnn;

extern "C" {

cudnnStatus_t cudnnAddTensor(
    cudnnHandle_t handle, const void* alpha,
    const cudnnTensorDescriptor_t aDesc, const void* A, const void* beta,
    const cudnnTensorDescriptor_t cDesc, void* C) {
  return guarded([&] {
    check_handle(handle);
    const Tensor a_desc = get(aDesc, "aDesc");
    const Tensor c_desc = get(cDesc, "cDesc");
    check_broadcast(a_desc, c_desc);
    const double a_factor = factor(alpha, c_desc.type, "alpha");
    const double c_factor = factor(beta, c_desc.type, "beta");
    with_type(c_desc.type, [&](auto zero) {
      using T = decltype(zero);
      Input<T> a(a_desc, A, "A");
      Output<T> out(c_desc, C, 1, 0, "C");
      if (c_factor == 0) {
        add<T>(a_desc, a.data(), T(a_factor), c_desc, nullptr, 0, out.data());
      } else {
        Input<T> c(c_desc, C, "C");
        add<T>(a_desc, a.data(), T(a_factor), c_desc, c.data(), T(c_factor),
               out.data());
      }
      out.commit();
    });
  });
}

cudnnStatus_t cudnnSetTensor(
    cudnnHandle_t handle, const cudnnTensorDescriptor_t yDesc, void* y,
    const void* valuePtr) {
  return guarded([&] {
    check_handle(handle);
    const Tensor desc = get(yDesc, "yDesc");
    of_host(valuePtr, "valuePtr");
    // The value has the tensor's own type.
    with_type(desc.type, [&](auto zero) {
      using T = decltype(zero);
      const T value = desc.type == CUDNN_DATA_HALF
          ? T(to_float(*static_cast<const half*>(valuePtr)))
          : *static_cast<const T*>(valuePtr);
      Output<T> out(desc, y, 1, 0, "y");
      for_range(desc.size(), 1, [&](ptrdiff_t begin, ptrdiff_t end) {
        std::fill(out.data() + begin, out.data() + end, value);
      });
      out.commit();
    });
  });
}

cudnnStatus_t cudnnScaleTensor(
    cudnnHandle_t handle, const cudnnTensorDescriptor_t yDesc, void* y,
    const void* alpha) {
  return guarded([&] {
    check_handle(handle);
    const Tensor desc = get(yDesc, "yDesc");
    const double scale = factor(alpha, desc.type, "alpha");
    with_type(desc.type, [&](auto zero) {
      using T = decltype(zero);
      Input<T> in(desc, y, "y");
      Output<T> out(desc, y, 1, 0, "y");
      for_range(desc.size(), 1, [&](ptrdiff_t begin, ptrdiff_t end) {
        add_row<T>(in.data() + begin, 1, T(scale), nullptr, 0,
                   out.data() + begin, end - begin);
      });
      out.commit();
    });
  });
}

cudnnStatus_t cudnnActivationForward(
    cudnnHandle_t handle, cudnnActivationDescriptor_t activationDesc,
    const void* alpha, const cudnnTensorDescriptor_t xDesc, const void* x,
    const void* beta, const cudnnTensorDescriptor_t yDesc, void* y) {
  return guarded([&] {
    check_handle(handle);
    const Activation activation = get(activationDesc, "activationDesc");
    const Tensor x_desc = get(xDesc, "xDesc");
    const Tensor y_desc = get(yDesc, "yDesc");
    check_alike("yDesc", y_desc, x_desc);
    check_in_place(x_desc, x, y_desc, y);
    with_type(x_desc.type, [&](auto zero) {
      using T = decltype(zero);
      Input<T> in(x_desc, x, "x");
      Output<T> out(y_desc, y, factor(alpha, y_desc.type, "alpha"),
                    factor(beta, y_desc.type, "beta"), "y");
      for_range(x_desc.size(), cost_of(activation),
                [&](ptrdiff_t begin, ptrdiff_t end) {
        activate(activation, in.data() + begin, out.data() + begin,
                 end - begin);
      });
      out.commit();
    });
  });
}

cudnnStatus_t cudnnActivationBackward(
    cudnnHandle_t handle, cudnnActivationDescriptor_t activationDesc,
    const void* alpha, const cudnnTensorDescriptor_t yDesc, const void* y,
    const cudnnTensorDescriptor_t dyDesc, const void* dy,
    const cudnnTensorDescriptor_t xDesc, const void* x, const void* beta,
    const cudnnTensorDescriptor_t dxDesc, void* dx) {
  return guarded([&] {
    check_handle(handle);
    const Activation activation = get(activationDesc, "activationDesc");
    const Tensor y_desc = get(yDesc, "yDesc");
    const Tensor dy_desc = get(dyDesc, "dyDesc");
    const Tensor x_desc = get(xDesc, "xDesc");
    const Tensor dx_desc = get(dxDesc, "dxDesc");
    check_alike("yDesc", y_desc, x_desc);
    check_alike("dyDesc", dy_desc, x_desc);
    check_alike("dxDesc", dx_desc, x_desc);
    check_in_place(dy_desc, dy, dx_desc, dx);
    with_type(x_desc.type, [&](auto zero) {
      using T = decltype(zero);
      Input<T> x_in(x_desc, x, "x");
      Input<T> y_in(y_desc, y, "y");
      Input<T> dy_in(dy_desc, dy, "dy");
      Output<T> out(dx_desc, dx, factor(alpha, dx_desc.type, "alpha"),
                    factor(beta, dx_desc.type, "beta"), "dx");
      for_range(x_desc.size(), 1, [&](ptrdiff_t begin, ptrdiff_t end) {
        activate_back(activation, x_in.data() + begin, y_in.data() + begin,
                      dy_in.data() + begin, out.data() + begin, end - begin);
      });
      out.commit();
    });
  });
}

}  // extern "C"
