#include "peak/parallel/cpu_topology.hpp"

#include <algorithm>
#include <cmath>

#include "parallel/topology_source.hpp"
#include "peak/base/simd.hpp"

namespace peak {
namespace parallel {

void count_usable(unsigned performance, unsigned efficiency, CpuTopology& topology) {
  unsigned limit = performance + efficiency;
  if (topology.core_limit > 0 && topology.core_limit < limit) {
    limit = static_cast<unsigned>(std::ceil(topology.core_limit));
  }
  limit = std::max(limit, 1U);
  topology.performance_cores = std::min(performance, limit);
  topology.efficiency_cores = std::min(efficiency, limit - topology.performance_cores);
  if (topology.performance_cores + topology.efficiency_cores == 0) topology.performance_cores = 1;
  topology.total_cores = topology.performance_cores + topology.efficiency_cores;
}

}  // namespace parallel

const char* core_kind_source_name(CoreKindSource source) noexcept {
  switch (source) {
    case CoreKindSource::kUniform: return "uniform";
    case CoreKindSource::kIntelHybrid: return "intel_hybrid";
    case CoreKindSource::kCapacity: return "cpu_capacity";
    case CoreKindSource::kPerformanceLevel: return "perflevel";
  }
  return "uniform";
}

CpuTopology read_cpu_topology(const std::string& root) {
#if defined(__APPLE__)
  CpuTopology topology = root == "/" ? parallel::read_apple() : parallel::read_linux(root);
#else
  CpuTopology topology = parallel::read_linux(root);
#endif
  topology.simd_level = simd_level();
  return topology;
}

const CpuTopology& cpu_topology() {
  static const CpuTopology topology = read_cpu_topology();
  return topology;
}

}  // namespace peak
