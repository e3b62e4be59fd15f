#include "peak/indicators/moving_maximum.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

#include "peak/indicators/undefined.hpp"

namespace peak::indicators {

MovingMaximum::MovingMaximum(int window) {
  if (!window_is_valid(window)) return;
  window_ = static_cast<std::size_t>(window);
  defined_from_ = window_;
  queue_.resize(std::bit_ceil(window_ + 1));
  mask_ = queue_.size() - 1;
}

double MovingMaximum::update(double value) {
  if (window_ == 0) return kUndefined;
  const std::size_t bar = bar_++;
  if (!std::isfinite(value)) {
    front_ = back_ = 0;
    defined_from_ = bar_ + window_;
    return kUndefined;
  }
  while (front_ != back_ && queue_[front_ & mask_].bar + window_ <= bar) ++front_;
  while (front_ != back_ && queue_[(back_ - 1) & mask_].value <= value) --back_;
  queue_[back_++ & mask_] = {bar, value};
  return bar_ >= defined_from_ ? queue_[front_ & mask_].value + 0.0 : kUndefined;
}

}  // namespace peak::indicators
