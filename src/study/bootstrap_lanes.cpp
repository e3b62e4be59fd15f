// Limit of the screen: one multiplication of 2 * 16 numbers a cycle (512 bits), four draws and 32 trials at a time from
// registers, the tile in the first-level cache, draws streamed from the second. About two thirds of that are reached.
// superior_ability.cpp screens the highest of four trials before the trials themselves.
#include "study/bootstrap_lanes.hpp"

#include <algorithm>
#include <cmath>

#include "peak/base/simd.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "study/bootstrap_lanes.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace peak::study::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using TrialTag = HWY_CAPPED(double, 8);

void means_of_lanes(const double* values, std::size_t size, TrialMeans& out) {
  const TrialTag d;
  for (std::size_t offset = 0; offset < kTrialLanes; offset += hn::Lanes(d)) {
    auto sum = hn::Zero(d), largest = hn::Zero(d), squares = hn::Zero(d);
    for (std::size_t i = 0; i < size; ++i) {
      const auto x = hn::LoadU(d, values + i * kTrialLanes + offset);
      sum = hn::Add(sum, x);
      largest = hn::Max(largest, hn::Abs(x));
      squares = hn::Add(squares, hn::Mul(x, x));
    }
    hn::StoreU(hn::Div(sum, hn::Set(d, static_cast<double>(size))), d, out.mean.data() + offset);
    hn::StoreU(largest, d, out.largest.data() + offset);
    hn::StoreU(squares, d, out.squares.data() + offset);
  }
}

void drawn_means_of_lanes(const double* values, std::size_t size, const std::int32_t* pairs, double* out) {
  const TrialTag d;
  for (std::size_t offset = 0; offset < kTrialLanes; offset += hn::Lanes(d)) {
    auto sum = hn::Zero(d);
    for (std::size_t i = 0; i < size; ++i) {
      const auto pair = static_cast<std::uint32_t>(pairs[i / 2]);
      const int less_one = static_cast<std::int16_t>(static_cast<std::uint16_t>(pair >> (i % 2 * 16)));
      const auto times = hn::Set(d, static_cast<double>(less_one + 1));
      sum = hn::Add(sum, hn::Mul(times, hn::LoadU(d, values + i * kTrialLanes + offset)));
    }
    hn::StoreU(hn::Div(sum, hn::Set(d, static_cast<double>(size))), d, out + offset);
  }
}

// All lags in one pass over the series, by recursions for the sums weighted with q^i and i q^i.
void variances_from(const double* values, const double* means, const LongRunWeights& weights, std::size_t offset,
                    double* out) {
  const TrialTag d;
  const std::size_t size = weights.power.size();
  const auto q = hn::Set(d, weights.q), length = hn::Set(d, static_cast<double>(size));
  const auto mean = hn::LoadU(d, means + offset);
  auto near = hn::Zero(d);           // sum over i of q^i x[s - i]
  auto near_by_lag = hn::Zero(d);    // sum over i of i q^i x[s - i]
  auto early = hn::Zero(d);          // sum over u < s of q^u x[u]
  auto early_by_time = hn::Zero(d);  // sum over u < s of u q^u x[u]
  auto variance = hn::Zero(d), from_near = hn::Zero(d), from_lag = hn::Zero(d), from_early = hn::Zero(d);
  for (std::size_t s = 0; s < size; ++s) {
    const auto x = hn::Sub(hn::LoadU(d, values + s * kTrialLanes + offset), mean);
    const auto time = hn::Set(d, static_cast<double>(s));
    const auto weighed = hn::Mul(hn::Set(d, weights.power[s]), x);
    variance = hn::Add(variance, hn::Mul(x, x));
    from_near = hn::Add(from_near, hn::Mul(x, near));
    from_lag = hn::Add(from_lag, hn::Mul(x, near_by_lag));
    const auto back = hn::Sub(hn::Mul(time, early), early_by_time);
    from_early = hn::Add(from_early, hn::Mul(hn::Mul(x, hn::Set(d, weights.power_to_end[s])), back));
    near_by_lag = hn::Mul(q, hn::Add(hn::Add(x, near_by_lag), near));
    near = hn::Mul(q, hn::Add(x, near));
    early = hn::Add(early, weighed);
    early_by_time = hn::Add(early_by_time, hn::Mul(time, weighed));
  }
  const auto by_length = hn::Div(hn::Sub(from_early, from_lag), length);
  const auto lags = hn::Mul(hn::Set(d, 2.0), hn::Add(from_near, by_length));
  hn::StoreU(hn::Div(hn::Add(variance, lags), length), d, out + offset);
}

void variances_of_lanes(const double* values, const double* means, const LongRunWeights& weights, double* out) {
  for (std::size_t offset = 0; offset < kTrialLanes; offset += hn::Lanes(TrialTag())) {
    variances_from(values, means, weights, offset, out);
  }
}

void pack_lanes(const double* values, std::size_t size, const double* units, std::int32_t* out) {
  const TrialTag d;
  const hn::Rebind<std::int32_t, TrialTag> whole;
  for (std::size_t offset = 0; offset < kTrialLanes; offset += hn::Lanes(d)) {
    const auto unit = hn::LoadU(d, units + offset);
    const auto there = hn::Ne(unit, hn::Zero(d));
    const auto number = [&](std::size_t i) HWY_ATTR {
      const auto x = hn::Mul(hn::LoadU(d, values + i * kTrialLanes + offset), unit);
      return hn::DemoteTo(whole, hn::IfThenElseZero(there, x));
    };
    for (std::size_t i = 0; i < size; i += 2) {
      const auto low = hn::And(number(i), hn::Set(whole, 0xFFFF));
      const auto high = i + 1 < size ? hn::ShiftLeft<16>(number(i + 1)) : hn::Zero(whole);
      hn::StoreU(hn::Or(low, high), whole, out + i / 2 * kTileTrials + offset);
    }
  }
}

using NumberTag = HWY_CAPPED(std::int32_t, 16);

// sum + the products of both halves of each lane.
template <class V>
HWY_INLINE V add_products(V sum, V a, V b) {
#if HWY_ARCH_X86 && HWY_TARGET != HWY_SCALAR && HWY_TARGET != HWY_EMU128
  const NumberTag d;
  const hn::Repartition<std::int16_t, NumberTag> halves;
  V unused = hn::Zero(d);
  return hn::ReorderWidenMulAccumulate(d, hn::BitCast(halves, a), hn::BitCast(halves, b), sum, unused);
#else
  const auto low = [](V v) HWY_ATTR { return hn::ShiftRight<16>(hn::ShiftLeft<16>(v)); };
  const auto high = [](V v) HWY_ATTR { return hn::ShiftRight<16>(v); };
  return hn::Add(sum, hn::Add(hn::Mul(low(a), low(b)), hn::Mul(high(a), high(b))));
#endif
}

template <class V>
HWY_INLINE std::uint32_t above_bits(V sum, const std::int32_t* thresholds) {
  const NumberTag d;
  const auto above = hn::Gt(sum, hn::LoadU(d, thresholds));
  if (hn::AllFalse(d, above)) return 0;
  std::uint8_t bits[8] = {};
  hn::StoreMaskBits(d, above, bits);
  return bits[0] | static_cast<std::uint32_t>(bits[1]) << 8;
}

void screen_lanes(const DrawTile& tile, const std::int32_t* draws, std::size_t pairs,
                  std::span<const std::uint32_t> wanted, const std::uint8_t* way, std::uint32_t* hits) {
  const NumberTag d;
  constexpr std::size_t kAtOnce = 4;
  const std::size_t lanes = hn::Lanes(d);
  for (std::size_t i = 0; i < wanted.size(); i += kAtOnce) {
    std::size_t draw[kAtOnce];
    for (std::size_t j = 0; j < kAtOnce; ++j) draw[j] = wanted[std::min(i + j, wanted.size() - 1)];
    const std::int32_t* const row[kAtOnce] = {draws + draw[0] * pairs, draws + draw[1] * pairs, draws + draw[2] * pairs,
                                              draws + draw[3] * pairs};
    std::uint32_t found[kAtOnce] = {};
    for (std::size_t at = 0; at < kTileTrials; at += 2 * lanes) {
      auto a0 = hn::Zero(d), a1 = a0, b0 = a0, b1 = a0, c0 = a0, c1 = a0, e0 = a0, e1 = a0;
      const std::int32_t* from = tile.pairs.data() + at;
      for (std::size_t p = 0; p < pairs; ++p, from += kTileTrials) {
        const auto x0 = hn::LoadU(d, from), x1 = hn::LoadU(d, from + lanes);
        const auto a = hn::Set(d, row[0][p]), b = hn::Set(d, row[1][p]);
        const auto c = hn::Set(d, row[2][p]), e = hn::Set(d, row[3][p]);
        a0 = add_products(a0, x0, a), a1 = add_products(a1, x1, a);
        b0 = add_products(b0, x0, b), b1 = add_products(b1, x1, b);
        c0 = add_products(c0, x0, c), c1 = add_products(c1, x1, c);
        e0 = add_products(e0, x0, e), e1 = add_products(e1, x1, e);
      }
      const auto bits = [&](std::size_t j, auto first, auto second) HWY_ATTR {
        const std::int32_t* const limit = tile.thresholds[way[draw[j]]].data() + at;
        found[j] |= above_bits(first, limit) << at | above_bits(second, limit + lanes) << (at + lanes);
      };
      bits(0, a0, a1), bits(1, b0, b1), bits(2, c0, c1), bits(3, e0, e1);
    }
    for (std::size_t j = 0; j < std::min(kAtOnce, wanted.size() - i); ++j) hits[i + j] = found[j];
  }
}

}  // namespace peak::study::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace peak::study {

HWY_EXPORT(means_of_lanes);
HWY_EXPORT(variances_of_lanes);
HWY_EXPORT(drawn_means_of_lanes);
HWY_EXPORT(pack_lanes);
HWY_EXPORT(screen_lanes);

LongRunWeights::LongRunWeights(std::size_t size, double mean_length)
    : q(1.0 - 1.0 / mean_length), power(size), power_to_end(size) {
  const double log_q = std::log(q);
  double next = 1;
  for (std::size_t s = 0; s < size; ++s) {
    power[s] = next;
    power_to_end[s] = q > 0 ? std::exp(static_cast<double>(size - s) * log_q) : 0.0;
    next *= q;
  }
}

TrialMeans trial_means(const double* values, std::size_t size) {
  TrialMeans out;
  HWY_DYNAMIC_DISPATCH(means_of_lanes)(values, size, out);
  return out;
}

TrialLanes long_run_variances(const double* values, const TrialLanes& means, const LongRunWeights& weights) {
  TrialLanes out{};
  HWY_DYNAMIC_DISPATCH(variances_of_lanes)(values, means.data(), weights, out.data());
  return out;
}

TrialLanes drawn_means(const double* values, std::size_t size, const std::int32_t* pairs) {
  TrialLanes out{};
  HWY_DYNAMIC_DISPATCH(drawn_means_of_lanes)(values, size, pairs, out.data());
  return out;
}

void pack_trials(const double* values, std::size_t size, const TrialLanes& units, std::size_t group, DrawTile& tile) {
  HWY_DYNAMIC_DISPATCH(pack_lanes)(values, size, units.data(), tile.pairs.data() + group * kTrialLanes);
}

void screen_draws(const DrawTile& tile, std::span<const std::int32_t> draws, std::size_t pairs,
                  std::span<const std::uint32_t> wanted, std::span<const std::uint8_t> way,
                  std::span<std::uint32_t> hits) {
  HWY_DYNAMIC_DISPATCH(screen_lanes)(tile, draws.data(), pairs, wanted, way.data(), hits.data());
}

}  // namespace peak::study
#endif
