// The loop of a kernel over arrays of different strides: which shape it has,
// which axes are one in memory, how each operand is reached.
#pragma once

#include <cstddef>
#include <cstring>

#include "extents.h"
#include "few.h"

namespace cupy {

constexpr int max_ndim = 32;

// Ways to reach the elements of an operand; as in include/carray.h.
enum Access { strided = 0, contiguous = 1, unit_rows = 2, flat_rows = 3 };

struct Operand {
  char* data;
  ptrdiff_t itemsize;
  ptrdiff_t strides[max_ndim];  // over the shape of the loop, in bytes
  int access;
};

struct Loop {
  int ndim;
  ptrdiff_t size;
  ptrdiff_t shape[max_ndim];
  Few<Operand, 6> operands;

  // A loop over operands that are all contiguous, and added as such.
  void set_flat(ptrdiff_t count) {
    ndim = 1;
    size = shape[0] = count;
  }
  void add_flat(char* data, ptrdiff_t itemsize) {
    Operand& op = *operands.extend(1);
    op.data = data;
    op.itemsize = op.strides[0] = itemsize;
  }

  // Adds an operand, whose shape is broadcast to the loop's.
  void add(char* data, ptrdiff_t itemsize,
           const Extents& operand_shape,
           const Extents& strides) {
    Operand& op = *operands.extend(1);
    op.data = data;
    op.itemsize = itemsize;
    const int missing = ndim - static_cast<int>(operand_shape.size());
    for (int d = 0; d < ndim; ++d) {
      const int source = d - missing;
      op.strides[d] = source < 0 || operand_shape[source] == 1
                          ? 0
                          : strides[source];
    }
  }

  // Brings the axes into the order in which memory is, big strides first;
  // the order of the elements does not matter to a ufunc. Axes on which no
  // operand has an opinion stay where they are. `order` tells which axis
  // stands at each place.
  bool sort_axes(int* order) {
    bool changed = false;
    for (int d = 0; d < ndim; ++d) order[d] = d;
    for (int i = 1; i < ndim; ++i) {
      int place = i;
      // An axis on which the operands say nothing is passed over.
      for (int j = i - 1; j >= 0; --j) {
        const int verdict = compare(order[j], order[i]);
        if (verdict < 0) break;
        if (verdict > 0) place = j;
      }
      if (place != i) {
        const int axis = order[i];
        for (int j = i; j > place; --j) order[j] = order[j - 1];
        order[place] = axis;
        changed = true;
      }
    }
    if (changed) apply(order);
    return changed;
  }

  // Merges neighbouring axes that are one axis in the memory of every
  // operand, and drops axes of extent one.
  void collapse() {
    int last = -1;
    for (int d = 0; d < ndim; ++d) {
      if (shape[d] == 1) continue;
      if (last >= 0 && mergeable(last, d)) {
        shape[last] *= shape[d];
        for (Operand& op : operands) op.strides[last] = op.strides[d];
      } else {
        ++last;
        shape[last] = shape[d];
        for (Operand& op : operands) op.strides[last] = op.strides[d];
      }
    }
    ndim = last + 1;
    if (ndim == 0) {  // one element: a loop of one axis
      ndim = 1;
      shape[0] = 1;
      for (Operand& op : operands) op.strides[0] = op.itemsize;
    }
  }

  // Decides how each operand is reached. Returns whether the linear index
  // alone reaches all of them.
  bool choose_access() {
    bool linear = true;
    for (Operand& op : operands) {
      op.access = access_of(op);
      linear &= op.access == contiguous ||
                (op.access == flat_rows && ndim == 1);
    }
    return linear;
  }

 private:
  // 1 if every operand with an opinion wants the axes the other way round,
  // -1 if one of them does not, 0 if none has an opinion.
  int compare(int left, int right) const {
    int verdict = 0;
    for (const Operand& op : operands) {
      const ptrdiff_t a = magnitude(op.strides[left]);
      const ptrdiff_t b = magnitude(op.strides[right]);
      if (a == 0 || b == 0) continue;
      if (a >= b) return -1;
      verdict = 1;
    }
    return verdict;
  }

  static ptrdiff_t magnitude(ptrdiff_t x) { return x < 0 ? -x : x; }

  void apply(const int* order) {
    ptrdiff_t old[max_ndim];
    std::memcpy(old, shape, sizeof old);
    for (int d = 0; d < ndim; ++d) shape[d] = old[order[d]];
    for (Operand& op : operands) {
      std::memcpy(old, op.strides, sizeof old);
      for (int d = 0; d < ndim; ++d) op.strides[d] = old[order[d]];
    }
  }

  bool mergeable(int outer, int inner) const {
    for (const Operand& op : operands)
      if (op.strides[outer] != op.strides[inner] * shape[inner]) return false;
    return true;
  }

  int access_of(const Operand& op) const {
    ptrdiff_t step = op.itemsize;
    bool dense = true;
    for (int d = ndim - 1; d >= 0 && dense; --d) {
      dense = op.strides[d] == step || shape[d] == 1;
      step *= shape[d];
    }
    if (dense) return contiguous;
    const ptrdiff_t inner = op.strides[ndim - 1];
    if (inner == 0) return flat_rows;
    return inner == op.itemsize ? unit_rows : strided;
  }
};

// Arguments of a launch, one after another in one piece of memory.
class Arguments {
 public:
  // A struct CArray.
  void add_array(const void* data, ptrdiff_t size, int ndim,
                 const ptrdiff_t* shape, const ptrdiff_t* strides) {
    ptrdiff_t* words = add(2 + 2 * ndim);
    words[0] = reinterpret_cast<ptrdiff_t>(data);
    words[1] = size;
    for (int d = 0; d < ndim; ++d) {
      words[2 + d] = shape[d];
      words[2 + ndim + d] = strides[d];
    }
  }
  // A struct CIndexer; its index is set by the kernel.
  void add_indexer(ptrdiff_t size, int ndim, const ptrdiff_t* shape) {
    ptrdiff_t* words = add(1 + 2 * ndim);
    words[0] = size;
    for (int d = 0; d < ndim; ++d) {
      words[1 + d] = shape[d];
      words[1 + ndim + d] = 0;
    }
  }
  // A struct of 64-bit words.
  void add_words(const ptrdiff_t* words, size_t count) {
    std::memcpy(add(count), words, count * sizeof *words);
  }
  // A scalar of up to 8 bytes.
  void add_word(ptrdiff_t bits) { *add(1) = bits; }

  void** addresses() {
    void** pointers = pointers_.extend(places_.size());
    for (size_t i = 0; i < places_.size(); ++i)
      pointers[i] = words_.data() + places_[i];
    return pointers;
  }

 private:
  ptrdiff_t* add(size_t count) {
    places_.push_back(words_.size());
    return words_.extend(count);
  }

  Few<ptrdiff_t, 64> words_;
  Few<size_t, 12> places_;
  Few<void*, 12> pointers_;
};

}  // namespace cupy
