// The kernel behind return_sums.hpp. Each vector of returns is loaded once and goes into four exact sums (eight with a
// benchmark); a block whose values are not all small is added value by value instead.
//
// Vectors of returns that are all 0 are skipped.
//
// What limits it: splitting a value into its parts costs four floating additions, of which Zen 4 does one 512-bit
// vector a cycle. Sums over some of the values (losses, gains, bars with a position) reuse the parts.
#include "metrics/return_sums.hpp"

#include <algorithm>
#include <cstring>

#ifndef PEAK_METRICS_BENCHMARK_RETURN
#define PEAK_METRICS_BENCHMARK_RETURN
namespace peak {
inline constexpr std::size_t kReturnBlock = 1024;  // returns and closes of a block stay in the first-level cache
inline double benchmark_return(const double* benchmark, BenchmarkKind kind, std::size_t i) {
  return kind == BenchmarkKind::kCloses ? benchmark[i + 1] / benchmark[i] - 1.0 : benchmark[i];
}
}  // namespace peak
#endif

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "metrics/return_sums.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "base/exact_sum-inl.hpp"
#include "metrics/nonzero_vectors-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace peak::HWY_NAMESPACE {

// Two values under this have a product, and a squared difference, under kFixedLimit.
inline constexpr double kReturnLimit = 4.0;

// Loads `size` values, at most a vector, and zeros.
template <class D>
HWY_INLINE hn::Vec<D> load_part(D d, const double* values, std::size_t size) {
  HWY_ALIGN double part[HWY_MAX_BYTES / sizeof(double)] = {};
  std::memcpy(part, values, size * sizeof(double));
  return hn::Load(d, part);
}

// The sums over one block, in vector registers until `finish`.
#define PEAK_DECLARE_TOTALS(name) auto name##_high = hn::Zero(du), name##_low = hn::Zero(du)
#define PEAK_FLUSH_TOTALS(name, sum) (sum).add_fixed(fixed_units(du, name##_high, name##_low, i))

// Adds a block; false, and nothing added, if a return is not smaller than 4.
bool add_returns(const double* returns, std::size_t size, ReturnSums& sums) {
  const hn::ScalableTag<double> d;
  const hn::RebindToUnsigned<decltype(d)> du;
  const std::size_t lanes = hn::Lanes(d);
  const auto zero = hn::Zero(d);
  PEAK_DECLARE_TOTALS(sum);
  PEAK_DECLARE_TOTALS(square);
  PEAK_DECLARE_TOTALS(down);
  PEAK_DECLARE_TOTALS(gain);
  auto small = hn::Eq(zero, zero);
  auto least = hn::Set(d, sums.smallest), most = hn::Set(d, sums.largest);
  std::size_t positive = 0, negative = 0;
  const auto add = [&](auto r) HWY_ATTR {
    small = hn::And(small, hn::Lt(hn::Abs(r), hn::Set(d, kReturnLimit)));
    const auto gained = hn::Gt(r, zero), lost = hn::Lt(r, zero);
    const auto bits = fixed_bits(d, r), square = fixed_bits(d, hn::Mul(r, r));
    fixed_add_bits(d, bits, sum_high, sum_low);
    fixed_add_bits(d, square, square_high, square_low);
    fixed_add_bits(d, fixed_bits_where(d, lost, square), down_high, down_low);
    fixed_add_bits(d, fixed_bits_where(d, gained, bits), gain_high, gain_low);
    positive += hn::CountTrue(d, gained);
    negative += hn::CountTrue(d, lost);
  };
  const NonzeroVectors<kReturnBlock> vectors(d, returns, size);
  for (const std::size_t place : vectors) {
    const auto r = hn::LoadU(d, returns + place);
    add(r);
    least = hn::Min(least, r);
    most = hn::Max(most, r);
  }
  double smallest = hn::GetLane(hn::MinOfLanes(d, least)), largest = hn::GetLane(hn::MaxOfLanes(d, most));
  if (vectors.zeros() != 0) {
    smallest = std::min(smallest, 0.0);
    largest = std::max(largest, 0.0);
  }
  const std::size_t whole = vectors.whole();
  for (std::size_t j = whole; j < size; ++j) {
    smallest = std::min(smallest, returns[j]);
    largest = std::max(largest, returns[j]);
  }
  if (whole < size) add(load_part(d, returns + whole, size - whole));
  const std::size_t i = vectors.values() + (whole < size ? lanes : 0);  // values summed
  if (!hn::AllTrue(d, small)) return false;
  PEAK_FLUSH_TOTALS(sum, sums.returns);
  PEAK_FLUSH_TOTALS(square, sums.squares);
  PEAK_FLUSH_TOTALS(down, sums.downside);
  PEAK_FLUSH_TOTALS(gain, sums.gains);
  sums.positive += static_cast<std::int64_t>(positive);
  sums.negative += static_cast<std::int64_t>(negative);
  sums.count += static_cast<std::int64_t>(size);
  sums.smallest = smallest + 0.0;  // -0 and 0 are one value
  sums.largest = largest + 0.0;
  return true;
}

// Adds a block of pairs; false, and nothing added, if a return of either is not smaller than 4.
bool add_pairs(const double* returns, const double* benchmark, BenchmarkKind kind, std::size_t size, PairSums& sums) {
  const hn::ScalableTag<double> d;
  const hn::RebindToUnsigned<decltype(d)> du;
  const std::size_t lanes = hn::Lanes(d);
  PEAK_DECLARE_TOTALS(sum);
  PEAK_DECLARE_TOTALS(square);
  PEAK_DECLARE_TOTALS(product);
  PEAK_DECLARE_TOTALS(active);
  const auto limit = hn::Set(d, kReturnLimit);
  auto small = hn::Eq(hn::Zero(d), hn::Zero(d));
  std::size_t i = 0;
  const auto add = [&](auto r, auto b) HWY_ATTR {
    small = hn::And(small, hn::And(hn::Lt(hn::Abs(r), limit), hn::Lt(hn::Abs(b), limit)));
    const auto square = fixed_bits(d, hn::Mul(b, b));
    fixed_add(d, b, sum_high, sum_low);
    fixed_add_bits(d, square, square_high, square_low);
    // Fully in the market r is b, out of it r is 0: r * b and (r - b)^2 are then b^2 or 0, whose parts are there.
    const auto held = hn::Eq(r, b), flat = hn::Eq(r, hn::Zero(d));
    if (HWY_LIKELY(hn::AllTrue(d, hn::Or(held, flat)))) {
      fixed_add_bits(d, fixed_bits_where(d, held, square), product_high, product_low);
      fixed_add_bits(d, fixed_bits_where(d, flat, square), active_high, active_low);
      return;
    }
    const auto difference = hn::Sub(r, b);
    fixed_add(d, hn::Mul(r, b), product_high, product_low);
    fixed_add(d, hn::Mul(difference, difference), active_high, active_low);
  };
  const auto one = hn::Set(d, 1.0);
  for (; i + lanes <= size; i += lanes) {
    auto b = hn::LoadU(d, benchmark + i);
    if (kind == BenchmarkKind::kCloses) b = hn::Sub(hn::Div(hn::LoadU(d, benchmark + i + 1), b), one);
    add(hn::LoadU(d, returns + i), b);
  }
  if (i < size) {
    HWY_ALIGN double part[HWY_MAX_BYTES / sizeof(double)] = {};
    for (std::size_t j = i; j < size; ++j) part[j - i] = benchmark_return(benchmark, kind, j);
    add(load_part(d, returns + i, size - i), hn::Load(d, part));
    i += lanes;
  }
  if (!hn::AllTrue(d, small)) return false;
  PEAK_FLUSH_TOTALS(sum, sums.benchmark);
  PEAK_FLUSH_TOTALS(square, sums.benchmark_squares);
  PEAK_FLUSH_TOTALS(product, sums.products);
  PEAK_FLUSH_TOTALS(active, sums.active_squares);
  return true;
}

#undef PEAK_DECLARE_TOTALS
#undef PEAK_FLUSH_TOTALS

}  // namespace peak::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace peak {

HWY_EXPORT(add_returns);
HWY_EXPORT(add_pairs);

void ReturnSums::add(double value) {
  const double loss = std::min(value, 0.0);
  ++count;
  returns.add(value);
  squares.add(value * value);
  downside.add(loss * loss);
  gains.add(std::max(value, 0.0));
  positive += value > 0;
  negative += value < 0;
  smallest = std::min(smallest, value) + 0.0;
  largest = std::max(largest, value) + 0.0;
}

void PairSums::add(double value, double benchmark_value) {
  benchmark.add(benchmark_value);
  benchmark_squares.add(benchmark_value * benchmark_value);
  products.add(value * benchmark_value);
  active_squares.add((value - benchmark_value) * (value - benchmark_value));
}

namespace {

void add_block(std::span<const double> returns, ReturnSums& sums) {
  if (HWY_DYNAMIC_DISPATCH(add_returns)(returns.data(), returns.size(), sums)) return;
  for (const double value : returns) sums.add(value);
}

void add_block(std::span<const double> returns, const double* benchmark, BenchmarkKind kind, PairSums& sums) {
  if (HWY_DYNAMIC_DISPATCH(add_pairs)(returns.data(), benchmark, kind, returns.size(), sums)) return;
  for (std::size_t i = 0; i < returns.size(); ++i) sums.add(returns[i], benchmark_return(benchmark, kind, i));
}

/// Calls each(first, block) for blocks that stay in the first-level cache.
template <typename Each>
void for_blocks(std::span<const double> returns, Each each) {
  for (std::size_t begin = 0; begin < returns.size(); begin += kReturnBlock) {
    each(begin, returns.subspan(begin, std::min(kReturnBlock, returns.size() - begin)));
  }
}

}  // namespace

ReturnSums sum_returns(std::span<const double> returns) {
  ReturnSums sums;
  for_blocks(returns, [&](std::size_t, std::span<const double> block) { add_block(block, sums); });
  return sums;
}

PairSums sum_pairs(std::span<const double> returns, std::span<const double> benchmark, BenchmarkKind kind) {
  PairSums sums;
  for_blocks(returns, [&](std::size_t begin, std::span<const double> block) {
    add_block(block, benchmark.data() + begin, kind, sums);
  });
  return sums;
}

ReturnsAndPairs sum_returns_and_closes(std::span<const double> returns, std::span<const double> closes) {
  ReturnsAndPairs sums;
  for_blocks(returns, [&](std::size_t begin, std::span<const double> block) {
    add_block(block, sums.returns);
    const std::size_t first = begin == 0 ? 1 : 0;  // the first bar has no close before it
    add_block(block.subspan(first), closes.data() + begin + first - 1, BenchmarkKind::kCloses, sums.pairs);
  });
  return sums;
}

}  // namespace peak
#endif
