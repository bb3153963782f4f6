// Run-time compilation: a CUDA text becomes a shared object.
#include "nvrtc.h"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "compiler_process.h"
#include "cuda.h"
#include "fork.h"
#include "host.h"
#include "kernel_text.h"
#include "launch.h"
#include "nvrtc_options.h"

struct _nvrtcProgram {
  std::string source, name;
  std::vector<std::pair<std::string, std::string>> headers;  // name, text
  std::string image, log;
};

namespace cupy_host {

namespace {

// Guards the programs that exist.
std::mutex programs_mutex;
const int registered = wait_in_forks<programs_mutex>();

// Never destroyed: other threads may go on while the process exits.
std::set<nvrtcProgram>& programs() {
  static std::set<nvrtcProgram>& only = *new std::set<nvrtcProgram>;
  return only;
}

nvrtcResult check_program(nvrtcProgram program) {
  std::lock_guard<std::mutex> lock(programs_mutex);
  if (programs().count(program)) return NVRTC_SUCCESS;
  set_detail("%p is no program: never created, or destroyed",
             static_cast<void*>(program));
  return NVRTC_ERROR_INVALID_PROGRAM;
}

nvrtcResult check_given(const char* name, const void* argument) {
  if (argument) return NVRTC_SUCCESS;
  set_detail("%s is a null pointer", name);
  return NVRTC_ERROR_INVALID_INPUT;
}

// A folder that is gone, with what is in it, at the end of the block.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    const char* parent = std::getenv("TMPDIR");
    path_ = std::string(parent && *parent ? parent : "/tmp") +
            "/cupy-compile-XXXXXX";
    if (!mkdtemp(&path_[0])) {
      set_detail("no folder %s: %s", path_.c_str(), std::strerror(errno));
      path_.clear();
    }
  }
  ~TemporaryFolder() {
    if (!path_.empty()) remove_all(path_);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::string& path() const { return path_; }

 private:
  static void remove_all(const std::string& folder) {
    if (DIR* entries = opendir(folder.c_str())) {
      while (const dirent* entry = readdir(entries)) {
        std::string name = entry->d_name;
        if (name == "." || name == "..") continue;
        std::string path = folder + "/" + name;
        if (unlink(path.c_str())) remove_all(path);
      }
      closedir(entries);
    }
    rmdir(folder.c_str());
  }

  std::string path_;
};

bool write_file(const std::string& path, const std::string& text) {
  for (size_t at = path.find('/', 1); at != std::string::npos;
       at = path.find('/', at + 1))
    mkdir(path.substr(0, at).c_str(), 0700);
  FILE* file = std::fopen(path.c_str(), "wbe");
  bool good = file &&
      std::fwrite(text.data(), 1, text.size(), file) == text.size();
  if (file) good &= !std::fclose(file);
  if (!good) set_detail("%s: %s", path.c_str(), std::strerror(errno));
  return good;
}

bool read_file(const std::string& path, std::string* text) {
  FILE* file = std::fopen(path.c_str(), "rbe");
  if (!file) return false;
  text->clear();
  char buffer[65536];
  while (size_t n = std::fread(buffer, 1, sizeof buffer, file))
    text->append(buffer, n);
  std::fclose(file);
  return true;
}

void replace_all(std::string* text, const std::string& what,
                 const std::string& with) {
  for (size_t at = text->find(what); at != std::string::npos;
       at = text->find(what, at + with.size()))
    text->replace(at, what.size(), with);
}

// "/a/b/kernel.cu" is of "/a/b/", "kernel.cu" of "".
std::string folder_of(const std::string& path) {
  return path.substr(0, path.rfind('/') + 1);
}

std::string file_of(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

std::vector<std::string> command_for(const std::string& compiler,
                                     const KernelText& text, int flags) {
  std::vector<std::string> words = compiler_flags(compiler);
  words.insert(words.begin(), compiler);
  words.push_back("-DCUH_KIND=" + std::to_string(text.kind));
  words.push_back("-DCUH_FLAGS=" + std::to_string(text.flags | flags));
  if (text.kind == CUH_CHUNKED) words.push_back("-DCUPY_HOST_CHUNKED=1");
  if (text.special) words.push_back("-DCUH_SPECIAL");
  if (text.waits) words.push_back("-DCUH_BLOCK");
  if (text.exits || switched_on("CUPY_HOST_CHECK"))
    words.push_back("-DCUH_EXITS");
  words.insert(words.end(),
               {"-include", kernel_headers() + "/cuda_on_host.h"});
  return words;
}

nvrtcResult no_compiler(nvrtcProgram prog) {
  prog->log = cupyHostTakeErrorDetail();
  set_detail("%s", prog->log.c_str());
  return NVRTC_ERROR_BUILTIN_OPERATION_FAILURE;
}

nvrtcResult compile(nvrtcProgram prog, const Options& options) {
  const std::string compiler = find_compiler();
  if (compiler.empty()) return no_compiler(prog);
  TemporaryFolder folder;
  if (folder.path().empty()) return no_compiler(prog);
  const std::string inside = folder.path() + "/";
  const std::string source = inside + file_of(prog->name);
  const std::string target = inside + "kernel.so";

  KernelText text = analyse(prog->source);
  if (text.kind == CUH_CHUNKED && switched_on("CUPY_HOST_BLOCKS"))
    text.kind = text.waits ? CUH_FIBERS : CUH_LOOP;
  bool written = write_file(source, text.text);
  for (const auto& header : prog->headers)
    written &= write_file(inside + "include/" + header.first, header.second);
  if (!written) return no_compiler(prog);

  std::vector<std::string> words =
      command_for(compiler, text, options.kernel_flags);
  words.insert(words.end(), options.compiler.begin(), options.compiler.end());
  words.insert(words.end(), {
      "-I" + inside + "include",
      // What __FILE__ is, and where a debugger looks for the text.
      "-ffile-prefix-map=" + inside + "=" + folder_of(prog->name),
      source, "-o", target});
  for (const std::string& flag : linker_flags()) words.push_back(flag);
  int status = run_program(words, folder.path());
  read_file(inside + "log", &prog->log);
  replace_all(&prog->log, inside, folder_of(prog->name));
  if (status < 0) return no_compiler(prog);
  if (status == 0 && read_file(target, &prog->image) && prog->image.size())
    return NVRTC_SUCCESS;
  prog->image.clear();
  if (prog->log.empty())
    prog->log = compiler + " returned " + std::to_string(status) +
                " and made nothing";
  return NVRTC_ERROR_COMPILATION;
}

nvrtcResult give(const std::string& text, bool terminated, size_t* size,
                 char* target) {
  if (size) *size = text.size() + terminated;
  if (target) std::memcpy(target, text.c_str(), text.size() + terminated);
  return size || target ? NVRTC_SUCCESS
                        : check_given("the place of the result", nullptr);
}

nvrtcResult give_image(nvrtcProgram prog, size_t* size, char* target) {
  if (nvrtcResult wrong = check_program(prog)) return wrong;
  if (prog->image.empty()) {
    set_detail("the program is not compiled");
    return NVRTC_ERROR_INVALID_PROGRAM;
  }
  return give(prog->image, false, size, target);
}

}  // namespace

}  // namespace cupy_host

using namespace cupy_host;

const char* nvrtcGetErrorString(nvrtcResult result) {
  switch (result) {
    case NVRTC_SUCCESS: return "NVRTC_SUCCESS";
    case NVRTC_ERROR_OUT_OF_MEMORY: return "NVRTC_ERROR_OUT_OF_MEMORY";
    case NVRTC_ERROR_PROGRAM_CREATION_FAILURE:
      return "NVRTC_ERROR_PROGRAM_CREATION_FAILURE";
    case NVRTC_ERROR_INVALID_INPUT: return "NVRTC_ERROR_INVALID_INPUT";
    case NVRTC_ERROR_INVALID_PROGRAM: return "NVRTC_ERROR_INVALID_PROGRAM";
    case NVRTC_ERROR_INVALID_OPTION: return "NVRTC_ERROR_INVALID_OPTION";
    case NVRTC_ERROR_COMPILATION: return "NVRTC_ERROR_COMPILATION";
    case NVRTC_ERROR_BUILTIN_OPERATION_FAILURE:
      return "NVRTC_ERROR_BUILTIN_OPERATION_FAILURE";
    case NVRTC_ERROR_INTERNAL_ERROR: return "NVRTC_ERROR_INTERNAL_ERROR";
  }
  return "NVRTC_ERROR unknown";
}

nvrtcResult nvrtcVersion(int* major, int* minor) {
  if (nvrtcResult wrong = check_given("major", major)) return wrong;
  if (nvrtcResult wrong = check_given("minor", minor)) return wrong;
  *major = CUDA_VERSION / 1000;
  *minor = CUDA_VERSION % 1000 / 10;
  return NVRTC_SUCCESS;
}

// The compute capability that the host device reports.
nvrtcResult nvrtcGetNumSupportedArchs(int* numArchs) {
  if (nvrtcResult wrong = check_given("numArchs", numArchs)) return wrong;
  *numArchs = 1;
  return NVRTC_SUCCESS;
}

nvrtcResult nvrtcGetSupportedArchs(int* supportedArchs) {
  if (nvrtcResult wrong = check_given("supportedArchs", supportedArchs))
    return wrong;
  supportedArchs[0] = 75;
  return NVRTC_SUCCESS;
}

nvrtcResult nvrtcCreateProgram(nvrtcProgram* prog, const char* src,
                               const char* name, int numHeaders,
                               const char* const* headers,
                               const char* const* includeNames) {
  if (!prog || !src || numHeaders < 0 ||
      (numHeaders && (!headers || !includeNames))) {
    set_detail("a null pointer in place of a text");
    return NVRTC_ERROR_INVALID_INPUT;
  }
  for (int i = 0; i < numHeaders; ++i)
    if (!headers[i] || !includeNames[i])
      return check_given("a header or its name", nullptr);
  *prog = new _nvrtcProgram;
  (*prog)->source = src;
  (*prog)->name = name && *name ? name : "default_program";
  for (int i = 0; i < numHeaders; ++i)
    (*prog)->headers.emplace_back(includeNames[i], headers[i]);
  std::lock_guard<std::mutex> lock(programs_mutex);
  programs().insert(*prog);
  return NVRTC_SUCCESS;
}

nvrtcResult nvrtcDestroyProgram(nvrtcProgram* prog) {
  if (nvrtcResult wrong = check_given("prog", prog)) return wrong;
  if (nvrtcResult wrong = check_program(*prog)) return wrong;
  {
    std::lock_guard<std::mutex> lock(programs_mutex);
    programs().erase(*prog);
  }
  delete *prog;
  *prog = nullptr;
  return NVRTC_SUCCESS;
}

nvrtcResult nvrtcCompileProgram(nvrtcProgram prog, int numOptions,
                                const char* const* options) {
  if (nvrtcResult wrong = check_program(prog)) return wrong;
  if (numOptions < 0 || (numOptions && !options)) {
    set_detail("%d options at %p", numOptions,
               static_cast<const void*>(options));
    return NVRTC_ERROR_INVALID_INPUT;
  }
  prog->image.clear();
  Options translated;
  prog->log = translate_options(
      std::vector<std::string>(options, options + numOptions), &translated);
  if (!prog->log.empty()) {
    set_detail("%s", prog->log.c_str());
    return NVRTC_ERROR_INVALID_OPTION;
  }
  return compile(prog, translated);
}

nvrtcResult nvrtcGetCUBINSize(nvrtcProgram prog, size_t* cubinSizeRet) {
  return give_image(prog, cubinSizeRet, nullptr);
}

nvrtcResult nvrtcGetCUBIN(nvrtcProgram prog, char* cubin) {
  return give_image(prog, nullptr, cubin);
}

nvrtcResult nvrtcGetPTXSize(nvrtcProgram prog, size_t* ptxSizeRet) {
  return give_image(prog, ptxSizeRet, nullptr);
}

nvrtcResult nvrtcGetPTX(nvrtcProgram prog, char* ptx) {
  return give_image(prog, nullptr, ptx);
}

nvrtcResult nvrtcGetProgramLogSize(nvrtcProgram prog, size_t* logSizeRet) {
  if (nvrtcResult wrong = check_program(prog)) return wrong;
  return give(prog->log, true, logSizeRet, nullptr);
}

nvrtcResult nvrtcGetProgramLog(nvrtcProgram prog, char* log) {
  if (nvrtcResult wrong = check_program(prog)) return wrong;
  return give(prog->log, true, nullptr, log);
}

const char* cupyHostCompilerIdentity(void) {
  thread_local std::string identity;
  identity = compiler_identity();
  return identity.c_str();
}
