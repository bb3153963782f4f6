// NVRTC's options in terms of the host's compiler.
#pragma once

#include <string>
#include <vector>

namespace cupy_host {

struct Options {
  std::vector<std::string> compiler;  // to be given to the host's compiler
  int kernel_flags = 0;               // CUH_FLUSH_DENORMALS
};

// Returns what is wrong, as NVRTC's log has it, or an empty text.
std::string translate_options(const std::vector<std::string>& words,
                              Options* options);

}  // namespace cupy_host
