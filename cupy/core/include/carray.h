// What every kernel of CuPy includes: arrays, indices, loops, float16.
//
// The same kernel text is compiled for a GPU and for the host device. What
// differs between them (how a loop is shared out, how a float16 is converted)
// is here. On the host device the language itself (threadIdx, math functions,
// atomics) comes from cuda_on_host.h, which stands before every text.
#pragma once

#ifndef CUPY_ON_HOST
#define CUPY_WORK(n)
#endif

// The constants of math.h, which a compiler of kernels does not have.
#ifndef M_PI
#define M_E 2.7182818284590452354
#define M_LOG2E 1.4426950408889634074
#define M_LOG10E 0.43429448190325182765
#define M_LN2 0.69314718055994530942
#define M_LN10 2.30258509299404568402
#define M_PI 3.14159265358979323846
#define M_PI_2 1.57079632679489661923
#define M_PI_4 0.78539816339744830962
#define M_1_PI 0.31830988618379067154
#define M_2_PI 0.63661977236758134308
#define M_2_SQRTPI 1.12837916709551257390
#define M_SQRT2 1.41421356237309504880
#define M_SQRT1_2 0.70710678118654752440
#endif

// ---- float16 --------------------------------------------------------------

// Storage of 16 bits; arithmetic converts to float and back.
class float16 {
 public:
  __device__ float16() {}
  // Copies are written by hand: GCC does not vectorize loops with the
  // generated ones.
  __device__ float16(const float16& other) : bits_(other.bits_) {}
  __device__ float16& operator=(const float16& other) {
    bits_ = other.bits_;
    return *this;
  }
  __device__ float16(float value) : bits_(encode(value)) {}
  __device__ operator float() const { return decode(bits_); }

  __device__ float16& operator+=(float y) { return *this = *this + y; }
  __device__ float16& operator-=(float y) { return *this = *this - y; }
  __device__ float16& operator*=(float y) { return *this = *this * y; }
  __device__ float16& operator/=(float y) { return *this = *this / y; }

  __device__ unsigned short bits() const { return bits_; }
  __device__ static float16 from_bits(unsigned short bits) {
    float16 x;
    x.bits_ = bits;
    return x;
  }

 private:
  unsigned short bits_;

#if !defined(CUPY_ON_HOST)
  __device__ static unsigned short encode(float value) {
    unsigned short bits;
    asm("cvt.rn.f16.f32 %0, %1;" : "=h"(bits) : "f"(value));
    return bits;
  }
  __device__ static float decode(unsigned short bits) {
    float value;
    asm("cvt.f32.f16 %0, %1;" : "=f"(value) : "h"(bits));
    return value;
  }
#elif defined(__F16C__)
  typedef float floats __attribute__((vector_size(16)));
  typedef short shorts __attribute__((vector_size(16)));
  static unsigned short encode(float value) {
    floats wide = {value, 0, 0, 0};
    return ((shorts)__builtin_ia32_vcvtps2ph(wide, 0))[0];
  }
  static float decode(unsigned short bits) {
    shorts half = {(short)bits, 0, 0, 0, 0, 0, 0, 0};
    return __builtin_ia32_vcvtph2ps(half)[0];
  }
#else
  static unsigned as_bits(float value) {
    unsigned bits;
    __builtin_memcpy(&bits, &value, 4);
    return bits;
  }
  static float as_float(unsigned bits) {
    float value;
    __builtin_memcpy(&value, &bits, 4);
    return value;
  }
  static unsigned short encode(float value) {
    unsigned bits = as_bits(value);
    const unsigned sign = (bits >> 16) & 0x8000;
    bits &= 0x7fffffff;
    // Adding 0.5 rounds a subnormal result to nearest even in the last bits.
    const unsigned small = as_bits(as_float(bits) + 0.5f) - 0x3f000000u;
    const unsigned normal = (bits + 0xc8000fffu + ((bits >> 13) & 1)) >> 13;
    const unsigned special = bits > 0x7f800000u ? 0x7e00u : 0x7c00u;
    const unsigned magnitude = bits >= 0x47800000u   ? special
                               : bits < 0x38800000u ? small
                                                     : normal;
    return (unsigned short)(magnitude | sign);
  }
  static float decode(unsigned short bits) {
    const unsigned sign = (bits & 0x8000u) << 16;
    const unsigned magnitude = (bits & 0x7fffu) << 13;
    const float small = as_float(magnitude + 0x38800000u) - 6.103515625e-05f;
    const unsigned exponent = bits & 0x7c00u;
    const unsigned result = exponent == 0x7c00u ? magnitude + 0x70000000u
                            : exponent != 0     ? magnitude + 0x38000000u
                                                : as_bits(small);
    return as_float(result | sign);
  }
#endif
};

__device__ inline float16 min(float16 x, float16 y) { return x < y ? x : y; }
__device__ inline float16 max(float16 x, float16 y) { return x > y ? x : y; }
__device__ inline int isnan(float16 x) { return (x.bits() & 0x7fff) > 0x7c00; }
__device__ inline int isinf(float16 x) {
  return (x.bits() & 0x7fff) == 0x7c00;
}
__device__ inline int isfinite(float16 x) {
  return (x.bits() & 0x7c00) != 0x7c00;
}
__device__ inline int signbit(float16 x) { return x.bits() >> 15; }

// ---- Arrays ---------------------------------------------------------------

// What is known about an operand when its kernel is compiled.
enum {
  CUPY_STRIDED = 0,     // nothing
  CUPY_CONTIGUOUS = 1,  // element i of the loop is element i of the memory
  CUPY_UNIT_ROWS = 2,   // neighbours along the last axis are neighbours
  CUPY_FLAT_ROWS = 3    // the last axis is broadcast: one element for all
};

// View of an array. Strides are in bytes.
template <typename T, int _ndim, int access = CUPY_STRIDED>
class CArray;

template <typename T, int _ndim>
class CArray<T, _ndim, CUPY_STRIDED> {
 public:
  static constexpr int ndim = _ndim;

  __device__ ptrdiff_t size() const { return size_; }
  __device__ const ptrdiff_t* shape() const { return shape_; }
  __device__ const ptrdiff_t* strides() const { return strides_; }

  // The element of a linear index, counted in C order.
  __device__ T& operator[](ptrdiff_t i) const {
#ifdef CUPY_HOST_CHECK
    if (i < 0 || i >= size_) return outside(i, size_, -1);
#endif
    char* p = reinterpret_cast<char*>(data_);
    if (size_ <= 0x7fffffff) {  // division of 32 bits is much faster
      unsigned int rest = static_cast<unsigned int>(i);
#pragma unroll
      for (int d = _ndim - 1; d > 0; --d) {
        const unsigned int extent = static_cast<unsigned int>(shape_[d]);
        p += strides_[d] * (rest % extent);
        rest /= extent;
      }
      if (_ndim > 0) p += strides_[0] * rest;
    } else {
#pragma unroll
      for (int d = _ndim - 1; d > 0; --d) {
        p += strides_[d] * (i % shape_[d]);
        i /= shape_[d];
      }
      if (_ndim > 0) p += strides_[0] * i;
    }
    return *reinterpret_cast<T*>(p);
  }

  // The element of an index per axis.
  template <typename Index>
  __device__ T& operator[](const Index* index) const {
    char* p = reinterpret_cast<char*>(data_);
#pragma unroll
    for (int d = 0; d < _ndim; ++d) {
#ifdef CUPY_HOST_CHECK
      if (index[d] < 0 || index[d] >= shape_[d])
        return outside(index[d], shape_[d], d);
#endif
      p += strides_[d] * index[d];
    }
    return *reinterpret_cast<T*>(p);
  }

  // The element of step i of the loop over `indexer`.
  template <typename Indexer>
  __device__ T& at(ptrdiff_t, const Indexer& indexer) const {
    return *reinterpret_cast<T*>(row(indexer) +
                                 strides_[_ndim - 1] * indexer.column());
  }

 protected:
  T* data_;
  ptrdiff_t size_;
  ptrdiff_t shape_[_ndim];
  ptrdiff_t strides_[_ndim];

  template <typename Indexer>
  __device__ char* row(const Indexer& indexer) const {
    char* p = reinterpret_cast<char*>(data_);
#pragma unroll
    for (int d = 0; d < _ndim - 1; ++d) p += strides_[d] * indexer.get()[d];
    return p;
  }

#ifdef CUPY_HOST_CHECK
  T& outside(ptrdiff_t index, ptrdiff_t size, int axis) const {
    static __thread __attribute__((aligned(16))) char spare[sizeof(T)];
    cuh_out_of_range(data_, index, size, axis);
    return *reinterpret_cast<T*>(spare);
  }
#endif
};

template <typename T>
class CArray<T, 0, CUPY_STRIDED> {
 public:
  static constexpr int ndim = 0;
  __device__ ptrdiff_t size() const { return size_; }
  __device__ const ptrdiff_t* shape() const { return 0; }
  __device__ const ptrdiff_t* strides() const { return 0; }
  __device__ T& operator[](ptrdiff_t i) const {
#ifdef CUPY_HOST_CHECK
    if (i != 0) cuh_out_of_range(data_, i, 1, -1);
#endif
    return *data_;
  }
  template <typename Index>
  __device__ T& operator[](const Index*) const {
    return *data_;
  }
  template <typename Indexer>
  __device__ T& at(ptrdiff_t, const Indexer&) const {
    return *data_;
  }

 protected:
  T* data_;
  ptrdiff_t size_;
};

template <typename T, int _ndim>
class CArray<T, _ndim, CUPY_CONTIGUOUS> : public CArray<T, _ndim> {
 public:
  using CArray<T, _ndim>::operator[];
  __device__ T& operator[](ptrdiff_t i) const {
#ifdef CUPY_HOST_CHECK
    if (i < 0 || i >= this->size_) return CArray<T, _ndim>::operator[](i);
#endif
    return this->data_[i];
  }
  template <typename Indexer>
  __device__ T& at(ptrdiff_t i, const Indexer&) const {
    return this->data_[i];
  }
};

template <typename T, int _ndim>
class CArray<T, _ndim, CUPY_UNIT_ROWS> : public CArray<T, _ndim> {
 public:
  template <typename Indexer>
  __device__ T& at(ptrdiff_t, const Indexer& indexer) const {
    return reinterpret_cast<T*>(this->row(indexer))[indexer.column()];
  }
};

template <typename T, int _ndim>
class CArray<T, _ndim, CUPY_FLAT_ROWS> : public CArray<T, _ndim> {
 public:
  template <typename Indexer>
  __device__ T& at(ptrdiff_t, const Indexer& indexer) const {
    return *reinterpret_cast<T*>(this->row(indexer));
  }
};

// ---- Loops ----------------------------------------------------------------

// The shape that a kernel loops over, and where it is.
template <int _ndim>
class CIndexer {
 public:
  static constexpr int ndim = _ndim;
  __device__ ptrdiff_t size() const { return size_; }
  __device__ const ptrdiff_t* shape() const { return shape_; }
  __device__ const ptrdiff_t* get() const { return index_; }
  __device__ ptrdiff_t column() const { return index_[_ndim - 1]; }
  __device__ ptrdiff_t width() const { return shape_[_ndim - 1]; }

  // Goes to a linear index, counted in C order.
  __device__ void set(ptrdiff_t i) {
    if (size_ <= 0x7fffffff) {
      unsigned int rest = static_cast<unsigned int>(i);
#pragma unroll
      for (int d = _ndim - 1; d > 0; --d) {
        const unsigned int extent = static_cast<unsigned int>(shape_[d]);
        index_[d] = rest % extent;
        rest /= extent;
      }
      index_[0] = rest;
    } else {
#pragma unroll
      for (int d = _ndim - 1; d > 0; --d) {
        index_[d] = i % shape_[d];
        i /= shape_[d];
      }
      index_[0] = i;
    }
  }

  // Goes to a row, which is all but the last index, and to a column.
  __device__ void set_row(ptrdiff_t row) {
#pragma unroll
    for (int d = _ndim - 2; d > 0; --d) {
      index_[d] = row % shape_[d];
      row /= shape_[d];
    }
    if (_ndim > 1) index_[0] = row;
  }
  // Goes to the row behind the one at hand.
  __device__ void next_row() {
#pragma unroll
    for (int d = _ndim - 2; d >= 0; --d) {
      if (++index_[d] < shape_[d] || d == 0) return;
      index_[d] = 0;
    }
  }
  __device__ void set_column(ptrdiff_t column) { index_[_ndim - 1] = column; }

 private:
  ptrdiff_t size_;
  ptrdiff_t shape_[_ndim];
  ptrdiff_t index_[_ndim];
};

template <>
class CIndexer<0> {
 public:
  static constexpr int ndim = 0;
  __device__ ptrdiff_t size() const { return size_; }
  __device__ const ptrdiff_t* shape() const { return 0; }
  __device__ const ptrdiff_t* get() const { return 0; }
  __device__ ptrdiff_t column() const { return 0; }
  __device__ ptrdiff_t width() const { return 1; }
  __device__ void set(ptrdiff_t) {}
  __device__ void set_row(ptrdiff_t) {}
  __device__ void next_row() {}
  __device__ void set_column(ptrdiff_t) {}

 private:
  ptrdiff_t size_;
};

// CUPY_FOR(i, n) { ... } visits every i in [0, n) once, in any order, by all
// threads together.
//
// CUPY_EACH(indexer) { ... CUPY_ROW(i, indexer) { CUPY_AT(i, indexer); ... } }
// does so for the elements of a shape and keeps the indexer at element i. On
// the host it goes row by row, so that addresses are linear in the inner loop,
// which then is vectorized; dividing i by the extents each time takes five
// times as long. What is the same for a whole row is computed before CUPY_ROW.
#if defined(CUPY_ON_HOST) && defined(CUPY_HOST_CHUNKED)
#define CUPY_FOR(i, n)                                             \
  _Pragma("GCC ivdep") for (ptrdiff_t i = cuh_begin(n),            \
                                      _end_##i = cuh_end(n);       \
                            i < _end_##i; ++i)

class cupy_rows {
 public:
  template <typename Indexer>
  explicit cupy_rows(const Indexer& indexer)
      : width_(indexer.width()),
        end_of_part_(cuh_end(indexer.size())),
        end_(cuh_begin(indexer.size())),
        started_(false) {}

  // Goes to the next row, or to what of it is in this part.
  template <typename Indexer>
  bool next(Indexer& indexer) {
    if (end_ >= end_of_part_) return false;
    begin_ = end_;
    if (started_) {  // divisions take as long as a short row
      first_ = begin_;
      indexer.next_row();
    } else {
      const ptrdiff_t row = begin_ / width_;
      first_ = row * width_;
      indexer.set_row(row);
      started_ = true;
    }
    end_ = first_ + width_ < end_of_part_ ? first_ + width_ : end_of_part_;
    return true;
  }
  ptrdiff_t first() const { return first_; }
  ptrdiff_t begin() const { return begin_; }
  ptrdiff_t end() const { return end_; }

 private:
  ptrdiff_t width_, end_of_part_, first_, begin_, end_;
  bool started_;
};

#define CUPY_EACH(indexer) for (cupy_rows _rows(indexer); _rows.next(indexer);)
#define CUPY_ROW(i, indexer)                                               \
  _Pragma("GCC ivdep") for (ptrdiff_t i = _rows.begin(),                   \
                                      _end_##i = _rows.end(),              \
                                      _first_##i = _rows.first();          \
                            i < _end_##i; ++i)
#define CUPY_AT(i, indexer) (indexer).set_column(i - _first_##i)
#else
#define CUPY_FOR(i, n)                                                \
  for (ptrdiff_t i = (ptrdiff_t)blockIdx.x * blockDim.x + threadIdx.x; \
       i < (n); i += (ptrdiff_t)blockDim.x * gridDim.x)
// Every element is a row of its own.
#define CUPY_EACH(indexer)              \
  CUPY_FOR(_element, (indexer).size())  \
  if ((indexer).set(_element), true)
#define CUPY_ROW(i, indexer) \
  for (ptrdiff_t i = _element, _end_##i = i + 1; i < _end_##i; ++i)
#define CUPY_AT(i, indexer)
#endif
