// Locks in a process that forks.
#pragma once

#include <pthread.h>

#include <new>
#include <type_traits>

namespace cupy_host {

// Lets every fork wait until nobody holds a lock, so that the child, which
// has none of the other threads, finds it open and what it guards whole. To
// be called once, when the library is loaded. Whoever holds such a lock must
// not wait for another one.
template <auto& lock>
int wait_in_forks() {
  return pthread_atfork(
      [] { lock.lock(); }, [] { lock.unlock(); },
      // Made anew: a lock may know its owner by a thread id, and in the
      // child that is another one.
      [] {
        using Lock = std::remove_reference_t<decltype(lock)>;
        new (&lock) Lock;
      });
}

}  // namespace cupy_host
