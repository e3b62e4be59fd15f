// PeriodTicks: a trial's sums of returns in periods (TrialPeriods), of few operations for each of its fills.
//
//     bars      | period 0 | period 1 | period 2 |       f: fills the entry, x: fills the exit
//     held          f======|==========|===x
//     period 1: what the market made up to its end, less what it had made up to its beginning
//
// A return counts as a whole number of ticks of 2^-44 (6e-14), cut towards 0. So sums are exact whatever their order:
// walks and single runs agree to the bit. They wrap around beyond 2^19, where no period of returns under 4 comes.
// Threads: PeriodTicks is constant after make(); a PeriodSums belongs to one thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "peak/base/buffer.hpp"
#include "peak/study/trial_periods.hpp"

namespace peak::study {

inline constexpr double kTicks = 0x1p44;  // in a return of 1

inline constexpr double kMostTicked = 0x1p17;  // larger returns are none of a strategy that anyone can trade

/// 0 for a return that cannot be counted. Sums are made with wrap-around, so without a sign.
[[nodiscard]] inline std::uint64_t ticks_of(double value) noexcept {
  return value < kMostTicked && value > -kMostTicked
             ? static_cast<std::uint64_t>(static_cast<std::int64_t>(value * kTicks))
             : 0;
}

/// What a market made up to each bar while it was held.
class PeriodTicks {
 public:
  PeriodTicks(std::span<const double> close, std::size_t periods);

  [[nodiscard]] std::size_t periods() const noexcept { return ends_.size(); }
  /// Up to and with `bar`.
  [[nodiscard]] std::uint64_t upto(std::size_t bar) const noexcept { return upto_[bar]; }
  [[nodiscard]] std::size_t period_of(std::size_t bar) const noexcept { return period_of_[bar]; }
  /// Up to the end of `period`.
  [[nodiscard]] std::uint64_t at_end(std::size_t period) const noexcept { return ends_[period]; }

 private:
  Buffer<std::uint64_t> upto_;
  Buffer<std::uint8_t> period_of_;
  std::vector<std::uint64_t> ends_;
};

/// One trial's.
class PeriodSums {
 public:
  static constexpr std::size_t kMost = TrialPeriods::kMost;
  static_assert(kMost <= 64, "a bit for each period");

  /// A position comes to be held on `bar`, whose own return is added by itself.
  void open(const PeriodTicks& market, std::size_t bar) noexcept {
    const std::size_t period = market.period_of(bar);
    sums_[period] -= market.upto(bar);
    turns_ ^= std::uint64_t{1} << period;
  }
  /// It was held at the close before `bar`.
  void close(const PeriodTicks& market, std::size_t bar) noexcept {
    const std::size_t period = market.period_of(bar);
    sums_[period] += market.upto(bar - 1);
    turns_ ^= std::uint64_t{1} << period;
  }
  /// The return of a bar on which something filled.
  void add(const PeriodTicks& market, std::size_t bar, double value) noexcept {
    sums_[market.period_of(bar)] += ticks_of(value);
  }
  void write(const PeriodTicks& market, std::size_t trial, TrialPeriods& out) const noexcept;

 private:
  std::array<std::uint64_t, kMost> sums_{};
  std::uint64_t turns_ =
      0;  // a bit for each period: whether it was come to be held, or not to be, an odd number of times
};

/// The same from the returns of every bar.
void add_up_periods(std::span<const double> returns, std::size_t trial, TrialPeriods& out);

}  // namespace peak::study
