// The vector form of BinaryWindow (its header has the definition and the reasons): all windows of a chunk of bars at once.
//
// Level by level over rows that stay in the first-level cache: row[i] holds the piece that starts at value i, and
// row[i] + row[i + h] makes the next level in place, since i + h lies ahead of what has been written.
// Included once for each Highway target.
#if defined(PEAK_INDICATORS_BINARY_WINDOW_INL_) == defined(HWY_TARGET_TOGGLE)
#ifdef PEAK_INDICATORS_BINARY_WINDOW_INL_
#undef PEAK_INDICATORS_BINARY_WINDOW_INL_
#else
#define PEAK_INDICATORS_BINARY_WINDOW_INL_
#endif

#include <bit>

#include "indicators/lanes-inl.hpp"
#include "indicators/scratch.hpp"
#include "peak/indicators/binary_window.hpp"

HWY_BEFORE_NAMESPACE();
namespace peak::indicators {
namespace HWY_NAMESPACE {

template <BinaryWindow::Second kSecond>
class WindowRows {
 public:
  static constexpr bool kSquares = kSecond == BinaryWindow::Second::kSquares;
  static constexpr bool kWeights = kSecond == BinaryWindow::Second::kWeights;

  /// Windows computed at a time: enough of them that the values before the first cost little.
  static std::size_t chunk_for(std::size_t window) { return window <= 128 ? 512 : 4 * window; }
  /// Doubles of memory for that.
  static std::size_t memory_for(std::size_t window, std::size_t chunk) { return 4 * scratch_row(chunk + window); }

  WindowRows(std::size_t window, std::size_t chunk, double* memory) : window_(window) {
    const std::size_t row = scratch_row(chunk + window);
    piece_ = memory;
    piece_second_ = memory + row;
    sum_ = memory + 2 * row;
    second_ = memory + 3 * row;
  }

  /// The windows that start at x[0 .. count); reads x[0 .. count + window - 1).
  void compute(const double* x, std::size_t count) {
    std::size_t offset = 0;
    for (std::size_t size = 1; size <= window_; size *= 2) {
      const std::size_t pieces = count + window_ - size;
      if (size == 2) pair_up(x, pieces);
      if (size > 2) double_up(x, pieces, size / 2);
      if ((window_ & size) == 0) continue;
      add_piece(x, count, size, offset);
      offset += size;
    }
    if (kSquares && !std::has_single_bit(window_)) centre_squares(count);
  }

  /// Row of sums of (value - oldest), one to a window.
  [[nodiscard]] const double* sum() const { return sum_; }
  /// Row of squares or weights.
  [[nodiscard]] const double* second() const { return second_; }

 private:
  void pair_up(const double* HWY_RESTRICT x, std::size_t pieces) {
    double* HWY_RESTRICT piece = piece_;
    double* HWY_RESTRICT piece_second = piece_second_;
    for_lanes(pieces, [=](auto d, std::size_t i) HWY_ATTR {
      const auto step = hn::Sub(hn::LoadU(d, x + i + 1), hn::LoadU(d, x + i));
      hn::StoreU(step, d, piece + i);
      if constexpr (kSquares) hn::StoreU(hn::Mul(hn::Mul(step, step), hn::Set(d, 0.5)), d, piece_second + i);
      if constexpr (kWeights) hn::StoreU(hn::Mul(hn::Set(d, 2.0), step), d, piece_second + i);
    });
  }

  void double_up(const double* HWY_RESTRICT x, std::size_t pieces, std::size_t half) {
    const double h = static_cast<double>(half);
    double* piece = piece_;
    double* piece_second = piece_second_;
    for_lanes(pieces, [=](auto d, std::size_t i) HWY_ATTR {
      const auto step = hn::Sub(hn::LoadU(d, x + i + half), hn::LoadU(d, x + i));
      const auto lower = hn::LoadU(d, piece + i);
      const auto upper = hn::Add(hn::LoadU(d, piece + i + half), hn::Mul(hn::Set(d, h), step));
      if constexpr (kSquares) {
        const auto both = hn::Add(hn::LoadU(d, piece_second + i), hn::LoadU(d, piece_second + i + half));
        const auto apart = hn::Sub(upper, lower);
        const auto between = hn::Mul(hn::Mul(apart, apart), hn::Set(d, 1.0 / (2.0 * h)));
        hn::StoreU(hn::Add(both, between), d, piece_second + i);
      }
      if constexpr (kWeights) {
        const auto shifted =
            hn::Add(hn::LoadU(d, piece_second + i + half), hn::Mul(hn::Set(d, h * (h + 1.0) * 0.5), step));
        const auto moved = hn::Add(shifted, hn::Mul(hn::Set(d, h), upper));
        hn::StoreU(hn::Add(hn::LoadU(d, piece_second + i), moved), d, piece_second + i);
      }
      hn::StoreU(hn::Add(lower, upper), d, piece + i);
    });
  }

  void add_piece(const double* x, std::size_t count, std::size_t size, std::size_t offset) {
    if (offset == 0) {
      first_piece(count, size);
    } else if (size == 1) {
      next_piece<true>(x, count, size, offset);
    } else {
      next_piece<false>(x, count, size, offset);
    }
  }

  void first_piece(std::size_t count, std::size_t size) {
    const double* HWY_RESTRICT piece = piece_;
    const double* HWY_RESTRICT piece_second = piece_second_;
    double* HWY_RESTRICT sum = sum_;
    double* HWY_RESTRICT second = second_;
    if (size == 1) {
      std::fill_n(sum, count, 0.0);
      if (kSecond != BinaryWindow::Second::kNone) std::fill_n(second, count, 0.0);
      return;
    }
    const bool single = size == window_;
    const double share = 1.0 / static_cast<double>(size);
    for_lanes(count, [=](auto d, std::size_t i) HWY_ATTR {
      const auto moved = hn::LoadU(d, piece + i);
      hn::StoreU(moved, d, sum + i);
      if constexpr (kSquares) {
        const auto inner = hn::LoadU(d, piece_second + i);
        const auto outer = hn::Add(inner, hn::Mul(hn::Mul(moved, moved), hn::Set(d, share)));
        hn::StoreU(single ? inner : outer, d, second + i);
      }
      if constexpr (kWeights) hn::StoreU(hn::LoadU(d, piece_second + i), d, second + i);
    });
  }

  template <bool kOneValue>
  void next_piece(const double* HWY_RESTRICT x, std::size_t count, std::size_t size, std::size_t offset) {
    const double* HWY_RESTRICT piece = piece_ + offset;
    const double* HWY_RESTRICT piece_second = piece_second_ + offset;
    double* HWY_RESTRICT sum = sum_;
    double* HWY_RESTRICT second = second_;
    const double n = static_cast<double>(size);
    const double before = static_cast<double>(offset);
    for_lanes(count, [=](auto d, std::size_t i) HWY_ATTR {
      const auto step = hn::Sub(hn::LoadU(d, x + i + offset), hn::LoadU(d, x + i));
      auto moved = step;
      if constexpr (!kOneValue) moved = hn::Add(hn::LoadU(d, piece + i), hn::Mul(hn::Set(d, n), step));
      hn::StoreU(hn::Add(hn::LoadU(d, sum + i), moved), d, sum + i);
      if constexpr (kSecond != BinaryWindow::Second::kNone) {
        auto part = hn::Zero(d);
        if constexpr (!kOneValue) part = hn::LoadU(d, piece_second + i);
        if constexpr (kSquares) part = hn::Add(part, hn::Mul(hn::Mul(moved, moved), hn::Set(d, 1.0 / n)));
        if constexpr (kWeights) {
          const auto shifted = hn::Add(part, hn::Mul(hn::Set(d, n * (n + 1.0) * 0.5), step));
          part = hn::Add(shifted, hn::Mul(hn::Set(d, before), moved));
        }
        hn::StoreU(hn::Add(hn::LoadU(d, second + i), part), d, second + i);
      }
    });
  }

  void centre_squares(std::size_t count) {
    const double* HWY_RESTRICT sum = sum_;
    double* HWY_RESTRICT second = second_;
    const double n = static_cast<double>(window_);
    for_lanes(count, [=](auto d, std::size_t i) HWY_ATTR {
      const auto total = hn::LoadU(d, sum + i);
      const auto centred = hn::Sub(hn::LoadU(d, second + i), hn::Div(hn::Mul(total, total), hn::Set(d, n)));
      hn::StoreU(hn::IfThenZeroElse(hn::Lt(centred, hn::Zero(d)), centred), d, second + i);
    });
  }

  std::size_t window_;
  double *piece_, *piece_second_, *sum_, *second_;
};

/// Calls finish(rows, x, bar, count) for chunks of the windows that end at bars [bar, bar + count); x is the oldest value
/// of the first of them.
template <BinaryWindow::Second kSecond, class Finish>
HWY_INLINE void for_windows(std::span<const double> values, std::size_t window, Finish finish) {
  if (values.size() < window) return;
  using Rows = WindowRows<kSecond>;
  const std::size_t chunk = std::min(Rows::chunk_for(window), values.size());
  Rows rows(window, chunk, scratch(Rows::memory_for(window, chunk)));
  for (std::size_t bar = window - 1; bar < values.size(); bar += chunk) {
    const std::size_t count = std::min(chunk, values.size() - bar);
    const double* oldest = values.data() + (bar + 1 - window);
    rows.compute(oldest, count);
    finish(rows, oldest, bar, count);
  }
}

/// The bars before the first full window, and every bar if the window is not valid; whether there is more to compute.
HWY_INLINE bool begin_output(std::span<double> output, int window, std::size_t warm_up) {
  const bool valid = window_is_valid(window) && warm_up < output.size();
  std::fill_n(output.begin(), valid ? warm_up : output.size(), kUndefined);
  return valid;
}

}  // namespace HWY_NAMESPACE
}  // namespace peak::indicators
HWY_AFTER_NAMESPACE();
#endif
