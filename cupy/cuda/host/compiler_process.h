// The system's C++ compiler: which one, with which flags, and running it.
#pragma once

#include <string>
#include <vector>

namespace cupy_host {

// Path of the compiler: CUPY_HOST_CC, or gcc, or clang. Empty, with a detail
// that says what to install, if there is none.
std::string find_compiler();

// Whether an environment variable is set to 1.
bool switched_on(const char* variable);

// The flags that every kernel is compiled with.
std::vector<std::string> compiler_flags(const std::string& compiler);

// The libraries that every kernel is linked to: g++'s own list takes longer.
std::vector<std::string> linker_flags();

// What the compiler, its flags and the processor are, as far as they matter
// to what is compiled. Found without running anything.
std::string compiler_identity();

// Runs a program, found by its path; its output goes to the file `log` in a
// folder, and there it has its temporary files. Returns its exit status, or -1
// with a detail.
int run_program(const std::vector<std::string>& command,
                const std::string& folder);

// The folder of the headers that kernels are compiled with.
std::string kernel_headers();

}  // namespace cupy_host
