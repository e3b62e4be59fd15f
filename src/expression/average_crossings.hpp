// Crossings of two simple moving averages of one column, without making the averages.
//
// Which of two averages is larger can nearly always be told from sums that are a little wrong: the kernel takes
// differences of running sums, knows how far they can be off, and where that does not decide a bar it has the averages
// made as `sma` makes them. The answer is that of find_crossings_both_ways on the two columns, bit for bit.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "expression/kernels.hpp"

namespace peak::expression {

/// The memory of one call; kept, a later call takes the same.
struct AverageCrossingsMemory {
  std::vector<double> sums, averages;
};

/// Bars on which sma(values, window_a) crosses sma(values, window_b) upwards (`above`) and downwards (`below`).
void find_average_crossings(std::span<const double> values, int window_a, int window_b, SignalTarget above,
                            SignalTarget below, AverageCrossingsMemory& memory);

}  // namespace peak::expression
