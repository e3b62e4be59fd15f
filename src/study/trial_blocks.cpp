#include "peak/study/trial_blocks.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "peak/parallel/thread_pool.hpp"

namespace peak {
namespace {

// Sums over blocks are chains of additions: those of so many trials go on at the same time.
constexpr std::size_t kSideBySide = 8;
using Lanes = std::array<double, kSideBySide>;

/// Where the numbers of trials `first` and the next begin; behind the last trial those of the last.
using Several = std::array<const double*, kSideBySide>;
Several several(const TrialBlocks& trials, std::size_t first) {
  Several at;
  for (std::size_t lane = 0; lane < kSideBySide; ++lane) {
    at[lane] = trials.sums.data() + std::min(first + lane, trials.trials() - 1) * 2 * trials.blocks();
  }
  return at;
}

/// Calls `work(where they begin, the first, how many)` for all trials, on all cores.
template <typename Work>
void each_group(const TrialBlocks& trials, const Work& work) {
  const std::size_t count = trials.trials();
  const auto group = [&](std::size_t i) {
    const std::size_t first = i * kSideBySide;
    work(several(trials, first), first, std::min(kSideBySide, count - first));
  };
  // Nothing stops it, so that it does not fail.
  static_cast<void>(parallel_for((count + kSideBySide - 1) / kSideBySide, group));
}

}  // namespace

std::vector<std::size_t> block_bars(std::size_t size, std::size_t blocks) {
  std::vector<std::size_t> bars(blocks);
  for (std::size_t b = 0; b < blocks; ++b) bars[b] = size * (b + 1) / blocks - size * b / blocks;
  return bars;
}

double sharpe_of_sums(double sum, double squares, double bars) noexcept {
  const double mean = sum / bars;
  const double centred = squares - sum * mean;
  // What is left after cancellation of equal returns is rounding.
  constexpr double kRounding = 1e-13;
  if (!(centred > kRounding * squares) || bars < 2) return std::isfinite(sum) && std::isfinite(squares) ? 0.0 : centred;
  return mean / std::sqrt(centred / (bars - 1.0));
}

std::vector<double> trial_sharpes(const TrialBlocks& trials) {
  double bars = 0;
  for (const std::size_t count : trials.bars) bars += static_cast<double>(count);
  std::vector<double> sharpes(trials.trials());
  each_group(trials, [&](const Several& at, std::size_t first, std::size_t count) {
    Lanes sum{}, squares{};
    for (std::size_t b = 0; b < trials.blocks(); ++b) {
      for (std::size_t lane = 0; lane < kSideBySide; ++lane) {
        sum[lane] += at[lane][2 * b];
        squares[lane] += at[lane][2 * b + 1];
      }
    }
    for (std::size_t lane = 0; lane < count; ++lane) {
      const bool there = std::isfinite(sum[lane]) && std::isfinite(squares[lane]);
      sharpes[first + lane] =
          there ? sharpe_of_sums(sum[lane], squares[lane], bars) : std::numeric_limits<double>::quiet_NaN();
    }
  });
  return sharpes;
}

double average_correlation(const TrialBlocks& trials) {
  // With z_k the returns of trial k in blocks, centred and of length 1, the correlations of all pairs add up to
  // |sum of z|^2 - n: no pair is looked at.
  const std::size_t blocks = trials.blocks();
  std::vector<double> means(trials.trials()), by_lengths(trials.trials());  // length 0: the trial is left out
  each_group(trials, [&](const Several& at, std::size_t first, std::size_t count) {
    Lanes mean{}, squares{};
    for (std::size_t b = 0; b < blocks; ++b) {
      for (std::size_t lane = 0; lane < kSideBySide; ++lane) mean[lane] += at[lane][2 * b];
    }
    for (double& value : mean) value /= static_cast<double>(blocks);
    for (std::size_t b = 0; b < blocks; ++b) {
      for (std::size_t lane = 0; lane < kSideBySide; ++lane) {
        const double centred = at[lane][2 * b] - mean[lane];
        squares[lane] += centred * centred;
      }
    }
    for (std::size_t lane = 0; lane < count; ++lane) {
      means[first + lane] = mean[lane];
      const bool varies = squares[lane] > 0 && std::isfinite(squares[lane]);
      by_lengths[first + lane] = varies ? 1 / std::sqrt(squares[lane]) : 0;
    }
  });
  std::vector<double> total(blocks, 0.0);
  double count = 0;
  for (std::size_t k = 0; k < trials.trials(); ++k) {
    if (by_lengths[k] == 0) continue;
    for (std::size_t b = 0; b < blocks; ++b) total[b] += (trials.sum(k, b) - means[k]) * by_lengths[k];
    count += 1;
  }
  if (count < 2) return std::numeric_limits<double>::quiet_NaN();
  double squares = 0;
  for (const double component : total) squares += component * component;
  return (squares - count) / (count * (count - 1.0));
}

}  // namespace peak
