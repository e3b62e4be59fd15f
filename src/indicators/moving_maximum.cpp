#include "peak/indicators/moving_maximum.hpp"

#include <cmath>
#include <limits>

#include "peak/indicators/undefined.hpp"

namespace peak::indicators {
namespace {

constexpr double kLowest = -std::numeric_limits<double>::infinity();

double larger(double a, double b) { return b > a ? b : a; }

}  // namespace

MovingMaximum::MovingMaximum(int window) {
  if (!window_is_valid(window)) return;
  window_ = static_cast<std::size_t>(window);
  undefined_left_ = window_ - 1;
  prefix_ = kLowest;
  block_.assign(window_, kLowest);
  suffix_.assign(window_ + 1, kLowest);
}

double MovingMaximum::update(double value) {
  if (window_ == 0) return kUndefined;
  if (!std::isfinite(
          value)) {  // it takes part as a value that is never the maximum, and blots out the windows it is in
    undefined_left_ = window_;
    value = kLowest;
  }
  block_[position_] = value;
  prefix_ = larger(prefix_, value);
  const double maximum = larger(prefix_, suffix_[position_ + 1]);
  if (++position_ == window_) end_block();
  if (undefined_left_ > 0) {
    --undefined_left_;
    return kUndefined;
  }
  return maximum + 0.0;
}

void MovingMaximum::end_block() {
  for (std::size_t i = window_; i-- > 0;) suffix_[i] = larger(suffix_[i + 1], block_[i]);
  position_ = 0;
  prefix_ = kLowest;
}

}  // namespace peak::indicators
