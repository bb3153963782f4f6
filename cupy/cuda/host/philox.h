// Philox4x32-10: random bits as a function of a key and a counter.
//
// J. K. Salmon, M. A. Moraes, R. O. Dror, D. E. Shaw: Parallel random numbers:
// as easy as 1, 2, 3. SC 2011.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "clones.h"

namespace cupy_host {

struct Words {
  std::uint32_t v[4];
};

CUPY_INLINE Words philox(Words counter, std::uint64_t key) {
  std::uint32_t c0 = counter.v[0], c1 = counter.v[1], c2 = counter.v[2],
                c3 = counter.v[3];
  std::uint32_t k0 = static_cast<std::uint32_t>(key),
                k1 = static_cast<std::uint32_t>(key >> 32);
#pragma GCC unroll 10
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t p0 = std::uint64_t(0xD2511F53u) * c0;
    const std::uint64_t p1 = std::uint64_t(0xCD9E8D57u) * c2;
    c0 = static_cast<std::uint32_t>(p1 >> 32) ^ c1 ^ k0;
    c1 = static_cast<std::uint32_t>(p1);
    c2 = static_cast<std::uint32_t>(p0 >> 32) ^ c3 ^ k1;
    c3 = static_cast<std::uint32_t>(p0);
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  return {{c0, c1, c2, c3}};
}

// Words come in chunks of 64 blocks, which vector units compute together:
// first word 0 of all the blocks, then word 1, 2 and 3. Word i of a stream is
// word i % 256 of chunk i / 256, and block b has the counter (b, 0, 0).
constexpr int BLOCKS = 64, CHUNK = 4 * BLOCKS;

CUPY_INLINE void draw_chunk(std::uint64_t key, std::uint64_t chunk,
                            std::uint32_t* words) {
  const std::uint64_t first = chunk * BLOCKS;
  const std::uint32_t low = static_cast<std::uint32_t>(first),
                      high = static_cast<std::uint32_t>(first >> 32);
#pragma GCC ivdep
  for (std::uint32_t b = 0; b < BLOCKS; ++b) {
    const Words block = philox({{low + b, high, 0, 0}}, key);
    for (int i = 0; i < 4; ++i) words[i * BLOCKS + b] = block.v[i];
  }
}

// Part of a stream of numbers: from number `first` on, `count` of them.
struct Section {
  std::uint64_t key, first;
  std::ptrdiff_t count;
};

// Writes a section whose numbers are made of `EACH` words: map(words, y)
// makes the CHUNK / EACH numbers y of a chunk. Whole chunks are computed even
// for one number, so that a number has the same bits wherever a section ends.
template <int EACH, class T, class Map>
CUPY_INLINE void fill(const Section& section, T* out, const Map& map) {
  constexpr std::ptrdiff_t SIZE = CHUNK / EACH;
  alignas(64) std::uint32_t words[CHUNK];
  alignas(64) T numbers[SIZE];
  std::uint64_t chunk = section.first / SIZE;
  std::ptrdiff_t skip = section.first % SIZE;
  for (std::ptrdiff_t i = 0; i < section.count; ++chunk) {
    draw_chunk(section.key, chunk, words);
    map(words, numbers);
    std::ptrdiff_t n = SIZE - skip;
    if (n > section.count - i) n = section.count - i;
    std::memcpy(out + i, numbers + skip, n * sizeof(T));
    i += n;
    skip = 0;
  }
}

}  // namespace cupy_host
