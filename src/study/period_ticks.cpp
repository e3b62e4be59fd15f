#include "study/period_ticks.hpp"

#include <cmath>

namespace peak::study {
namespace {

double sum_of(std::uint64_t ticks) { return static_cast<double>(static_cast<std::int64_t>(ticks)) / kTicks; }

}  // namespace

PeriodTicks::PeriodTicks(std::span<const double> close, std::size_t periods)
    : upto_(close.size()), period_of_(close.size()), ends_(periods) {
  std::uint64_t sum = 0;
  for (std::size_t period = 0, bar = 0; period < periods; ++period) {
    for (const std::size_t end = close.size() * (period + 1) / periods; bar < end; ++bar) {
      if (bar > 0) sum += ticks_of(close[bar] / close[bar - 1] - 1);
      upto_[bar] = sum;
      period_of_[bar] = static_cast<std::uint8_t>(period);
    }
    ends_[period] = sum;
  }
}

void PeriodSums::write(const PeriodTicks& market, std::size_t trial, TrialPeriods& out) const noexcept {
  bool held = false;
  std::uint64_t before = 0;  // up to the end of the period before, if the position was held then
  for (std::size_t period = 0; period < market.periods(); ++period) {
    held ^= (turns_ >> period & 1) != 0;
    const std::uint64_t now = held ? market.at_end(period) : 0;
    out.set(trial, period, sum_of(sums_[period] + now - before));
    before = now;
  }
}

void add_up_periods(std::span<const double> returns, std::size_t trial, TrialPeriods& out) {
  const std::size_t periods = out.periods();
  for (const double value : returns) {
    if (!(std::fabs(value) < kMostTicked)) return;
  }
  for (std::size_t period = 0, bar = 0; period < periods; ++period) {
    std::uint64_t sum = 0;
    for (const std::size_t end = returns.size() * (period + 1) / periods; bar < end; ++bar)
      sum += ticks_of(returns[bar]);
    out.set(trial, period, sum_of(sum));
  }
}

}  // namespace peak::study
