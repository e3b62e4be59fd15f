// Limit: of the bars on which a position is held, two loads and two comparisons for each vector; beside them the search
// for signals, one word of 64 bars at a time.
#include "study/protected_fills.hpp"

#include <algorithm>
#include <bit>
#include <limits>

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

// The first bar >= from with a bit of `wanted` and none of `hindering`; size if there is none.
std::size_t next_signal(const BitView& wanted, const BitView& hindering, std::size_t from, std::size_t size) {
  for (std::size_t w = from / 64; w * 64 < size; ++w) {
    std::uint64_t word = wanted.word(w) & ~hindering.word(w);
    if (w == from / 64) word = word >> (from % 64) << (from % 64);
    if (word != 0) return w * 64 + static_cast<std::size_t>(std::countr_zero(word));
  }
  return size;
}

}  // namespace

std::size_t find_touch(const double* low, const double* high, std::size_t begin, std::size_t end, double stop,
                       double target) {
  return begin >= end ? end : HWY_DYNAMIC_DISPATCH(first_touch)(low, high, begin, end, stop, target);
}

void find_protected_fills(const Bars& bars, const BitView& entry, const BitView& exit, const WalkTerms& terms,
                          std::vector<PricedFill>& fills) {
  const std::size_t size = bars.size(), lag = terms.at_open ? 1 : 0;
  const auto open = bars.open(), market = terms.at_open ? bars.open() : bars.close();
  const double worse_buy = 1 + terms.slippage, worse_sell = 1 - terms.slippage;
  fills.clear();
  std::size_t decided = 0;  // first bar whose signals have not been looked at
  for (;;) {
    const std::size_t entered = next_signal(entry, exit, decided, size) + lag;
    if (entered >= size) return;
    const double price = market[entered] * worse_buy;
    fills.push_back({static_cast<std::uint32_t>(entered), price});
    const double stop = terms.stop_loss > 0 ? price - price * terms.stop_loss : -kNever;
    const double target = terms.take_profit > 0 ? price + price * terms.take_profit : kNever;
    // Decisions while the position is held begin at the bar of an entry at the open, after that of one at the close.
    const std::size_t leaves = next_signal(exit, {}, terms.at_open ? entered : entered + 1, size);
    const std::size_t left = std::min(leaves + lag, size);
    // Entered at the open, a position is exposed on its bar; entered at the close, from the next bar on. An exit at the
    // open comes before the bar's range, one at the close after it.
    const std::size_t exposed = terms.at_open ? entered : entered + 1;
    const std::size_t exposed_end = terms.at_open ? left : std::min(left + 1, size);
    const std::size_t touched =
        find_touch(bars.low().data(), bars.high().data(), exposed, std::max(exposed, exposed_end), stop, target);
    if (touched < std::max(exposed, exposed_end)) {
      const bool from_open = touched > entered;  // held when the bar opened
      double exit_price = 0;
      if (from_open && open[touched] <= stop) {
        exit_price = open[touched] * worse_sell;
      } else if (from_open && open[touched] >= target) {
        exit_price = open[touched];
      } else {
        exit_price = bars.low()[touched] <= stop ? stop * worse_sell : target;
      }
      fills.push_back({static_cast<std::uint32_t>(touched), exit_price});
      decided = touched;
      // Rule 5: on the bar of an entry at the close nothing was held when it was decided; on any later one signals are
      // decided after what happened inside the bar.
      continue;
    }
    if (left >= size) return;
    fills.push_back({static_cast<std::uint32_t>(left), market[left] * worse_sell});
    decided = leaves + 1;
  }
}

}  // namespace peak::study
#endif
