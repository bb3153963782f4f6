// Batch normalization: y = scale * (x - mean) / sqrt(var + epsilon) + bias.
//
// The variance takes a second pass over x - mean, and sums are of double, so
// that neither a large mean nor many elements cost digits. The rounding error
// of a large mean is not small beside the deviations: what is left of the mean
// in x - mean ("rest") makes up for it.
//
// Channels are treated in slices, whose rows are contiguous. SPATIAL: a slice
// is one channel, a row one of its planes. PER_ACTIVATION (or planes of one
// element): each activation is a channel, a slice is up to 256 neighbours of
// them, and a row is their elements in one image ("columns").
#include <algorithm>
#include <cmath>
#include <optional>

#include "operand.h"

namespace cupy_host::dnn {

namespace {

// Of a row of columns; wide, because rows may lie a power of two apart.
constexpr ptrdiff_t kColumns = 256;

struct View {
  ptrdiff_t images, channels, plane;
  ptrdiff_t count() const { return images * plane; }  // elements of a channel
};

struct Slice {
  ptrdiff_t channel, channels;  // the first one, and how many
  ptrdiff_t offset, rows, pitch, length;
};

View view_of(const Tensor& x, cudnnBatchNormMode_t mode) {
  if (x.ndim < 4 || x.ndim > 5)
    fail(CUDNN_STATUS_NOT_SUPPORTED,
         "batch normalization takes 4 or 5 dimensions, not %d", x.ndim);
  const ptrdiff_t n = x.dims[0];
  const ptrdiff_t c = x.dims[1];
  switch (mode) {
    case CUDNN_BATCHNORM_PER_ACTIVATION: return {n, x.size() / n, 1};
    case CUDNN_BATCHNORM_SPATIAL:
    case CUDNN_BATCHNORM_SPATIAL_PERSISTENT:
      return {n, c, x.size() / (n * c)};
    default:
      fail(CUDNN_STATUS_BAD_PARAM, "batch normalization mode %d is unknown",
           int(mode));
  }
}

// What cudnnDeriveBNTensorDescriptor gives.
Tensor parameters_of(const Tensor& x, cudnnBatchNormMode_t mode) {
  int dims[CUDNN_DIM_MAX];
  for (int i = 0; i < x.ndim; ++i) dims[i] = x.dims[i];
  dims[0] = 1;
  if (mode != CUDNN_BATCHNORM_PER_ACTIVATION)
    for (int i = 2; i < x.ndim; ++i) dims[i] = 1;
  return packed_tensor(x.type == CUDNN_DATA_DOUBLE ? CUDNN_DATA_DOUBLE
                                                   : CUDNN_DATA_FLOAT,
                       x.ndim, dims);
}

// Calls f(slice, columns) for all slices; columns is a type that says which
// kind they are.
template <class F>
void for_slices(const View& v, F&& f) {
  if (v.plane > 1) {
    for_range(v.channels, 4 * v.count(), [&](ptrdiff_t begin, ptrdiff_t end) {
      for (ptrdiff_t c = begin; c < end; ++c)
        f(Slice{c, 1, c * v.plane, v.images, v.channels * v.plane, v.plane},
          std::false_type());
    });
    return;
  }
  const ptrdiff_t blocks = (v.channels + kColumns - 1) / kColumns;
  for_range(blocks, 4 * kColumns * v.images,
            [&](ptrdiff_t begin, ptrdiff_t end) {
    for (ptrdiff_t i = begin; i < end; ++i) {
      const ptrdiff_t first = i * kColumns;
      const ptrdiff_t width = std::min(kColumns, v.channels - first);
      f(Slice{first, width, first, v.images, v.channels, width},
        std::true_type());
    }
  });
}

// ---- Rows -----------------------------------------------------------------
// Coefficients are one per element of a row of columns, else one per row.

// Adds term(i), i < n, to sums[i] (columns) or to *sums.
template <bool columns, class T, class F>
inline void accumulate(ptrdiff_t n, double* sums, F&& term) {
  if (columns)
    for (ptrdiff_t i = 0; i < n; ++i) sums[i] += term(i);
  else
    *sums += sum_terms<T>(n, term);
}

template <bool columns, class T>
CUPY_CLONES void add_sum(const T* x, ptrdiff_t n, double* sums) {
  accumulate<columns, T>(n, sums, [&](ptrdiff_t i) { return x[i]; });
}

template <bool columns, class T>
CUPY_CLONES void add_deviations(const T* x, const T* mean, ptrdiff_t n,
                                double* sums) {
  accumulate<columns, T>(n, sums, [&](ptrdiff_t i) {
    return x[i] - mean[columns ? i : 0];
  });
}

template <bool columns, class T>
CUPY_CLONES void add_squares(const T* x, const T* mean, ptrdiff_t n,
                           double* sums) {
  accumulate<columns, T>(n, sums, [&](ptrdiff_t i) {
    const T d = x[i] - mean[columns ? i : 0];
    return d * d;
  });
}

template <bool columns, class T>
CUPY_CLONES void add_products(const T* x, const T* mean, const T* dy,
                            ptrdiff_t n, double* sums) {
  accumulate<columns, T>(n, sums, [&](ptrdiff_t i) {
    return (x[i] - mean[columns ? i : 0]) * dy[i];
  });
}

template <bool columns, class T>
CUPY_CLONES void normalize(const T* x, const T* mean, const T* gain,
                         const T* bias, T* y, ptrdiff_t n) {
  if (columns) {
    for (ptrdiff_t i = 0; i < n; ++i)
      y[i] = (x[i] - mean[i]) * gain[i] + bias[i];
  } else {
    const T m = *mean, g = *gain, b = *bias;
    for (ptrdiff_t i = 0; i < n; ++i) y[i] = (x[i] - m) * g + b;
  }
}

// dx = gain * dy - slope * (x - mean) - shift
template <bool columns, class T>
CUPY_CLONES void differentiate(const T* x, const T* mean, const T* dy,
                             const T* gain, const T* slope, const T* shift,
                             T* dx, ptrdiff_t n) {
  if (columns) {
    for (ptrdiff_t i = 0; i < n; ++i)
      dx[i] = gain[i] * dy[i] - slope[i] * (x[i] - mean[i]) - shift[i];
  } else {
    const T m = *mean, g = *gain, s = *slope, h = *shift;
    for (ptrdiff_t i = 0; i < n; ++i) dx[i] = g * dy[i] - s * (x[i] - m) - h;
  }
}

// ---- Slices ---------------------------------------------------------------

// Mean, what its rounding has left of it, and (biased) variance of the slice's
// channels.
template <bool columns, class T>
void moments(const View& v, const Slice& s, const T* x, T* mean, double* rest,
             double* variance) {
  double sums[kColumns] = {};
  for (ptrdiff_t row = 0; row < s.rows; ++row)
    add_sum<columns>(x + s.offset + row * s.pitch, s.length, sums);
  for (ptrdiff_t i = 0; i < s.channels; ++i) {
    mean[i] = T(sums[i] / v.count());
    rest[i] = variance[i] = 0;
  }
  for (ptrdiff_t row = 0; row < s.rows; ++row) {
    const T* values = x + s.offset + row * s.pitch;
    add_deviations<columns>(values, mean, s.length, rest);
    add_squares<columns>(values, mean, s.length, variance);
  }
  for (ptrdiff_t i = 0; i < s.channels; ++i) {
    rest[i] /= v.count();
    variance[i] = std::max(variance[i] / v.count() - rest[i] * rest[i], 0.);
  }
}

template <bool columns, class T>
void forward_slice(const Slice& s, const T* x, const T* mean,
                   const double* rest, const double* inverse, const T* scale,
                   const T* bias, T* y) {
  T gain[kColumns], offset[kColumns];
  for (ptrdiff_t i = 0; i < s.channels; ++i) {
    const double g = inverse[i] * scale[s.channel + i];
    gain[i] = T(g);
    offset[i] = T(bias[s.channel + i] - g * rest[i]);
  }
  for (ptrdiff_t row = 0; row < s.rows; ++row) {
    const ptrdiff_t at = s.offset + row * s.pitch;
    normalize<columns>(x + at, mean, gain, offset, y + at, s.length);
  }
}

template <bool columns, class T>
void backward_slice(const View& v, const Slice& s, const T* x, const T* dy,
                    const T* mean, const double* inverse, const T* scale,
                    T* dx, T* dscale, T* dbias) {
  double sums[kColumns] = {}, products[kColumns] = {}, rest[kColumns] = {};
  for (ptrdiff_t row = 0; row < s.rows; ++row) {
    const ptrdiff_t at = s.offset + row * s.pitch;
    add_deviations<columns>(x + at, mean, s.length, rest);
    add_sum<columns>(dy + at, s.length, sums);
    add_products<columns>(x + at, mean, dy + at, s.length, products);
  }
  T gain[kColumns], slope[kColumns], shift[kColumns];
  for (ptrdiff_t i = 0; i < s.channels; ++i) {
    const double g = inverse[i] * scale[s.channel + i];
    const double left = rest[i] / v.count();
    const double product = products[i] - left * sums[i];
    const double steep = g * inverse[i] * inverse[i] * product / v.count();
    gain[i] = T(g);
    slope[i] = T(steep);
    shift[i] = T(g * sums[i] / v.count() - steep * left);
    dscale[s.channel + i] = T(product * inverse[i]);
    dbias[s.channel + i] = T(sums[i]);
  }
  for (ptrdiff_t row = 0; row < s.rows; ++row) {
    const ptrdiff_t at = s.offset + row * s.pitch;
    differentiate<columns>(x + at, mean, dy + at, gain, slope, shift, dx + at,
                           s.length);
  }
}

// ---- Checks ---------------------------------------------------------------

void check_epsilon(double epsilon) {
  if (!(epsilon >= CUDNN_BN_MIN_EPSILON))
    fail(CUDNN_STATUS_BAD_PARAM, "epsilon is %g, and must be at least %g",
         epsilon, double(CUDNN_BN_MIN_EPSILON));
}

// Before anything is computed: a call that fails should have done nothing.
void check_result(const Tensor& tensor, void* data, const char* name) {
  if (data) check_data(tensor, data, name);
}

void check_pair(const char* names, const void* a, const void* b) {
  if (!a != !b)
    fail(CUDNN_STATUS_BAD_PARAM, "of %s both or none may be null pointers",
         names);
}

}  // namespace

}  // namespace cupy_host::dnn

using namespace cupy_host::dnn;

extern "C" {

cudnnStatus_t cudnnDeriveBNTensorDescriptor(
    cudnnTensorDescriptor_t derivedBnDesc, const cudnnTensorDescriptor_t xDesc,
    cudnnBatchNormMode_t mode) {
  return guarded([&] {
    const Tensor x = get(xDesc, "xDesc");
    view_of(x, mode);
    cudnnTensorStruct derived;
    static_cast<Tensor&>(derived) = parameters_of(x, mode);
    put(derivedBnDesc, derived, "derivedBnDesc");
  });
}

// The running averages take the batch's mean and unbiased variance with the
// weight exponentialAverageFactor.
cudnnStatus_t cudnnBatchNormalizationForwardTraining(
    cudnnHandle_t handle, cudnnBatchNormMode_t mode, const void* alpha,
    const void* beta, const cudnnTensorDescriptor_t xDesc, const void* x,
    const cudnnTensorDescriptor_t yDesc, void* y,
    const cudnnTensorDescriptor_t bnScaleBiasMeanVarDesc, const void* bnScale,
    const void* bnBias, double exponentialAverageFactor,
    void* resultRunningMean, void* resultRunningVariance, double epsilon,
    void* resultSaveMean, void* resultSaveInvVariance) {
  return guarded([&] {
    check_handle(handle);
    const Tensor x_desc = get(xDesc, "xDesc");
    const Tensor y_desc = get(yDesc, "yDesc");
    const Tensor p_desc = get(bnScaleBiasMeanVarDesc,
                              "bnScaleBiasMeanVarDesc");
    const View v = view_of(x_desc, mode);
    check_alike("yDesc", y_desc, x_desc);
    check_alike("bnScaleBiasMeanVarDesc", p_desc, parameters_of(x_desc, mode));
    check_epsilon(epsilon);
    check_pair("resultRunningMean and resultRunningVariance",
               resultRunningMean, resultRunningVariance);
    check_pair("resultSaveMean and resultSaveInvVariance", resultSaveMean,
               resultSaveInvVariance);
    check_result(p_desc, resultRunningMean, "resultRunningMean");
    check_result(p_desc, resultRunningVariance, "resultRunningVariance");
    check_result(p_desc, resultSaveMean, "resultSaveMean");
    check_result(p_desc, resultSaveInvVariance, "resultSaveInvVariance");
    with_type(x_desc.type, [&](auto zero) {
      using T = decltype(zero);
      Input<T> in(x_desc, x, "x");
      Input<T> scale(p_desc, bnScale, "bnScale");
      Input<T> bias(p_desc, bnBias, "bnBias");
      Output<T> out(y_desc, y, factor(alpha, y_desc.type, "alpha"),
                    factor(beta, y_desc.type, "beta"), "y");
      Scratch memory(3 * v.channels * sizeof(T));
      T* means = memory.as<T>();
      T* variances = means + v.channels;
      T* inverses = variances + v.channels;
      const double unbias = v.count() > 1
          ? double(v.count()) / (v.count() - 1) : 1;
      for_slices(v, [&](const Slice& s, auto columns) {
        double rest[kColumns], variance[kColumns], inverse[kColumns] = {};
        T mean[kColumns];
        moments<columns.value>(v, s, in.data(), mean, rest, variance);
        for (ptrdiff_t i = 0; i < s.channels; ++i) {
          inverse[i] = 1 / std::sqrt(variance[i] + epsilon);
          means[s.channel + i] = T(mean[i] + rest[i]);
          variances[s.channel + i] = T(variance[i] * unbias);
          inverses[s.channel + i] = T(inverse[i]);
        }
        forward_slice<columns.value>(s, in.data(), mean, rest, inverse,
                                     scale.data(), bias.data(), out.data());
      });
      out.commit();
      auto give = [&](void* where, const T* values, double weight,
                      const char* name) {
        if (!where) return;
        Output<T> result(p_desc, where, weight, 1 - weight, name);
        std::copy(values, values + v.channels, result.data());
        result.commit();
      };
      give(resultRunningMean, means, exponentialAverageFactor,
           "resultRunningMean");
      give(resultRunningVariance, variances, exponentialAverageFactor,
           "resultRunningVariance");
      give(resultSaveMean, means, 1, "resultSaveMean");
      give(resultSaveInvVariance, inverses, 1, "resultSaveInvVariance");
    });
  });
}

cudnnStatus_t cudnnBatchNormalizationForwardInference(
    cudnnHandle_t handle, cudnnBatchNormMode_t mode, const void* alpha,
    const void* beta, const cudnnTensorDescriptor_t xDesc, const void* x,
    const cudnnTensorDescriptor_t yDesc, void* y,
    const cudnnTensorDescriptor_t bnScaleBiasMeanVarDesc, const void* bnScale,
    const void* bnBias, const void* estimatedMean,
    const void* estimatedVariance, double epsilon) {
  return guarded([&] {
    check_handle(handle);
    const Tensor x_desc = get(xDesc, "xDesc");
    const Tensor y_desc = get(yDesc, "yDesc");
    const Tensor p_desc = get(bnScaleBiasMeanVarDesc,
                              "bnScaleBiasMeanVarDesc");
    const View v = view_of(x_desc, mode);
    check_alike("yDesc", y_desc, x_desc);
    check_alike("bnScaleBiasMeanVarDesc", p_desc, parameters_of(x_desc, mode));
    check_epsilon(epsilon);
    with_type(x_desc.type, [&](auto zero) {
      using T = decltype(zero);
      Input<T> in(x_desc, x, "x");
      Input<T> scale(p_desc, bnScale, "bnScale");
      Input<T> bias(p_desc, bnBias, "bnBias");
      Input<T> mean(p_desc, estimatedMean, "estimatedMean");
      Input<T> variance(p_desc, estimatedVariance, "estimatedVariance");
      Output<T> out(y_desc, y, factor(alpha, y_desc.type, "alpha"),
                    factor(beta, y_desc.type, "beta"), "y");
      for_slices(v, [&](const Slice& s, auto columns) {
        const double rest[kColumns] = {};
        double inverse[kColumns] = {};
        for (ptrdiff_t i = 0; i < s.channels; ++i)
          inverse[i] =
              1 / std::sqrt(double(variance.data()[s.channel + i]) + epsilon);
        forward_slice<columns.value>(s, in.data(), mean.data() + s.channel,
                                     rest, inverse, scale.data(), bias.data(),
                                     out.data());
      });
      out.commit();
    });
  });
}

cudnnStatus_t cudnnBatchNormalizationBackward(
    cudnnHandle_t handle, cudnnBatchNormMode_t mode,
    const void* alphaDataDiff, const void* betaDataDiff,
    const void* alphaParamDiff, const void* betaParamDiff,
    const cudnnTensorDescriptor_t xDesc, const void* x,
    const cudnnTensorDescriptor_t dyDesc, const void* dy,
    const cudnnTensorDescriptor_t dxDesc, void* dx,
    const cudnnTensorDescriptor_t dBnScaleBiasDesc, const void* bnScale,
    void* dBnScaleResult, void* dBnBiasResult, double epsilon,
    const void* savedMean, const void* savedInvVariance) {
  return guarded([&] {
    check_handle(handle);
    const Tensor x_desc = get(xDesc, "xDesc");
    const Tensor dy_desc = get(dyDesc, "dyDesc");
    const Tensor dx_desc = get(dxDesc, "dxDesc");
    const Tensor p_desc = get(dBnScaleBiasDesc, "dBnScaleBiasDesc");
    const View v = view_of(x_desc, mode);
    check_alike("dyDesc", dy_desc, x_desc);
    check_alike("dxDesc", dx_desc, x_desc);
    check_alike("dBnScaleBiasDesc", p_desc, parameters_of(x_desc, mode));
    check_epsilon(epsilon);
    check_pair("savedMean and savedInvVariance", savedMean, savedInvVariance);
    with_type(x_desc.type, [&](auto zero) {
      using T = decltype(zero);
      auto data_factor = [&](const void* p, const char* name) {
        return factor(p, x_desc.type, name);
      };
      Input<T> x_in(x_desc, x, "x");
      Input<T> dy_in(dy_desc, dy, "dy");
      Input<T> scale(p_desc, bnScale, "bnScale");
      Output<T> out(dx_desc, dx, data_factor(alphaDataDiff, "alphaDataDiff"),
                    data_factor(betaDataDiff, "betaDataDiff"), "dx");
      const double p_alpha = data_factor(alphaParamDiff, "alphaParamDiff");
      const double p_beta = data_factor(betaParamDiff, "betaParamDiff");
      Output<T> dscale(p_desc, dBnScaleResult, p_alpha, p_beta,
                       "dBnScaleResult");
      Output<T> dbias(p_desc, dBnBiasResult, p_alpha, p_beta, "dBnBiasResult");
      std::optional<Input<T>> means, inverses;
      if (savedMean) {
        means.emplace(p_desc, savedMean, "savedMean");
        inverses.emplace(p_desc, savedInvVariance, "savedInvVariance");
      }
      for_slices(v, [&](const Slice& s, auto columns) {
        T mean[kColumns];
        double rest[kColumns], inverse[kColumns] = {};
        if (savedMean) {
          for (ptrdiff_t i = 0; i < s.channels; ++i) {
            mean[i] = means->data()[s.channel + i];
            inverse[i] = inverses->data()[s.channel + i];
          }
        } else {
          moments<columns.value>(v, s, x_in.data(), mean, rest, inverse);
          for (ptrdiff_t i = 0; i < s.channels; ++i)
            inverse[i] = 1 / std::sqrt(inverse[i] + epsilon);
        }
        backward_slice<columns.value>(v, s, x_in.data(), dy_in.data(), mean,
                                      inverse, scale.data(), out.data(),
                                      dscale.data(), dbias.data());
      });
      out.commit();
      dscale.commit();
      dbias.commit();
    });
  });
}

}  // extern "C"
