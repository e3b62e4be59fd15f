// SystemMemory: how much memory there is, how much is free, and how much of it this process may have.
//
// Sources   Linux: /proc/meminfo, and memory.max or memory.limit_in_bytes of the process's control group and of all
//           groups above it (cgroups(7): all hold together). macOS: sysctl hw.memsize. What the system does not tell
//           is 0.
// Units     bytes.
// Threads   a pure function.
#pragma once

#include <cstdint>
#include <string>

namespace peak {

struct SystemMemory {
  std::uint64_t total = 0;      ///< of the machine
  std::uint64_t available = 0;  ///< that could be used now without swapping
  std::uint64_t limit = 0;      ///< of the control groups; 0: none

  /// What this process may have in all: the smaller of total and limit; 0 when neither is told.
  [[nodiscard]] std::uint64_t usable() const noexcept {
    return limit == 0 ? total : total == 0 || limit < total ? limit : total;
  }
};

/// The memory now. On Linux all is read below `root`, as by read_cpu_topology(); elsewhere `root` is ignored.
[[nodiscard]] SystemMemory read_system_memory(const std::string& root = "/");

}  // namespace peak
