// The objects behind the handles of a library.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace cupy_host {

// A fixed table of N objects, so that a handle which was destroyed, or never
// was one, is recognised without following it.
template <class T, int N>
class Handles {
 public:
  // Returns a new object, or null if there are N already.
  T* create() {
    for (Slot& slot : slots_) {
      if (!slot.used.exchange(true)) {
        slot.value = T();
        return &slot.value;
      }
    }
    return nullptr;
  }

  bool valid(const T* handle) const {
    const Slot* slot = find(handle);
    return slot && slot->used;
  }

  // Returns false if the handle is not valid.
  bool destroy(const T* handle) {
    Slot* slot = const_cast<Slot*>(find(handle));
    return slot && slot->used.exchange(false);
  }

 private:
  struct Slot {
    T value;
    std::atomic<bool> used{false};
  };

  const Slot* find(const T* handle) const {
    auto distance = reinterpret_cast<std::uintptr_t>(handle) -
                    reinterpret_cast<std::uintptr_t>(&slots_[0].value);
    return distance % sizeof(Slot) == 0 && distance / sizeof(Slot) < N
               ? &slots_[distance / sizeof(Slot)]
               : nullptr;
  }

  Slot slots_[N];
};

}  // namespace cupy_host
