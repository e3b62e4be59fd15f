// Ticks: returns as whole numbers, of which the sums in periods (TrialPeriods) are made.
//
// A return counts as a whole number of ticks of 2^-44 (6e-14), cut towards 0. So sums are exact whatever their order:
// walks and single runs agree to the bit. They wrap around beyond 2^19, where no period of returns under 4 comes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

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

[[nodiscard]] inline double return_of_ticks(std::uint64_t ticks) noexcept {
  return static_cast<double>(static_cast<std::int64_t>(ticks)) / kTicks;
}

/// The sums in periods of a trial, from the returns of every bar.
void add_up_periods(std::span<const double> returns, std::size_t trial, TrialPeriods& out);

}  // namespace peak::study
