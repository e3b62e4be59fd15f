// Equity and returns of the fast engine: between fills many bars at a time.
#include <algorithm>
#include <cmath>

#include "sim/fast_run.hpp"
#include "sim/marking.hpp"

namespace peak::sim {

// Rule 6: where a close is missing the last mark stays. Without missing closes the closes themselves are the marks.
void FastRun::fill_marks() {
  marks_ = bars_.close().data();
  if (bars_.has_every_price() || !has_gap(marks_, size_)) return;
  own_marks_ = Buffer<double>(bars_.close());
  for (std::size_t t = 1; t < size_; ++t) {
    if (std::isnan(own_marks_[t])) own_marks_[t] = own_marks_[t - 1];
  }
  marks_ = own_marks_.data();
}

// A fill at the open of a bar without a close makes its price the mark until the next close.
void FastRun::mark_from_fill(std::size_t fill, double price) {
  for (std::size_t t = fill; t < size_ && std::isnan(bars_.close()[t]); ++t) own_marks_[t] = price;
}

/// Marks bars [marked_to_, to) on which nothing fills. Returns the bar of ruin, or size_.
std::size_t FastRun::mark_unchanged(std::size_t to) {
  const std::size_t from = marked_to_;
  if (from >= to) return size_;
  marked_to_ = to;
  if (position().flat()) {
    mark_flat(account_.cash, from, to, equity_.data(), returns_.data());
    return size_;
  }
  const bool by_price = account_.cash == 0;
  const double multiplier = broker_.instrument.multiplier;
  std::size_t ruin = size_;
  if (multiplier == 1) {
    const bool nonpositive =
        mark_held(account_.cash, position().units, marks_, from, to, by_price, equity_.data(), returns_.data());
    if (nonpositive && !account_.ruined()) {
      const double* first =
          std::find_if(equity_.begin() + from, equity_.begin() + to, [](double equity) { return equity <= 0; });
      ruin = static_cast<std::size_t>(first - equity_.begin());
    }
  } else {
    for (std::size_t t = from; t < to && ruin == size_; ++t) {
      equity_[t] = account_.equity_at(marks_[t]);
      returns_[t] = by_price ? marks_[t] / marks_[t - 1] - 1 : equity_[t] / equity_[t - 1] - 1;
      if (equity_[t] <= 0 && !account_.ruined()) ruin = t;
    }
  }
  set_in_position(from, std::min(ruin, to));
  return ruin;
}

void FastRun::liquidate(std::size_t bar) {
  if (!position().flat()) {
    Exit terms;
    terms.reason = ExitReason::kLiquidation;
    terms.slips = false;
    exit(bar, bar, marks_[bar], terms);
  }
  account_.out.ruin_bar = static_cast<std::int64_t>(bar);
}

// Rule 11. Bars after the ruin are marked again, flat.
void FastRun::settle_ruin(std::size_t bar) {
  const std::size_t decided = at_open_ ? bar : bar + 1;
  count_outcomes(decided_to_, decided);
  decided_to_ = std::max(decided_to_, decided);
  liquidate(bar);
  equity_[bar] = account_.cash;
  returns_[bar] = -1;
  marked_to_ = bar + 1;
}

void FastRun::mark_fill_bar(std::size_t t) {
  const double equity = account_.equity_at(marks_[t]);
  const double before = t == 0 ? broker_.cash : equity_[t - 1];
  marked_to_ = t + 1;
  if (account_.ruined()) {
    equity_[t] = equity;
    returns_[t] = 0;
    return;
  }
  if (equity <= 0) {
    liquidate(t);
    equity_[t] = account_.cash;
    returns_[t] = -1;
    return;
  }
  equity_[t] = equity;
  returns_[t] = equity / before - 1;
  if (!position().flat()) in_position_.set(t);
}

void FastRun::set_in_position(std::size_t from, std::size_t to) {
  for (std::size_t w = from / 64; w * 64 < to; ++w) in_position_.words()[w] |= bits_within(w, from, to);
}

}  // namespace peak::sim
