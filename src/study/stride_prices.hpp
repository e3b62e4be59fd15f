// StridePrices: what walks over few columns of signals need of a market, made in one pass over its closes.
//
//     bars     |0 ... 63|64 ... 127|128 ... 191| ...     kStride bars to a stride
//     kept      sums, high, low of each                  48 bytes, or 64, for 64 bars
//
// PriceSums keeps sums and ranges for every bar, some 200 bytes of them, which pays for hundreds of walks. Here a trade
// adds up whole strides from what is kept, and the bars before and after them anew; sums are whole numbers (rule 16),
// so that both ways give the same bits.
//
// Threads: constant after make().
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "peak/base/buffer.hpp"
#include "peak/base/exact_sum.hpp"
#include "peak/market/bars.hpp"
#include "peak/parallel/thread_pool.hpp"
#include "study/price_sums.hpp"

namespace peak::study {

class StridePrices {
 public:
  static constexpr std::size_t kStride = 64;

  /// An empty value if the data are outside of what the walk holds for: every close, and every open if fills come at
  /// the open, finite, above 0 and far from the ends of double's range, every return under 4. Errors are those of
  /// parallel_for.
  static Result<std::optional<StridePrices>> make(const Bars& bars, bool fills_at_open, bool with_downside,
                                                  const ParallelOptions& parallel);

  [[nodiscard]] std::size_t size() const noexcept { return close_.size(); }
  [[nodiscard]] const double* open() const noexcept { return open_.data(); }
  [[nodiscard]] const double* close() const noexcept { return close_.data(); }

  /// Sums over bars [first, last), at least one and first >= 1; mark(first, last, range of closes) is called for
  /// stretches of at most kStride bars, in order.
  template <class Mark>
  HeldSums held(std::size_t first, std::size_t last, Mark mark) const {
    HeldSums sums{};
    const auto add_bars = [&](std::size_t from, std::size_t to) {
      const Stretch stretch = stretch_of(from, to);
      sums.returns += stretch.sums.returns;
      sums.squares += stretch.sums.squares;
      sums.downside += stretch.sums.downside;
      mark(from, to, stretch.range);
    };
    const std::size_t first_whole = (first + kStride - 1) / kStride, whole_end = last / kStride;
    if (first_whole >= whole_end) {  // no stride lies in it whole
      const std::size_t middle = std::min(first_whole * kStride, last);
      if (first < middle) add_bars(first, middle);
      if (middle < last) add_bars(middle, last);
      return sums;
    }
    if (first < first_whole * kStride) add_bars(first, first_whole * kStride);
    for (std::size_t stride = first_whole; stride < whole_end; ++stride) {
      mark(stride * kStride, (stride + 1) * kStride, ranges_[stride]);
    }
    const HeldSums &before = before_[first_whole], &after = before_[whole_end];
    sums.returns += after.returns - before.returns;
    sums.squares += after.squares - before.squares;
    sums.downside += after.downside - before.downside;
    if (whole_end * kStride < last) add_bars(whole_end * kStride, last);
    return sums;
  }

  /// Of a few bars, at most 4096.
  struct Stretch {
    HeldSums sums{};
    PriceRange range{};
    bool good = true;  ///< every close in range and every return under 4
  };

  /// Of bars [first, last) of closes, first >= 1.
  [[nodiscard]] static Stretch add_up(const double* close, std::size_t first, std::size_t last, bool with_downside);
  /// Whether every price is finite, above 0 and far from the ends of double's range.
  [[nodiscard]] static bool in_range(std::span<const double> prices);

 private:
  [[nodiscard]] Stretch stretch_of(std::size_t first, std::size_t last) const {
    return add_up(close_.data(), first, last, with_downside_);
  }
  void fill_strides(std::size_t begin, std::size_t end, bool fills_at_open, bool& good);

  std::span<const double> open_, close_;
  Buffer<HeldSums> before_;  // sums of all bars before each stride, and of all
  Buffer<PriceRange> ranges_;
  bool with_downside_ = false;
};

}  // namespace peak::study
