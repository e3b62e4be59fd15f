// Where threads run that compute: performance cores first.
//
// ThreadPool calls this for its own threads; programs with threads or worker processes of their own call it from those.
#pragma once

namespace peak {

/// Moves the calling thread to the performance cores, if it is one of so few that they are enough: `slot` counts the
/// threads that compute, from 0. Linux: affinity to all of the performance cores that are allowed. macOS: quality of
/// service "user initiated". On machines of one kind of core, and where the system refuses, nothing changes.
void prefer_performance_cores(unsigned slot) noexcept;

}  // namespace peak
