// Streams and events. Work is done when the call that asks for it returns, so
// a stream is only a name, and an event a moment.
#include <chrono>
#include <mutex>
#include <new>
#include <set>

#include "fork.h"
#include "runtime.h"

struct CUstream_st {
  int device;
};

struct CUevent_st {
  int device;
  bool timed;
  bool recorded;
  std::chrono::steady_clock::time_point moment;
};

namespace cupy_host {

namespace {

// Guards the handles that exist, and what events hold.
std::mutex mutex;
const int registered = wait_in_forks<mutex>();

struct Handles {
  std::set<cudaStream_t> streams;
  std::set<cudaEvent_t> events;
};

// Never destroyed: other threads may go on while the process exits.
Handles& handles() {
  static Handles& only = *new Handles;
  return only;
}

using Lock = std::lock_guard<std::mutex>;

// Every thread has these, and no one can destroy them.
bool built_in(cudaStream_t stream) {
  return !stream || stream == cudaStreamLegacy ||
         stream == cudaStreamPerThread;
}

constexpr char no_such_handle[] =
    "%p is the handle of no %s: never created, or destroyed";

cudaError_t unknown(const char* what, const void* handle) {
  return fail(cudaErrorInvalidResourceHandle, no_such_handle, handle, what);
}

// To be called with the lock.
cudaError_t check_event(cudaEvent_t event) {
  if (handles().events.count(event)) return cudaSuccess;
  return unknown("event", event);
}

template <class T>
cudaError_t create(T** handle, std::set<T*>* all, const T& value) {
  if (cudaError_t error = check_place("the handle", handle)) return error;
  try {
    T* made = new T(value);
    Lock lock(mutex);
    all->insert(made);
    *handle = made;
    return cudaSuccess;
  } catch (const std::bad_alloc&) {
    return fail(cudaErrorMemoryAllocation, "no memory for a handle");
  }
}

}  // namespace

cudaError_t check_stream(cudaStream_t stream) {
  if (built_in(stream)) return check_device(current_device());
  Lock lock(mutex);
  if (handles().streams.count(stream)) return cudaSuccess;
  return unknown("stream", stream);
}

bool usable_stream(cudaStream_t stream, int device) {
  if (built_in(stream)) return true;
  Lock lock(mutex);
  if (!handles().streams.count(stream)) {
    set_detail(no_such_handle, stream, "stream");
  } else if (stream->device != device) {
    set_detail("the stream is of device %d, not of device %d",
               stream->device, device);
  } else {
    return true;
  }
  return false;
}

}  // namespace cupy_host

using namespace cupy_host;

cudaError_t cudaStreamCreate(cudaStream_t* pStream) {
  return cudaStreamCreateWithFlags(pStream, cudaStreamDefault);
}

cudaError_t cudaStreamCreateWithFlags(cudaStream_t* pStream,
                                      unsigned int flags) {
  if (cudaError_t error = check_device(current_device())) return error;
  if (flags & ~cudaStreamNonBlocking)
    return fail(cudaErrorInvalidValue, "flags are %u", flags);
  return create(pStream, &handles().streams, {current_device()});
}

cudaError_t cudaStreamDestroy(cudaStream_t stream) {
  Lock lock(mutex);
  if (!handles().streams.erase(stream)) return unknown("stream", stream);
  delete stream;
  return cudaSuccess;
}

cudaError_t cudaStreamSynchronize(cudaStream_t stream) {
  return check_stream(stream);
}

cudaError_t cudaStreamQuery(cudaStream_t stream) {
  return check_stream(stream);
}

cudaError_t cudaStreamWaitEvent(cudaStream_t stream, cudaEvent_t event,
                                unsigned int flags) {
  if (flags) return fail(cudaErrorInvalidValue, "flags are %u", flags);
  if (cudaError_t error = check_stream(stream)) return error;
  Lock lock(mutex);
  return check_event(event);
}

cudaError_t cudaStreamAddCallback(cudaStream_t stream,
                                  cudaStreamCallback_t callback,
                                  void* userData, unsigned int flags) {
  if (flags) return fail(cudaErrorInvalidValue, "flags are %u", flags);
  if (!callback) return fail(cudaErrorInvalidValue, "callback is null");
  if (cudaError_t error = check_stream(stream)) return error;
  callback(stream, cudaSuccess, userData);
  return cudaSuccess;
}

cudaError_t cudaEventCreate(cudaEvent_t* event) {
  return cudaEventCreateWithFlags(event, cudaEventDefault);
}

cudaError_t cudaEventCreateWithFlags(cudaEvent_t* event, unsigned int flags) {
  if (cudaError_t error = check_device(current_device())) return error;
  unsigned int known = cudaEventBlockingSync | cudaEventDisableTiming |
                       cudaEventInterprocess;
  if (flags & ~known)
    return fail(cudaErrorInvalidValue, "flags are %u", flags);
  bool timed = !(flags & cudaEventDisableTiming);
  if (timed && flags & cudaEventInterprocess)
    return fail(cudaErrorInvalidValue,
                "an event for several processes cannot have a time: "
                "cudaEventDisableTiming goes with cudaEventInterprocess");
  return create(event, &handles().events,
                {current_device(), timed, false, {}});
}

cudaError_t cudaEventDestroy(cudaEvent_t event) {
  Lock lock(mutex);
  if (!handles().events.erase(event)) return unknown("event", event);
  delete event;
  return cudaSuccess;
}

cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream) {
  Lock lock(mutex);
  if (cudaError_t error = check_event(event)) return error;
  int device = current_device();
  if (!built_in(stream)) {
    if (!handles().streams.count(stream)) return unknown("stream", stream);
    device = stream->device;
  }
  if (event->device != device)
    return fail(cudaErrorInvalidResourceHandle,
                "the event is of device %d, the stream of device %d",
                event->device, device);
  event->recorded = true;
  event->moment = std::chrono::steady_clock::now();
  return cudaSuccess;
}

// An event that was never recorded has nothing to wait for.
cudaError_t cudaEventQuery(cudaEvent_t event) {
  Lock lock(mutex);
  return check_event(event);
}

cudaError_t cudaEventSynchronize(cudaEvent_t event) {
  Lock lock(mutex);
  return check_event(event);
}

cudaError_t cudaEventElapsedTime(float* ms, cudaEvent_t start,
                                 cudaEvent_t end) {
  if (cudaError_t error = check_place("ms", ms)) return error;
  Lock lock(mutex);
  for (cudaEvent_t event : {start, end}) {
    if (cudaError_t error = check_event(event)) return error;
    const char* name = event == start ? "start" : "end";
    if (!event->timed)
      return fail(cudaErrorInvalidResourceHandle,
                  "the %s event was created with its timing disabled", name);
    if (!event->recorded)
      return fail(cudaErrorInvalidResourceHandle,
                  "the %s event was never recorded", name);
  }
  if (start->device != end->device)
    return fail(cudaErrorInvalidResourceHandle,
                "the events are of devices %d and %d", start->device,
                end->device);
  *ms = std::chrono::duration<float, std::milli>(end->moment - start->moment)
            .count();
  return cudaSuccess;
}
