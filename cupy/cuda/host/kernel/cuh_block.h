// What threads of a block do together: barriers, and the functions of a warp
// of 32 threads. Each thread is a fiber; waiting switches to the others.
#pragma once

// ---- Barriers -------------------------------------------------------------

// The launcher refused: the thread ends. A function of its own, since a jump
// must not be in the function that it leads to.
__attribute__((noinline, noreturn, cold, unused)) static void cuh_leave() {
  __builtin_longjmp(cuh_cur->jump, 1);
}

// Returns for how many threads of the block the predicate is true.
static inline int cuh_barrier(int predicate) {
  cuh_ctx* c = cuh_cur;
  int count = c->host->barrier(c, predicate);
  cuh_cur = c;  // other threads ran in between
  __asm__ volatile("" ::: "memory");
#ifdef CUH_EXITS
  if (count < 0) cuh_leave();
#endif
  return count;
}

static inline void __syncthreads() { cuh_barrier(0); }
static inline int __syncthreads_count(int predicate) {
  return cuh_barrier(predicate != 0);
}
static inline int __syncthreads_and(int predicate) {
  return cuh_barrier(predicate == 0) == 0;
}
static inline int __syncthreads_or(int predicate) {
  return cuh_barrier(predicate != 0) != 0;
}

// ---- Warps ----------------------------------------------------------------

static inline int cuh_lane() {
  return ((threadIdx.z * blockDim.y + threadIdx.y) * blockDim.x +
          threadIdx.x) & 31;
}

// Hands a value to the other lanes. Returns which lanes took part: those of
// the mask that have not ended. Functions of before CUDA 9 have no mask: with
// 0, the lanes that come to the same site (a line of the text) take part.
static inline unsigned cuh_warp(
    unsigned mask, int site, unsigned long long value) {
  cuh_ctx* c = cuh_cur;
  unsigned lanes = c->host->warp(c, mask, site, value);
  cuh_cur = c;
  __asm__ volatile("" ::: "memory");
#ifdef CUH_EXITS
  if (!lanes) cuh_leave();
#endif
  return lanes;
}

static inline void __syncwarp(unsigned mask = 0xffffffffu) {
  cuh_warp(mask, 0, 0);
}
static inline unsigned __activemask(int site = __builtin_LINE()) {
  return cuh_warp(0, site, 0);
}

// The value of lane `source`, or one's own if there is none.
template <class T>
static inline T cuh_shuffle(
    unsigned mask, int site, T value, int source, bool exists) {
  static_assert(sizeof(T) <= 8, "shuffled values have at most 8 bytes");
  unsigned long long bits = 0;
  __builtin_memcpy(&bits, &value, sizeof value);
  unsigned lanes = cuh_warp(mask, site, bits);
  if (exists && lanes >> source & 1)
    __builtin_memcpy(&value, &cuh_cur->lanes[source], sizeof value);
  return value;
}

// Lanes are taken in groups of `width`.
template <class T>
static inline T cuh_from(unsigned mask, int site, T value, int lane,
                         int width) {
  int group = cuh_lane() & -width;
  return cuh_shuffle(mask, site, value, group + (lane & (width - 1)), true);
}
template <class T>
static inline T cuh_up(unsigned mask, int site, T value, unsigned delta,
                       int width) {
  int lane = cuh_lane(), source = lane - (int)delta;
  return cuh_shuffle(mask, site, value, source & 31,
                     source >= (lane & -width));
}
template <class T>
static inline T cuh_down(unsigned mask, int site, T value, unsigned delta,
                         int width) {
  int lane = cuh_lane(), source = lane + (int)delta;
  return cuh_shuffle(mask, site, value, source & 31,
                     source < (lane & -width) + width);
}
template <class T>
static inline T cuh_xor(unsigned mask, int site, T value, int lane_mask,
                        int width) {
  int lane = cuh_lane(), source = lane ^ lane_mask;
  return cuh_shuffle(mask, site, value, source & 31,
                     source < (lane & -width) + width);
}

#define CUH_SHUFFLE(name, function, Selector)                           \
  template <class T>                                                    \
  static inline T name##_sync(unsigned mask, T value, Selector which,   \
                              int width = 32) {                         \
    return function(mask, 0, value, which, width);                      \
  }                                                                     \
  template <class T>                                                    \
  static inline T name(T value, Selector which, int width = 32,         \
                       int site = __builtin_LINE()) {                   \
    return function(0, site, value, which, width);                      \
  }
CUH_SHUFFLE(__shfl, cuh_from, int)
CUH_SHUFFLE(__shfl_up, cuh_up, unsigned)
CUH_SHUFFLE(__shfl_down, cuh_down, unsigned)
CUH_SHUFFLE(__shfl_xor, cuh_xor, int)
#undef CUH_SHUFFLE

// The lanes that took part, and those of them whose predicate is true.
struct cuh_vote {
  unsigned lanes, ballot;
};
static inline cuh_vote cuh_ask(unsigned mask, int site, int predicate) {
  cuh_vote vote = {cuh_warp(mask, site, predicate != 0), 0};
  for (int i = 0; i < 32; ++i)
    if (vote.lanes >> i & 1 && cuh_cur->lanes[i]) vote.ballot |= 1u << i;
  return vote;
}

#define CUH_VOTE(name, Result, expression)                                 \
  static inline Result name##_sync(unsigned mask, int predicate) {         \
    const cuh_vote vote = cuh_ask(mask, 0, predicate);                     \
    return expression;                                                     \
  }                                                                        \
  static inline Result name(int predicate, int site = __builtin_LINE()) {  \
    const cuh_vote vote = cuh_ask(0, site, predicate);                     \
    return expression;                                                     \
  }
CUH_VOTE(__ballot, unsigned, vote.ballot)
CUH_VOTE(__any, int, vote.ballot != 0)
CUH_VOTE(__all, int, vote.ballot == vote.lanes)
#undef CUH_VOTE

// The lanes whose value is one's own.
template <class T>
static inline unsigned __match_any_sync(unsigned mask, T value) {
  static_assert(sizeof(T) <= 8, "matched values have at most 8 bytes");
  unsigned long long bits = 0;
  __builtin_memcpy(&bits, &value, sizeof value);
  unsigned lanes = cuh_warp(mask, 0, bits), equal = 0;
  for (int i = 0; i < 32; ++i)
    if (lanes >> i & 1 && cuh_cur->lanes[i] == bits) equal |= 1u << i;
  return equal;
}
template <class T>
static inline unsigned __match_all_sync(unsigned mask, T value, int* all) {
  unsigned lanes = __match_any_sync(mask, value);
  // Equal to all that took part, or to none of use.
  const cuh_vote vote = cuh_ask(mask, 0, 1);
  *all = lanes == vote.lanes;
  return *all ? lanes : 0;
}
