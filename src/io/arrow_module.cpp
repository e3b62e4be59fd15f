#include "io/arrow_module.hpp"

#include <dlfcn.h>

#include <cstdlib>
#include <filesystem>
#include <mutex>
#include <system_error>
#include <vector>

#include "peak/io/module.hpp"

namespace peak::io {
namespace {

constexpr const char* kFileName = "libpeak_io.so";  // a module has this suffix on macOS too

/// What the search found; made once, under the lock.
struct Loaded {
  std::mutex mutex;
  std::string path_set;
  const ArrowModule* module = nullptr;
  std::string path;
};

Loaded& loaded() {
  static Loaded state;
  return state;
}

/// The directories of the library or program that holds this code, and of the running program.
std::vector<std::filesystem::path> own_directories() {
  std::vector<std::filesystem::path> directories;
  const auto add = [&](const std::filesystem::path& file) {
    std::error_code error;
    const auto real = std::filesystem::canonical(file, error);
    if (!error) directories.push_back(real.parent_path());
  };
  Dl_info info{};
  if (dladdr(reinterpret_cast<const void*>(&loaded), &info) != 0 && info.dli_fname != nullptr) add(info.dli_fname);
  add("/proc/self/exe");
  return directories;
}

std::vector<std::string> places(const std::string& path_set) {
  if (const char* given = std::getenv("PEAK_IO_MODULE"); given != nullptr && *given != '\0') return {given};
  if (!path_set.empty()) return {path_set};
  std::vector<std::string> result;
  for (const auto& directory : own_directories()) {
    for (const char* below : {"", "lib", "../lib", "../lib/peak", "../../lib"}) {
      result.push_back((directory / below / kFileName).lexically_normal().string());
    }
  }
  return result;
}

Error missing(const std::vector<std::string>& tried, const std::string& reason) {
  std::string message = "reading Parquet and Arrow files needs the module libpeak_io, which ";
  if (reason.empty()) {
    message += "was not found; looked for ";
    for (std::size_t i = 0; i < tried.size(); ++i) message.append(i == 0 ? "" : ", ").append(tried[i]);
  } else {
    message += "could not be loaded: " + reason;
  }
  message +=
      ". Build Peak Trade with PEAK_WITH_ARROW=ON and Arrow C++ or the Python package pyarrow installed, or set "
      "PEAK_IO_MODULE to the file. CSV and JSON need no module";
  return unsupported(std::move(message));
}

Result<const ArrowModule*> open_module(const std::string& path) {
  void* handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) {
    const char* reason = dlerror();
    return unsupported(reason != nullptr ? reason : path);
  }
  const auto entry = reinterpret_cast<PeakIoModuleFunction>(dlsym(handle, "peak_io_module"));
  if (entry == nullptr) return unsupported(path + " is not a module of Peak Trade");
  const ArrowModule* module = entry();
  if (module == nullptr || module->version != kArrowModuleVersion) {
    return unsupported(path + " belongs to another version of Peak Trade");
  }
  return module;
}

}  // namespace

Result<const ArrowModule*> arrow_module() {
  Loaded& state = loaded();
  const std::scoped_lock lock(state.mutex);
  if (state.module != nullptr) return state.module;
  const std::vector<std::string> tried = places(state.path_set);
  std::string reason;
  for (const std::string& path : tried) {
    std::error_code error;
    if (!std::filesystem::exists(path, error)) continue;
    const auto module = open_module(path);
    if (module.ok()) {
      state.module = *module;
      state.path = path;
      return state.module;
    }
    if (reason.empty()) reason = module.error().message;
  }
  return missing(tried, reason);
}

void set_arrow_module_path(std::string path) {
  Loaded& state = loaded();
  const std::scoped_lock lock(state.mutex);
  state.path_set = std::move(path);
}

Result<std::string> arrow_module_path() {
  PEAK_RETURN_IF_ERROR(arrow_module());
  Loaded& state = loaded();
  const std::scoped_lock lock(state.mutex);
  return state.path;
}

}  // namespace peak::io
