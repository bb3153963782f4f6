// The free blocks of a memory pool.
#pragma once

#include <Python.h>

#include <map>
#include <new>
#include <utility>

namespace cupy {

// Sizes of blocks are multiples of 512 bytes (but for what no device has).
inline size_t block_size(size_t size) {
  return size > PY_SSIZE_T_MAX - 511 ? size : (size + 511) / 512 * 512;
}

// Blocks by size, which it keeps alive. A function of this class is one step
// for other threads and for the garbage collector, because of the GIL and
// because no Python code runs inside; clear() is one step for each block.
class FreeBlocks {
 public:
  ~FreeBlocks() { clear(); }

  // Without memory for the books, the block is not kept.
  void put(size_t size, PyObject* block) noexcept {
    auto next = blocks_.lower_bound(size);
    try {
      if (spare_.empty()) {
        blocks_.emplace_hint(next, size, block);
      } else {
        spare_.key() = size;
        spare_.mapped() = block;
        blocks_.insert(next, std::move(spare_));
      }
    } catch (const std::bad_alloc&) {
      return;
    }
    bytes_ += size;
    Py_INCREF(block);
  }

  // The smallest block of at least so many bytes, as a new reference; of
  // equal ones the one put last, whose bytes may still be in a cache. A null
  // pointer if all are smaller, or more than an eighth larger: that much may
  // be wasted.
  PyObject* take(size_t size, size_t* found) {
    auto best = blocks_.lower_bound(size);
    if (best == blocks_.end() || best->first > size + size / 8)
      return nullptr;
    *found = best->first;
    return remove(best);
  }

  void clear() {
    while (!blocks_.empty()) {
      PyObject* block = remove(blocks_.begin());
      Py_DECREF(block);  // may run Python code
    }
  }

  size_t count() const { return blocks_.size(); }
  size_t bytes() const { return bytes_; }

 private:
  using Blocks = std::multimap<size_t, PyObject*>;

  PyObject* remove(Blocks::iterator place) {
    PyObject* block = place->second;
    bytes_ -= place->first;
    spare_ = blocks_.extract(place);
    return block;
  }

  Blocks blocks_;
  size_t bytes_ = 0;
  // The node of the block removed last, for the next one that is put.
  Blocks::node_type spare_;
};

}  // namespace cupy
