// The iteration space of a reduction: which axes it has, in which order they
// suit the memory, and along which one the inner loop runs.
#pragma once

#include <cstddef>
#include <cstring>
#include <vector>

#include "operands.h"

namespace cupy {

// Kinds of loops, and groups of axes; as in include/reduction.h.
enum { by_output = 0, by_reduced = 1 };

class ReductionAxes {
 public:
  int kind;

  // Takes the axes of a shape, of which some are reduced.
  void set_shape(const Extents& shape,
                 const bool* is_reduced) {
    for (Group& group : groups_) {
      group.count = 0;
      group.size = 1;
    }
    for (size_t d = 0; d < shape.size(); ++d) {
      Group& group = groups_[is_reduced[d]];
      group.place[group.count++] = static_cast<int>(d);
      extents_[d] = shape[d];
    }
    for (Group& group : groups_)
      for (int i = group.count - 1; i >= 0; --i) {
        steps_[group.place[i]] = group.size;
        group.size *= extents_[group.place[i]];
      }
  }

  ptrdiff_t output_size() const { return groups_[by_output].size; }
  ptrdiff_t reduced_size() const { return groups_[by_reduced].size; }
  int output_axes() const { return groups_[by_output].count; }
  int reduced_axes() const { return groups_[by_reduced].count; }
  // Which axis of the shape is the i-th output axis.
  int output_axis(int i) const { return groups_[by_output].place[i]; }

  // Adds an array that is broadcast to the shape.
  void add_input(char* data, ptrdiff_t itemsize,
                 const Extents& shape,
                 const Extents& strides, int ndim) {
    Array& array = append(data, itemsize, false);
    const size_t missing = ndim - shape.size();
    for (size_t d = 0; d < shape.size(); ++d)
      if (shape[d] != 1) array.strides[missing + d] = strides[d];
  }

  // Adds an array that has the output axes, or all axes if `keeps_axes`.
  void add_output(char* data, ptrdiff_t itemsize,
                  const Extents& strides,
                  const bool* is_reduced, int ndim, bool keeps_axes) {
    Array& array = append(data, itemsize, true);
    size_t source = 0;
    for (int d = 0; d < ndim; ++d) {
      if (!is_reduced[d]) array.strides[d] = strides[source];
      source += keeps_axes || !is_reduced[d];
    }
  }

  // Sorts the axes of each group as they are in the memory of the inputs, big
  // strides first.
  void sort() {
    for (Group& group : groups_)
      for (int i = 1; i < group.count; ++i) {
        const int axis = group.place[i];
        int place = i;
        for (int j = i - 1; j >= 0; --j) {
          const int verdict = compare(group.place[j], axis);
          if (verdict < 0) break;
          if (verdict > 0) place = j;
        }
        for (int j = i; j > place; --j) group.place[j] = group.place[j - 1];
        group.place[place] = axis;
      }
  }

  // Decides on the loops. If the index of outputs or of reduced elements
  // matters, their axes are not turned round, and are merged only if the
  // index is linear along them. Some kernels cannot take several rows at once,
  // hence suffer from short rows.
  void plan(bool may_merge, bool output_index, bool reduced_index,
            bool row_by_row) {
    const bool indexed[2] = {output_index, reduced_index};
    for (int g = 0; g < 2; ++g) {
      Group& group = groups_[g];
      drop_single(group);
      if (!indexed[g])
        for (int i = 0; i < group.count; ++i) face_forward(group.place[i]);
      if (may_merge) merge(group, indexed[g]);
      if (group.size == 0 || group.count == 0) {
        group.count = 1;  // an axis without memory
        group.place[0] = max_ndim + g;
        extents_[max_ndim + g] = group.size;
        steps_[max_ndim + g] = 0;
        for (Array& array : arrays_)
          array.strides[max_ndim + g] = array.itemsize;
      }
    }
    choose(row_by_row ? 120 : 20);
  }

  // What is known of an array's stride along the inner axis: 1 element, 0,
  // or -1 for nothing.
  int known(int k) const {
    const Array& array = arrays_[k];
    if (array.is_output && kind == by_reduced) return -1;
    return known(array, inner(groups_[kind]));
  }

  // Arguments of the kernel; as in include/reduction.h.
  void add_array(int k, Arguments& arguments) const {
    const Array& array = arrays_[k];
    ptrdiff_t words[1 + 2 * max_ndim];
    int n = 0;
    words[n++] = reinterpret_cast<ptrdiff_t>(array.data);
    for (int g = 0; g < (array.is_output ? 1 : 2); ++g)
      for (int i = 0; i < groups_[g].count; ++i)
        words[n++] = array.strides[groups_[g].place[i]];
    arguments.add_words(words, n);
  }
  void add_shape(Arguments& arguments) const {
    ptrdiff_t words[3 + 4 * max_ndim];
    int n = 0;
    for (const Group& group : groups_) words[n++] = group.size;
    for (const ptrdiff_t* of_axis : {extents_, steps_})
      for (const Group& group : groups_)
        for (int i = 0; i < group.count; ++i)
          words[n++] = of_axis[group.place[i]];
    words[n++] = columns();
    arguments.add_words(words, n);
  }

  // Threads that a GPU needs, in blocks of so many.
  size_t threads(size_t block) const {
    return (output_size() + columns() - 1) / columns() * block;
  }

 private:
  struct Array {
    char* data;
    ptrdiff_t itemsize;
    bool is_output;
    ptrdiff_t strides[max_ndim + 2];
  };
  struct Group {
    int count;
    int place[max_ndim];
    ptrdiff_t size;
  };

  Group groups_[2];
  ptrdiff_t extents_[max_ndim + 2];
  ptrdiff_t steps_[max_ndim + 2];  // what a step adds to the linear index
  std::vector<Array> arrays_;

  Array& append(char* data, ptrdiff_t itemsize, bool is_output) {
    if (arrays_.empty()) arrays_.reserve(4);
    arrays_.emplace_back();
    Array& array = arrays_.back();
    array.data = data;
    array.itemsize = itemsize;
    array.is_output = is_output;
    std::memset(array.strides, 0, sizeof array.strides);
    return array;
  }

  static ptrdiff_t magnitude(ptrdiff_t x) { return x < 0 ? -x : x; }
  static int inner(const Group& group) { return group.place[group.count - 1]; }

  // 1 if the inputs with an opinion want the axes the other way round, -1 if
  // one of them does not, 0 if none has an opinion.
  int compare(int left, int right) const {
    int verdict = 0;
    for (const Array& array : arrays_) {
      if (array.is_output) continue;
      const ptrdiff_t a = magnitude(array.strides[left]);
      const ptrdiff_t b = magnitude(array.strides[right]);
      if (a == 0 || b == 0) continue;
      if (a >= b) return -1;
      verdict = 1;
    }
    return verdict;
  }

  void drop_single(Group& group) {
    int count = 0;
    for (int i = 0; i < group.count; ++i)
      if (extents_[group.place[i]] != 1)
        group.place[count++] = group.place[i];
    group.count = count;
  }

  // Walks an axis from its other end if it is backwards in all inputs.
  void face_forward(int axis) {
    bool backwards = false;
    for (const Array& array : arrays_) {
      if (array.is_output) continue;
      if (array.strides[axis] > 0) return;
      backwards |= array.strides[axis] < 0;
    }
    if (!backwards) return;
    for (Array& array : arrays_) {
      array.data += array.strides[axis] * (extents_[axis] - 1);
      array.strides[axis] = -array.strides[axis];
    }
  }

  void merge(Group& group, bool indexed) {
    if (group.count == 0) return;
    int last = 0;
    for (int i = 1; i < group.count; ++i) {
      const int outer = group.place[last], axis = group.place[i];
      if (mergeable(outer, axis, indexed))
        extents_[axis] *= extents_[outer];
      else
        ++last;
      group.place[last] = axis;
    }
    group.count = last + 1;
  }

  bool mergeable(int outer, int axis, bool indexed) const {
    if (indexed && steps_[outer] != steps_[axis] * extents_[axis])
      return false;
    for (const Array& array : arrays_)
      if (array.strides[outer] != array.strides[axis] * extents_[axis])
        return false;
    return true;
  }

  static int known(const Array& array, int axis) {
    const ptrdiff_t stride = array.strides[axis];
    if (stride == 0 && !array.is_output) return 0;
    return stride == array.itemsize ? 1 : -1;
  }

  // Chooses the kind of loop and the inner axes: the least time an element,
  // as measured on a CPU. Neighbours in memory are read five times as fast as
  // others; and to start on a new row of elements takes time.
  void choose(double cost_of_row) {
    Group& output = groups_[by_output];
    Group& reduced = groups_[by_reduced];
    const int longest = argmax_extent(reduced);
    const double rows =
        clip(extents_[reduced.place[longest]], 64);
    double least = 0;
    int best = -1;
    for (int g = 0; g < 2; ++g)
      for (int i = 0; i < groups_[g].count; ++i) {
        const int axis = groups_[g].place[i];
        const double length = clip(extents_[axis], 1 << 20);
        double cost =
            (g == by_output ? cost_of_row + 60 / rows : 60) / length;
        for (const Array& array : arrays_)
          if (!array.is_output) cost += known(array, axis) < 0 ? 5 : 1;
        if (best < 0 || cost < least) {
          least = cost;
          kind = g;
          best = i;
        }
      }
    if (kind == by_output) {
      make_inner(output, best);
      make_inner(reduced, longest);
    } else {
      make_inner(reduced, best);
    }
  }

  static double clip(ptrdiff_t extent, ptrdiff_t most) {
    return static_cast<double>(extent < 1 ? 1 : extent < most ? extent : most);
  }

  int argmax_extent(const Group& group) const {
    int best = group.count - 1;
    for (int i = group.count - 2; i >= 0; --i)
      if (extents_[group.place[i]] > extents_[group.place[best]]) best = i;
    return best;
  }

  static void make_inner(Group& group, int i) {
    const int axis = group.place[i];
    for (; i + 1 < group.count; ++i) group.place[i] = group.place[i + 1];
    group.place[i] = axis;
  }

  // How many outputs a block of threads of a GPU works on: enough for whole
  // lines of memory, and for threads that would have nothing else to do.
  ptrdiff_t columns() const {
    ptrdiff_t result = kind == by_output ? 32 : 1;
    while (result < 256 && result * reduced_size() < 256) result *= 2;
    return result;
  }
};

}  // namespace cupy
