// TrialBlocks: what a sweep keeps of each trial's returns: their sums and sums of squares in blocks of time.
//
// Enough for the Sharpe ratio on any union of blocks, without a matrix of returns.
// Threads: a view; what it points to must live and not change.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace peak {

struct TrialBlocks {
  /// For each trial, for each block: the sum of returns, then the sum of their squares. Trials whose numbers are not
  /// finite count as not there.
  std::span<const double> sums;
  /// How many returns each block holds, in the order of time; the same for all trials.
  std::vector<std::size_t> bars;

  [[nodiscard]] std::size_t blocks() const noexcept { return bars.size(); }
  [[nodiscard]] std::size_t trials() const noexcept { return bars.empty() ? 0 : sums.size() / (2 * bars.size()); }
  [[nodiscard]] double sum(std::size_t trial, std::size_t block) const noexcept {
    return sums[(trial * blocks() + block) * 2];
  }
  [[nodiscard]] double squares(std::size_t trial, std::size_t block) const noexcept {
    return sums[(trial * blocks() + block) * 2 + 1];
  }
};

/// Blocks of `size` bars cut into `blocks` equal parts: block b begins at size * b / blocks, as SweepResult has them.
[[nodiscard]] std::vector<std::size_t> block_bars(std::size_t size, std::size_t blocks);

/// Mean / standard deviation (ddof 1) of `bars` returns with these sums; 0 where they do not vary (nothing was held).
[[nodiscard]] double sharpe_of_sums(double sum, double squares, double bars) noexcept;

/// The Sharpe ratio of one bar of each trial over all blocks; NaN for trials that are not there.
[[nodiscard]] std::vector<double> trial_sharpes(const TrialBlocks& trials);

/// The average correlation between different trials, from their returns in blocks; trials that do not vary are left
/// out. NaN with fewer than two.
[[nodiscard]] double average_correlation(const TrialBlocks& trials);

}  // namespace peak
