// Control groups: how much processor time and memory a container may use.
#pragma once

#include <cstdint>
#include <string>

namespace peak::parallel {

/// The smallest quota, in cores, of the process's control group and of all groups above it, versions 1 and 2; 0: none.
double control_group_cores(const std::string& root);

/// The smallest limit of memory, in bytes, in the same way; 0: none.
std::uint64_t control_group_memory(const std::string& root);

}  // namespace peak::parallel
