#include "study/stretches.hpp"

#include <algorithm>

namespace peak::study {
namespace {

constexpr std::size_t kLegBars = 8192;  // at least, but for the last; data up to twice as long are one leg

}  // namespace

Stretches::Stretches(std::size_t bars, std::size_t blocks, std::size_t periods) : places_(bars) {
  const auto end_of = [&](std::size_t part, std::size_t parts) { return bars * (part + 1) / parts; };
  std::size_t block = 0, period = 0;
  for (std::size_t begin = 0; begin < bars;) {
    while (end_of(block, blocks) <= begin) ++block;
    while (periods != 0 && end_of(period, periods) <= begin) ++period;
    const std::size_t block_end = end_of(block, blocks);
    const std::size_t period_end = periods != 0 ? end_of(period, periods) : bars;
    const std::size_t end = std::min({begin + kMostBars, block_end, period_end});
    stretches_.push_back({begin, end, block, period, end == block_end, end == period_end});
    begin = end;
  }
  std::size_t leg_begin = 0;
  for (std::size_t s = 0; s < stretches_.size(); ++s) {
    const Stretch& stretch = stretches_[s];
    const bool is_full = stretch.begin - leg_begin >= kLegBars && bars > 2 * kLegBars;
    if (first_.empty() || is_full || s - first_.back() == kMostInLeg) {
      first_.push_back(s);
      leg_begin = stretch.begin;
    }
    std::fill(places_.data() + stretch.begin, places_.data() + stretch.end,
              static_cast<std::uint8_t>(s - first_.back()));
  }
  first_.push_back(stretches_.size());
}

}  // namespace peak::study
