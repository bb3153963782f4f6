#include "compiler_process.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef __GLIBC__
#include <gnu/libc-version.h>
#endif

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "host.h"

extern char** environ;

namespace cupy_host {

namespace {

std::string environment(const char* variable) {
  const char* text = std::getenv(variable);
  return text ? text : "";
}

bool is_program(const std::string& path) {
  struct stat info;
  return !stat(path.c_str(), &info) && S_ISREG(info.st_mode) &&
         !access(path.c_str(), X_OK);
}

// As the shell finds it; empty if there is none.
std::string on_path(const std::string& name) {
  if (name.find('/') != std::string::npos)
    return is_program(name) ? name : "";
  std::string rest = environment("PATH");
  for (size_t begin = 0; begin <= rest.size();) {
    size_t end = rest.find(':', begin);
    if (end == std::string::npos) end = rest.size();
    std::string path = rest.substr(begin, end - begin) + "/" + name;
    if (is_program(path)) return path;
    begin = end + 1;
  }
  return "";
}

// Version 2.36 of glibc is 236; 0 if the C library has no vector functions.
int vector_math() {
#if defined(__GLIBC__) && defined(__x86_64__)
  int major = 0, minor = 0;
  std::sscanf(gnu_get_libc_version(), "%d.%d", &major, &minor);
  return major * 100 + minor;
#else
  return 0;
#endif
}

// The file that a path leads to, empty if there is none.
std::string resolved(const std::string& path) {
  char text[PATH_MAX];
  return realpath(path.c_str(), text) ? text : "";
}

bool is_clang(const std::string& compiler) {
  const std::string path = resolved(compiler);
  return path.find("clang", path.rfind('/') + 1) != std::string::npos;
}

// Path, time and size of a file: another compiler has others.
std::string describe_file(const std::string& path) {
  const std::string file = resolved(path);
  struct stat info;
  if (file.empty() || stat(file.c_str(), &info)) return path + "?";
  char text[80];
  std::snprintf(text, sizeof text, " %lld.%09ld %lld",
                (long long)info.st_mtim.tv_sec, (long)info.st_mtim.tv_nsec,
                (long long)info.st_size);
  return file + text;
}

// What -march=native looks at: the first processor's lines that do not
// change while it runs.
std::string describe_processor() {
  static const char* const names[] = {
      "vendor_id", "cpu family", "model", "stepping", "flags", "cache size",
      "CPU implementer", "CPU part", "CPU variant", "Features", "isa"};
  std::string result;
  FILE* file = std::fopen("/proc/cpuinfo", "re");
  if (!file) return "unknown";
  char line[8192];
  while (std::fgets(line, sizeof line, file) && line[0] != '\n')
    for (const char* name : names)
      if (!std::strncmp(line, name, std::strlen(name))) {
        result += line;
        break;
      }
  std::fclose(file);
  return result;
}

// The headers that come before every text.
std::string describe_headers() {
  std::string result;
  for (const char* name :
       {"cuda_on_host.h", "cuh_block.h", "cuh_intrinsic.h", "cuh_math.h",
        "cuh_special.h", "cuh_vector.h", "launch_abi.h"})
    result += describe_file(kernel_headers() + "/" + name) + "\n";
  return result;
}

std::string own_path() {
  Dl_info info;
  return dladdr(reinterpret_cast<void*>(&run_program), &info)
      ? info.dli_fname : "";
}


}  // namespace

bool switched_on(const char* variable) {
  return environment(variable) == "1";
}

std::string find_compiler() {
  std::string wanted = environment("CUPY_HOST_CC");
  if (!wanted.empty()) {
    std::string path = on_path(wanted);
    if (path.empty())
      set_detail("CUPY_HOST_CC is %s, which is no program", wanted.c_str());
    return path;
  }
  for (const char* name : {"gcc", "clang"}) {
    std::string path = on_path(name);
    if (!path.empty()) return path;
  }
  set_detail(
      "kernels of the host device are compiled by gcc (or clang), and neither "
      "is on PATH: install one (Debian, Ubuntu: apt install g++; Fedora: dnf "
      "install gcc-c++; conda: conda install gxx), or name one by the "
      "environment variable CUPY_HOST_CC");
  return "";
}

std::vector<std::string> compiler_flags(const std::string& compiler) {
  std::vector<std::string> flags{
      "-x", "c++", "-shared", "-fPIC", "-fvisibility=hidden", "-w",
      "-fdiagnostics-color=never",
      "-march=native",
      // A GPU fuses products and sums, and knows neither errno nor traps.
      "-ffp-contract=fast", "-fno-math-errno", "-fno-trapping-math",
      // CUDA code reads numbers of one type through pointers to another.
      "-fno-strict-aliasing",
      "-fno-exceptions", "-fno-rtti", "-fno-threadsafe-statics",
      // Pairs of sin and cos would become sincos, which has no vector form.
      "-fno-builtin-sin", "-fno-builtin-cos", "-fno-builtin-sinf",
      "-fno-builtin-cosf",
      "-DCUH_VECTOR_MATH=" + std::to_string(vector_math())};
  // GCC finds vector functions by their declarations.
  if (vector_math() && is_clang(compiler)) flags.push_back("-fveclib=libmvec");
  // With several inputs and outputs there are more pairs of arrays that might
  // overlap than GCC checks by default: it would do without vectors.
  if (!is_clang(compiler))
    flags.push_back("--param=vect-max-version-for-alias-checks=200");
  if (switched_on("CUPY_HOST_CHECK"))
    flags.insert(flags.end(), {"-DCUPY_HOST_CHECK=1"});
  // No kernel asks for this; it tells what was compiled from the rest.
  if (switched_on("CUPY_HOST_BLOCKS"))
    flags.push_back("-DCUPY_HOST_BLOCKS=1");
  if (switched_on("CUPY_HOST_DEBUG"))
    flags.insert(flags.end(), {"-DCUPY_HOST_DEBUG=1", "-O0", "-g3"});
  else
    flags.insert(flags.end(), {"-O3", "-g0"});
  return flags;
}

std::vector<std::string> linker_flags() {
  std::vector<std::string> flags{
      "-nostdlib",
      // Kernels use their own variables and functions, even if the process
      // has others of the same names; what nobody has is an error.
      "-Wl,-Bsymbolic,-z,defs,-z,noseparate-code", "-lm", "-lc", "-lgcc"};
  if (vector_math()) flags.insert(flags.begin() + 2, "-lmvec");
  return flags;
}

std::string compiler_identity() {
  // These do not change while a process runs.
  static const std::string fixed =
      describe_processor() + describe_headers() + describe_file(own_path());
  const std::string compiler = find_compiler();
  std::string result = fixed + "\n" + describe_file(compiler);
  for (const std::string& flag : compiler_flags(compiler))
    result += " " + flag;
  return result;
}

std::string kernel_headers() {
  std::string path = own_path();
  return path.substr(0, path.rfind('/') + 1) + "host/kernel";
}

int run_program(const std::vector<std::string>& command,
                const std::string& folder) {
  std::vector<char*> args;
  for (const std::string& word : command)
    args.push_back(const_cast<char*>(word.c_str()));
  args.push_back(nullptr);

  // Messages in English, which is what scripts and searches expect.
  std::string messages = "LC_ALL=C", temporary = "TMPDIR=" + folder;
  std::vector<char*> variables{&messages[0], &temporary[0]};
  for (char** variable = environ; *variable; ++variable)
    if (std::strncmp(*variable, "LC_ALL=", 7) &&
        std::strncmp(*variable, "TMPDIR=", 7))
      variables.push_back(*variable);
  variables.push_back(nullptr);
  const std::string log = folder + "/log";

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 1, log.c_str(),
                                   O_WRONLY | O_CREAT | O_TRUNC, 0600);
  posix_spawn_file_actions_adddup2(&actions, 1, 2);
  pid_t child;
  int error = posix_spawn(&child, args[0], &actions, nullptr, args.data(),
                          variables.data());
  posix_spawn_file_actions_destroy(&actions);
  if (error) {
    set_detail("%s: %s", args[0], std::strerror(error));
    return -1;
  }
  int status;
  while (waitpid(child, &status, 0) < 0) {
    // Where children are not waited for (SIGCHLD is ignored), the output
    // tells whether it went well.
    if (errno != EINTR) return 0;
  }
  if (WIFSIGNALED(status)) {
    set_detail("%s was ended by signal %d", args[0], WTERMSIG(status));
    return -1;
  }
  return WEXITSTATUS(status);
}

}  // namespace cupy_host
