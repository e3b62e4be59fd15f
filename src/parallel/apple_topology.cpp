// macOS: sysctl tells the cores of each performance level (0 is the fastest), and there is neither affinity nor quota.
#if defined(__APPLE__)

#include <sys/sysctl.h>

#include <cstddef>
#include <cstdint>

#include "parallel/topology_source.hpp"

namespace peak::parallel {
namespace {

/// A number of 4 or 8 bytes; 0 when this system has no such name (Intel Macs have no hw.perflevel0).
std::uint64_t number(const char* name) {
  std::uint64_t value = 0;
  std::size_t size = sizeof value;
  if (sysctlbyname(name, &value, &size, nullptr, 0) != 0) return 0;
  return size == sizeof(std::uint32_t) ? (value & 0xFFFFFFFFU) : value;  // little-endian, upper half still zero
}

std::string text(const char* name) {
  char buffer[256] = {};
  std::size_t size = sizeof buffer - 1;
  return sysctlbyname(name, buffer, &size, nullptr, 0) == 0 ? std::string(buffer) : std::string();
}

std::uint64_t either(const char* first, const char* second) {
  const std::uint64_t value = number(first);
  return value != 0 ? value : number(second);
}

}  // namespace

CpuTopology read_apple() {
  CpuTopology topology;
  topology.model = text("machdep.cpu.brand_string");
  topology.machine_cores = static_cast<unsigned>(either("hw.logicalcpu", "hw.ncpu"));
  if (topology.machine_cores == 0) topology.machine_cores = 1;
  topology.machine_physical_cores = static_cast<unsigned>(number("hw.physicalcpu"));
  topology.machine_performance_cores = topology.machine_cores;
  if (number("hw.nperflevels") > 1) {
    topology.source = CoreKindSource::kPerformanceLevel;
    topology.machine_performance_cores = static_cast<unsigned>(number("hw.perflevel0.logicalcpu"));
    topology.machine_efficiency_cores = static_cast<unsigned>(number("hw.perflevel1.logicalcpu"));
  }
  topology.caches.l1_data = either("hw.perflevel0.l1dcachesize", "hw.l1dcachesize");
  topology.caches.l1_instruction = either("hw.perflevel0.l1icachesize", "hw.l1icachesize");
  topology.caches.l2 = either("hw.perflevel0.l2cachesize", "hw.l2cachesize");
  topology.caches.l3 = either("hw.perflevel0.l3cachesize", "hw.l3cachesize");
  topology.caches.line = number("hw.cachelinesize");
  count_usable(topology.machine_performance_cores, topology.machine_efficiency_cores, topology);
  return topology;
}

}  // namespace peak::parallel

#endif
