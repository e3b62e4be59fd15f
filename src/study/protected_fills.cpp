// Limit: for each trade two searches for a signal, one word of 64 bars at a time, each of which waits for the one
// before and ends where no machine foresees it. Bars on which a position is held cost two loads and two comparisons for
// each vector, but only of the first combination that enters there.
#include "study/protected_fills.hpp"

#include <algorithm>
#include <bit>
#include <limits>
#include <tuple>

#include "peak/base/simd.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "study/protected_fills.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace peak::study::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

std::size_t first_touch(const double* low, const double* high, std::size_t begin, std::size_t end, double stop,
                        double target) {
  const hn::ScalableTag<double> d;
  const std::size_t lanes = hn::Lanes(d);
  const auto floor = hn::Set(d, stop), ceiling = hn::Set(d, target);
  std::size_t t = begin;
  for (; t + lanes <= end; t += lanes) {
    const auto touched = hn::Or(hn::Le(hn::LoadU(d, low + t), floor), hn::Ge(hn::LoadU(d, high + t), ceiling));
    const std::intptr_t first = hn::FindFirstTrue(d, touched);
    if (first >= 0) return t + static_cast<std::size_t>(first);
  }
  while (t < end && !(low[t] <= stop || high[t] >= target)) ++t;
  return t;
}

}  // namespace peak::study::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace peak::study {

HWY_EXPORT(first_touch);

namespace {

constexpr double kNever = std::numeric_limits<double>::infinity();

// The first bar of [from, end) with a bit of `wanted` and none of `hindering`; end if there is none.
std::size_t next_signal(const BitView& wanted, const BitView& hindering, std::size_t from, std::size_t end) {
  for (std::size_t w = from / 64; w * 64 < end; ++w) {
    std::uint64_t word = wanted.word(w) & ~hindering.word(w);
    if (w == from / 64) word = word >> (from % 64) << (from % 64);
    if (word != 0) return std::min(w * 64 + static_cast<std::size_t>(std::countr_zero(word)), end);
  }
  return end;
}

constexpr std::uint32_t kIsTouch = std::uint32_t{1} << 31;
constexpr std::size_t kLookAhead = 32;  // bars beyond those asked for, for the next to ask

auto order_of(const WalkTerms& terms) {
  return std::make_tuple(terms.at_open, terms.slippage, terms.stop_loss, terms.take_profit);
}

}  // namespace

bool touches_before(const WalkTerms& a, const WalkTerms& b) { return order_of(a) < order_of(b); }

void ProtectedFills::take(const WalkTerms& terms, std::size_t begin, std::size_t end) {
  const bool same = begin == begin_ && touched_.size() == end - begin && order_of(terms) == order_of(terms_);
  terms_ = terms;
  begin_ = begin;
  if (!same) touched_.assign(end - begin, 0);
}

ProtectedFills::Levels ProtectedFills::levels(double price) const {
  return {terms_.stop_loss > 0 ? price - price * terms_.stop_loss : -kNever,
          terms_.take_profit > 0 ? price + price * terms_.take_profit : kNever};
}

// The first bar of [begin, end) whose low is at or under the stop or whose high is at or over the target; `end` if
// none.
std::size_t ProtectedFills::touch(std::size_t entered, const Levels& levels, std::size_t begin, std::size_t end) {
  if (begin >= end) return end;
  const auto look = [&](std::size_t from, std::size_t to) {
    return HWY_DYNAMIC_DISPATCH(first_touch)(bars_.low().data(), bars_.high().data(), from, to, levels.stop,
                                             levels.target);
  };
  if (entered < begin_) return look(begin, end);  // before this stretch: once for each combination
  std::uint32_t& known = touched_[entered - begin_];
  if ((known & kIsTouch) == 0 && known < end) {
    const std::size_t from = std::max<std::size_t>(begin, known), to = std::min(end + kLookAhead, bars_.size());
    const std::size_t found = look(from, to);
    known = static_cast<std::uint32_t>(found) | (found < to ? kIsTouch : 0);
  }
  return (known & kIsTouch) == 0 ? end : std::min<std::size_t>(known & ~kIsTouch, end);
}

double ProtectedFills::touch_price(std::size_t bar, bool from_open, const Levels& levels) const {
  const double worse_sell = 1 - terms_.slippage, open = bars_.open()[bar];
  if (from_open && open <= levels.stop) return open * worse_sell;
  if (from_open && open >= levels.target) return open;
  return bars_.low()[bar] <= levels.stop ? levels.stop * worse_sell : levels.target;
}

void ProtectedFills::find(const BitView& entry, const BitView& exit, const WalkTerms& terms, std::size_t begin,
                          std::size_t end, ProtectedPosition& position, std::vector<PricedFill>& fills) {
  take(terms, begin, end);
  const std::size_t lag = terms.at_open ? 1 : 0, last_decision = end - lag;
  const auto market = terms.at_open ? bars_.open() : bars_.close();
  const double worse_buy = 1 + terms.slippage, worse_sell = 1 - terms.slippage;
  fills.clear();
  for (;;) {
    if (!position.held) {
      const std::size_t entered = next_signal(entry, exit, position.decided, last_decision) + lag;
      if (entered >= end) break;
      position = {true, entered, market[entered] * worse_buy, terms.at_open ? entered : entered + 1};
      fills.push_back({static_cast<std::uint32_t>(entered), position.price});
    }
    // Decisions while the position is held begin at the bar of an entry at the open, after that of one at the close.
    const std::size_t leaves = next_signal(exit, {}, position.decided, std::max(position.decided, last_decision));
    const std::size_t left = leaves + lag;
    // Entered at the open, a position is exposed on its bar; entered at the close, from the next bar on. An exit at the
    // open comes before the bar's range, one at the close after it.
    const std::size_t exposed = std::max(terms.at_open ? position.entered : position.entered + 1, begin);
    const std::size_t exposed_end = std::max(exposed, std::min(terms.at_open ? left : left + 1, end));
    const Levels bounds = levels(position.price);
    const std::size_t touched = touch(position.entered, bounds, exposed, exposed_end);
    if (touched < exposed_end) {
      const bool from_open = touched > position.entered;  // held when the bar opened
      fills.push_back({static_cast<std::uint32_t>(touched), touch_price(touched, from_open, bounds)});
      // Rule 5: on the bar of an entry at the close nothing was held when it was decided; on any later one signals are
      // decided after what happened inside the bar.
      position = {false, 0, 0, touched};
      continue;
    }
    if (left >= end) break;
    fills.push_back({static_cast<std::uint32_t>(left), market[left] * worse_sell});
    position = {false, 0, 0, leaves + 1};
  }
  position.decided = std::max(position.decided, last_decision);
}

}  // namespace peak::study
#endif
