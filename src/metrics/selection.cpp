// Counting the values below a guess is a pass without branches, 840 values in 60 ns on a 3.4 GHz Zen 4 core; guesses by
// interpolation close in on the rank from both sides until a few dozen values are left, which are sorted. Partitions
// (std::nth_element) took 3 us, nearly all of them mispredicted branches.
#include "metrics/selection.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "metrics/selection.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "base/exact_sum-inl.hpp"

#ifndef PEAK_METRICS_RANGE
#define PEAK_METRICS_RANGE
namespace peak {
struct Range {
  double least, most;
};
}  // namespace peak
#endif

HWY_BEFORE_NAMESPACE();
namespace peak::HWY_NAMESPACE {

std::size_t count_below(const double* values, std::size_t size, double bound) {
  const hn::ScalableTag<double> d;
  const hn::RebindToSigned<decltype(d)> di;
  const std::size_t lanes = hn::Lanes(d);
  const auto limit = hn::Set(d, bound);
  auto counts = hn::Zero(di);  // a true lane is -1
  std::size_t i = 0;
  for (; i + lanes <= size; i += lanes) {
    counts = hn::Sub(counts, hn::BitCast(di, hn::VecFromMask(d, hn::Lt(hn::LoadU(d, values + i), limit))));
  }
  auto count = static_cast<std::size_t>(hn::GetLane(hn::SumOfLanes(di, counts)));
  for (; i < size; ++i) count += values[i] < bound ? 1U : 0U;
  return count;
}

Range range_of(const double* values, std::size_t size) {
  const hn::ScalableTag<double> d;
  const std::size_t lanes = hn::Lanes(d);
  auto least = hn::Set(d, values[0]), most = least;
  std::size_t i = 0;
  for (; i + lanes <= size; i += lanes) {
    const auto x = hn::LoadU(d, values + i);
    least = hn::Min(least, x);
    most = hn::Max(most, x);
  }
  Range range{hn::GetLane(hn::MinOfLanes(d, least)), hn::GetLane(hn::MaxOfLanes(d, most))};
  for (; i < size; ++i) range = {std::min(range.least, values[i]), std::max(range.most, values[i])};
  return range;
}

// Adds the values below the bound; false, and nothing added, if one of them is too large for the fast path.
bool sum_below(const double* values, std::size_t size, double bound, ExactSum& sum) {
  const hn::ScalableTag<double> d;
  const hn::RebindToUnsigned<decltype(d)> du;
  const std::size_t lanes = hn::Lanes(d);
  const auto limit = hn::Set(d, bound);
  auto small = hn::Eq(hn::Zero(d), hn::Zero(d));
  ExactSum found;
  std::size_t i = 0;
  while (i + lanes <= size) {
    auto high = hn::Zero(du), low = hn::Zero(du);
    const std::size_t begin = i, end = std::min(size, i + kFixedBlock);
    for (; i + lanes <= end; i += lanes) {
      const auto x = hn::LoadU(d, values + i);
      const auto taken = hn::IfThenElseZero(hn::Lt(x, limit), x);
      small = hn::And(small, hn::Lt(hn::Abs(taken), hn::Set(d, kFixedLimit)));
      fixed_add(d, taken, high, low);
    }
    found.add_fixed(fixed_units(du, high, low, i - begin));
  }
  if (!hn::AllTrue(d, small)) return false;
  for (; i < size; ++i) {
    if (values[i] < bound) found.add(values[i]);
  }
  sum.add(found);
  return true;
}

// Copies the values of [low, high) in their order; how many there are. Comparisons make words of 64 bits, of which only
// those with a bit set cost more than the comparison.
std::size_t copy_between(const double* values, std::size_t size, double low, double high, double* out) {
  const hn::CappedTag<double, 8> d;
  const std::size_t lanes = hn::Lanes(d);
  const auto from = hn::Set(d, low), to = hn::Set(d, high);
  double* end = out;
  std::size_t i = 0;
  for (; i + 64 <= size; i += 64) {
    std::uint64_t inside = 0;
    for (std::size_t j = 0; j < 64; j += lanes) {
      const auto x = hn::LoadU(d, values + i + j);
      std::uint8_t bits[8] = {};
      hn::StoreMaskBits(d, hn::And(hn::Ge(x, from), hn::Lt(x, to)), bits);
      inside |= std::uint64_t{bits[0]} << j;
    }
    for (; inside != 0; inside &= inside - 1) *end++ = values[i + static_cast<std::size_t>(std::countr_zero(inside))];
  }
  for (; i < size; ++i) {
    if (values[i] >= low && values[i] < high) *end++ = values[i];
  }
  return static_cast<std::size_t>(end - out);
}

}  // namespace peak::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace peak {

HWY_EXPORT(count_below);
HWY_EXPORT(range_of);
HWY_EXPORT(sum_below);
HWY_EXPORT(copy_between);

namespace {

/// The value sought lies in [low, high): `below_low` values are under it, and `below_high` > rank under high.
struct Bracket {
  double low, high;
  std::size_t below_low, below_high;
  [[nodiscard]] std::size_t size() const noexcept { return below_high - below_low; }
};

constexpr std::size_t kFewEnough = 24;  // to be sorted
constexpr int kGuesses = 16;            // where values repeat or cluster, guessing ends here

void close_in(std::span<const double> values, std::size_t rank, Bracket& bracket) {
  for (int guess = 0; guess < kGuesses && bracket.size() > kFewEnough; ++guess) {
    // In turn a little below and a little above the rank, so that both ends move.
    const double aim = static_cast<double>(rank) + (guess % 2 == 0 ? 8.5 : -7.5);
    const double share = (aim - static_cast<double>(bracket.below_low)) / static_cast<double>(bracket.size());
    const double inside = std::clamp(share, 1.0 / 64, 63.0 / 64);
    const double pivot = bracket.low + (bracket.high - bracket.low) * inside;
    if (!(pivot > bracket.low && pivot < bracket.high)) return;
    const std::size_t below = HWY_DYNAMIC_DISPATCH(count_below)(values.data(), values.size(), pivot);
    if (below <= rank) {
      bracket.low = pivot;
      bracket.below_low = below;
    } else {
      bracket.high = pivot;
      bracket.below_high = below;
    }
  }
}

}  // namespace

Selected select_rank(std::span<const double> values, std::size_t rank, double* workspace, ExactSum* sum) {
  const Range range = HWY_DYNAMIC_DISPATCH(range_of)(values.data(), values.size());
  Bracket bracket{range.least, std::nextafter(range.most, std::numeric_limits<double>::infinity()), 0, values.size()};
  close_in(values, rank, bracket);

  const std::size_t count =
      HWY_DYNAMIC_DISPATCH(copy_between)(values.data(), values.size(), bracket.low, bracket.high, workspace);
  double* const sought = workspace + (rank - bracket.below_low);
  double* const end = workspace + count;
  std::nth_element(workspace, sought, end);
  Selected selected{*sought, *sought};
  if (sought + 1 < end) {
    selected.next = *std::min_element(sought + 1, end);
  } else if (rank + 1 < values.size()) {  // the smallest value past the bracket
    selected.next = range.most;
    for (const double x : values) selected.next = x >= bracket.high && x < selected.next ? x : selected.next;
  }
  if (sum == nullptr) return selected;
  if (!HWY_DYNAMIC_DISPATCH(sum_below)(values.data(), values.size(), bracket.low, *sum)) {
    for (const double x : values) {
      if (x < bracket.low) sum->add(x);
    }
  }
  for (const double* x = workspace; x <= sought; ++x) sum->add(*x);
  return selected;
}

}  // namespace peak
#endif
