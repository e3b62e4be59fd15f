// Limit of a draw: two loads of a cache line for each piece, from the second-level cache.
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

// All lags in one pass over the series, by recursions for the sums weighted with q^i and i q^i.
void variances_from(const double* centred, const LongRunWeights& weights, std::size_t offset, double* out) {
  const TrialTag d;
  const std::size_t size = weights.power.size();
  const auto t = static_cast<double>(size);
  const auto q = hn::Set(d, weights.q), length = hn::Set(d, t);
  auto near = hn::Zero(d);           // sum over i of q^i x[s - i]
  auto near_by_lag = hn::Zero(d);    // sum over i of i q^i x[s - i]
  auto early = hn::Zero(d);          // sum over u < s of q^u x[u]
  auto early_by_time = hn::Zero(d);  // sum over u < s of u q^u x[u]
  auto variance = hn::Zero(d), from_near = hn::Zero(d), from_early = hn::Zero(d);
  for (std::size_t s = 0; s < size; ++s) {
    const auto x = hn::LoadU(d, centred + s * kBootstrapLanes + offset);
    const auto time = hn::Set(d, static_cast<double>(s));
    const auto power = hn::Set(d, weights.power[s]);
    variance = hn::Add(variance, hn::Mul(x, x));
    from_near = hn::Add(from_near, hn::Mul(x, hn::Sub(near, hn::Div(near_by_lag, length))));
    const auto back = hn::Sub(hn::Mul(time, early), early_by_time);
    from_early = hn::Add(from_early, hn::Div(hn::Mul(hn::Mul(x, hn::Set(d, weights.power_to_end[s])), back), length));
    near_by_lag = hn::Mul(q, hn::Add(hn::Add(x, near_by_lag), near));
    near = hn::Mul(q, hn::Add(x, near));
    early = hn::Add(early, hn::Mul(power, x));
    early_by_time = hn::Add(early_by_time, hn::Mul(hn::Mul(time, power), x));
  }
  const auto lags = hn::Mul(hn::Set(d, 2.0), hn::Add(from_near, from_early));
  hn::StoreU(hn::Div(hn::Add(variance, lags), length), d, out + offset);
}

void variances_of_lanes(const double* centred, const LongRunWeights& weights, double* out) {
  for (std::size_t offset = 0; offset < kBootstrapLanes; offset += hn::Lanes(TrialTag())) {
    variances_from(centred, weights, offset, out);
  }
}

void draw_lanes(const double* prefix, std::size_t bars, std::span<const std::vector<BootstrapPiece>> draws,
                std::size_t offset, std::span<const TrialLanes, 3> centres, std::array<double, 3>* highest) {
  const TrialTag d;
  const auto whole = hn::LoadU(d, prefix + bars * kBootstrapLanes + offset);
  const auto count = hn::Set(d, static_cast<double>(bars));
  for (std::size_t i = 0; i < draws.size(); ++i) {
    auto sums = hn::Zero(d);
    for (const BootstrapPiece& piece : draws[i]) {
      const std::size_t end = std::size_t{piece.start} + piece.length;
      const auto from = hn::LoadU(d, prefix + std::size_t{piece.start} * kBootstrapLanes + offset);
      const bool wraps = end > bars;
      const auto to = hn::LoadU(d, prefix + (wraps ? end - bars : end) * kBootstrapLanes + offset);
      sums = hn::Add(sums, hn::Sub(to, from));
      if (wraps) sums = hn::Add(sums, whole);
    }
    const auto means = hn::Div(sums, count);
    for (std::size_t way = 0; way < 3; ++way) {
      const auto above = hn::Sub(means, hn::LoadU(d, centres[way].data() + offset));
      highest[i][way] = std::max(highest[i][way], hn::GetLane(hn::MaxOfLanes(d, above)));
    }
  }
}

void draw_all_lanes(const double* prefix, std::size_t bars, std::span<const std::vector<BootstrapPiece>> draws,
                    std::span<const TrialLanes, 3> centres, std::array<double, 3>* highest) {
  for (std::size_t offset = 0; offset < kBootstrapLanes; offset += hn::Lanes(TrialTag())) {
    draw_lanes(prefix, bars, draws, offset, centres, highest);
  }
}

}  // namespace peak::study::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace peak::study {

HWY_EXPORT(variances_of_lanes);
HWY_EXPORT(draw_all_lanes);

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

TrialLanes long_run_variances(const double* centred, const LongRunWeights& weights) {
  TrialLanes out{};
  HWY_DYNAMIC_DISPATCH(variances_of_lanes)(centred, weights, out.data());
  return out;
}

void draw_means(const double* prefix, std::size_t bars, std::span<const std::vector<BootstrapPiece>> draws,
                std::span<const TrialLanes, 3> centres, std::array<double, 3>* highest) {
  HWY_DYNAMIC_DISPATCH(draw_all_lanes)(prefix, bars, draws, centres, highest);
}

}  // namespace peak::study
#endif
