// Validation lanes: the loops of symmetric cross-validation over trials side by side.
//
// Trials are compared by r |r| with r their Sharpe ratio, without the factors that all have in common: the same order,
// without a root for each trial and choice. They are rounded to single precision first: trials with the same trades
// differ in the last digits of their returns, since their cash does, and that must not decide who is better.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "peak/base/buffer.hpp"

namespace peak::study {

/// Sums by block, each a row over trials; rows are filled up to a multiple of kRowUnit with the last trial's.
struct BlockRows {
  static constexpr std::size_t kRowUnit = 8;
  std::size_t trials = 0, width = 0;
  std::vector<double> bars;  ///< of each block
  Buffer<double> values;     ///< for each block its sums, then its squares

  [[nodiscard]] std::size_t blocks() const noexcept { return bars.size(); }
  [[nodiscard]] double* sums(std::size_t block) noexcept { return values.data() + 2 * block * width; }
  [[nodiscard]] const double* sums(std::size_t block) const noexcept { return values.data() + 2 * block * width; }
  [[nodiscard]] double* squares(std::size_t block) noexcept { return sums(block) + width; }
};

/// What the trials came to in a choice of blocks and in the others.
struct HalfRatios {
  std::vector<float> inside, outside;  ///< width; those that are not there are the lowest
  float best_inside = 0, best_outside = 0;
};
void half_ratios(const BlockRows& rows, std::uint32_t chosen, HalfRatios& out);

/// The first trial with this ratio, which one has.
[[nodiscard]] std::size_t first_with(std::span<const float> ratios, float wanted);
/// How many of the first `trials` ratios are below `value`, plus how many are not above it.
[[nodiscard]] std::uint64_t below_twice(std::span<const float> ratios, std::size_t trials, float value);

}  // namespace peak::study
