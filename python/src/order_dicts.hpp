// Order dictionaries: an order that a runner tells, as Python sees it.
//
// Threads: to be used with the GIL held.
#pragma once

#include <nanobind/nanobind.h>

#include "peak/sim/broker.hpp"

namespace peak::python {

/// Where an order stands at the close that decided it.
struct OrderPlace {
  const Broker& broker;
  double close = 0;
  double held = 0;        ///< units
  double symbols = 1;     ///< that share the account
  double multiplier = 1;  ///< of the contract
};

/// id, action, type, size, quantity, limit, stop, sl, tp, trailing_stop, reduce_only.
[[nodiscard]] nanobind::dict order_dict(const WorkingOrder& order, const OrderPlace& place);

}  // namespace peak::python
