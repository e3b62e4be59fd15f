// Metrics as Python dictionaries, in the order in which tables show them.
//
// Threads: to be called with the GIL held.
#pragma once

#include <nanobind/nanobind.h>

#include "peak/metrics/metrics.hpp"

namespace peak::python {

/// Name to value; None when undefined.
nanobind::dict values_dict(const Metrics& metrics);
/// Name to reason, of the undefined ones.
nanobind::dict reasons_dict(const Metrics& metrics);

}  // namespace peak::python
