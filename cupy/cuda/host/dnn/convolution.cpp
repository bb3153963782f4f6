// Convolution: checks, algorithms and their workspaces.
//
// Two algorithms are offered. PLAIN computes on the arrays as they are (its
// buffers are its own), BLOCKED reorders them into oneDNN's layouts, in the
// caller's workspace. Forward they are called IMPLICIT_GEMM and
// IMPLICIT_PRECOMP_GEMM, backward ALGO_0 and ALGO_1. Arrays of double know
// one way only, under both names.
#include "convolution.h"

#include "operand.h"

namespace cupy_host::dnn {

namespace {

constexpr int kPlain = 0;
constexpr int kBlocked = 1;
static_assert(CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_GEMM == kPlain);
static_assert(CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_PRECOMP_GEMM == kBlocked);
static_assert(CUDNN_CONVOLUTION_BWD_DATA_ALGO_0 == kPlain);
static_assert(CUDNN_CONVOLUTION_BWD_DATA_ALGO_1 == kBlocked);
static_assert(CUDNN_CONVOLUTION_BWD_FILTER_ALGO_0 == kPlain);
static_assert(CUDNN_CONVOLUTION_BWD_FILTER_ALGO_1 == kBlocked);

// The descriptors of a call: x is the input's or its gradient's, and so on.
struct Call {
  Pass pass;
  Tensor x;
  Filter w;
  Tensor y;
  Convolution conv;
};

void check(const Call& call) {
  const Tensor expected = convolved(call.conv, call.x, call.w);
  check_dims("the output of the convolution", call.y, expected);
  check_same_type("the output of the convolution", call.y, call.x);
  check_same_type("the filter", call.w, call.x);
  const cudnnDataType_t compute = call.conv.type;
  if (compute != call.x.type && !(call.x.type == CUDNN_DATA_HALF &&
                                  compute == CUDNN_DATA_FLOAT))
    fail(CUDNN_STATUS_NOT_SUPPORTED,
         "a convolution of data type %d that computes in type %d: take the "
         "data's own, or FLOAT (0) for HALF (2)", int(call.x.type),
         int(compute));
}

Call call_of(cudnnHandle_t handle, Pass pass, cudnnTensorDescriptor_t x,
             cudnnFilterDescriptor_t w, cudnnConvolutionDescriptor_t conv,
             cudnnTensorDescriptor_t y) {
  check_handle(handle);
  const Call call = {pass, get(x, pass == Pass::data ? "dxDesc" : "xDesc"),
                     get(w, pass == Pass::filter ? "dwDesc" : "wDesc"),
                     get(y, pass == Pass::forward ? "yDesc" : "dyDesc"),
                     get(conv, "convDesc")};
  check(call);
  return call;
}

void check_algorithm(int algorithm) {
  if (algorithm != kPlain && algorithm != kBlocked)
    fail(CUDNN_STATUS_NOT_SUPPORTED,
         "algorithm %d: the host device knows 0 and 1", algorithm);
}

Problem problem_of(const Call& call, int algorithm) {
  check_algorithm(algorithm);
  Problem p = {};
  p.pass = call.pass;
  p.blocked = algorithm == kBlocked;
  p.threads = onednn_threads();
  p.ndim = call.conv.ndim;
  p.images = call.x.dims[0];
  p.groups = call.conv.groups;
  p.in_channels = call.x.dims[1];
  p.out_channels = call.y.dims[1];
  p.window = Window();
  for (int i = 0; i < call.conv.ndim; ++i) {
    const int axis = kMaxSpatial - call.conv.ndim + i;
    p.window.in[axis] = call.x.dims[i + 2];
    p.window.out[axis] = call.y.dims[i + 2];
    p.window.taps[axis] = call.w.dims[i + 2];
    p.window.stride[axis] = call.conv.stride[i];
    p.window.pad[axis] = call.conv.pad[i];
    p.window.dilation[axis] = call.conv.dilation[i];
  }
  return p;
}

// Which algorithm is likely to be faster; fitted to measurements of some
// twenty shapes. Blocks are of eight channels, and few channels are padded to
// them: dear for a gradient of them, while reading them has a way of its own.
bool prefers_blocked(const Call& call) {
  const Problem p = problem_of(call, kBlocked);
  if (call.x.type == CUDNN_DATA_DOUBLE || p.window.tap_count() == 1)
    return false;
  if (call.pass == Pass::forward || p.groups > 1) return true;
  const bool few = p.in_channels <= 4;
  const bool fits = p.in_channels % 4 == 0 && p.out_channels % 4 == 0;
  return call.pass == Pass::filter ? few || fits : !few && fits;
}

size_t workspace_of(const Call& call, int algorithm) {
  check_algorithm(algorithm);
  if (call.x.type == CUDNN_DATA_DOUBLE || algorithm == kPlain) return 0;
  return workspace_size(problem_of(call, algorithm));
}

// ---- Execution ------------------------------------------------------------

struct Arrays {
  const void* alpha;
  const void* first;
  const void* second;
  const void* beta;
  void* result;
};

// Reverses each filter's taps: a convolution proper is a correlation with
// the filter so turned.
template <class T>
void turn(const Tensor& filter, const T* from, T* to) {
  const ptrdiff_t planes = ptrdiff_t(filter.dims[0]) * filter.dims[1];
  const ptrdiff_t taps = filter.size() / planes;
  for (ptrdiff_t i = 0; i < planes; ++i)
    std::reverse_copy(from + i * taps, from + (i + 1) * taps, to + i * taps);
}

void compute(const Problem& problem, const double* first,
             const double* second, double* result, void*, size_t) {
  convolve(problem, first, second, result);
}

void compute(const Problem& problem, const float* first, const float* second,
             float* result, void* workspace, size_t workspace_bytes) {
  const size_t needed = workspace_size(problem);
  Scratch own;
  if (!problem.blocked) {
    own = Scratch(needed);
    workspace = own.as<void>();
  } else if (workspace_bytes < needed) {
    fail(CUDNN_STATUS_BAD_PARAM,
         "a workspace of %zu bytes at %p, and %zu bytes are needed: ask "
         "cudnnGetConvolution...WorkspaceSize", workspace_bytes, workspace,
         needed);
  } else if (!reachable("workSpace", workspace, needed, 1)) {
    throw Failure{CUDNN_STATUS_BAD_PARAM};
  }
  convolve(problem, first, second, result, workspace);
}

template <class T>
void execute(const Call& call, int algorithm, const Arrays& arrays,
             void* workspace, size_t workspace_bytes) {
  const Tensor& w = call.w;
  const Tensor& first = call.pass == Pass::data ? w : call.x;
  const Tensor& second = call.pass == Pass::forward ? w : call.y;
  const Tensor& result = call.pass == Pass::forward ? call.y
                         : call.pass == Pass::data  ? call.x : w;
  const Problem problem = problem_of(call, algorithm);
  Input<T> a(first, arrays.first, "the first operand");
  Input<T> b(second, arrays.second, "the second operand");
  Output<T> out(result, arrays.result,
                factor(arrays.alpha, result.type, "alpha"),
                factor(arrays.beta, result.type, "beta"), "the result");
  const auto run = [&](const T* p, const T* q, T* r) {
    compute(problem, p, q, r, workspace, workspace_bytes);
  };
  if (call.conv.mode == CUDNN_CROSS_CORRELATION) {
    run(a.data(), b.data(), out.data());
  } else {
    Scratch memory(w.size() * sizeof(T));
    T* turned = memory.as<T>();
    if (call.pass == Pass::forward) {
      turn(w, b.data(), turned);
      run(a.data(), turned, out.data());
    } else if (call.pass == Pass::data) {
      turn(w, a.data(), turned);
      run(turned, b.data(), out.data());
    } else {
      run(a.data(), b.data(), turned);
      turn(w, turned, out.data());
    }
  }
  out.commit();
}

void execute(const Call& call, int algorithm, const Arrays& arrays,
             void* workspace, size_t workspace_bytes) {
  with_type(call.x.type, [&](auto zero) {
    execute<decltype(zero)>(call, algorithm, arrays, workspace,
                            workspace_bytes);
  });
}

template <class Perf>
void list_algorithms(const Call& call, int requested, int* returned,
                     Perf* results) {
  check_range("requestedAlgoCount", requested, 1);
  not_null(returned, "returnedAlgoCount");
  not_null(results, "perfResults");
  const int best = prefers_blocked(call) ? kBlocked : kPlain;
  const int order[] = {best, 1 - best};
  *returned = std::min(requested, 2);
  for (int i = 0; i < *returned; ++i) {
    results[i] = Perf();
    results[i].algo = decltype(results[i].algo)(order[i]);
    results[i].status = CUDNN_STATUS_SUCCESS;
    results[i].time = -1;  // not measured
    results[i].memory = workspace_of(call, order[i]);
    results[i].determinism = CUDNN_DETERMINISTIC;
    results[i].mathType = call.conv.math;
  }
}

template <class T>
CUPY_CLONES double sum_of(const T* x, ptrdiff_t n) {
  return sum_terms<T>(n, [&](ptrdiff_t i) { return x[i]; });
}

// db[c] = sum of dy over all but channels
template <class T>
void sum_channels(const Tensor& dy, const T* from, T* to) {
  const ptrdiff_t n = dy.dims[0];
  const ptrdiff_t c = dy.dims[1];
  const ptrdiff_t plane = dy.size() / (n * c);
  for_range(c, n * plane, [&](ptrdiff_t begin, ptrdiff_t end) {
    for (ptrdiff_t channel = begin; channel < end; ++channel) {
      double sum = 0;
      for (ptrdiff_t image = 0; image < n; ++image)
        sum += sum_of(from + (image * c + channel) * plane, plane);
      to[channel] = T(sum);
    }
  });
}

}  // namespace

}  // namespace cupy_host::dnn

using namespace cupy_host::dnn;

extern "C" {

// ---- Forward --------------------------------------------------------------

cudnnStatus_t cudnnGetConvolutionForwardAlgorithm_v7(
    cudnnHandle_t handle, const cudnnTensorDescriptor_t srcDesc,
    const cudnnFilterDescriptor_t filterDesc,
    const cudnnConvolutionDescriptor_t convDesc,
    const cudnnTensorDescriptor_t destDesc, const int requestedAlgoCount,
    int* returnedAlgoCount, cudnnConvolutionFwdAlgoPerf_t* perfResults) {
  return guarded([&] {
    list_algorithms(call_of(handle, Pass::forward, srcDesc, filterDesc,
                            convDesc, destDesc),
                    requestedAlgoCount, returnedAlgoCount, perfResults);
  });
}

cudnnStatus_t cudnnGetConvolutionForwardWorkspaceSize(
    cudnnHandle_t handle, const cudnnTensorDescriptor_t xDesc,
    const cudnnFilterDescriptor_t wDesc,
    const cudnnConvolutionDescriptor_t convDesc,
    const cudnnTensorDescriptor_t yDesc, cudnnConvolutionFwdAlgo_t algo,
    size_t* sizeInBytes) {
  return guarded([&] {
    *not_null(sizeInBytes, "sizeInBytes") = workspace_of(
        call_of(handle, Pass::forward, xDesc, wDesc, convDesc, yDesc), algo);
  });
}

cudnnStatus_t cudnnConvolutionForward(
    cudnnHandle_t handle, const void* alpha,
    const cudnnTensorDescriptor_t xDesc, const void* x,
    const cudnnFilterDescriptor_t wDesc, const void* w,
    const cudnnConvolutionDescriptor_t convDesc,
    cudnnConvolutionFwdAlgo_t algo, void* workSpace,
    size_t workSpaceSizeInBytes, const void* beta,
    const cudnnTensorDescriptor_t yDesc, void* y) {
  return guarded([&] {
    execute(call_of(handle, Pass::forward, xDesc, wDesc, convDesc, yDesc),
            algo, {alpha, x, w, beta, y}, workSpace, workSpaceSizeInBytes);
  });
}

cudnnStatus_t cudnnConvolutionBackwardBias(
    cudnnHandle_t handle, const void* alpha,
    const cudnnTensorDescriptor_t dyDesc, const void* dy, const void* beta,
    const cudnnTensorDescriptor_t dbDesc, void* db) {
  return guarded([&] {
    check_handle(handle);
    const Tensor dy_desc = get(dyDesc, "dyDesc");
    const Tensor db_desc = get(dbDesc, "dbDesc");
    int dims[CUDNN_DIM_MAX] = {1, 1, 1, 1, 1, 1, 1, 1};
    dims[1] = dy_desc.dims[1];
    check_alike("dbDesc", db_desc,
                packed_tensor(dy_desc.type, dy_desc.ndim, dims));
    with_type(dy_desc.type, [&](auto zero) {
      using T = decltype(zero);
      Input<T> in(dy_desc, dy, "dy");
      Output<T> out(db_desc, db, factor(alpha, db_desc.type, "alpha"),
                    factor(beta, db_desc.type, "beta"), "db");
      sum_channels(dy_desc, in.data(), out.data());
      out.commit();
    });
  });
}

// ---- Gradient of the input ------------------------------------------------

cudnnStatus_t cudnnGetConvolutionBackwardDataAlgorithm_v7(
    cudnnHandle_t handle, const cudnnFilterDescriptor_t filterDesc,
    const cudnnTensorDescriptor_t diffDesc,
    const cudnnConvolutionDescriptor_t convDesc,
    const cudnnTensorDescriptor_t gradDesc, const int requestedAlgoCount,
    int* returnedAlgoCount, cudnnConvolutionBwdDataAlgoPerf_t* perfResults) {
  return guarded([&] {
    list_algorithms(call_of(handle, Pass::data, gradDesc, filterDesc,
                            convDesc, diffDesc),
                    requestedAlgoCount, returnedAlgoCount, perfResults);
  });
}

cudnnStatus_t cudnnGetConvolutionBackwardDataWorkspaceSize(
    cudnnHandle_t handle, const cudnnFilterDescriptor_t wDesc,
    const cudnnTensorDescriptor_t dyDesc,
    const cudnnConvolutionDescriptor_t convDesc,
    const cudnnTensorDescriptor_t dxDesc, cudnnConvolutionBwdDataAlgo_t algo,
    size_t* sizeInBytes) {
  return guarded([&] {
    *not_null(sizeInBytes, "sizeInBytes") = workspace_of(
        call_of(handle, Pass::data, dxDesc, wDesc, convDesc, dyDesc), algo);
  });
}

cudnnStatus_t cudnnConvolutionBackwardData(
    cudnnHandle_t handle, const void* alpha,
    const cudnnFilterDescriptor_t wDesc, const void* w,
    const cudnnTensorDescriptor_t dyDesc, const void* dy,
    const cudnnConvolutionDescriptor_t convDesc,
    cudnnConvolutionBwdDataAlgo_t algo, void* workSpace,
    size_t workSpaceSizeInBytes, const void* beta,
    const cudnnTensorDescriptor_t dxDesc, void* dx) {
  return guarded([&] {
    execute(call_of(handle, Pass::data, dxDesc, wDesc, convDesc, dyDesc),
            algo, {alpha, w, dy, beta, dx}, workSpace, workSpaceSizeInBytes);
  });
}

// ---- Gradient of the filter -----------------------------------------------

cudnnStatus_t cudnnGetConvolutionBackwardFilterAlgorithm_v7(
    cudnnHandle_t handle, const cudnnTensorDescriptor_t srcDesc,
    const cudnnTensorDescriptor_t diffDesc,
    const cudnnConvolutionDescriptor_t convDesc,
    const cudnnFilterDescriptor_t gradDesc, const int requestedAlgoCount,
    int* returnedAlgoCount, cudnnConvolutionBwdFilterAlgoPerf_t* perfResults) {
  return guarded([&] {
    list_algorithms(call_of(handle, Pass::filter, srcDesc, gradDesc, convDesc,
                            diffDesc),
                    requestedAlgoCount, returnedAlgoCount, perfResults);
  });
}

cudnnStatus_t cudnnGetConvolutionBackwardFilterWorkspaceSize(
    cudnnHandle_t handle, const cudnnTensorDescriptor_t xDesc,
    const cudnnTensorDescriptor_t dyDesc,
    const cudnnConvolutionDescriptor_t convDesc,
    const cudnnFilterDescriptor_t gradDesc,
    cudnnConvolutionBwdFilterAlgo_t algo, size_t* sizeInBytes) {
  return guarded([&] {
    *not_null(sizeInBytes, "sizeInBytes") = workspace_of(
        call_of(handle, Pass::filter, xDesc, gradDesc, convDesc, dyDesc),
        algo);
  });
}

cudnnStatus_t cudnnConvolutionBackwardFilter(
    cudnnHandle_t handle, const void* alpha,
    const cudnnTensorDescriptor_t xDesc, const void* x,
    const cudnnTensorDescriptor_t dyDesc, const void* dy,
    const cudnnConvolutionDescriptor_t convDesc,
    cudnnConvolutionBwdFilterAlgo_t algo, void* workSpace,
    size_t workSpaceSizeInBytes, const void* beta,
    const cudnnFilterDescriptor_t dwDesc, void* dw) {
  return guarded([&] {
    execute(call_of(handle, Pass::filter, xDesc, dwDesc, convDesc, dyDesc),
            algo, {alpha, x, dy, beta, dw}, workSpace, workSpaceSizeInBytes);
  });
}

}  // extern "C"
