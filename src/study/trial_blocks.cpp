#include "peak/study/trial_blocks.hpp"

#include <cmath>
#include <limits>

namespace peak {

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
  for (std::size_t k = 0; k < sharpes.size(); ++k) {
    double sum = 0;
    double squares = 0;
    for (std::size_t b = 0; b < trials.blocks(); ++b) {
      sum += trials.sum(k, b);
      squares += trials.squares(k, b);
    }
    const bool there = std::isfinite(sum) && std::isfinite(squares);
    sharpes[k] = there ? sharpe_of_sums(sum, squares, bars) : std::numeric_limits<double>::quiet_NaN();
  }
  return sharpes;
}

double average_correlation(const TrialBlocks& trials) {
  // With z_k the returns of trial k in blocks, centred and of length 1, the correlations of all pairs add up to
  // |sum of z|^2 - n: no pair is looked at.
  const std::size_t blocks = trials.blocks();
  std::vector<double> total(blocks, 0.0);
  std::vector<double> centred(blocks);
  double count = 0;
  for (std::size_t k = 0; k < trials.trials(); ++k) {
    double mean = 0;
    for (std::size_t b = 0; b < blocks; ++b) mean += trials.sum(k, b);
    mean /= static_cast<double>(blocks);
    double squares = 0;
    for (std::size_t b = 0; b < blocks; ++b) {
      centred[b] = trials.sum(k, b) - mean;
      squares += centred[b] * centred[b];
    }
    if (!(squares > 0) || !std::isfinite(squares)) continue;
    const double by_length = 1 / std::sqrt(squares);
    for (std::size_t b = 0; b < blocks; ++b) total[b] += centred[b] * by_length;
    count += 1;
  }
  if (count < 2) return std::numeric_limits<double>::quiet_NaN();
  double squares = 0;
  for (const double component : total) squares += component * component;
  return (squares - count) / (count * (count - 1.0));
}

}  // namespace peak
