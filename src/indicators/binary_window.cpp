#include "peak/indicators/binary_window.hpp"

#include <algorithm>
#include <bit>

#include "peak/indicators/undefined.hpp"

namespace peak::indicators {

BinaryWindow::BinaryWindow(int window, Second second) : kind_(second) {
  if (!window_is_valid(window)) return;
  window_ = static_cast<std::size_t>(window);
  std::size_t memory = std::bit_ceil(window_);
  mask_ = memory - 1;
  std::size_t offset = 0;
  for (std::size_t size = 1; size <= window_; size *= 2) {
    const bool needed = (window_ & size) != 0;
    const std::size_t larger = window_ & ~(2 * size - 1);
    if (needed) {
      pieces_.push_back({levels_.size(), offset, larger, static_cast<double>(size)});
      offset += size;
    }
    if (size == 1) continue;
    // A piece is read again when it has become a first half (size bars later) and, if the window has this binary digit,
    // when the larger pieces have come after it.
    const std::size_t capacity = std::bit_ceil(std::max(size, needed ? larger : 0) + 1);
    Level level{size, capacity - 1, memory, memory};
    memory += capacity;
    if (kind_ != Second::kNone) {
      level.seconds = memory;
      memory += capacity;
    }
    levels_.push_back(level);
  }
  memory_.assign(memory, 0.0);
}

void BinaryWindow::push(double value) {
  if (window_ == 0) return;
  switch (kind_) {
    case Second::kNone: return push_as<Second::kNone>(value);
    case Second::kSquares: return push_as<Second::kSquares>(value);
    case Second::kWeights: return push_as<Second::kWeights>(value);
  }
}

// Before `window` values have come, the rings hold zeros and what was made of them; no full window reads those.
template <BinaryWindow::Second kSecond>
void BinaryWindow::push_as(double value) {
  double* const memory = memory_.data();
  const std::size_t now = count_++;
  memory[now & mask_] = value;
  double oldest = value, sum = 0.0, second = 0.0;  // of the piece that ends now, from one size to the next
  const Level* halves = nullptr;
  for (const Level& level : levels_) {
    const double later = oldest;
    oldest = memory[(now - (level.size - 1)) & mask_];
    const double step = later - oldest;
    if (halves == nullptr) {
      sum = step;
      if constexpr (kSecond == Second::kSquares) second = step * step * 0.5;
      if constexpr (kSecond == Second::kWeights) second = 2.0 * step;
    } else {
      const std::size_t half = level.size / 2;
      const double h = static_cast<double>(half);
      const std::size_t slot = (now - half) & halves->mask;
      const double lower = memory[halves->sums + slot];
      const double upper = sum + h * step;
      sum = lower + upper;
      if constexpr (kSecond == Second::kSquares) {
        const double apart = upper - lower;
        second = (memory[halves->seconds + slot] + second) + apart * apart * (1.0 / (2.0 * h));
      } else if constexpr (kSecond == Second::kWeights) {
        second = memory[halves->seconds + slot] + ((second + (h * (h + 1.0) * 0.5) * step) + h * upper);
      }
    }
    memory[level.sums + (now & level.mask)] = sum;
    if constexpr (kSecond != Second::kNone) memory[level.seconds + (now & level.mask)] = second;
    halves = &level;
  }
  if (count_ >= window_) join_pieces<kSecond>();
}

template <BinaryWindow::Second kSecond>
void BinaryWindow::join_pieces() {
  const std::size_t now = count_ - 1;
  const double reference = oldest();
  const bool single = pieces_.size() == 1;
  double sum = 0.0, total = 0.0;
  for (const Piece& piece : pieces_) {
    const bool first = piece.offset == 0;
    const double step = first ? 0.0 : value_ago(window_ - 1 - piece.offset) - reference;
    double moved = step;  // the piece's sum of (value - oldest of the window)
    double second = 0.0;
    if (piece.size > 1.0) {
      const Level& level = levels_[piece.level];
      const std::size_t slot = (now - piece.bars_ago) & level.mask;
      const double own = memory_[level.sums + slot];
      moved = first ? own : own + piece.size * step;
      if constexpr (kSecond != Second::kNone) second = memory_[level.seconds + slot];
    }
    if constexpr (kSecond == Second::kSquares) {
      if (!single) second = second + moved * moved * (1.0 / piece.size);
    }
    if constexpr (kSecond == Second::kWeights) {
      const double n = piece.size;
      if (!first) second = (second + (n * (n + 1.0) * 0.5) * step) + static_cast<double>(piece.offset) * moved;
    }
    sum = first ? moved : sum + moved;
    total = first ? second : total + second;
  }
  if constexpr (kSecond == Second::kSquares) {
    if (!single) total = total - sum * sum / static_cast<double>(window_);
    if (total < 0.0) total = 0.0;
  }
  sum_ = sum;
  total_second_ = total;
}

}  // namespace peak::indicators
