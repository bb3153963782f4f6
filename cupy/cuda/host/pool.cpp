// The threads that large work is shared out to.
//
// Not OpenMP's: at the end of a region that waits for all its threads, also
// for those that found nothing to do because another process has their core,
// for up to ten milliseconds. Here the calling thread takes parts like every
// other, and waits only for parts that another one has taken.
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <system_error>
#include <thread>

#include <pthread.h>

#include "host.h"

namespace cupy_host {

namespace {

inline void pause() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#endif
}

class Pool {
 public:
  explicit Pool(int workers) : workers_(workers) {}

  // Whether the pool was free; if not, nothing was done. For small work that
  // is not worth to `wake` a thread, one is woken now and then: it stays
  // awake only if much more comes.
  bool run(int parts, bool wake, void (*body)(int, void*), void* arg) {
    if (busy_.test_and_set(std::memory_order_acquire)) return false;
    if (!started_) start();
    body_ = body;
    arg_ = arg;
    // The first part is always the calling thread's, in whose cache its data
    // may still be.
    work_.store(((work_.load(std::memory_order_relaxed) >> 32) + 1) << 32 |
                static_cast<uint64_t>(parts) << 16 | 1);
    if (sleepers_.load() > 0 && (wake || ++unhelped_ % 16 == 0)) {
      std::lock_guard<std::mutex> lock(mutex_);
      wake_.notify_all();
    }
    body(0, arg);
    int own = 1;
    while (take_part()) ++own;
    awaited_ += static_cast<unsigned>(parts - own);
    for (int spins = 0; done_.load(std::memory_order_acquire) != awaited_;)
      if (++spins < 1000)
        pause();
      else
        std::this_thread::yield();
    busy_.clear(std::memory_order_release);
    return true;
  }

 private:
  // Generation, number of parts, next part: of 32, 16 and 16 bits. A thread
  // that comes late changes nothing, since all are compared.
  static bool has_parts(uint64_t work) {
    return (work & 0xffff) < (work >> 16 & 0xffff);
  }

  bool take_part() {
    uint64_t work = work_.load(std::memory_order_acquire);
    do {
      if (!has_parts(work)) return false;
    } while (!work_.compare_exchange_weak(work, work + 1,
                                          std::memory_order_acq_rel));
    // Until this part is counted as done, body and argument remain.
    body_(static_cast<int>(work & 0xffff), arg_);
    return true;
  }

  void start() {
    started_ = true;
    for (int i = 0; i < workers_; ++i) {
      try {
        std::thread([this] { serve(); }).detach();
      } catch (const std::system_error&) {
        return;  // no more threads to have: those that there are do it
      }
    }
  }

  [[noreturn]] void serve() {
    for (;;) {
      while (take_part()) done_.fetch_add(1, std::memory_order_release);
      // Kernels often follow one another closely, and to wake a thread takes
      // as long as a small kernel.
      for (int spins = 0; spins < 4000 && !has_parts(work_.load()); ++spins)
        pause();
      if (has_parts(work_.load())) continue;
      std::unique_lock<std::mutex> lock(mutex_);
      ++sleepers_;
      wake_.wait(lock, [this] { return has_parts(work_.load()); });
      --sleepers_;
    }
  }

  const int workers_;
  bool started_ = false;
  std::atomic_flag busy_ = ATOMIC_FLAG_INIT;
  unsigned awaited_ = 0, unhelped_ = 0;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::atomic<int> sleepers_{0};
  // What threads tell each other, in as few cache lines as possible.
  alignas(64) std::atomic<uint64_t> work_{0};
  void (*body_)(int, void*) = nullptr;
  void* arg_ = nullptr;
  // Parts done by other threads than the calling one, ever.
  alignas(64) std::atomic<unsigned> done_{0};
};

// Pools are never destroyed: their threads may outlive whatever would do it.
std::atomic<Pool*> pool{nullptr};

// A forked child has none of the threads, and perhaps a pool in the middle
// of its work: it begins with a new one.
const int registered = pthread_atfork(
    nullptr, nullptr, [] { pool.store(nullptr); });

Pool& current_pool() {
  Pool* found = pool.load(std::memory_order_acquire);
  if (found) return *found;
  Pool* made = new Pool(thread_count() - 1);
  if (pool.compare_exchange_strong(found, made)) return *made;
  delete made;
  return *found;
}

}  // namespace

void run_parallel(int parts, bool wake, void (*body)(int, void*),
                  void* arg) {
  if (parts > 1 && parts <= 0xffff && thread_count() > 1 &&
      current_pool().run(parts, wake, body, arg))
    return;
  // Alone: within a part, or while another thread has the pool.
  for (int part = 0; part < parts; ++part) body(part, arg);
}

}  // namespace cupy_host
