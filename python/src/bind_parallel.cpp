// The machine's cores for peaktrade.core.parallel. What that module runs in threads and processes is Python's own.
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <cerrno>

#if !defined(_WIN32)
#include <unistd.h>
#endif

#include "bindings.hpp"
#include "peak/parallel/cpu_topology.hpp"
#include "peak/parallel/worker_placement.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace peak::python {
namespace {

nb::object number_or_none(double value) { return value > 0 ? nb::object(nb::float_(value)) : nb::none(); }
nb::object number_or_none(std::uint64_t value) { return value > 0 ? nb::object(nb::int_(value)) : nb::none(); }

nb::dict caches_dict(const CacheSizes& caches) {
  nb::dict sizes;
  sizes["l1_data"] = number_or_none(caches.l1_data);
  sizes["l1_instruction"] = number_or_none(caches.l1_instruction);
  sizes["l2"] = number_or_none(caches.l2);
  sizes["l3"] = number_or_none(caches.l3);
  sizes["line"] = number_or_none(caches.line);
  return sizes;
}

nb::dict cpu_info(const std::string& root) {
  const CpuTopology topology = read_cpu_topology(root);
  nb::dict info;
  info["total_cores"] = topology.total_cores;
  info["performance_cores"] = topology.performance_cores;
  info["efficiency_cores"] = topology.efficiency_cores;
  info["model"] = topology.model;
  info["simd_level"] = topology.simd_level;
  info["cache_bytes"] = caches_dict(topology.caches);
  info["cgroup_limit"] = number_or_none(topology.core_limit);
  info["machine_cores"] = topology.machine_cores;
  info["machine_physical_cores"] = number_or_none(std::uint64_t{topology.machine_physical_cores});
  info["machine_performance_cores"] = topology.machine_performance_cores;
  info["machine_efficiency_cores"] = topology.machine_efficiency_cores;
  info["source"] = core_kind_source_name(topology.source);
  info["performance_cpus"] = topology.performance_cpus;
  info["efficiency_cpus"] = topology.efficiency_cpus;
  return info;
}

/// How many processes or threads to start where the caller leaves it open: asked on every call, so read once.
unsigned usual_workers(bool computing) {
  const CpuTopology& topology = cpu_topology();
  if (!computing) return std::max(8U, 4 * topology.total_cores);
  return topology.performance_cores != 0 ? topology.performance_cores : topology.total_cores;
}

#if !defined(_WIN32)
/// os.fork() without its warning about threads, which would reach users who did not ask for a fork: who calls this has
/// looked at the threads. 0 in the child.
int fork_process() {
  PyOS_BeforeFork();
  const pid_t child = ::fork();
  const int error = errno;
  if (child == 0) {
    PyOS_AfterFork_Child();
    return 0;
  }
  PyOS_AfterFork_Parent();
  if (child < 0) {
    errno = error;
    PyErr_SetFromErrno(PyExc_OSError);
    throw nb::python_error();
  }
  return child;
}
#endif

}  // namespace

void bind_parallel(nb::module_& module) {
  module.def("cpu_info", &cpu_info, "root"_a = "/",
             "The cores that may be used and those there are; see peaktrade.core.parallel.get_cpu_info.");
  module.def("usual_workers", &usual_workers, "computing"_a,
             "Workers where none are asked for: the performance cores for what computes, more for what waits.");
  module.def("prefer_performance_cores", &prefer_performance_cores, "slot"_a,
             "Moves this thread to the performance cores, if it is one of so few that they are enough.");
#if !defined(_WIN32)
  module.def("fork_process", &fork_process,
             "A copy of this process that goes on from here, with this thread alone; 0 in it.");
#endif
}

}  // namespace peak::python
