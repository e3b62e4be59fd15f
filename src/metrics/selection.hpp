// Selection: the value of a rank among values without an order, found by counting.
#pragma once

#include <cstddef>
#include <span>

#include "peak/base/exact_sum.hpp"

namespace peak {

struct Selected {
  double value = 0;  ///< of rank `rank`: as many values are smaller, ties aside
  double next = 0;   ///< of rank `rank` + 1; `value` where there is none
};

/// The order statistics of finite `values` around `rank` (from 0, below their number). `workspace` has room for as
/// many. Adds the values of ranks 0 ... rank to `sum` unless it is null.
[[nodiscard]] Selected select_rank(std::span<const double> values, std::size_t rank, double* workspace,
                                   ExactSum* sum = nullptr);

}  // namespace peak
