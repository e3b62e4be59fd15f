// What each system tells of its cores, before it is counted: made by linux_topology.cpp or apple_topology.cpp.
#pragma once

#include <string>
#include <vector>

#include "peak/parallel/cpu_topology.hpp"

namespace peak::parallel {

/// Reads the files of a Linux system below `root`: everything but simd_level.
CpuTopology read_linux(const std::string& root);
#if defined(__APPLE__)
/// Asks sysctl: everything but simd_level.
CpuTopology read_apple();
#endif

/// Fills total_, performance_ and efficiency_cores from how many of each kind are allowed, and the quota.
void count_usable(unsigned performance, unsigned efficiency, CpuTopology& topology);

}  // namespace peak::parallel
