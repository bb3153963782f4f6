// What a compiled kernel and the launcher know of each other. Included by
// both sides (cuda_on_host.h, launch.h) after uint3 and dim3 are defined.

struct cuh_ctx;

// How the entry of a kernel is called.
enum {
  CUH_CHUNKED,  // once per part of the work; the text holds no thread index
  CUH_LOOP,     // once per thread, one after another
  CUH_FIBERS    // once per thread, threads of a block switch at barriers
};

enum {
  CUH_HAS_WORK = 1,        // the query call tells the amount of work
  CUH_TRANSCENDENTAL = 2,  // an element costs tens of nanoseconds
  CUH_PRINTS = 4,          // printf, so stdout is flushed after a launch
  CUH_FLUSH_DENORMALS = 8  // compiled with --ftz=true
};

// Bytes of scratch memory that each part of a chunked kernel has.
#define CUH_SCRATCH 4096

enum { CUH_OUT_OF_RANGE, CUH_ASSERT, CUH_TRAP };

// Why a thread gave up. For CUH_OUT_OF_RANGE: the array's first element, the
// index, the size that it must be below, the axis or -1.
struct cuh_failure {
  int kind;
  const void* data;
  __PTRDIFF_TYPE__ index, size;
  int axis;
  const char* text;  // the assertion
  const char* file;
  int line;
};

// What the launcher does for kernels. Waiting functions return after all the
// threads concerned have called them.
struct cuh_services {
  // Waits for the block; returns how many threads passed a true predicate.
  int (*barrier)(cuh_ctx*, int predicate);
  // Waits for the lanes in mask (0: for all that come to the same site) and
  // returns which they are; their values are then in c->lanes.
  unsigned (*warp)(cuh_ctx*, unsigned mask, int site,
                   unsigned long long value);
  void (*fail)(cuh_ctx*, const cuh_failure*);
};

struct cuh_ctx {
  dim3 gridDim, blockDim;
  uint3 blockIdx, threadIdx;
  __PTRDIFF_TYPE__ part, nparts;  // nparts == 0: only `work` is asked for
  __PTRDIFF_TYPE__ work;
  int phase, again;
  char* scratch;
  const unsigned long long* lanes;
  const cuh_services* host;
  void* launch;   // the launcher's
  void* jump[5];  // where a thread that gives up goes
};

// One per kernel, exported as cuh_kernel_NAME.
struct cuh_kernel {
  void (*entry)(void** args, cuh_ctx*);
  const char* name;
  const char* parameters;  // their names, separated by commas
  const unsigned* sizes;   // their sizes in bytes
  int count, kind, flags;
};
