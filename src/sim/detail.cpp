#include "sim/detail.hpp"

#include "peak/market/periods.hpp"

namespace peak::sim {

Status check_detail(const Bars& bars, const Bars& finer) {
  if (finer.size() < 2 || bars.size() < 2) return {};
  const Nanoseconds step = modal_step(bars.time());
  if (finer.time().back() < bars.time().front() || finer.time().front() >= bars.time().back() + step) {
    return bad_data("detail lies inside none of the data's bars: it goes from " + format_time(finer.time().front()) +
                    " to " + format_time(finer.time().back()) + ", they begin at " + format_time(bars.time().front()) +
                    "; are its times in another zone?");
  }
  if (modal_step(finer.time()) < step) return {};
  return invalid_argument("detail must be finer bars than the data: both have a bar about every " +
                          std::to_string(modal_step(finer.time()) / kNanosecondsPerSecond) +
                          " s; give, say, minutes for days");
}

Detail::Detail(const Bars& bars, const Bars* finer) : bars_(bars), finer_(finer) {
  if (finer_ != nullptr) step_ = modal_step(bars.time());
}

std::span<const BarPrices> Detail::of(std::size_t t) {
  inside_.clear();
  if (finer_ == nullptr) return {};
  const auto time = finer_->time();
  const Nanoseconds begin = bars_.time()[t];
  const Nanoseconds end = t + 1 < bars_.size() ? bars_.time()[t + 1] : begin + step_;
  while (next_ < time.size() && time[next_] < begin) ++next_;
  for (; next_ < time.size() && time[next_] < end; ++next_) {
    inside_.push_back({finer_->open()[next_], finer_->high()[next_], finer_->low()[next_], finer_->close()[next_]});
  }
  return inside_;
}

}  // namespace peak::sim
