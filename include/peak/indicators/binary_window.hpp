// BinaryWindow: sums over a moving window, built from pieces whose sizes are powers of two.
//
// A running sum (add the new value, subtract the old one) is a chain of dependent additions, drifts, remembers a spike
// after it has left and stays NaN after one NaN. Here every window is summed afresh, in about log2(window) steps: the
// sum of 2h values is the sum of its first h plus the sum of its last h, and both of those are known already.
//
//     window 20 = 4 + 16:   x x x x | x x x x x x x x x x x x x x x x
//                           piece 4 | piece 16 = 8 + 8 = (4 + 4) + (4 + 4) = ...
//
// What follows from it:
//   * a value depends on the window's content only: the same prices give the same bits wherever they stand, so blocks,
//     threads, resumed runs and sweeps agree without any rule about where a sum starts;
//   * nothing drifts and nothing needs an anchor; a NaN makes exactly those windows undefined that hold it;
//   * sums are of differences to the window's oldest value, so equal values have a sum of exactly 0, a mean of exactly
//     that value and a variance of exactly 0, and a small spread at a high price keeps its digits;
//   * squares are merged as in Chan, Golub and LeVeque, "Updating formulae and a pairwise algorithm for computing
//     sample variances" (1979): within a piece all terms are positive, and joining pieces subtracts only what the
//     oldest value's distance from the mean has added; the rest is cut at 0.
//
// The operations and their order below are normative (rule 16). x is the input, i the first bar of a piece of n = 2h.
//   n = 2     sum = x[i+1] - x[i];  squares = sum * sum * 0.5;  weights = 2 * sum
//   n > 2     d = x[i+h] - x[i];  u = sum(second half) + h * d;  sum = sum(first half) + u;  v = u - sum(first half)
//             squares = (squares(first) + squares(second)) + v * v * (1 / n)
//             weights = weights(first) + ((weights(second) + (h * (h + 1) / 2) * d) + h * u)
//   window    pieces by the binary digits of the window, the smallest is the oldest; o = the piece's offset, n its size
//             d = x[i+o] - x[i];  m = sum(piece) + n * d  (oldest piece: m = sum; of one value: m = d, oldest: 0)
//             sum = m1 + m2 + ...
//             squares = (s1 + m1 * m1 * (1 / n1)) + (s2 + m2 * m2 * (1 / n2)) + ... - sum * sum / window, at least 0;
//                       a window of one piece: its squares
//             weights = w1 + ((w2 + (n2 * (n2 + 1) / 2) * d2) + o2 * m2) + ...
//
// Threads: a value type without shared state.
#pragma once

#include <cstddef>
#include <vector>

namespace peak::indicators {

class BinaryWindow {
 public:
  /// What is kept beside the sum.
  enum class Second : unsigned char {
    kNone,
    kSquares,  ///< sum of squared deviations from the mean
    kWeights,  ///< sum of k * (value - oldest), k = 1 for the oldest ... window for the newest
  };

  /// `window` from 1 to kLongestWindow; with any other the window is never full.
  explicit BinaryWindow(int window, Second second = Second::kNone);

  /// Takes the next value; about log2(window) steps.
  void push(double value);
  /// Whether `window` values have been pushed; before, the functions below mean nothing.
  [[nodiscard]] bool full() const noexcept { return window_ > 0 && count_ >= window_; }

  /// The oldest value in the window.
  [[nodiscard]] double oldest() const noexcept { return value_ago(window_ - 1); }
  /// The sum of (value - oldest) over the window.
  [[nodiscard]] double sum() const noexcept { return sum_; }
  /// The squares or the weights, as asked for.
  [[nodiscard]] double second() const noexcept { return total_second_; }

 private:
  struct Level {  // the latest pieces of one size: a ring in memory_
    std::size_t size = 0;
    std::size_t mask = 0;
    std::size_t sums = 0, seconds = 0;  // where the rings begin
  };
  struct Piece {               // one binary digit of the window
    std::size_t level = 0;     // its ring; unused for a single value
    std::size_t offset = 0;    // its first bar, counted from the window's oldest
    std::size_t bars_ago = 0;  // when it ended
    double size = 0;
  };
  [[nodiscard]] double value_ago(std::size_t bars) const noexcept { return memory_[(count_ - 1 - bars) & mask_]; }
  template <Second kSecond>
  void push_as(double value);
  template <Second kSecond>
  void join_pieces();

  std::size_t window_ = 0;
  std::size_t count_ = 0;  // values pushed
  std::size_t mask_ = 0;   // of the ring of values, at the start of memory_
  Second kind_ = Second::kNone;
  std::vector<Level> levels_;  // sizes 2, 4, 8, ...
  std::vector<Piece> pieces_;  // oldest and smallest first
  std::vector<double> memory_;
  double sum_ = 0;
  double total_second_ = 0;
};

}  // namespace peak::indicators
