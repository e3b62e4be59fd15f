#include "peak/parallel/worker_placement.hpp"

#if defined(__linux__)
#include <pthread.h>
#include <sched.h>
#elif defined(__APPLE__)
#include <pthread.h>
#include <pthread/qos.h>
#endif

#include "peak/parallel/cpu_topology.hpp"

namespace peak {

#if defined(__linux__)

void prefer_performance_cores(unsigned slot) noexcept {
  const CpuTopology& topology = cpu_topology();
  const bool one_kind = topology.performance_cpus.empty() || topology.efficiency_cpus.empty();
  // Beyond the performance cores a worker may run anywhere; the scheduler finds it an efficiency core.
  if (one_kind || slot >= topology.performance_cpus.size()) return;
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  for (const unsigned cpu : topology.performance_cpus) {
    if (cpu < CPU_SETSIZE) CPU_SET(cpu, &allowed);
  }
  // The whole set, not one core: where another program keeps a core busy the scheduler may move the worker. A refusal
  // (seccomp) leaves it where it is.
  static_cast<void>(pthread_setaffinity_np(pthread_self(), sizeof allowed, &allowed));
}

#elif defined(__APPLE__)

void prefer_performance_cores(unsigned) noexcept {
  static_cast<void>(pthread_set_qos_class_self_np(QOS_CLASS_USER_INITIATED, 0));
}

#else

void prefer_performance_cores(unsigned) noexcept {}

#endif

}  // namespace peak
