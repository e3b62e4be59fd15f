// The kernels behind return_sums.hpp. Each vector of returns is loaded once and goes into four exact sums; a block
// whose values are not all small is added value by value instead. Vectors of returns that are all 0 are skipped. Sums
// of pairs with a benchmark follow, for most bars, from the sums of each (PairBlock).
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
    small_ = is_small(magnitude);
    benchmark_ = fixed_units(du, sum_high, sum_low, whole_);
    benchmark_squares_ = fixed_units(du, square_high, square_low, whole_);
  }

  // The run's own sums; leaves the vectors with a bar that was neither out of the market nor wholly in it.
  HWY_INLINE void add_returns(ReturnSums& sums) {
    PEAK_DECLARE_TOTALS(sum);
    PEAK_DECLARE_TOTALS(square);
    PEAK_DECLARE_TOTALS(down);
    PEAK_DECLARE_TOTALS(gain);
    const auto zero = hn::Zero(d);
    auto magnitude = hn::Zero(du);
    auto least = hn::Set(d, sums.smallest), most = hn::Set(d, sums.largest);
    std::size_t positive = 0, negative = 0, others = 0;
    for (std::size_t k = 0; k < listed_; ++k) {
      const std::size_t place = places_[k];
      const auto r = hn::LoadU(d, returns_ + place), squared = hn::Mul(r, r);
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
      const auto usual = hn::Or(hn::Eq(r, hn::Load(d, market_ + place)), hn::Eq(r, zero));
      places_[others] = static_cast<std::uint16_t>(place);
      others += hn::AllTrue(d, usual) ? std::size_t{0} : std::size_t{1};
    }
    small_ = small_ && is_small(magnitude);
    if (!small_) return;
    const std::size_t i = listed_ * hn::Lanes(d);
    squares_ = fixed_units(du, square_high, square_low, i);
    PEAK_FLUSH_TOTALS(sum, sums.returns);
    PEAK_FLUSH_TOTALS(down, sums.downside);
    PEAK_FLUSH_TOTALS(gain, sums.gains);
    sums.squares.add_fixed(squares_);
    sums.positive += static_cast<std::int64_t>(positive);
    sums.negative += static_cast<std::int64_t>(negative);
    sums.count += static_cast<std::int64_t>(whole_);
    const bool zeros = i < whole_;
    sums.smallest = std::min(hn::GetLane(hn::MinOfLanes(d, least)), zeros ? 0.0 : sums.smallest) + 0.0;  // -0 is 0
    sums.largest = std::max(hn::GetLane(hn::MaxOfLanes(d, most)), zeros ? 0.0 : sums.largest) + 0.0;
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
    sums.products.add_fixed(squares_ + fixed_units(du, product_high, product_low, 0));
    const std::size_t values = listed_ * hn::Lanes(d);
    sums.active_squares.add_fixed(benchmark_squares_ - squares_ + fixed_units(du, active_high, active_low, values));
  }

  [[nodiscard]] bool small() const { return small_; }         // every return's square is under 2
  [[nodiscard]] std::size_t whole() const { return whole_; }  // returns in whole vectors: the only ones looked at

 private:
  const hn::ScalableTag<double> d{};
  const hn::RebindToUnsigned<hn::ScalableTag<double>> du{};

  // Squares under 2 have no exponent with its highest bit set; those of infinities and NaN have.
  template <class U>
  [[nodiscard]] HWY_INLINE bool is_small(U magnitude) const {
    const auto large = hn::And(magnitude, hn::Set(du, std::uint64_t{3} << 62));
    return hn::AllTrue(du, hn::Eq(large, hn::Zero(du)));
  }

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
#undef PEAK_FLUSH_TOTALS

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
