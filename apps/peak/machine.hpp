// The machine as this process may use it: processor, cores, memory, and the limits of its control group.
//
// Everything is read from the system; what the system does not tell is empty or 0.
#pragma once

#include <cstdint>
#include <string>

namespace peak::command {

struct Machine {
  std::string system;                    ///< "Linux 6.1.0 x86_64"
  std::string cpu_model;                 ///< "Intel(R) Xeon(R) Gold 6240"
  unsigned cores = 0;                    ///< logical cores of the machine
  unsigned usable_cores = 0;             ///< those on which this process may run (affinity)
  double core_limit = 0;                 ///< cores' worth of time that the control group grants; 0: no limit
  std::uint64_t memory_bytes = 0;        ///< of the machine
  std::uint64_t available_bytes = 0;     ///< that could be used now without swapping
  std::uint64_t memory_limit_bytes = 0;  ///< of the control group; 0: no limit
};

[[nodiscard]] Machine read_machine();

}  // namespace peak::command
