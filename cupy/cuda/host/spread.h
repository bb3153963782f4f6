// Work on many elements, cut over the cores.
#pragma once

#include <algorithm>
#include <cstddef>

#include "host.h"

namespace cupy_host {

using std::ptrdiff_t;

// Below this many elements to read and write, a second core costs more time
// than it saves.
constexpr double GRAIN = 1 << 16;

// Calls body(begin, end) for parts of [0, n), on all cores if the work, in
// elements, is worth it. Parts begin at multiples of unit.
template <class F>
void spread(ptrdiff_t n, ptrdiff_t unit, double work, F&& body) {
  const ptrdiff_t parts = static_cast<ptrdiff_t>(
      std::min<double>(work / GRAIN, thread_count()));
  if (parts <= 1) {
    if (n > 0) body(ptrdiff_t(0), n);
    return;
  }
  const ptrdiff_t width = ((n + parts - 1) / parts + unit - 1) / unit * unit;
  parallel(static_cast<int>(parts), [&](int part) {
    const ptrdiff_t begin = std::min(n, part * width);
    const ptrdiff_t end = std::min(n, begin + width);
    if (begin < end) body(begin, end);
  });
}

}  // namespace cupy_host
