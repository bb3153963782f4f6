// A vector of mostly few elements, which need no allocation.
#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <type_traits>

namespace cupy {

template <typename T, size_t few>
class Few {
  static_assert(std::is_trivially_copyable<T>::value, "it is moved as bytes");

 public:
  Few() {}
  Few(const Few&) = delete;
  Few& operator=(const Few&) = delete;

  size_t size() const { return size_; }
  T* data() { return data_; }
  const T* data() const { return data_; }
  T& operator[](size_t i) { return data_[i]; }
  const T& operator[](size_t i) const { return data_[i]; }
  T* begin() { return data_; }
  T* end() { return data_ + size_; }
  const T* begin() const { return data_; }
  const T* end() const { return data_ + size_; }

  // Makes room for more elements and returns the first of them.
  T* extend(size_t count) {
    if (size_ + count > room_) grow(size_ + count);
    T* first = data_ + size_;
    size_ += count;
    return first;
  }
  void push_back(T value) { *extend(1) = value; }

 private:
  void grow(size_t least) {
    room_ = 2 * least;
    T* wider = new T[room_];
    std::memcpy(static_cast<void*>(wider), data_, size_ * sizeof(T));
    heap_.reset(wider);
    data_ = wider;
  }

  T inline_[few];
  T* data_ = inline_;
  size_t size_ = 0;
  size_t room_ = few;
  std::unique_ptr<T[]> heap_;
};

}  // namespace cupy
