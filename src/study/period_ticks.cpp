#include "study/period_ticks.hpp"

#include <cmath>

namespace peak::study {

void add_up_periods(std::span<const double> returns, std::size_t trial, TrialPeriods& out) {
  const std::size_t periods = out.periods();
  for (const double value : returns) {
    if (!(std::fabs(value) < kMostTicked)) return;
  }
  for (std::size_t period = 0, bar = 0; period < periods; ++period) {
    std::uint64_t sum = 0;
    for (const std::size_t end = returns.size() * (period + 1) / periods; bar < end; ++bar)
      sum += ticks_of(returns[bar]);
    out.set(trial, period, return_of_ticks(sum));
  }
}

}  // namespace peak::study
