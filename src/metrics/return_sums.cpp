// The kernels behind return_sums.hpp. Each vector of returns is loaded once and goes into four exact sums; a block
// whose values are not all small is added value by value instead. Vectors of returns that are all 0 are skipped. Sums
// of pairs with a benchmark follow, for most bars, from the sums of each (PairBlock).
//
// What limits it: splitting a value into its parts costs four floating additions, of which Zen 4 does one 512-bit
// vector a cycle. Sums over some of the values (losses, gains, bars with a position) reuse the parts.
#include "metrics/return_sums.hpp"

#include <algorithm>

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

// Squares under 2 have no exponent with its highest bit set; those of infinities and NaN have. Of such values products
// and squared differences are under kFixedLimit.
template <class DU, class U = hn::Vec<DU>>
HWY_INLINE bool are_small_squares(DU du, U joined) {
  const auto large = hn::And(joined, hn::Set(du, std::uint64_t{3} << 62));
  return hn::AllTrue(du, hn::Eq(large, hn::Zero(du)));
}

// The sums over one block, in vector registers until they are flushed.
#define PEAK_DECLARE_TOTALS(name) auto name##_high = hn::Zero(du), name##_low = hn::Zero(du)
#define PEAK_TOTALS_MEMBER(name) hn::Vec<decltype(du)> name##_high = hn::Zero(du), name##_low = hn::Zero(du)
#define PEAK_TOTALS_UNITS(name, values) fixed_units(du, name##_high, name##_low, values)

// A run's own sums over whole vectors of returns.
class ReturnTotals {
 public:
  explicit ReturnTotals(const ReturnSums& sums) : least(hn::Set(d, sums.smallest)), most(hn::Set(d, sums.largest)) {}

  HWY_INLINE void add(hn::Vec<hn::ScalableTag<double>> r) {
    const auto zero = hn::Zero(d), squared = hn::Mul(r, r);
    const auto gained = hn::Gt(r, zero), lost = hn::Lt(r, zero);
    const auto bits = fixed_bits(d, r), square = fixed_bits(d, squared);
    magnitude = hn::Or(magnitude, hn::BitCast(du, squared));
    fixed_add_bits(d, bits, sum_high, sum_low);
    fixed_add_bits(d, square, square_high, square_low);
    fixed_add_bits(d, fixed_bits_where(d, lost, square), down_high, down_low);
    fixed_add_bits(d, fixed_bits_where(d, gained, bits), gain_high, gain_low);
    positive += hn::CountTrue(d, gained);
    negative += hn::CountTrue(d, lost);
    least = hn::Min(least, r);
    most = hn::Max(most, r);
  }

  [[nodiscard]] HWY_INLINE bool are_small() const { return are_small_squares(du, magnitude); }

  // Of `values` returns, and zeros up to `count`, which had no need to be added; the squares' sum.
  HWY_INLINE Int128 flush(std::size_t values, std::size_t count, ReturnSums& sums) const {
    const Int128 squares = PEAK_TOTALS_UNITS(square, values);
    sums.returns.add_fixed(PEAK_TOTALS_UNITS(sum, values));
    sums.squares.add_fixed(squares);
    sums.downside.add_fixed(PEAK_TOTALS_UNITS(down, values));
    sums.gains.add_fixed(PEAK_TOTALS_UNITS(gain, values));
    sums.positive += static_cast<std::int64_t>(positive);
    sums.negative += static_cast<std::int64_t>(negative);
    sums.count += static_cast<std::int64_t>(count);
    const bool zeros = values < count;
    sums.smallest = std::min(hn::GetLane(hn::MinOfLanes(d, least)), zeros ? 0.0 : sums.smallest) + 0.0;  // -0 is 0
    sums.largest = std::max(hn::GetLane(hn::MaxOfLanes(d, most)), zeros ? 0.0 : sums.largest) + 0.0;
    return squares;
  }

 private:
  static constexpr hn::ScalableTag<double> d{};
  static constexpr hn::RebindToUnsigned<hn::ScalableTag<double>> du{};
  PEAK_TOTALS_MEMBER(sum);
  PEAK_TOTALS_MEMBER(square);
  PEAK_TOTALS_MEMBER(down);
  PEAK_TOTALS_MEMBER(gain);
  hn::Vec<hn::RebindToUnsigned<hn::ScalableTag<double>>> magnitude = hn::Zero(du);
  hn::Vec<hn::ScalableTag<double>> least, most;
  std::size_t positive = 0, negative = 0;
};

// Adds a block; false, and nothing added, if a return is not small.
bool add_returns(const double* returns, std::size_t size, ReturnSums& sums) {
  const hn::ScalableTag<double> d;
  ReturnTotals totals(sums);
  const NonzeroVectors<kReturnBlock> vectors(d, returns, size);
  for (const std::size_t place : vectors) totals.add(hn::LoadU(d, returns + place));
  if (!totals.are_small()) return false;
  totals.flush(vectors.values(), vectors.whole(), sums);
  for (std::size_t i = vectors.whole(); i < size; ++i) sums.add(returns[i]);
  return true;
}

// A block of returns beside its benchmark's. In the market with everything r is b, out of it r is 0; r * b is then r *
// r and (r - b)^2 is b * b - r * r, also as the whole numbers that are summed. So only vectors with another bar, where
// something was bought or sold, are looked at for products and differences.
class PairBlock {
 public:
  PairBlock(const double* returns, std::size_t size) : returns_(returns), size_(size) {}

  // The benchmark's sums, and which vectors of returns are not all 0.
  HWY_INLINE void add_benchmark(const double* benchmark, BenchmarkKind kind) {
    auto sum_high = hn::Zero(du), sum_low = sum_high, square_high = sum_high, square_low = sum_high,
         magnitude = sum_high;
    const auto one = hn::Set(d, 1.0), zero = hn::Zero(d);
    std::size_t listed = 0, i = 0;
    for (; i + hn::Lanes(d) <= size_; i += hn::Lanes(d)) {
      auto b = hn::LoadU(d, benchmark + i);
      if (kind == BenchmarkKind::kCloses) b = hn::Sub(hn::Div(hn::LoadU(d, benchmark + i + 1), b), one);
      hn::Store(b, d, market_ + i);
      const auto square = hn::Mul(b, b);
      magnitude = hn::Or(magnitude, hn::BitCast(du, square));
      fixed_add(d, b, sum_high, sum_low);
      fixed_add(d, square, square_high, square_low);
      places_[listed] = static_cast<std::uint16_t>(i);
      listed += hn::AllTrue(d, hn::Eq(hn::LoadU(d, returns_ + i), zero)) ? std::size_t{0} : std::size_t{1};
    }
    listed_ = listed;
    whole_ = i;
    small_ = are_small_squares(du, magnitude);
    benchmark_ = fixed_units(du, sum_high, sum_low, whole_);
    benchmark_squares_ = fixed_units(du, square_high, square_low, whole_);
  }

  // The run's own sums; leaves the vectors with a bar that was neither out of the market nor wholly in it.
  HWY_INLINE void add_returns(ReturnSums& sums) {
    const auto zero = hn::Zero(d);
    ReturnTotals totals(sums);
    std::size_t others = 0;
    for (std::size_t k = 0; k < listed_; ++k) {
      const std::size_t place = places_[k];
      const auto r = hn::LoadU(d, returns_ + place);
      totals.add(r);
      const auto usual = hn::Or(hn::Eq(r, hn::Load(d, market_ + place)), hn::Eq(r, zero));
      places_[others] = static_cast<std::uint16_t>(place);
      others += hn::AllTrue(d, usual) ? std::size_t{0} : std::size_t{1};
    }
    small_ = totals.are_small();
    if (!small_) return;
    squares_ = totals.flush(listed_ * hn::Lanes(d), whole_, sums);
    listed_ = others;
  }

  // Products and differences: what holds for usual bars, and the other bars' distance from it.
  HWY_INLINE void add_pairs(PairSums& sums) const {
    PEAK_DECLARE_TOTALS(product);
    PEAK_DECLARE_TOTALS(active);
    for (std::size_t k = 0; k < listed_; ++k) {
      const auto r = hn::LoadU(d, returns_ + places_[k]), b = hn::Load(d, market_ + places_[k]);
      const auto difference = hn::Sub(r, b);
      const auto square = fixed_bits(d, hn::Mul(r, r)), product = fixed_bits(d, hn::Mul(r, b));
      const auto market = fixed_bits(d, hn::Mul(b, b)), active = fixed_bits(d, hn::Mul(difference, difference));
      product_high = hn::Add(product_high, hn::Sub(product.high, square.high));
      product_low = hn::Add(product_low, hn::Sub(product.low, square.low));
      active_high = hn::Add(active_high, hn::Add(hn::Sub(active.high, market.high), square.high));
      active_low = hn::Add(active_low, hn::Add(hn::Sub(active.low, market.low), square.low));
    }
    sums.benchmark.add_fixed(benchmark_);
    sums.benchmark_squares.add_fixed(benchmark_squares_);
    sums.products.add_fixed(squares_ + PEAK_TOTALS_UNITS(product, 0));
    const std::size_t values = listed_ * hn::Lanes(d);
    sums.active_squares.add_fixed(benchmark_squares_ - squares_ + PEAK_TOTALS_UNITS(active, values));
  }

  [[nodiscard]] bool small() const { return small_; }         // every return's square is under 2
  [[nodiscard]] std::size_t whole() const { return whole_; }  // returns in whole vectors: the only ones looked at

 private:
  const hn::ScalableTag<double> d{};
  const hn::RebindToUnsigned<hn::ScalableTag<double>> du{};

  const double* returns_;
  std::size_t size_, whole_ = 0, listed_ = 0;
  bool small_ = false;
  Int128 benchmark_ = 0, benchmark_squares_ = 0, squares_ = 0;
  HWY_ALIGN double market_[kReturnBlock];
  std::uint16_t places_[kReturnBlock];
};

// Adds a block of returns and their benchmark's; false, and nothing added, if a return of either is not small.
bool add_with_benchmark(const double* returns, const double* benchmark, BenchmarkKind kind, std::size_t size,
                        ReturnsAndPairs& sums) {
  PairBlock block(returns, size);
  block.add_benchmark(benchmark, kind);
  if (!block.small()) return false;
  block.add_returns(sums.returns);
  if (!block.small()) return false;
  block.add_pairs(sums.pairs);
  for (std::size_t i = block.whole(); i < size; ++i) sums.add(returns[i], benchmark_return(benchmark, kind, i));
  return true;
}

#undef PEAK_DECLARE_TOTALS
#undef PEAK_TOTALS_MEMBER
#undef PEAK_TOTALS_UNITS

}  // namespace peak::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace peak {

HWY_EXPORT(add_returns);
HWY_EXPORT(add_with_benchmark);

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

void ReturnsAndPairs::add(double value, double benchmark_value) {
  returns.add(value);
  pairs.add(value, benchmark_value);
}

namespace {

void add_block(std::span<const double> returns, ReturnSums& sums) {
  if (HWY_DYNAMIC_DISPATCH(add_returns)(returns.data(), returns.size(), sums)) return;
  for (const double value : returns) sums.add(value);
}

void add_block(std::span<const double> returns, const double* benchmark, BenchmarkKind kind, ReturnsAndPairs& sums) {
  if (HWY_DYNAMIC_DISPATCH(add_with_benchmark)(returns.data(), benchmark, kind, returns.size(), sums)) return;
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

ReturnsAndPairs sum_with_benchmark(std::span<const double> returns, std::span<const double> benchmark,
                                   BenchmarkKind kind) {
  ReturnsAndPairs sums;
  for_blocks(returns, [&](std::size_t begin, std::span<const double> block) {
    add_block(block, benchmark.data() + begin, kind, sums);
  });
  return sums;
}

}  // namespace peak
#endif
