// Whether pointers lead where a device, or the CPU, could follow them.
#include <cstdint>

#include "host.h"

namespace cupy_host {

bool reachable(const char* name, const void* p, size_t elements,
               size_t element_size) {
  if (!elements) return true;
  Block block;
  if (!p) {
    set_detail("%s is a null pointer", name);
  } else if (!find_block(p, &block)) {
    set_detail("%s %p is in no device memory: it is the host's, or freed, or "
               "past the end of its allocation", name, p);
  } else if (block.device >= 0 && block.device != current_device() &&
             !is_peer(current_device(), block.device)) {
    set_detail("%s %p is memory of device %d, which device %d, the current "
               "one, has no access to (cudaDeviceEnablePeerAccess)",
               name, p, block.device, current_device());
  } else {
    const size_t offset = static_cast<const char*>(p) - block.base;
    if (elements <= (block.size - offset) / element_size) return true;
    set_detail("%zu elements of %zu bytes from byte %zu on run past the end "
               "of the %zu bytes that %s %p is in",
               elements, element_size, offset, block.size, name, p);
  }
  return false;
}

bool readable(const char* name, const void* p) {
  Block block;
  if (p && !(find_block(p, &block) && block.device >= 0)) return true;
  if (!p)
    set_detail("%s is a null pointer", name);
  else
    set_detail("%s %p is memory of device %d, but must be the host's", name,
               p, block.device);
  return false;
}

bool on_its_device(const char* what, int device) {
  if (device == current_device()) return true;
  set_detail("the %s belongs to device %d, and device %d is current: create "
             "a %s for each device",
             what, device, current_device(), what);
  return false;
}

}  // namespace cupy_host
