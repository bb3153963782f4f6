// What the host device must know of a CUDA text before it is compiled.
#pragma once

#include <string>

namespace cupy_host {

struct KernelText {
  std::string text;  // with entries added; every line keeps its number
  int kind;          // CUH_CHUNKED, CUH_LOOP or CUH_FIBERS
  int flags;         // CUH_HAS_WORK, CUH_TRANSCENDENTAL, CUH_PRINTS
  bool special;      // calls functions of cuh_special.h
  bool waits;        // calls functions of cuh_block.h
  bool exits;        // a thread may give up: assert, __trap
};

// Reads a text as a compiler would, as far as needed: comments, strings,
// preprocessor lines, nested brackets. What is found is certain only if the
// text includes no headers but ours; with others, the most general kind is
// taken.
KernelText analyse(const std::string& source);

}  // namespace cupy_host
