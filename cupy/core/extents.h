// Shapes and strides: vectors of integers which for up to four axes, and
// nearly all arrays have no more, need no memory of their own.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>

namespace cupy {

class Extents {
 public:
  using value_type = ptrdiff_t;

  Extents() {}
  Extents(const Extents& other) { assign(other.begin(), other.end()); }
  Extents(Extents&& other) noexcept { take(other); }
  ~Extents() { forget(); }

  Extents& operator=(const Extents& other) {
    if (this != &other) assign(other.begin(), other.end());
    return *this;
  }
  Extents& operator=(Extents&& other) noexcept {
    if (this != &other) {
      forget();
      take(other);
    }
    return *this;
  }

  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  ptrdiff_t* data() { return data_; }
  const ptrdiff_t* data() const { return data_; }
  ptrdiff_t* begin() { return data_; }
  ptrdiff_t* end() { return data_ + size_; }
  const ptrdiff_t* begin() const { return data_; }
  const ptrdiff_t* end() const { return data_ + size_; }
  ptrdiff_t& operator[](size_t i) { return data_[i]; }
  const ptrdiff_t& operator[](size_t i) const { return data_[i]; }
  ptrdiff_t& back() { return data_[size_ - 1]; }

  void clear() { size_ = 0; }
  void push_back(ptrdiff_t value) { *open(size_, 1) = value; }
  void pop_back() { --size_; }

  void resize(size_t size, ptrdiff_t value = 0) {
    if (size > size_)
      insert(end(), size - size_, value);
    else
      size_ = static_cast<unsigned>(size);
  }
  // The range must not be part of this.
  void assign(const ptrdiff_t* first, const ptrdiff_t* last) {
    size_ = 0;
    insert(begin(), first, last);
  }
  void insert(const ptrdiff_t* place, ptrdiff_t value) {
    insert(place, 1, value);
  }
  void insert(const ptrdiff_t* place, size_t count, ptrdiff_t value) {
    std::fill_n(open(place - data_, count), count, value);
  }
  void insert(const ptrdiff_t* place, const ptrdiff_t* first,
              const ptrdiff_t* last) {
    std::copy(first, last, open(place - data_, last - first));
  }
  void erase(const ptrdiff_t* place) {
    std::copy(place + 1, static_cast<const ptrdiff_t*>(end()),
              data_ + (place - data_));
    --size_;
  }

 private:
  static constexpr unsigned few = 4;

  // Makes room for elements, and returns where they go.
  ptrdiff_t* open(size_t index, size_t count) {
    if (size_ + count > room_) grow(size_ + count);
    ptrdiff_t* place = data_ + index;
    std::copy_backward(place, end(), end() + count);
    size_ += static_cast<unsigned>(count);
    return place;
  }
  void grow(size_t least) {
    const unsigned room = static_cast<unsigned>(2 * least);
    ptrdiff_t* wider = new ptrdiff_t[room];
    std::copy(begin(), end(), wider);
    forget();
    data_ = wider;
    room_ = room;
  }
  // After it, only `take` and `grow` know what the elements are.
  void forget() {
    if (data_ != inline_) delete[] data_;
  }
  void take(Extents& other) {
    size_ = other.size_;
    room_ = other.room_;
    if (other.data_ == other.inline_) {
      data_ = inline_;
      std::copy(other.inline_, other.inline_ + few, inline_);
    } else {
      data_ = other.data_;
      other.data_ = other.inline_;
      other.room_ = few;
    }
    other.size_ = 0;
  }

  ptrdiff_t* data_ = inline_;
  unsigned size_ = 0;
  unsigned room_ = few;
  ptrdiff_t inline_[few];
};

}  // namespace cupy
