// Blocks whose threads wait for each other: each thread is a fiber, and all
// fibers of a block run in turn on one thread of the operating system.
//
// Every fiber runs until it waits or ends. When all wait, those are released
// whose condition is met: first groups of a warp, then the whole block. If
// there are none, they would wait for ever, which is an error of the kernel.
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <mutex>
#include <vector>

#include "fiber_switch.h"
#include "fork.h"
#include "host.h"
#include "launch.h"

namespace cupy_host {

namespace {

constexpr unsigned warp_size = 32;
constexpr unsigned max_warps = max_block / warp_size;
constexpr size_t stack_size = 128 << 10;

struct Runner;

enum State { ready, in_barrier, in_warp, ended };

struct Fiber {
  cuh_ctx context;  // the first: kernels know a fiber by it
  FiberState state;
  Runner* runner;
  State waits;
  int predicate;             // in_barrier
  unsigned mask;             // in_warp
  int site;
  unsigned long long value;  // handed to the warp
  unsigned lanes;            // that took part
};

// ---- Stacks ---------------------------------------------------------------

// Fibers with stacks, each above a page that may not be touched: a stack that
// is too small ends the process instead of corrupting memory.
class Stacks {
 public:
  explicit Stacks(unsigned count) : fibers(count) {
    size_t guard = static_cast<size_t>(sysconf(_SC_PAGESIZE));
    stride_ = guard + stack_size;
    bytes_ = stride_ * count;
    void* memory = mmap(nullptr, bytes_, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) return;
    memory_ = static_cast<char*>(memory);
    for (unsigned i = 0; i < count; ++i)
      if (mprotect(memory_ + i * stride_, guard, PROT_NONE)) return;
    guard_ = guard;
  }
  ~Stacks() {
    if (memory_) munmap(memory_, bytes_);
  }
  Stacks(const Stacks&) = delete;
  Stacks& operator=(const Stacks&) = delete;

  bool good() const { return guard_ != 0; }

  char* stack(unsigned i) const { return memory_ + i * stride_ + guard_; }

  // Stacks end at different lines of the cache, lest they all compete for
  // the same ones.
  static size_t size(unsigned i) { return stack_size - i * 7 % 61 * 64; }

  std::vector<Fiber> fibers;

 private:
  size_t stride_, bytes_, guard_ = 0;
  char* memory_ = nullptr;
};

std::mutex pool_mutex;
const int registered = wait_in_forks<pool_mutex>();

// Stacks that are not in use, for 32, 64, ... 1024 threads.
class Pool {
 public:
  // Returns nullptr if the system gives no more.
  Stacks* take(unsigned threads) {
    unsigned count = warp_size;
    while (count < threads) count *= 2;
    {
      std::lock_guard<std::mutex> lock(pool_mutex);
      for (size_t i = 0; i < free_.size(); ++i)
        if (free_[i]->fibers.size() == count) {
          Stacks* found = free_[i];
          free_.erase(free_.begin() + i);
          return found;
        }
    }
    Stacks* made = new Stacks(count);
    if (made->good()) return made;
    delete made;
    return nullptr;
  }

  void give_back(Stacks* stacks) {
    {
      std::lock_guard<std::mutex> lock(pool_mutex);
      if (free_.size() < 2u * thread_count()) {
        free_.push_back(stacks);
        return;
      }
    }
    delete stacks;
  }

 private:
  std::vector<Stacks*> free_;
};

Pool& pool() {
  static Pool* const one = new Pool;  // threads may outlive static objects
  return *one;
}

// ---- Running a block ------------------------------------------------------

struct Runner {
  Launch* launch;
  Fiber* fibers;
  unsigned threads;
  unsigned left;       // that have not ended
  int barrier_result;  // of the last barrier
  FiberState scheduler;
  unsigned long long lanes[max_warps][warp_size];  // values handed out

  void run_block(const uint3& index, const Stacks& stacks);
  void start(const uint3& index, const Stacks& stacks);
  bool release();
  bool release_warp(unsigned warp);
  bool complete(unsigned warp, unsigned mask) const;
  void hand_out(unsigned warp, unsigned lanes_taking_part);
  void report_deadlock(const uint3& index);

  // Lanes of a warp, as bits, for which the condition holds.
  template <class Condition>
  unsigned lanes_where(unsigned warp, Condition condition) const {
    unsigned found = 0;
    for (unsigned lane = 0; lane < warp_size; ++lane) {
      unsigned thread = warp * warp_size + lane;
      if (thread < threads && condition(fibers[thread]))
        found |= 1u << lane;
    }
    return found;
  }
};

void wait(Fiber* fiber, State what) {
  fiber->waits = what;
  switch_fiber(&fiber->state, &fiber->runner->scheduler);
}

int barrier(cuh_ctx* context, int predicate) {
  Fiber* fiber = reinterpret_cast<Fiber*>(context);
  fiber->predicate = predicate;
  wait(fiber, in_barrier);
  return fiber->runner->barrier_result;
}

unsigned warp(cuh_ctx* context, unsigned mask, int site,
              unsigned long long value) {
  Fiber* fiber = reinterpret_cast<Fiber*>(context);
  fiber->mask = mask;
  fiber->site = site;
  fiber->value = value;
  wait(fiber, in_warp);
  return fiber->lanes;
}

const cuh_services services{barrier, warp, report_failure};

void run_fiber(void* arg) {
  Fiber* fiber = static_cast<Fiber*>(arg);
  Launch* launch = fiber->runner->launch;
  launch->kernel->entry(launch->args, &fiber->context);
  wait(fiber, ended);
}

void Runner::start(const uint3& index, const Stacks& stacks) {
  cuh_ctx context = make_context(launch, &services);
  context.blockIdx = index;
  for (unsigned i = 0; i < threads; ++i) {
    Fiber& fiber = fibers[i];
    fiber.context = context;
    fiber.context.threadIdx = position(i, launch->block);
    fiber.context.lanes = lanes[i / warp_size];
    fiber.runner = this;
    fiber.waits = ready;
    make_fiber(&fiber.state, stacks.stack(i), Stacks::size(i), run_fiber,
               &fiber);
  }
  left = threads;
}

void Runner::run_block(const uint3& index, const Stacks& stacks) {
  start(index, stacks);
  for (;;) {
    for (unsigned i = 0; i < threads; ++i) {
      if (fibers[i].waits != ready) continue;
      switch_fiber(&scheduler, &fibers[i].state);
      if (fibers[i].waits == ended) --left;
    }
    // Fibers of a failed launch are left where they are.
    if (!left || launch->status) return;
    if (!release()) return report_deadlock(index);
  }
}

// Lets go on who can; false if nobody can.
bool Runner::release() {
  bool any = false;
  for (unsigned warp = 0; warp * warp_size < threads; ++warp)
    any |= release_warp(warp);
  if (any) return true;

  unsigned waiting = 0;
  int result = 0;
  for (unsigned i = 0; i < threads; ++i)
    if (fibers[i].waits == in_barrier) {
      ++waiting;
      result += fibers[i].predicate;
    }
  if (waiting != left) return false;
  barrier_result = result;
  for (unsigned i = 0; i < threads; ++i)
    if (fibers[i].waits == in_barrier) fibers[i].waits = ready;
  return true;
}

bool Runner::release_warp(unsigned warp) {
  bool any = false;
  int first_site = 0;
  bool without_mask = false;
  for (unsigned i = warp * warp_size;
       i < (warp + 1) * warp_size && i < threads; ++i) {
    const Fiber& fiber = fibers[i];
    if (fiber.waits != in_warp) continue;
    if (!fiber.mask) {
      if (!without_mask || fiber.site < first_site) first_site = fiber.site;
      without_mask = true;
    } else if (complete(warp, fiber.mask)) {
      unsigned mask = fiber.mask;
      hand_out(warp, lanes_where(warp, [mask](const Fiber& other) {
                 return other.waits == in_warp && other.mask == mask;
               }));
      any = true;
    }
  }
  // Lanes at the first line go before those at later ones: these may be where
  // the branches of an if meet again.
  if (without_mask && !any) {
    hand_out(warp, lanes_where(warp, [first_site](const Fiber& other) {
               return other.waits == in_warp && !other.mask &&
                      other.site == first_site;
             }));
    any = true;
  }
  return any;
}

// Whether all lanes of the mask have come, but for those that have ended.
bool Runner::complete(unsigned warp, unsigned mask) const {
  return !(mask & lanes_where(warp, [mask](const Fiber& other) {
             return other.waits != ended &&
                    (other.waits != in_warp || other.mask != mask);
           }));
}

// The values are copied, since a lane may hand in its next one before the
// others have read this one.
void Runner::hand_out(unsigned warp, unsigned lanes_taking_part) {
  for (unsigned lane = 0; lane < warp_size; ++lane) {
    if (!(lanes_taking_part >> lane & 1)) continue;
    Fiber& fiber = fibers[warp * warp_size + lane];
    lanes[warp][lane] = fiber.value;
    fiber.lanes = lanes_taking_part;
    fiber.waits = ready;
  }
}

void Runner::report_deadlock(const uint3& index) {
  unsigned waiting = 0;
  const Fiber* other = nullptr;
  for (unsigned i = 0; i < threads; ++i) {
    if (fibers[i].waits == in_barrier) ++waiting;
    if (fibers[i].waits == in_warp && !other) other = &fibers[i];
  }
  const uint3& thread = other->context.threadIdx;
  launch->fail(
      CUDA_ERROR_LAUNCH_FAILED,
      "block (%u, %u, %u) would wait for ever: %u threads are in "
      "__syncthreads, and thread (%u, %u, %u) is in a warp function whose "
      "mask, 0x%08x, names lanes that do not come there",
      index.x, index.y, index.z, waiting, thread.x, thread.y, thread.z,
      other->mask);
}

}  // namespace

void run_fibers(Launch* launch, size_t first, size_t last) {
  const dim3& block = launch->block;
  Runner runner;
  runner.launch = launch;
  runner.threads = block.x * block.y * block.z;
  Stacks* stacks = pool().take(runner.threads);
  if (!stacks)
    return launch->fail(CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES,
                        "no stacks for %u threads: %s", runner.threads,
                        std::strerror(errno));
  runner.fibers = stacks->fibers.data();
  for (size_t i = first; i < last && !launch->status; ++i)
    runner.run_block(position(i, launch->grid), *stacks);
  pool().give_back(stacks);
}

}  // namespace cupy_host
