// CpuTopology: which cores there are, which of them this process may use, and how large their caches are.
//
// Purpose   how many threads to start and where; shown by `peak doctor` and peaktrade.get_cpu_info().
// Sources   Linux: /sys/devices/cpu_core and cpu_atom (Intel hybrid), cpu_capacity (Arm big.LITTLE), sysfs caches and
//           thread siblings, Cpus_allowed_list (affinity, cpusets), cgroup v1 and v2 quotas of the process's group and
//           of all groups above it (cgroups(7): all hold together). macOS: sysctl hw.perflevel0 (performance) and
//           hw.perflevel1 (efficiency), hw.nperflevels. Nothing is guessed: what the system does not tell is 0 or
//           empty, and cores of one kind are performance cores.
// Units     a core is what the system schedules on: with two threads to a physical core it counts as two (physical
//           cores are counted beside). Bytes for sizes, cores for quotas.
// Threads   pure functions; cpu_topology() reads once and is then a constant.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace peak {

/// What told performance from efficiency cores.
enum class CoreKindSource : unsigned char {
  kUniform,          ///< all cores are alike, or the system says nothing
  kIntelHybrid,      ///< /sys/devices/cpu_core/cpus and cpu_atom/cpus
  kCapacity,         ///< /sys/devices/system/cpu/cpuN/cpu_capacity: the lowest class, if under 3/4 of the highest
  kPerformanceLevel  ///< sysctl hw.perflevelN
};
/// "uniform", "intel_hybrid", "cpu_capacity" or "perflevel".
[[nodiscard]] const char* core_kind_source_name(CoreKindSource source) noexcept;

/// Sizes in bytes, for one core (the level-3 cache is shared by several); 0: not told.
struct CacheSizes {
  std::uint64_t l1_data = 0;
  std::uint64_t l1_instruction = 0;
  std::uint64_t l2 = 0;
  std::uint64_t l3 = 0;
  std::uint64_t line = 0;
};

struct CpuTopology {
  std::string model;       ///< "AMD EPYC", "Apple M2 Pro"; empty when not told
  std::string simd_level;  ///< what the kernels use now (base/simd.hpp)

  // What this process may use: online, allowed by affinity and cpuset, and not more than the quota rounded up.
  // Performance cores are counted first, so that a quota takes efficiency cores away before others.
  unsigned total_cores = 1;        ///< performance_cores + efficiency_cores; at least 1
  unsigned performance_cores = 1;  ///< at least 1 unless affinity allows efficiency cores alone
  unsigned efficiency_cores = 0;

  // What the machine has, whoever may use it.
  unsigned machine_cores = 1;           ///< online
  unsigned machine_physical_cores = 0;  ///< 0: not told
  unsigned machine_performance_cores = 1;
  unsigned machine_efficiency_cores = 0;

  double core_limit = 0;  ///< quota of the control groups in cores (1.5: one and a half); 0: none
  CoreKindSource source = CoreKindSource::kUniform;
  CacheSizes caches;  ///< of the first performance core
  /// Numbers of the allowed cores of each kind, ascending; empty where the system does not number cores (macOS).
  std::vector<unsigned> performance_cpus, efficiency_cpus;
};

/// The topology now. On Linux all is read below `root` ("/" is this machine; tests give recorded trees); elsewhere
/// `root` is ignored. Takes about 0.1 ms for each core.
[[nodiscard]] CpuTopology read_cpu_topology(const std::string& root = "/");

/// The topology as it was at the first call: what thread pools go by.
[[nodiscard]] const CpuTopology& cpu_topology();

/// Numbers of a list as the kernel writes them, such as "0-3,8,10-11"; what is not such a list ends it.
[[nodiscard]] std::vector<unsigned> parse_cpu_list(const std::string& text);

}  // namespace peak
