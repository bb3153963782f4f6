// Functions compiled several times, for the vector units there may be; the
// best one for the machine is chosen when the library is loaded.
#pragma once

// ThreadSanitizer is not ready for calls at that time.
#if defined(__x86_64__) && defined(__GLIBC__) && !defined(__SANITIZE_THREAD__)
#define CUPY_CLONES \
  __attribute__((target_clones("arch=skylake-avx512", "arch=haswell", \
                               "default")))
#else
#define CUPY_CLONES
#endif
// The body that such functions share.
#define CUPY_INLINE __attribute__((always_inline)) inline
