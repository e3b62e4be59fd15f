// TrialPeriods: each trial's returns added up in equal periods of time, which reality check and SPA are computed from.
//
// A mean over all bars is a mean over periods, so that a bootstrap of it may draw whole periods: what depends on each
// other within one stays together, and a trial is some sixty numbers however long the data are. Data of no more bars
// than periods are taken bar by bar.
//
//     values    | period 0 of trials 0 ... 7 | period 1 of trials 0 ... 7 | ... | period 0 of trials 8 ... 15 | ...
//
// Eight trials lie side by side, so that vectors hold a trial in each lane. Threads: trials may be written by several
// threads; a trial by one.
#pragma once

#include <algorithm>
#include <cstddef>
#include <limits>
#include <span>

#include "peak/base/buffer.hpp"

namespace peak {

class TrialPeriods {
 public:
  static constexpr std::size_t kLanes = 8;
  static constexpr std::size_t kMost = 64;  ///< periods that a sweep keeps of a trial

  /// Periods of a sweep over so many bars; period p begins at bar `bars` * p / periods.
  [[nodiscard]] static constexpr std::size_t count_for(std::size_t bars) noexcept { return std::min(bars, kMost); }

  TrialPeriods() = default;
  /// All undefined.
  TrialPeriods(std::size_t trials, std::size_t periods)
      : trials_(trials),
        periods_(periods),
        values_((trials + kLanes - 1) / kLanes * kLanes * periods, std::numeric_limits<double>::quiet_NaN()) {}

  [[nodiscard]] std::size_t trials() const noexcept { return trials_; }
  [[nodiscard]] std::size_t periods() const noexcept { return periods_; }
  [[nodiscard]] bool empty() const noexcept { return trials_ == 0; }
  /// The sum of a trial's returns over a period; NaN if the trial has none.
  [[nodiscard]] double at(std::size_t trial, std::size_t period) const noexcept {
    return values_[place(trial) + period * kLanes];
  }
  void set(std::size_t trial, std::size_t period, double sum) noexcept {
    values_[place(trial) + period * kLanes] = sum;
  }
  void set(std::size_t trial, std::span<const double> sums) noexcept {
    double* to = values_.data() + place(trial);
    for (std::size_t period = 0; period < periods_; ++period) to[period * kLanes] = sums[period];
  }
  [[nodiscard]] std::size_t groups() const noexcept { return (trials_ + kLanes - 1) / kLanes; }
  /// Trials kLanes * group and the next: a row of kLanes sums for each period. Lanes behind the last trial are NaN.
  [[nodiscard]] const double* group(std::size_t group) const noexcept {
    return values_.data() + group * kLanes * periods_;
  }

 private:
  [[nodiscard]] std::size_t place(std::size_t trial) const noexcept {
    return trial / kLanes * kLanes * periods_ + trial % kLanes;
  }

  std::size_t trials_ = 0, periods_ = 0;
  Buffer<double> values_;
};

}  // namespace peak
