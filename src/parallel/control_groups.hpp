// Control groups: how much processor time a container may use.
#pragma once

#include <string>

namespace peak::parallel {

/// The smallest quota, in cores, of the process's control group and of all groups above it, versions 1 and 2; 0: none.
double control_group_cores(const std::string& root);

}  // namespace peak::parallel
