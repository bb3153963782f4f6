// Functions compiled several times, for the vector units there may be; the
// best one for the machine is chosen when the library is loaded.
#pragma once

// With "arch=..." the loader would ask for the maker of the processor, too.
// ThreadSanitizer is not ready for calls at that time. All of them compute the
// same: the library is compiled without contractions to multiply-add.
#if defined(__x86_64__) && defined(__gnu_linux__) && \
    !defined(__clang__) && !defined(__SANITIZE_THREAD__)
#define CUPY_CLONES \
  __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define CUPY_CLONES
#endif
// The body that such functions share; a lambda in it.
#define CUPY_INLINE __attribute__((always_inline)) inline
#define CUPY_INLINED __attribute__((always_inline))
