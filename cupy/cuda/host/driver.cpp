// Modules: shared objects that nvrtc.cpp made, loaded from memory.
#include <dlfcn.h>
#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>
#include <set>
#include <string>

#include "cuda_runtime_api.h"
#include "fork.h"
#include "host.h"
#include "launch.h"
#include "runtime.h"

struct CUmod_st {
  void* handle;
  int device;
  std::string file;  // to be removed when the module is unloaded
  std::map<std::string, CUfunc_st> functions;
  std::set<void*> variables;  // that a pointer was given of
};

namespace cupy_host {

namespace {

// Guards all modules and what they have, and the loader's own books: a child
// that is forked while a module is being loaded could load none.
std::mutex loading;
const int registered = wait_in_forks<loading>();

struct Handles {
  std::set<CUmodule> modules;
  std::set<CUfunction> functions;
};

// Never destroyed: other threads may go on while the process exits.
Handles& handles() {
  static Handles& only = *new Handles;
  return only;
}

// How many modules went: what a thread knew of functions may be wrong since.
std::atomic<unsigned> unloads{1};

// A function that a thread has found to be one.
struct Known {
  CUfunction function;
  unsigned unloads;
};

Known& known_at(CUfunction function) {
  thread_local Known known[64];
  return known[reinterpret_cast<std::uintptr_t>(function) / 64 % 64];
}

struct ErrorText {
  CUresult status;
  const char* name;
  const char* text;
};

const ErrorText error_texts[] = {
    {CUDA_SUCCESS, "CUDA_SUCCESS", "no error"},
    {CUDA_ERROR_INVALID_VALUE, "CUDA_ERROR_INVALID_VALUE",
     "invalid argument"},
    {CUDA_ERROR_OUT_OF_MEMORY, "CUDA_ERROR_OUT_OF_MEMORY", "out of memory"},
    {CUDA_ERROR_NO_DEVICE, "CUDA_ERROR_NO_DEVICE",
     "no CUDA-capable device is detected"},
    {CUDA_ERROR_INVALID_IMAGE, "CUDA_ERROR_INVALID_IMAGE",
     "device kernel image is invalid"},
    {CUDA_ERROR_FILE_NOT_FOUND, "CUDA_ERROR_FILE_NOT_FOUND",
     "file not found"},
    {CUDA_ERROR_SHARED_OBJECT_INIT_FAILED,
     "CUDA_ERROR_SHARED_OBJECT_INIT_FAILED",
     "shared object initialization failed"},
    {CUDA_ERROR_OPERATING_SYSTEM, "CUDA_ERROR_OPERATING_SYSTEM",
     "OS call failed or operation not supported on this OS"},
    {CUDA_ERROR_INVALID_HANDLE, "CUDA_ERROR_INVALID_HANDLE",
     "invalid resource handle"},
    {CUDA_ERROR_NOT_FOUND, "CUDA_ERROR_NOT_FOUND", "named symbol not found"},
    {CUDA_ERROR_ILLEGAL_ADDRESS, "CUDA_ERROR_ILLEGAL_ADDRESS",
     "an illegal memory access was encountered"},
    {CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES,
     "CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES",
     "too many resources requested for launch"},
    {CUDA_ERROR_ASSERT, "CUDA_ERROR_ASSERT", "device-side assert triggered"},
    {CUDA_ERROR_LAUNCH_FAILED, "CUDA_ERROR_LAUNCH_FAILED",
     "unspecified launch failure"},
    {CUDA_ERROR_NOT_SUPPORTED, "CUDA_ERROR_NOT_SUPPORTED",
     "operation not supported"},
    {CUDA_ERROR_UNKNOWN, "CUDA_ERROR_UNKNOWN", "unknown error"},
};

const ErrorText* find_error(CUresult status) {
  for (const ErrorText& error : error_texts)
    if (error.status == status) return &error;
  return nullptr;
}

// The length of a shared object: the section headers stand at its end.
size_t image_size(const void* image) {
  const auto* header = static_cast<const ElfW(Ehdr)*>(image);
  if (std::memcmp(header->e_ident, ELFMAG, SELFMAG)) return 0;
  return header->e_shoff + size_t(header->e_shentsize) * header->e_shnum;
}

bool write_all(int file, const char* data, size_t size) {
  while (size) {
    ssize_t n = write(file, data, size);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    data += n;
    size -= n;
  }
  return true;
}

// Another spelling of a path to this file of the process for every module:
// the loader takes files of one name for one file.
std::string unique_path(int file) {
  static std::atomic<unsigned> count{0};
  std::string path = "/proc/self/fd";
  for (unsigned rest = ++count; rest; rest /= 2)
    path += rest % 2 ? "//." : "/.";
  return path + "/" + std::to_string(file);
}

// Opens the image as a shared object. It is a file in memory, except for
// debugging: a debugger can read a real file only.
void* open_image(const void* image, size_t size, std::string* debug_file) {
  const char* debug = std::getenv("CUPY_HOST_DEBUG");
  int file;
  std::string path;
  if (debug && std::strcmp(debug, "1") == 0) {
    const char* folder = std::getenv("TMPDIR");
    path = std::string(folder ? folder : "/tmp") + "/cupy-XXXXXX.so";
    file = mkostemps(&path[0], 3, O_CLOEXEC);
    *debug_file = path;
  } else {
    file = memfd_create("cupy", MFD_CLOEXEC);
    path = unique_path(file);
  }
  void* handle = nullptr;
  if (file < 0 ||
      !write_all(file, static_cast<const char*>(image), size)) {
    set_detail("no file for the module: %s", std::strerror(errno));
  } else {
    std::lock_guard<std::mutex> lock(loading);
    handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (!handle) set_detail("%s", dlerror());
  }
  if (file >= 0) close(file);
  if (!handle && !debug_file->empty()) unlink(debug_file->c_str());
  return handle;
}

// A variable of the module itself: dlsym finds those of libm, too.
void* own_symbol(CUmodule module, const char* name, size_t* size) {
  void* address = dlsym(module->handle, name);
  link_map* map;
  Dl_info info;
  const ElfW(Sym)* symbol = nullptr;
  if (!address || dlinfo(module->handle, RTLD_DI_LINKMAP, &map) ||
      !dladdr1(address, &info, (void**)&symbol, RTLD_DL_SYMENT) || !symbol ||
      info.dli_fbase != reinterpret_cast<void*>(map->l_addr))
    return nullptr;
  *size = symbol->st_size;
  return address;
}

// Fails unless it is a module. To be called with the lock.
CUresult check_module(CUmodule module) {
  if (handles().modules.count(module)) return CUDA_SUCCESS;
  if (module)
    set_detail("%p is no module that is loaded", static_cast<void*>(module));
  else
    set_detail("the module is a null pointer");
  return CUDA_ERROR_INVALID_HANDLE;
}

// Fails if an argument is a null pointer, of which there are none here.
CUresult check_given(const char* name, const void* argument) {
  if (argument) return CUDA_SUCCESS;
  set_detail("%s is a null pointer", name);
  return CUDA_ERROR_INVALID_VALUE;
}

struct EntryPoint {
  const char* name;
  void* function;
};

#define ENTRY_POINT(name) {#name, reinterpret_cast<void*>(name)}
const EntryPoint entry_points[] = {
    ENTRY_POINT(cuGetErrorName),      ENTRY_POINT(cuGetErrorString),
    ENTRY_POINT(cuModuleLoad),        ENTRY_POINT(cuModuleLoadData),
    ENTRY_POINT(cuModuleUnload),      ENTRY_POINT(cuModuleGetFunction),
    ENTRY_POINT(cuModuleGetGlobal),   ENTRY_POINT(cuFuncGetParamInfo),
    ENTRY_POINT(cuLaunchKernel),
};
#undef ENTRY_POINT

}  // namespace

// Launches ask this, and wait for no lock if the thread has asked before.
bool is_function(CUfunction function) {
  const unsigned now = unloads;
  Known& known = known_at(function);
  if (known.function == function && known.unloads == now) return true;
  std::lock_guard<std::mutex> lock(loading);
  if (handles().functions.count(function)) {
    known = {function, now};
    return true;
  }
  if (function)
    set_detail("%p is no function of a module that is loaded",
               static_cast<void*>(function));
  else
    set_detail("the function is a null pointer");
  return false;
}

}  // namespace cupy_host

using namespace cupy_host;

cudaError_t cudaGetDriverEntryPoint(
    const char* symbol, void** funcPtr, unsigned long long,
    cudaDriverEntryPointQueryResult* driverStatus) {
  if (cudaError_t error = check_place("symbol", symbol)) return error;
  if (cudaError_t error = check_place("funcPtr", funcPtr)) return error;
  *funcPtr = nullptr;
  for (const EntryPoint& entry : entry_points)
    if (!std::strcmp(entry.name, symbol)) *funcPtr = entry.function;
  if (driverStatus)
    *driverStatus = *funcPtr ? cudaDriverEntryPointSuccess
                             : cudaDriverEntryPointSymbolNotFound;
  return cudaSuccess;
}

CUresult cuGetErrorName(CUresult error, const char** pStr) {
  if (CUresult wrong = check_given("pStr", pStr)) return wrong;
  const ErrorText* found = find_error(error);
  *pStr = found ? found->name : nullptr;
  return found ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}

CUresult cuGetErrorString(CUresult error, const char** pStr) {
  if (CUresult wrong = check_given("pStr", pStr)) return wrong;
  const ErrorText* found = find_error(error);
  *pStr = found ? found->text : nullptr;
  return found ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}

CUresult cuModuleLoadData(CUmodule* module, const void* image) {
  if (CUresult wrong = check_given("module", module)) return wrong;
  if (CUresult wrong = check_given("image", image)) return wrong;
  if (cudaError_t error = check_device(current_device()))
    return static_cast<CUresult>(error);
  *module = nullptr;
  size_t size = image_size(image);
  if (!size) {
    set_detail("a module of the host device is a shared object, which this "
               "is not");
    return CUDA_ERROR_INVALID_IMAGE;
  }
  std::string file;
  void* handle = open_image(image, size, &file);
  if (!handle) return CUDA_ERROR_SHARED_OBJECT_INIT_FAILED;
  *module = new CUmod_st{handle, current_device(), file, {}, {}};
  std::lock_guard<std::mutex> lock(loading);
  handles().modules.insert(*module);
  return CUDA_SUCCESS;
}

CUresult cuModuleLoad(CUmodule* module, const char* fname) {
  if (CUresult wrong = check_given("module", module)) return wrong;
  if (CUresult wrong = check_given("fname", fname)) return wrong;
  *module = nullptr;
  FILE* file = std::fopen(fname, "rbe");
  if (!file) {
    set_detail("%s: %s", fname, std::strerror(errno));
    return CUDA_ERROR_FILE_NOT_FOUND;
  }
  std::string image;
  char buffer[4096];
  while (size_t n = std::fread(buffer, 1, sizeof buffer, file))
    image.append(buffer, n);
  std::fclose(file);
  if (image.size() < sizeof(ElfW(Ehdr)) ||
      image_size(image.data()) > image.size()) {
    set_detail("%s is no shared object, or cut short", fname);
    return CUDA_ERROR_INVALID_IMAGE;
  }
  return cuModuleLoadData(module, image.data());
}

CUresult cuModuleUnload(CUmodule hmod) {
  {
    std::lock_guard<std::mutex> lock(loading);
    if (CUresult wrong = check_module(hmod)) return wrong;
    handles().modules.erase(hmod);
    for (auto& entry : hmod->functions)
      handles().functions.erase(&entry.second);
    ++unloads;
  }
  for (void* variable : hmod->variables) remove_variable(variable);
  {
    std::lock_guard<std::mutex> lock(loading);
    dlclose(hmod->handle);
  }
  if (!hmod->file.empty()) unlink(hmod->file.c_str());
  delete hmod;
  return CUDA_SUCCESS;
}

CUresult cuModuleGetFunction(CUfunction* hfunc, CUmodule hmod,
                             const char* name) {
  if (CUresult wrong = check_given("hfunc", hfunc)) return wrong;
  if (CUresult wrong = check_given("name", name)) return wrong;
  *hfunc = nullptr;
  std::lock_guard<std::mutex> lock(loading);
  if (CUresult wrong = check_module(hmod)) return wrong;
  auto found = hmod->functions.find(name);
  if (found == hmod->functions.end()) {
    const void* kernel =
        dlsym(hmod->handle, ("cuh_kernel_" + std::string(name)).c_str());
    if (!kernel) {
      if (dlsym(hmod->handle, ("cuh_mangled_" + std::string(name)).c_str()))
        set_detail("%s has no such name outside its module: declare it as "
                   "extern \"C\" __global__", name);
      else
        set_detail("the module has no kernel %s", name);
      return CUDA_ERROR_NOT_FOUND;
    }
    found = hmod->functions.insert(
        {name, {static_cast<const cuh_kernel*>(kernel), hmod->device}}).first;
    handles().functions.insert(&found->second);
  }
  *hfunc = &found->second;
  return CUDA_SUCCESS;
}

CUresult cuModuleGetGlobal(CUdeviceptr* dptr, size_t* bytes, CUmodule hmod,
                           const char* name) {
  if (CUresult wrong = check_given("name", name)) return wrong;
  size_t size = 0;
  void* address;
  {
    std::lock_guard<std::mutex> lock(loading);
    if (CUresult wrong = check_module(hmod)) return wrong;
    address = own_symbol(hmod, name, &size);
    if (!address) {
      set_detail("the module has no variable %s in constant or device memory",
                 name);
      return CUDA_ERROR_NOT_FOUND;
    }
    hmod->variables.insert(address);
  }
  add_variable({static_cast<char*>(address), size, hmod->device});
  if (dptr) *dptr = reinterpret_cast<CUdeviceptr>(address);
  if (bytes) *bytes = size;
  return CUDA_SUCCESS;
}

CUresult cuFuncGetParamInfo(CUfunction func, size_t paramIndex,
                            size_t* paramOffset, size_t* paramSize) {
  if (CUresult wrong = check_given("paramSize", paramSize)) return wrong;
  if (!is_function(func)) return CUDA_ERROR_INVALID_HANDLE;
  if (paramIndex >= static_cast<size_t>(func->kernel->count))
    return CUDA_ERROR_INVALID_VALUE;
  // Kernels get an array of pointers to their arguments.
  if (paramOffset) *paramOffset = paramIndex * sizeof(void*);
  *paramSize = func->kernel->sizes[paramIndex];
  return CUDA_SUCCESS;
}
