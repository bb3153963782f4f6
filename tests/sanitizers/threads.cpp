// Calls the host device from eight threads at once, for ThreadSanitizer.
//
// Python and OpenMP's threads are not in this program: the sanitizer knows
// nothing of how they wait for each other. The eight threads are those of a
// user; large work is cut into parts for the host device's own.
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "cublas_v2.h"
#include "cuda.h"
#include "cuda_runtime_api.h"
#include "cudnn.h"
#include "curand.h"
#include "nvrtc.h"

extern "C" const char* cupyHostTakeErrorDetail(void);

namespace {

constexpr int threads = 8;
constexpr int blocks = 128;  // of 64 threads: work for several cores

void check(long status, const char* what) {
  if (!status) return;
  std::fprintf(stderr, "%s: status %ld, %s\n", what, status,
               cupyHostTakeErrorDetail());
  std::_Exit(2);
}

#define CHECK(call) check(long(call), #call)
#define EXPECT(condition) check(!(condition), #condition)

// Memory on the current device, with the same number in it everywhere.
class Array {
 public:
  Array(size_t size, float value) : size_(size) {
    CHECK(cudaMalloc(reinterpret_cast<void**>(&data_), size * sizeof(float)));
    std::vector<float> from(size, value);
    CHECK(cudaMemcpy(data_, from.data(), size * sizeof(float),
                     cudaMemcpyHostToDevice));
  }
  ~Array() { CHECK(cudaFree(data_)); }
  Array(const Array&) = delete;
  Array& operator=(const Array&) = delete;

  float* data() const { return data_; }

  void expect(float value) const {
    std::vector<float> to(size_);
    CHECK(cudaMemcpy(to.data(), data_, size_ * sizeof(float),
                     cudaMemcpyDeviceToHost));
    for (float x : to) EXPECT(x == value);
  }

 private:
  size_t size_;
  float* data_;
};

void use_memory(int number) {
  for (int i = 1; i <= 100; ++i) {
    Array x(100 * i, number), y(100 * i, -1);
    CHECK(cudaMemcpy(y.data(), x.data(), 400 * i, cudaMemcpyDeviceToDevice));
    y.expect(number);
    cudaPointerAttributes attributes;
    CHECK(cudaPointerGetAttributes(&attributes, y.data() + i));
    EXPECT(attributes.device == number % 4);
    size_t free, total;
    CHECK(cudaMemGetInfo(&free, &total));
    void* pinned;
    CHECK(cudaHostAlloc(&pinned, 1000, cudaHostAllocDefault));
    CHECK(cudaFreeHost(pinned));
    EXPECT(cudaFree(&attributes) == cudaErrorInvalidValue);
    EXPECT(cudaGetLastError() == cudaErrorInvalidValue);
    EXPECT(std::string(cupyHostTakeErrorDetail()).size() > 0);
  }
}

void use_streams() {
  for (int i = 0; i < 100; ++i) {
    cudaStream_t stream;
    cudaEvent_t start, end;
    float ms;
    CHECK(cudaStreamCreate(&stream));
    CHECK(cudaEventCreate(&start));
    CHECK(cudaEventCreate(&end));
    CHECK(cudaEventRecord(start, stream));
    CHECK(cudaEventRecord(end, stream));
    CHECK(cudaEventElapsedTime(&ms, start, end));
    CHECK(cudaEventDestroy(start));
    CHECK(cudaEventDestroy(end));
    CHECK(cudaStreamDestroy(stream));
  }
}

CUmodule compile(const std::string& text) {
  nvrtcProgram program;
  CHECK(nvrtcCreateProgram(&program, text.c_str(), "test.cu", 0, nullptr,
                           nullptr));
  CHECK(nvrtcCompileProgram(program, 0, nullptr));
  size_t size;
  CHECK(nvrtcGetCUBINSize(program, &size));
  std::vector<char> image(size);
  CHECK(nvrtcGetCUBIN(program, image.data()));
  CHECK(nvrtcDestroyProgram(&program));
  CUmodule module;
  CHECK(cuModuleLoadData(&module, image.data()));
  return module;
}

void launch(CUmodule module, const char* name, float* x, float* y) {
  CUfunction function;
  CHECK(cuModuleGetFunction(&function, module, name));
  void* args[] = {&x, &y};
  CHECK(cuLaunchKernel(function, blocks, 1, 1, 64, 1, 1, 0, nullptr, args,
                       nullptr));
}

void use_kernels(int number) {
  CUmodule module = compile(
      "extern \"C\" __global__ void add(float* x, float* y) {"
      "  int i = blockIdx.x * blockDim.x + threadIdx.x;"
      "  y[i] = x[i] + " + std::to_string(number) + ";"
      "}"
      "extern \"C\" __global__ void turn(float* x, float* y) {"
      "  __shared__ float s[64];"
      "  s[threadIdx.x] = x[blockIdx.x * 64 + threadIdx.x];"
      "  __syncthreads();"
      "  y[blockIdx.x * 64 + threadIdx.x] = s[63 - threadIdx.x];"
      "}");
  for (int i = 0; i < 50; ++i) {
    Array x(64 * blocks, i), y(64 * blocks, -1), z(64 * blocks, -1);
    launch(module, "add", x.data(), y.data());
    y.expect(i + number);
    launch(module, "turn", y.data(), z.data());
    z.expect(i + number);
  }
  CHECK(cuModuleUnload(module));
}

void multiply() {
  cublasHandle_t handle;
  CHECK(cublasCreate(&handle));
  const float one = 1, zero = 0;
  for (int n = 1; n < 60; ++n) {
    Array a(n * n, 2), b(n * n, 3), c(n * n, -1);
    CHECK(cublasSgemm(handle, CUBLAS_OP_N, CUBLAS_OP_T, n, n, n, &one,
                      a.data(), n, b.data(), n, &zero, c.data(), n));
    c.expect(6 * n);
  }
  CHECK(cublasDestroy(handle));
}

void draw() {
  curandGenerator_t generator;
  CHECK(curandCreateGenerator(&generator, CURAND_RNG_PSEUDO_DEFAULT));
  for (int i = 1; i < 50; ++i) {
    Array x(1000 * i, -1);
    CHECK(curandGenerateUniform(generator, x.data(), 1000 * i));
    CHECK(curandGenerateNormal(generator, x.data(), 1000 * i, 0, 1));
  }
  CHECK(curandDestroyGenerator(generator));
}

void convolve(int number) {
  cudnnHandle_t handle;
  CHECK(cudnnCreate(&handle));
  const float one = 1, zero = 0;
  for (int i = 0; i < 40; ++i) {
    // All threads come to all sizes, beginning at different ones.
    const int n = 4 + (i + number) % 20;
    cudnnTensorDescriptor_t x_desc, y_desc;
    cudnnFilterDescriptor_t w_desc;
    cudnnConvolutionDescriptor_t desc;
    CHECK(cudnnCreateTensorDescriptor(&x_desc));
    CHECK(cudnnCreateTensorDescriptor(&y_desc));
    CHECK(cudnnCreateFilterDescriptor(&w_desc));
    CHECK(cudnnCreateConvolutionDescriptor(&desc));
    CHECK(cudnnSetTensor4dDescriptor(x_desc, CUDNN_TENSOR_NCHW,
                                     CUDNN_DATA_FLOAT, 1, 8, n, n));
    CHECK(cudnnSetTensor4dDescriptor(y_desc, CUDNN_TENSOR_NCHW,
                                     CUDNN_DATA_FLOAT, 1, 8, n - 2, n - 2));
    const int dims[] = {8, 8, 3, 3}, pad[] = {0, 0}, step[] = {1, 1};
    CHECK(cudnnSetFilterNdDescriptor(w_desc, CUDNN_DATA_FLOAT,
                                     CUDNN_TENSOR_NCHW, 4, dims));
    CHECK(cudnnSetConvolutionNdDescriptor(
        desc, 2, pad, step, step, CUDNN_CROSS_CORRELATION,
        CUDNN_DATA_FLOAT));
    for (auto algo : {CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_GEMM,
                      CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_PRECOMP_GEMM}) {
      size_t size;
      CHECK(cudnnGetConvolutionForwardWorkspaceSize(
          handle, x_desc, w_desc, desc, y_desc, algo, &size));
      Array x(8 * n * n, 1), w(8 * 8 * 9, 2), workspace(size / 4 + 1, 0);
      Array y(8 * (n - 2) * (n - 2), -1);
      CHECK(cudnnConvolutionForward(
          handle, &one, x_desc, x.data(), w_desc, w.data(), desc, algo,
          workspace.data(), size, &zero, y_desc, y.data()));
      y.expect(2 * 8 * 9);
    }
    CHECK(cudnnDestroyTensorDescriptor(x_desc));
    CHECK(cudnnDestroyTensorDescriptor(y_desc));
    CHECK(cudnnDestroyFilterDescriptor(w_desc));
    CHECK(cudnnDestroyConvolutionDescriptor(desc));
  }
  CHECK(cudnnDestroy(handle));
}

void work(int number) {
  CHECK(cudaSetDevice(number % 4));
  use_memory(number);
  use_streams();
  use_kernels(number);
  multiply();
  draw();
  convolve(number);
}

}  // namespace

int main() {
  std::vector<std::thread> all;
  for (int number = 0; number < threads; ++number)
    all.emplace_back(work, number);
  for (std::thread& thread : all) thread.join();
  std::puts("done");
}
