// The free blocks of a memory pool.
#pragma once

#include <Python.h>

#include <map>
#include <new>
#include <utility>
#include <vector>

namespace cupy {

constexpr size_t block_unit = 512;

// Sizes of blocks are multiples of 512 bytes (but for what no device has).
inline size_t block_size(size_t size) {
  return size > PY_SSIZE_T_MAX - block_unit
             ? size
             : (size + block_unit - 1) / block_unit * block_unit;
}

// An object that keeps memory, and the address of it; so the object, which
// may have left the cache long ago, is not needed to hand the memory out.
struct FreeBlock {
  PyObject* object;
  size_t address;
};

// Blocks by size, which it keeps alive. A function of this class is one step
// for other threads and for the garbage collector, because of the GIL and
// because no Python code runs inside; clear() is one step for each block, and
// so is put() if there is no memory.
class FreeBlocks {
 public:
  ~FreeBlocks() { clear(); }

  // Takes over a reference to the block. Without memory for the books, the
  // block is not kept.
  void put(size_t size, FreeBlock block) noexcept {
    try {
      if (size < small_size) {
        small_[size / block_unit].push_back(block);
      } else {
        large_.emplace_hint(large_.lower_bound(size), size, block);
      }
    } catch (const std::bad_alloc&) {
      Py_DECREF(block.object);
      return;
    }
    bytes_ += size;
    ++count_;
  }

  // Finds the smallest block of at least so many bytes, and hands over the
  // reference to it; of equal ones the one put last, whose bytes may still
  // be in a cache. None will do that is more than an eighth larger: that
  // much may be wasted.
  bool take(size_t size, size_t* found, FreeBlock* block) {
    const size_t most = size + size / 8;
    size_t i = size / block_unit;
    for (; i < small_count && i <= most / block_unit; ++i) {
      if (small_[i].empty()) continue;
      *found = i * block_unit;
      *block = small_[i].back();
      small_[i].pop_back();
      return taken(*found);
    }
    if (most < small_size) return false;
    auto best = large_.lower_bound(size);
    if (best == large_.end() || best->first > most) return false;
    *found = best->first;
    *block = best->second;
    large_.erase(best);
    return taken(*found);
  }

  void clear() {
    for (size_t i = 0; i < small_count; ++i) {
      while (!small_[i].empty()) {
        PyObject* object = small_[i].back().object;
        small_[i].pop_back();
        taken(i * block_unit);
        Py_DECREF(object);  // may run Python code
      }
    }
    while (!large_.empty()) {
      PyObject* object = large_.begin()->second.object;
      taken(large_.begin()->first);
      large_.erase(large_.begin());
      Py_DECREF(object);
    }
  }

  size_t count() const { return count_; }
  size_t bytes() const { return bytes_; }

 private:
  // Blocks of these sizes, all but large ones, are found without a search.
  static constexpr size_t small_count = 64;
  static constexpr size_t small_size = small_count * block_unit;

  bool taken(size_t size) {
    bytes_ -= size;
    --count_;
    return true;
  }

  std::vector<FreeBlock> small_[small_count];  // by size in units
  std::multimap<size_t, FreeBlock> large_;
  size_t bytes_ = 0;
  size_t count_ = 0;
};

}  // namespace cupy
