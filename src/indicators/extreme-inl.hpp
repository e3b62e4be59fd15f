// The largest or smallest of every window of a chunk: van Herk's problem, by doubling.
//
// row[i] becomes the maximum of 2, 4, 8, ... values from i on; a window is covered by two of the largest size that
// fits, which may overlap since max does not mind. The order of comparisons does not matter but for the sign of a zero
// (always made +0) and for NaN, hence a chunk that holds a value that is not finite takes a path of its own, where an
// undefined value stays. Included once for each Highway target.
#if defined(PEAK_INDICATORS_EXTREME_INL_) == defined(HWY_TARGET_TOGGLE)
#ifdef PEAK_INDICATORS_EXTREME_INL_
#undef PEAK_INDICATORS_EXTREME_INL_
#else
#define PEAK_INDICATORS_EXTREME_INL_
#endif

#include <bit>

#include "indicators/lanes-inl.hpp"
#include "indicators/scratch.hpp"

HWY_BEFORE_NAMESPACE();
namespace peak::indicators {
namespace HWY_NAMESPACE {

template <bool kHighest>
class ExtremeRow {
 public:
  static std::size_t memory_for(std::size_t window, std::size_t chunk) { return scratch_row(chunk + window); }
  /// Windows computed at a time.
  static std::size_t chunk_for(std::size_t window, std::size_t bars) {
    return std::min(window <= 256 ? std::size_t{1024} : 4 * window, bars);
  }

  ExtremeRow(std::size_t window, double* memory) : window_(window), size_(std::bit_floor(window)), row_(memory) {}

  /// Prepares the windows that start at x[0 .. count); reads x[0 .. count + window - 1).
  void prepare(const double* x, std::size_t count) {
    const std::size_t values = count + window_ - 1;
    all_finite_ = find_not_finite(x, 0, values) == values;
    if (all_finite_) {
      double_up<true>(x, count);
    } else {
      double_up<false>(x, count);
    }
  }

  /// The extremes of the windows from index i on.
  template <class D>
  HWY_INLINE hn::Vec<D> at(D d, std::size_t i) const {
    const auto first = hn::LoadU(d, from_ + i);
    const auto last = hn::LoadU(d, from_ + i + (window_ - size_));
    const auto extreme = all_finite_ ? pick<true>(first, last) : pick<false>(first, last);
    return finite_or_undefined(d, hn::Add(extreme, hn::Zero(d)));
  }

 private:
  template <bool kFinite, class V>
  static HWY_INLINE V pick(V a, V b) {
    V extreme = a;
    if constexpr (kHighest) {
      extreme = hn::Max(a, b);
    } else {
      extreme = hn::Min(a, b);
    }
    // 0 for finite values, else NaN
    if constexpr (!kFinite) extreme = hn::Add(extreme, hn::Add(hn::Sub(a, a), hn::Sub(b, b)));
    return extreme;
  }

  template <bool kFinite>
  void double_up(const double* x, std::size_t count) {
    from_ = x;
    std::size_t size = 1;
    if (size_ >= 4) {  // two levels at once save a pass
      double* HWY_RESTRICT row = row_;
      for_lanes(count + window_ - 4, [=](auto d, std::size_t i) HWY_ATTR {
        const auto first = pick<kFinite>(hn::LoadU(d, x + i), hn::LoadU(d, x + i + 1));
        const auto last = pick<kFinite>(hn::LoadU(d, x + i + 2), hn::LoadU(d, x + i + 3));
        hn::StoreU(pick<kFinite>(first, last), d, row + i);
      });
      from_ = row_;
      size = 4;
    }
    for (; size < size_; size *= 2) {
      const double* from = from_;
      double* row = row_;
      for_lanes(count + window_ - 2 * size, [=](auto d, std::size_t i) HWY_ATTR {
        hn::StoreU(pick<kFinite>(hn::LoadU(d, from + i), hn::LoadU(d, from + i + size)), d, row + i);
      });
      from_ = row_;
    }
  }

  std::size_t window_, size_;
  double* row_;
  const double* from_ = nullptr;
  bool all_finite_ = true;
};

/// Every window's extreme to `output`, from the first full window on.
template <bool kHighest>
HWY_INLINE void extremes(std::span<const double> values, std::size_t window, double* output) {
  using Row = ExtremeRow<kHighest>;
  const std::size_t chunk = Row::chunk_for(window, values.size());
  Row row(window, scratch(Row::memory_for(window, chunk)));
  for (std::size_t bar = window - 1; bar < values.size(); bar += chunk) {
    const std::size_t count = std::min(chunk, values.size() - bar);
    row.prepare(values.data() + (bar + 1 - window), count);
    for_lanes(count, [&](auto d, std::size_t i) HWY_ATTR { hn::StoreU(row.at(d, i), d, output + bar + i); });
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace peak::indicators
HWY_AFTER_NAMESPACE();
#endif
