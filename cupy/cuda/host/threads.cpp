#include "host.h"

#include <omp.h>
#include <pthread.h>

#include <cstdarg>
#include <cstdio>
#include <cstdlib>

namespace cupy_host {

namespace {

// OpenMP is oneDNN's. Its workers do not exist in a forked child, and a
// parallel region there waits for them forever. With one thread no worker is
// waited for.
const int registered = pthread_atfork(
    nullptr, nullptr, [] { omp_set_num_threads(1); });

int configured_threads() {
  const char* text = std::getenv("CUPY_HOST_THREADS");
  int count = text ? std::atoi(text) : omp_get_max_threads();
  return count < 1 ? 1 : count;
}

thread_local char detail[1024];
thread_local char taken[1024];

}  // namespace

int thread_count() {
  static const int count = configured_threads();
  return count;
}

void set_detail(const char* format, ...) {
  va_list args;
  va_start(args, format);
  std::vsnprintf(detail, sizeof detail, format, args);
  va_end(args);
}

}  // namespace cupy_host

extern "C" const char* cupyHostTakeErrorDetail(void) {
  std::snprintf(cupy_host::taken, sizeof cupy_host::taken, "%s",
                cupy_host::detail);
  cupy_host::detail[0] = '\0';
  return cupy_host::taken;
}
