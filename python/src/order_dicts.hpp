// Order dictionaries: an order that a runner tells, as Python sees it.
//
// Threads: to be used with the GIL held.
#pragma once

#include <nanobind/nanobind.h>

#include "peak/sim/broker.hpp"

namespace peak::python {

/// `units`: what it comes to at the close that decided it (units_at_close).
/// id, action, type, size, quantity, limit, stop, sl, tp, trailing_stop, reduce_only.
[[nodiscard]] nanobind::dict order_dict(const WorkingOrder& order, double units);

}  // namespace peak::python
