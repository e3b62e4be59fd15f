#include "peak/parallel/system_memory.hpp"

#include <cstdlib>

#include "parallel/control_groups.hpp"
#include "parallel/system_file.hpp"
#if defined(__APPLE__)
#include <sys/sysctl.h>
#endif

namespace peak {
namespace {

#if !defined(__APPLE__)
/// Lines of meminfo are in KiB whatever they say.
std::uint64_t kibibytes(const std::string& info, const std::string& key) {
  return std::strtoull(parallel::field(info, key).c_str(), nullptr, 10) * 1024U;
}
#endif

}  // namespace

SystemMemory read_system_memory(const std::string& given_root) {
  SystemMemory memory;
#if defined(__APPLE__)
  static_cast<void>(given_root);
  std::size_t size = sizeof memory.total;
  if (sysctlbyname("hw.memsize", &memory.total, &size, nullptr, 0) != 0) memory.total = 0;
#else
  const std::string root = given_root == "/" ? "" : given_root;
  memory.total = kibibytes(root + "/proc/meminfo", "MemTotal");
  memory.available = kibibytes(root + "/proc/meminfo", "MemAvailable");
  memory.limit = parallel::control_group_memory(root);
  // Version 1 writes "no limit" as the largest number that pages can make.
  if (memory.total != 0 && memory.limit >= memory.total) memory.limit = 0;
#endif
  return memory;
}

}  // namespace peak
