// The vector form of BinaryWindow (its header has the definition and the reasons): all windows of a chunk of bars at
// once.
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

/// Pieces of every size that windows need, for a chunk of bars. Several windows over one column share them.
template <BinaryWindow::Second kSecond>
class WindowRows {
 public:
  static constexpr bool kSquares = kSecond == BinaryWindow::Second::kSquares;
  static constexpr bool kWeights = kSecond == BinaryWindow::Second::kWeights;
  static constexpr std::size_t kRows = kSecond == BinaryWindow::Second::kNone ? 1 : 2;

  /// Windows computed at a time: enough of them that the values before the first cost little.
  static std::size_t chunk_for(std::size_t largest, std::size_t bars) {
    return std::min(largest <= 128 ? std::size_t{512} : 4 * largest, bars);
  }
  /// Doubles of memory for that: the pieces of each binary digit of the windows, and one size in work.
  static std::size_t memory_for(std::size_t window, std::size_t chunk) { return memory_for(window, window, chunk); }
  static std::size_t memory_for(std::size_t digits, std::size_t largest, std::size_t chunk) {
    return (static_cast<std::size_t>(std::popcount(digits)) + 1) * kRows * scratch_row(chunk + largest);
  }

  WindowRows(std::size_t window, std::size_t chunk, double* memory) : WindowRows(window, window, chunk, memory) {}
  /// For windows whose binary digits together are `digits`.
  WindowRows(std::size_t digits, std::size_t largest, std::size_t chunk, double* memory)
      : digits_(digits),
        largest_(largest),
        row_(scratch_row(chunk + largest)),
        work_(memory),
        free_(memory + kRows * row_) {}

  /// The windows that start at x[0 .. count); reads x[0 .. count + window - 1). Calls
  /// finish(tag, index, oldest, sum, second) for each vector of them.
  template <class Finish>
  HWY_INLINE void compute(const double* x, std::size_t count, Finish finish) {
    make_rows(x, count);
    join_window(largest_, x, count, finish);
  }

  /// Makes the rows from which join_window joins windows; reads x[0 .. count + largest - 1).
  void make_rows(const double* x, std::size_t count) {
    double* keep = free_;
    for (std::size_t size = 1, level = 0; size <= largest_; size *= 2, ++level) {
      const bool needed = (digits_ & size) != 0;
      rows_[level] = needed ? keep : work_;
      if (needed) keep += kRows * row_;
    }
    const std::size_t done = make_first_sizes(x, count);
    for (std::size_t size = 2 * done, level = static_cast<std::size_t>(std::bit_width(done)); size <= largest_;
         size *= 2, ++level) {
      const std::size_t pieces = count + largest_ - size;
      if (size == 2) {
        pair_up(x, rows_[level], 0, pieces);
      } else {
        double_up(x, rows_[level - 1], rows_[level], 0, pieces, size / 2);
      }
    }
  }

  /// As compute, after make_rows, for the windows of `window` bars that end where the largest ones do.
  template <class Finish>
  HWY_INLINE void join_window(std::size_t window, const double* x, std::size_t count, Finish finish) {
    choose_pieces(window);
    x += largest_ - window;
    const bool odd = window % 2 != 0;
    switch (2 * std::min<std::size_t>(piece_count_, 4) + (odd ? 1 : 0)) {
      case 2: return join<1, false>(x, count, finish);
      case 3: return join<1, true>(x, count, finish);
      case 4: return join<2, false>(x, count, finish);
      case 5: return join<2, true>(x, count, finish);
      case 6: return join<3, false>(x, count, finish);
      case 7: return join<3, true>(x, count, finish);
      case 8: return join<0, false>(x, count, finish);
      default: return join<0, true>(x, count, finish);
    }
  }

 private:
  struct Piece {
    const double* row;  // of sums; that of squares or weights follows at row_
    std::size_t offset;
    double size;
  };

  void choose_pieces(std::size_t window) {
    window_ = window;
    piece_count_ = 0;
    std::size_t offset = 0;
    for (std::size_t size = 1, level = 0; size <= window; size *= 2, ++level) {
      if ((window & size) == 0) continue;
      pieces_[piece_count_++] = {rows_[level] + (largest_ - window), offset, static_cast<double>(size)};
      offset += size;
    }
  }

  // Sizes 2, 4 and 8 in one pass with the smaller ones in registers, where vectors hold four values: the size up to
  // which rows are made, 1 if none.
  std::size_t make_first_sizes([[maybe_unused]] const double* x, [[maybe_unused]] std::size_t count) const {
#if HWY_TARGET != HWY_SCALAR
    const hn::CappedTag<double, 4> d;
    if constexpr (kRows == 1 && hn::MaxLanes(d) == 4) {
      const std::size_t values = count + largest_ - 1, steps = (values - 1) / 4;
      if (largest_ < 8 || steps < 3) return 1;
      const bool keeps_2 = rows_[1] != work_, keeps_4 = rows_[2] != work_;
      double* const row_2 = rows_[1];
      double* const row_4 = rows_[2];
      double* const row_8 = rows_[3];
      // Step k makes pieces of 2 from value 4 k on, with them those of 4 of the step before, and so on.
      auto x_1 = hn::Zero(d), x_2 = x_1, pieces_2 = x_1, pieces_4 = x_1;  // of one and two steps ago
      for (std::size_t k = 0; k < steps; ++k) {
        const double* at = x + 4 * k;
        const auto now = hn::LoadU(d, at);
        const auto now_2 = hn::Sub(hn::LoadU(d, at + 1), now);
        if (keeps_2) hn::StoreU(now_2, d, row_2 + 4 * k);
        auto now_4 = now_2;
        if (HWY_LIKELY(k > 0)) {
          const auto step = hn::Sub(hn::LoadU(d, at - 2), x_1);
          const auto later = hn::ConcatLowerUpper(d, now_2, pieces_2);
          now_4 = hn::Add(pieces_2, hn::Add(later, hn::Mul(hn::Set(d, 2.0), step)));
          if (keeps_4) hn::StoreU(now_4, d, row_4 + 4 * (k - 1));
        }
        if (HWY_LIKELY(k > 1)) {
          const auto upper = hn::Add(now_4, hn::Mul(hn::Set(d, 4.0), hn::Sub(x_1, x_2)));
          hn::StoreU(hn::Add(pieces_4, upper), d, row_8 + 4 * (k - 2));
        }
        x_2 = x_1, x_1 = now, pieces_2 = now_2, pieces_4 = now_4;
      }
      // The last pieces need values that a vector would read past the end. Rows made in place of one another hold the
      // smaller pieces only behind the larger ones.
      hn::StoreU(pieces_2, d, row_2 + 4 * (steps - 1));
      pair_up(x, row_2, 4 * steps, count + largest_ - 2);
      double_up(x, row_2, row_4, 4 * (steps - 1), count + largest_ - 4, 2);
      hn::StoreU(pieces_4, d, row_4 + 4 * (steps - 2));
      double_up(x, row_4, row_8, 4 * (steps - 2), count + largest_ - 8, 4);
      return 8;
    }
#endif
    return 1;
  }

  // Rows from piece `begin` on.
  void pair_up(const double* HWY_RESTRICT x, double* HWY_RESTRICT row, std::size_t begin, std::size_t pieces) const {
    if (begin >= pieces) return;
    x += begin, row += begin, pieces -= begin;
    double* HWY_RESTRICT second = row + row_;
    for_lanes(pieces, [=](auto d, std::size_t i) HWY_ATTR {
      const auto step = hn::Sub(hn::LoadU(d, x + i + 1), hn::LoadU(d, x + i));
      hn::StoreU(step, d, row + i);
      if constexpr (kSquares) hn::StoreU(hn::Mul(hn::Mul(step, step), hn::Set(d, 0.5)), d, second + i);
      if constexpr (kWeights) hn::StoreU(hn::Mul(hn::Set(d, 2.0), step), d, second + i);
    });
  }

  // `from` may be `row`: what is read lies at or after what is written.
  void double_up(const double* x, const double* from, double* row, std::size_t begin, std::size_t pieces,
                 std::size_t half) const {
    if (begin >= pieces) return;
    x += begin, from += begin, row += begin, pieces -= begin;
    const double h = static_cast<double>(half);
    const double* from_second = from + row_;
    double* second = row + row_;
    for_lanes(pieces, [=](auto d, std::size_t i) HWY_ATTR {
      const auto step = hn::Sub(hn::LoadU(d, x + i + half), hn::LoadU(d, x + i));
      const auto lower = hn::LoadU(d, from + i);
      const auto upper = hn::Add(hn::LoadU(d, from + i + half), hn::Mul(hn::Set(d, h), step));
      if constexpr (kSquares) {
        const auto both = hn::Add(hn::LoadU(d, from_second + i), hn::LoadU(d, from_second + i + half));
        const auto apart = hn::Sub(upper, lower);
        const auto between = hn::Mul(hn::Mul(apart, apart), hn::Set(d, 1.0 / (2.0 * h)));
        hn::StoreU(hn::Add(both, between), d, second + i);
      }
      if constexpr (kWeights) {
        const auto shifted =
            hn::Add(hn::LoadU(d, from_second + i + half), hn::Mul(hn::Set(d, h * (h + 1.0) * 0.5), step));
        const auto moved = hn::Add(shifted, hn::Mul(hn::Set(d, h), upper));
        hn::StoreU(hn::Add(hn::LoadU(d, from_second + i), moved), d, second + i);
      }
      hn::StoreU(hn::Add(lower, upper), d, row + i);
    });
  }

  /// kPieces 0: as many as there are.
  template <std::size_t kPieces, bool kOdd, class Finish>
  HWY_INLINE void join(const double* x, std::size_t count, Finish finish) const {
    const std::size_t pieces = kPieces == 0 ? piece_count_ : kPieces;
    const double n = static_cast<double>(window_);
    for_lanes(count, [&](auto d, std::size_t i) HWY_ATTR {
      const auto oldest = hn::LoadU(d, x + i);
      auto sum = hn::Zero(d), second = hn::Zero(d);
      if constexpr (!kOdd) {  // the oldest piece; of one value it is 0
        sum = hn::LoadU(d, pieces_[0].row + i);
        if constexpr (kRows == 2) second = hn::LoadU(d, pieces_[0].row + row_ + i);
        if constexpr (kSquares && kPieces != 1) {
          second = hn::Add(second, hn::Mul(hn::Mul(sum, sum), hn::Set(d, 1.0 / pieces_[0].size)));
        }
      }
      for (std::size_t k = 1; k < pieces; ++k) {
        const Piece& piece = pieces_[k];
        const double* row = piece.row + piece.offset + i;
        const auto step = hn::Sub(hn::LoadU(d, x + i + piece.offset), oldest);
        const auto moved = hn::Add(hn::LoadU(d, row), hn::Mul(hn::Set(d, piece.size), step));
        sum = hn::Add(sum, moved);
        if constexpr (kRows == 2) {
          auto part = hn::LoadU(d, row + row_);
          if constexpr (kSquares) part = hn::Add(part, hn::Mul(hn::Mul(moved, moved), hn::Set(d, 1.0 / piece.size)));
          if constexpr (kWeights) {
            part = hn::Add(part, hn::Mul(hn::Set(d, piece.size * (piece.size + 1.0) * 0.5), step));
            part = hn::Add(part, hn::Mul(hn::Set(d, static_cast<double>(piece.offset)), moved));
          }
          second = hn::Add(second, part);
        }
      }
      if constexpr (kSquares && kPieces != 1) {
        second = hn::Sub(second, hn::Div(hn::Mul(sum, sum), hn::Set(d, n)));
        second = hn::IfThenZeroElse(hn::Lt(second, hn::Zero(d)), second);
      }
      finish(d, i, oldest, sum, second);
    });
  }

  std::size_t digits_, largest_, row_;
  double *work_, *free_;
  std::size_t window_ = 0, piece_count_ = 0;  // of the window that is joined
  Piece pieces_[8 * sizeof(int)];
  double* rows_[8 * sizeof(int)];  // by the logarithm of the piece's size
};

inline constexpr std::size_t kLineBars = 64 / sizeof(double);

/// Calls finish(which, tag, bar, oldest, sum, second) for vectors of consecutive bars of windows[which], from the first
/// bar on which the largest window is full.
template <BinaryWindow::Second kSecond, class Finish>
void join_while_all_full(std::span<const double> values, std::span<const std::size_t> windows, Finish finish) {
  std::size_t largest = 0, digits = 0;
  for (const std::size_t window : windows) {
    largest = std::max(largest, window);
    digits |= window;
  }
  if (values.size() < largest) return;
  using Rows = WindowRows<kSecond>;
  const std::size_t chunk = Rows::chunk_for(largest, values.size());
  Rows rows(digits, largest, chunk, scratch(Rows::memory_for(digits, largest, chunk)));
  std::size_t count = 0;
  for (std::size_t bar = largest - 1; bar < values.size(); bar += count) {
    // Chunks after the first begin where columns' cache lines do: a store over two lines costs five times one within,
    // where another core has read them before.
    const std::size_t end = chunk < kLineBars ? bar + chunk : (bar + chunk) / kLineBars * kLineBars;
    count = std::min(end, values.size()) - bar;
    const double* x = values.data() + (bar + 1 - largest);
    rows.make_rows(x, count);
    for (std::size_t which = 0; which < windows.size(); ++which) {
      rows.join_window(windows[which], x, count,
                       [&](auto d, std::size_t i, auto oldest, auto sum, auto second)
                           HWY_ATTR { finish(which, d, bar + i, oldest, sum, second); });
    }
  }
}

/// The same from the first bar on which each window is full.
template <BinaryWindow::Second kSecond, class Finish>
void for_several_windows(std::span<const double> values, std::span<const std::size_t> windows, Finish finish) {
  const std::size_t largest = *std::max_element(windows.begin(), windows.end());
  const auto before = values.first(std::min(values.size(), largest - 1));
  for (std::size_t which = 0; which < windows.size(); ++which) {
    join_while_all_full<kSecond>(before, windows.subspan(which, 1),
                                 [&](std::size_t, auto d, std::size_t bar, auto oldest, auto sum, auto second)
                                     HWY_ATTR { finish(which, d, bar, oldest, sum, second); });
  }
  join_while_all_full<kSecond>(values, windows, finish);
}

/// The same for one window: finish(tag, bar, oldest, sum, second).
template <BinaryWindow::Second kSecond, class Finish>
HWY_INLINE void for_windows(std::span<const double> values, std::size_t window, Finish finish) {
  join_while_all_full<kSecond>(values, {&window, 1},
                               [&](std::size_t, auto d, std::size_t bar, auto oldest, auto sum, auto second)
                                   HWY_ATTR { finish(d, bar, oldest, sum, second); });
}

}  // namespace HWY_NAMESPACE
}  // namespace peak::indicators
HWY_AFTER_NAMESPACE();
#endif
