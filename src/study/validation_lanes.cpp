// Limit: for eight trials and a choice of four blocks of eight sixteen loads from the second-level cache and two
// divisions.
#include "study/validation_lanes.hpp"

#include <array>
#include <cmath>
#include <limits>

#include "peak/base/simd.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "study/validation_lanes.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace peak::study::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using RatioTag = HWY_CAPPED(double, 8);
using RoundedTag = hn::Rebind<float, RatioTag>;
using RankTag = HWY_CAPPED(float, 8);

// As sharpe_of_sums: 0 for what does not vary.
template <class V>
HWY_INLINE V ratio_of(V sum, V squares, V by_bars) {
  const RatioTag d;
  const auto centred = hn::Sub(squares, hn::Mul(sum, hn::Mul(sum, by_bars)));
  const auto varies = hn::Gt(centred, hn::Mul(hn::Set(d, 1e-13), squares));
  return hn::IfThenElseZero(varies, hn::Div(hn::Mul(sum, hn::Abs(sum)), centred));
}

// Blocks by their sums, each followed by its squares a row's width later. The others are added up by themselves, not
// taken from a total: trials that are alike there must come to the same bits.
void ratios_of_lanes(std::span<const double* const> chosen, std::span<const double* const> others, std::size_t width,
                     double by_inside, double by_outside, HalfRatios& out) {
  const RatioTag d;
  const RoundedTag rounded;
  const auto inside_bars = hn::Set(d, by_inside), outside_bars = hn::Set(d, by_outside);
  const auto lowest = hn::Set(d, -std::numeric_limits<double>::infinity());
  auto best_inside = lowest, best_outside = lowest;
  for (std::size_t k = 0; k < width; k += hn::Lanes(d)) {
    const auto ratio = [&](std::span<const double* const> blocks, auto by_bars) HWY_ATTR {
      auto sum = hn::Zero(d), squares = hn::Zero(d);
      for (const double* const block : blocks) {
        sum = hn::Add(sum, hn::LoadU(d, block + k));
        squares = hn::Add(squares, hn::LoadU(d, block + width + k));
      }
      return ratio_of(sum, squares, by_bars);
    };
    const auto inside = ratio(chosen, inside_bars), outside = ratio(others, outside_bars);
    hn::StoreU(hn::DemoteTo(rounded, inside), rounded, out.inside.data() + k);
    hn::StoreU(hn::DemoteTo(rounded, outside), rounded, out.outside.data() + k);
    best_inside = hn::Max(best_inside, inside);
    best_outside = hn::Max(best_outside, outside);
  }
  out.best_inside = static_cast<float>(hn::GetLane(hn::MaxOfLanes(d, best_inside)));
  out.best_outside = static_cast<float>(hn::GetLane(hn::MaxOfLanes(d, best_outside)));
}

std::size_t first_equal_lane(const float* values, float wanted) {
  const RankTag d;
  const auto value = hn::Set(d, wanted);
  for (std::size_t k = 0;; k += hn::Lanes(d)) {
    const std::intptr_t at = hn::FindFirstTrue(d, hn::Eq(hn::LoadU(d, values + k), value));
    if (at >= 0) return k + static_cast<std::size_t>(at);
  }
}

// How many are below plus how many are not above.
std::uint64_t below_twice_lanes(const float* values, std::size_t width, float wanted) {
  const RankTag d;
  const auto value = hn::Set(d, wanted);
  std::uint64_t count = 0;
  for (std::size_t k = 0; k < width; k += hn::Lanes(d)) {
    const auto here = hn::LoadU(d, values + k);
    count += hn::CountTrue(d, hn::Lt(here, value)) + hn::CountTrue(d, hn::Le(here, value));
  }
  return count;
}

}  // namespace peak::study::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace peak::study {

HWY_EXPORT(ratios_of_lanes);
HWY_EXPORT(first_equal_lane);
HWY_EXPORT(below_twice_lanes);

void half_ratios(const BlockRows& rows, std::uint32_t chosen, HalfRatios& out) {
  std::array<std::array<const double*, 16>, 2> blocks{};
  std::array<std::size_t, 2> counts{};
  std::array<double, 2> bars{};
  for (std::size_t block = 0; block < rows.blocks(); ++block) {
    const std::size_t half = (chosen >> block & 1U) != 0 ? 0 : 1;
    blocks[half][counts[half]++] = rows.sums(block);
    bars[half] += rows.bars[block];
  }
  out.inside.resize(rows.width);
  out.outside.resize(rows.width);
  HWY_DYNAMIC_DISPATCH(ratios_of_lanes)
  (std::span(blocks[0]).first(counts[0]), std::span(blocks[1]).first(counts[1]), rows.width, 1 / bars[0], 1 / bars[1],
   out);
  // What fills the rows up has the last trial's sums, so that it is never the first of the best; as the lowest of all
  // it is counted off again.
  for (std::size_t k = rows.trials; k < rows.width; ++k) {
    out.inside[k] = out.outside[k] = -std::numeric_limits<float>::infinity();
  }
}

std::size_t first_with(std::span<const float> ratios, float wanted) {
  return HWY_DYNAMIC_DISPATCH(first_equal_lane)(ratios.data(), wanted);
}

std::uint64_t below_twice(std::span<const float> ratios, std::size_t trials, float value) {
  return HWY_DYNAMIC_DISPATCH(below_twice_lanes)(ratios.data(), ratios.size(), value) - 2 * (ratios.size() - trials);
}

}  // namespace peak::study
#endif
