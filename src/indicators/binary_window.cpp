#include "peak/indicators/binary_window.hpp"

#include <algorithm>
#include <bit>

#include "peak/indicators/undefined.hpp"

namespace peak::indicators {

BinaryWindow::BinaryWindow(int window, Second second) : kind_(second) {
  if (!window_is_valid(window)) return;
  window_ = static_cast<std::size_t>(window);
  values_.assign(std::bit_ceil(window_), 0.0);
  mask_ = values_.size() - 1;
  for (std::size_t size = 2; size <= window_; size *= 2) {
    // A piece is read again when it has become a first half (size bars later) and, if the window has this binary digit,
    // when the larger pieces have come after it.
    const std::size_t larger = (window_ & size) != 0 ? window_ & ~(2 * size - 1) : 0;
    Level level;
    level.size = size;
    level.sum.assign(std::bit_ceil(std::max(size, larger) + 1), 0.0);
    level.mask = level.sum.size() - 1;
    if (kind_ != Second::kNone) level.second.assign(level.sum.size(), 0.0);
    levels_.push_back(std::move(level));
  }
}

void BinaryWindow::push(double value) {
  if (window_ == 0) return;
  values_[count_ & mask_] = value;
  ++count_;
  for (std::size_t index = 0; index < levels_.size(); ++index) {
    if (count_ >= levels_[index].size) push_level(index);
  }
  if (full()) join_pieces();
}

void BinaryWindow::push_level(std::size_t index) {
  Level& level = levels_[index];
  const std::size_t now = count_ - 1;
  const std::size_t slot = now & level.mask;
  const std::size_t half = level.size / 2;
  const double step = value_ago(half - 1) - value_ago(level.size - 1);
  if (index == 0) {
    level.sum[slot] = step;
    if (kind_ == Second::kSquares) level.second[slot] = step * step * 0.5;
    if (kind_ == Second::kWeights) level.second[slot] = 2.0 * step;
    return;
  }
  const Level& halves = levels_[index - 1];
  const std::size_t first = (now - half) & halves.mask;
  const std::size_t last = now & halves.mask;
  const double h = static_cast<double>(half);
  const double upper = halves.sum[last] + h * step;
  level.sum[slot] = halves.sum[first] + upper;
  if (kind_ == Second::kSquares) {
    const double apart = upper - halves.sum[first];
    level.second[slot] = (halves.second[first] + halves.second[last]) + apart * apart * (1.0 / (2.0 * h));
  } else if (kind_ == Second::kWeights) {
    level.second[slot] = halves.second[first] + ((halves.second[last] + (h * (h + 1.0) * 0.5) * step) + h * upper);
  }
}

void BinaryWindow::join_pieces() {
  const std::size_t now = count_ - 1;
  const double reference = oldest();
  const bool single = std::has_single_bit(window_);
  std::size_t offset = 0;
  for (std::size_t size = 1; size <= window_; size *= 2) {
    if ((window_ & size) == 0) continue;
    const bool first = offset == 0;
    const double n = static_cast<double>(size);
    const double step = first ? 0.0 : value_ago(window_ - 1 - offset) - reference;
    double moved = step;  // the piece's sum of (value - oldest of the window)
    double second = 0.0;
    if (size > 1) {
      const Level& level = levels_[static_cast<std::size_t>(std::countr_zero(size)) - 1];
      const std::size_t slot = (now - (window_ - offset - size)) & level.mask;
      moved = first ? level.sum[slot] : level.sum[slot] + n * step;
      second = kind_ == Second::kNone ? 0.0 : level.second[slot];
    }
    sum_ = first ? moved : sum_ + moved;
    if (kind_ == Second::kSquares) {
      const double part = single ? second : second + moved * moved * (1.0 / n);
      total_second_ = first ? part : total_second_ + part;
    } else if (kind_ == Second::kWeights) {
      const double part =
          first ? second : (second + (n * (n + 1.0) * 0.5) * step) + static_cast<double>(offset) * moved;
      total_second_ = first ? part : total_second_ + part;
    }
    offset += size;
  }
  if (kind_ == Second::kSquares && !single) {
    total_second_ = total_second_ - sum_ * sum_ / static_cast<double>(window_);
    if (total_second_ < 0.0) total_second_ = 0.0;
  }
}

}  // namespace peak::indicators
