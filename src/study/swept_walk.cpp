// What limits it: some 270 operations for a trade, among them three divisions, of which one waits for the trade before
// (its size), and four cache lines of 64 bytes: two rows of the market and two entries of its table of ranges. 20 ns on
// Zen 4 where the lines come from the third-level cache, about as fast with wider vectors. Measured by bench/study.
#include "study/swept_walk.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <memory>

#include "study/period_ticks.hpp"

namespace peak::study {
namespace {

constexpr double kMostReturn = 4;  // as in PriceSums
constexpr double kLeastCash = 1e-150, kMostCash = 1e150;

constexpr std::size_t kAhead = 8;            // fills
constexpr std::size_t kFewBars = 16;         // looked at one by one
constexpr std::size_t kMostWordBars = 1024;  // whose sums words are let grow to, but for one stretch more

using State = SweptWalk::State;

// A SplitSum, or two numbers, side by side: a vector on every machine.
using WordPair = std::uint64_t __attribute__((vector_size(16)));
using NumberPair = double __attribute__((vector_size(16)));

WordPair words_of(const SplitSum& sum) {
  WordPair words;
  std::memcpy(&words, &sum, sizeof words);
  return words;
}

SplitSum split_of(WordPair words) { return {words[0], words[1]}; }

// Of a stretch.
struct alignas(64) FillSums {
  WordPair returns, squares, downside;  // SplitSums
  std::uint64_t ticks;
  std::uint64_t turns;  // how often a position was opened or closed: 0 if nothing fills in it
};
using LegSums = std::array<FillSums, Stretches::kMostInLeg>;

enum class Turn : std::uint8_t { kNone, kOpen, kClose };

// to_fixed as a SplitSum.
[[gnu::always_inline]] inline WordPair fixed_words(double value) {
  const NumberPair given = {value, value};
  const NumberPair high = given + kFixedHighRounder;
  const NumberPair low = (given - (high - kFixedHighRounder)) + kFixedLowRounder;
  constexpr WordPair kRounders = {std::bit_cast<std::uint64_t>(kFixedHighRounder),
                                  std::bit_cast<std::uint64_t>(kFixedLowRounder)};
  return std::bit_cast<WordPair>(NumberPair{high[0], low[1]}) - kRounders;
}

// Adds the return of a bar on which something fills, and takes off what the market had made when a position was opened,
// or adds what it had made when it was closed.
template <bool kDownside>
[[gnu::always_inline]] inline void add_fill(FillSums& sums, double value, Turn turn, const MarketRow& row) {
  WordPair returns = fixed_words(value), squares = fixed_words(value * value);
  std::uint64_t ticks = ticks_of(value);
  WordPair downside{};
  if constexpr (kDownside) downside = fixed_words(value < 0 ? value * value : 0.0);
  if (turn == Turn::kOpen) {
    returns -= words_of(row.returns);
    squares -= words_of(row.squares);
    ticks -= row.ticks;
    if constexpr (kDownside) downside -= words_of(row.downside);
  }
  if (turn == Turn::kClose) {
    returns += words_of(row.returns);
    squares += words_of(row.squares);
    ticks += row.ticks;
    if constexpr (kDownside) downside += words_of(row.downside);
  }
  sums.returns += returns;
  sums.squares += squares;
  sums.ticks += ticks;
  sums.turns += turn == Turn::kNone ? 2 : 1;
  if constexpr (kDownside) sums.downside += downside;
}

// What a market made up to a row, on which a position was held.
template <bool kAdds>
[[gnu::always_inline]] inline void add_row(FillSums& sums, std::uint64_t& ticks, const MarketRow& row) {
  const WordPair returns = words_of(row.returns), squares = words_of(row.squares), downside = words_of(row.downside);
  sums.returns += kAdds ? returns : -returns;
  sums.squares += kAdds ? squares : -squares;
  sums.downside += kAdds ? downside : -downside;
  ticks += kAdds ? row.ticks : -row.ticks;
}

// Equity of the bars [first, last), whose closes lie in `range`, where it reaches a new high.
struct Fall {
  double peak, lowest, depth;

  void mark(double equity) {
    if (equity >= peak) {
      pass(equity, equity);
    } else {
      lowest = std::min(lowest, equity);
    }
  }
  void pass(double new_peak, double new_lowest) {
    depth = std::max(depth, 1.0 - lowest / peak);
    peak = new_peak;
    lowest = new_lowest;
  }
};

// Bars among which a new high comes. Passes what is certain not to hold a fall deeper than one that has been: its high
// is the new peak, and its own lows need not be remembered, for measured from there they are no deeper either.
[[gnu::always_inline]] inline bool passes(Fall& fall, double highest, double lowest) {
  // The peak before is passed in here. Falls from it that end in here are no deeper than from the new one.
  fall.depth = std::max(fall.depth, 1.0 - fall.lowest / fall.peak);
  if (!(1.0 - lowest / highest <= fall.depth)) return false;
  fall.peak = fall.lowest = highest;
  return true;
}

[[gnu::noinline]] Fall pass_high(const PriceSums& prices, std::size_t first, std::size_t last, const PriceRange& range,
                                 double units, Fall fall) {
  if (passes(fall, units * range.high, units * range.low)) return fall;
  // In pieces: most hold no new high, or no fall that matters.
  for (std::size_t begin = first; begin < last; begin += kFewBars) {
    const std::size_t end = std::min(begin + kFewBars, last);
    const PriceRange part = prices.range(begin, end);
    const double highest = units * part.high, lowest = units * part.low;
    if (highest < fall.peak) {
      fall.lowest = std::min(fall.lowest, lowest);
    } else if (!passes(fall, highest, lowest)) {
      for (std::size_t t = begin; t < end; ++t) fall.mark(units * prices.close()[t]);
    }
  }
  return fall;
}

// Fills at the open or close of their bars.
struct BarFills {
  static constexpr bool kMayMeet = false;
  std::span<const std::uint32_t> bars;
  const double* market;
  double buys_at, sells_at;  // shares of the price, by slippage

  [[nodiscard]] std::size_t count(std::size_t) const { return bars.size(); }
  [[nodiscard]] std::size_t bar(std::size_t i) const { return bars[i]; }
  [[nodiscard]] double bought_at(std::size_t i) const { return market[bars[i]] * buys_at; }
  [[nodiscard]] double sold_at(std::size_t i) const { return market[bars[i]] * sells_at; }
  [[nodiscard]] bool meets_next(std::size_t) const { return false; }
};

// Fills at prices of their own; an entry may lie on the bar of the exit before it, or an exit on that of its entry.
struct PricedFills {
  static constexpr bool kMayMeet = true;
  std::span<const PricedFill> fills;

  [[nodiscard]] std::size_t count(std::size_t end) const {
    return static_cast<std::size_t>(
        std::partition_point(fills.begin(), fills.end(), [&](const PricedFill& fill) { return fill.bar < end; }) -
        fills.begin());
  }
  [[nodiscard]] std::size_t bar(std::size_t i) const { return fills[i].bar; }
  [[nodiscard]] double bought_at(std::size_t i) const { return fills[i].price; }
  [[nodiscard]] double sold_at(std::size_t i) const { return fills[i].price; }
  [[nodiscard]] bool meets_next(std::size_t i) const {
    return i + 1 < fills.size() && fills[i + 1].bar == fills[i].bar;
  }
};

template <class Fills, bool kDownside>
class LegWalk {
 public:
  LegWalk(const SweptMarket& market, double commission, const State& state, LegSums& sums)
      : prices_(market.prices),
        rows_(market.prices.rows()),
        places_(market.stretches.places()),
        commission_(commission),
        state_(state),
        sums_(sums) {}

  [[gnu::always_inline]] State run(const Fills& fills, std::size_t count, std::size_t end) {
    std::size_t i = 0;
    if (state_.is_held && count > 0) leave(fills, i++);
    for (; i + 2 <= count; i += 2) {
      if (i + kAhead + 2 <= count) prefetch(fills.bar(i + kAhead), fills.bar(i + kAhead + 1));
      enter(fills, i);
      leave(fills, i + 1);
    }
    if (i < count) enter(fills, i);
    if (state_.is_held) mark_held(end);
    state_.marked = end;
    return state_;
  }

 private:
  // Asks for what a trade will read: memory is far away, and what a trade does waits for the one before.
  [[gnu::always_inline]] void prefetch(std::size_t entered, std::size_t left) const {
    __builtin_prefetch(rows_ + entered);
    __builtin_prefetch(rows_ + left - 1);
    if (left > entered) prices_.prefetch_range(entered, left);
  }

  // Ledger::enter of an all-in long.
  [[gnu::always_inline]] void enter(const Fills& fills, std::size_t i) {
    State& s = state_;
    const double price = fills.bought_at(i);
    const std::size_t bar = fills.bar(i);
    s.units = s.cash / (price * (1 + commission_));
    const double value = s.units * price;
    s.entry_fee = value * commission_;
    s.entry_price = price;
    s.fees += s.entry_fee;
    s.entered = s.marked = bar;
    s.is_held = true;
    if (Fills::kMayMeet && fills.meets_next(i)) return;  // left on the same bar, whose return comes then
    const MarketRow& row = rows_[bar];
    add(s.units * row.close / s.before - 1, bar, Turn::kOpen, row);
  }

  // Ledger::close_at of a long.
  [[gnu::always_inline]] void leave(const Fills& fills, std::size_t i) {
    State& s = state_;
    const double price = fills.sold_at(i);
    const std::size_t bar = fills.bar(i);
    const MarketRow& row = rows_[bar - 1];
    const bool was_held = !Fills::kMayMeet || bar != s.entered;  // when the bar began
    if (was_held) {
      mark_held(bar);
      s.before = s.units * row.close;
    }
    const double value = s.units * price;
    const double fee = value * commission_;
    s.cash = value - fee;
    s.fees += fee;
    const double pnl = (price - s.entry_price) * s.units - (s.entry_fee + fee);
    s.pnl += pnl;
    s.win_pnl += pnl > 0 ? pnl : 0.0;
    s.loss_pnl += pnl < 0 ? pnl : 0.0;
    s.wins += pnl > 0;
    s.losses += pnl < 0;
    ++s.closed;
    s.good &= s.cash > kLeastCash && s.cash < kMostCash;
    s.held_bars += static_cast<std::int64_t>(bar - s.entered);
    s.is_held = false;
    if (Fills::kMayMeet && fills.meets_next(i)) {  // entered again on this bar, whose return comes then
      add_fill<kDownside>(sums_[places_[bar]], 0, Turn::kClose, row);
      return;
    }
    add(s.cash / s.before - 1, bar, was_held ? Turn::kClose : Turn::kNone, row);
    s.before = s.cash;
    if (s.cash >= s.peak) {
      s.depth = std::max(s.depth, 1.0 - s.lowest / s.peak);
      s.peak = s.lowest = s.cash;
    } else {
      s.lowest = s.cash < s.lowest ? s.cash : s.lowest;
    }
  }

  [[gnu::always_inline]] void add(double value, std::size_t bar, Turn turn, const MarketRow& row) {
    if (!(std::fabs(value) < kMostReturn)) {
      state_.good = false;
      value = 0;
    }
    add_fill<kDownside>(sums_[places_[bar]], value, turn, row);
  }

  // Equity of the bars before `end` that has not been looked at.
  [[gnu::always_inline]] void mark_held(std::size_t end) {
    State& s = state_;
    if (s.marked >= end) return;
    const PriceRange range = prices_.range(s.marked, end);
    if (s.units * range.high < s.peak) {
      const double lowest = s.units * range.low;
      s.lowest = lowest < s.lowest ? lowest : s.lowest;
    } else {
      const Fall fall = pass_high(prices_, s.marked, end, range, s.units, {s.peak, s.lowest, s.depth});
      s.peak = fall.peak;
      s.lowest = fall.lowest;
      s.depth = fall.depth;
    }
  }

  const PriceSums& prices_;
  const MarketRow* rows_;
  const std::uint8_t* places_;
  double commission_;
  State state_;
  LegSums& sums_;
};

LegSums& sums_of_thread() {
  // Zero between two legs. On the heap: the little room that a process has for the thread-locals of modules it loads
  // late is shared with every other library.
  thread_local const auto sums = std::make_unique<LegSums>();
  return *sums;
}

template <class Fills>
State walk_leg(const SweptMarket& market, const WalkTerms& terms, const State& state, const Fills& fills,
               std::size_t count, std::size_t end) {
  LegSums& sums = sums_of_thread();
  if (market.with_downside) return LegWalk<Fills, true>(market, terms.commission, state, sums).run(fills, count, end);
  return LegWalk<Fills, false>(market, terms.commission, state, sums).run(fills, count, end);
}

double rounded_sum(Int128 units) {
  ExactSum sum;
  sum.add_fixed(units);
  return sum.value();
}

}  // namespace

SweptWalk::SweptWalk(const WalkTerms& terms, const SweptSums& sums)
    : terms_(terms),
      sums_(sums),
      state_{.cash = terms.cash, .before = terms.cash, .peak = terms.cash, .lowest = terms.cash} {
  std::fill(sums_.blocks.begin(), sums_.blocks.end(), 0.0);
}

void SweptWalk::advance(const SweptMarket& market, const Stretches::Leg& leg, std::span<const std::uint32_t> fills) {
  const bool was_held = held();
  const double* at = terms_.at_open ? market.prices.open() : market.prices.close();
  const BarFills priced{fills, at, 1 + terms_.slippage, 1 - terms_.slippage};
  state_ = walk_leg(market, terms_, state_, priced, fills.size(), leg.end);
  end_leg(market, leg, was_held);
}

std::size_t SweptWalk::advance(const SweptMarket& market, const Stretches::Leg& leg,
                               std::span<const PricedFill> fills) {
  const bool was_held = held();
  const PricedFills priced{fills};
  const std::size_t count = priced.count(leg.end);
  state_ = walk_leg(market, terms_, state_, priced, count, leg.end);
  end_leg(market, leg, was_held);
  return count;
}

// Adds what positions made that were held over the ends of stretches, and hands on the sums of what has ended.
void SweptWalk::end_leg(const SweptMarket& market, const Stretches::Leg& leg, bool was_held) {
  const MarketRow* rows = market.prices.rows();
  LegSums& sums = sums_of_thread();
  bool is_held = was_held;
  FillSums made{};  // since words were last added to the block's sums
  std::size_t made_bars = 0;
  for (std::size_t i = 0; i < leg.stretches.size(); ++i) {
    const Stretches::Stretch& stretch = leg.stretches[i];
    FillSums& fills = sums[i];
    const bool turned = fills.turns != 0;
    if (turned) {
      made.returns += fills.returns;
      made.squares += fills.squares;
      made.downside += fills.downside;
      ticks_ += fills.ticks;
    }
    if (is_held) add_row<false>(made, ticks_, rows[stretch.begin - 1]);
    is_held ^= fills.turns % 2 != 0;
    if (is_held) add_row<true>(made, ticks_, rows[stretch.end - 1]);
    if (turned) fills = FillSums{};
    made_bars += stretch.end - stretch.begin;
    if (stretch.ends_block || made_bars >= kMostWordBars || i + 1 == leg.stretches.size()) {
      block_returns_ += split_of(made.returns).units();
      block_squares_ += split_of(made.squares).units();
      if (market.with_downside) downside_ += split_of(made.downside).units();
      made = FillSums{};
      made_bars = 0;
    }
    if (stretch.ends_block) {
      sums_.blocks[2 * stretch.block] = rounded_sum(block_returns_);
      sums_.blocks[2 * stretch.block + 1] = rounded_sum(block_squares_);
      returns_ += block_returns_;
      squares_ += block_squares_;
      block_returns_ = block_squares_ = 0;
    }
    if (stretch.ends_period && sums_.periods != nullptr) {
      sums_.periods->set(sums_.trial, stretch.period, return_of_ticks(ticks_));
      ticks_ = 0;
    }
  }
}

WalkTotals SweptWalk::totals(std::size_t bars, double last_close) const {
  const State& s = state_;
  const std::int64_t open_bars = s.is_held ? static_cast<std::int64_t>(bars - s.entered) : 0;
  return {.cash = terms_.cash,
          .equity = s.is_held ? s.units * last_close : s.cash,
          .depth = std::max(s.depth, 1.0 - s.lowest / s.peak),
          .returns = returns_,
          .squares = squares_,
          .downside = downside_,
          .fees = s.fees,
          .pnl = s.pnl,
          .win_pnl = s.win_pnl,
          .loss_pnl = s.loss_pnl,
          .closed = s.closed,
          .wins = s.wins,
          .losses = s.losses,
          .held_bars = s.held_bars + open_bars,
          .held = s.is_held};
}

}  // namespace peak::study
