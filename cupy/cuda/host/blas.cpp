// Which functions do the matrix products: OpenBLAS's, loaded at run time.
#include "blas.h"

#include <dlfcn.h>

#include <atomic>
#include <cstdint>
#include <cstring>
#include <mutex>
#include <string>

#include "cublas_v2.h"
#include "host.h"

namespace cupy_host {

namespace {

// CBLAS's numbers.
enum Order : int { COLUMN_MAJOR = 102 };
enum Transpose : int { PLAIN = 111, TRANSPOSED = 112 };

Transpose op(bool transposed) { return transposed ? TRANSPOSED : PLAIN; }

// OpenBLAS's functions over T. Its integers are 32 or 64 bits wide, as it
// was built.
template <class T, class Int>
struct OpenBlas {
  static inline void (*cblas_gemm)(Order, Transpose, Transpose, Int, Int, Int,
                                   T, const T*, Int, const T*, Int, T, T*,
                                   Int);
  static inline void (*cblas_gemv)(Order, Transpose, Int, Int, T, const T*,
                                   Int, const T*, Int, T, T*, Int);
  static inline void (*cblas_ger)(Order, Int, Int, T, const T*, Int, const T*,
                                  Int, T*, Int);
  static inline T (*cblas_dot)(Int, const T*, Int, const T*, Int);
  static inline T (*cblas_asum)(Int, const T*, Int);
  static inline T (*cblas_nrm2)(Int, const T*, Int);
  static inline size_t (*cblas_iamax)(Int, const T*, Int);

  static void gemm(bool transa, bool transb, int m, int n, int k, T alpha,
                   const T* a, int lda, const T* b, int ldb, T beta, T* c,
                   int ldc) {
    cblas_gemm(COLUMN_MAJOR, op(transa), op(transb), m, n, k, alpha, a, lda,
               b, ldb, beta, c, ldc);
  }
  static void gemv(bool trans, int m, int n, T alpha, const T* a, int lda,
                   const T* x, int incx, T* y, int incy) {
    cblas_gemv(COLUMN_MAJOR, op(trans), m, n, alpha, a, lda, x, incx, 1, y,
               incy);
  }
  static void ger(int m, int n, T alpha, const T* x, int incx, const T* y,
                  int incy, T* a, int lda) {
    cblas_ger(COLUMN_MAJOR, m, n, alpha, x, incx, y, incy, a, lda);
  }
  static T dot(int n, const T* x, int incx, const T* y, int incy) {
    return cblas_dot(n, x, incx, y, incy);
  }
  static T asum(int n, const T* x, int incx) {
    return cblas_asum(n, x, incx);
  }
  static T nrm2(int n, const T* x, int incx) {
    return cblas_nrm2(n, x, incx);
  }
  static int iamax(int n, const T* x, int incx) {
    return static_cast<int>(cblas_iamax(n, x, incx));
  }

  static constexpr Blas<T> functions{gemm, gemv, ger,  dot,
                                     asum, nrm2, iamax};
};

// The symbols of a library: CBLAS's names with a prefix and a suffix.
class Symbols {
 public:
  Symbols(void* library, const char* prefix, const char* suffix)
      : library_(library), prefix_(prefix), suffix_(suffix) {}

  template <class F>
  bool find(const std::string& name, F** function) const {
    const std::string full = prefix_ + name + suffix_;
    *function = reinterpret_cast<F*>(dlsym(library_, full.c_str()));
    return *function;
  }

  template <class T, class Int>
  bool find_all(const std::string& letter) const {
    using B = OpenBlas<T, Int>;
    const std::string name = "cblas_" + letter;
    return find(name + "gemm", &B::cblas_gemm) &&
           find(name + "gemv", &B::cblas_gemv) &&
           find(name + "ger", &B::cblas_ger) &&
           find(name + "dot", &B::cblas_dot) &&
           find(name + "asum", &B::cblas_asum) &&
           find(name + "nrm2", &B::cblas_nrm2) &&
           find("cblas_i" + letter + "amax", &B::cblas_iamax);
  }

 private:
  void* library_;
  std::string prefix_, suffix_;
};

std::atomic<const Blas<float>*> single{&plain_blas<float>()};
std::atomic<const Blas<double>*> twice{&plain_blas<double>()};
std::atomic<bool> wants_cuts{true};
std::atomic<const char*> chosen{""};
std::mutex choosing;

template <class Int>
bool use(const Symbols& symbols, bool own_threads) {
  void (*set_num_threads)(int);
  if (!symbols.find_all<float, Int>("s") ||
      !symbols.find_all<double, Int>("d") ||
      !symbols.find("openblas_set_num_threads", &set_num_threads))
    return false;
  // OpenBLAS's threads and the waiting ones of OpenMP would be in each
  // other's way, so there it works on one and products are cut here.
  if (!own_threads) set_num_threads(1);
  single = &OpenBlas<float, Int>::functions;
  twice = &OpenBlas<double, Int>::functions;
  wants_cuts = !own_threads;
  return true;
}

bool use_library(void* library, bool own_threads) {
  return use<int>(Symbols(library, "scipy_", ""), own_threads) ||
         use<std::int64_t>(Symbols(library, "scipy_", "64_"), own_threads) ||
         use<std::int64_t>(Symbols(library, "", "64_"), own_threads);
}

}  // namespace

template <>
const Blas<float>& blas() {
  return *single;
}

template <>
const Blas<double>& blas() {
  return *twice;
}

bool blas_wants_cuts() { return wants_cuts; }

}  // namespace cupy_host

using namespace cupy_host;

int cupyHostUseBlas(const char* path, int own_threads) {
  std::lock_guard<std::mutex> lock(choosing);
  if (!path) {
    single = &plain_blas<float>();
    twice = &plain_blas<double>();
    wants_cuts = true;
    chosen = "";
    return 0;
  }
  void* library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (!library) return 1;
  if (!use_library(library, own_threads)) {
    dlclose(library);
    return 1;
  }
  // Never closed, nor is its name freed: somebody may be inside.
  chosen = strdup(path);
  return 0;
}

const char* cupyHostBlas(void) { return chosen; }
