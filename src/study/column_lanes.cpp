// Limit: two divisions of a vector for each bar with fills, the size and the return; some forty other operations run
// beside them. On Zen 4, eight columns with an order on every bar: measured by bench/versus/columns.
//
//     signals of 8 columns, 64 bars to a word  ->  a byte for each bar, a bit for each column  ->  masks of lanes
#include "study/column_lanes.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

#include "peak/base/simd.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "study/column_lanes.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#ifndef PEAK_STUDY_COLUMN_LANES_STATE
#define PEAK_STUDY_COLUMN_LANES_STATE
namespace peak::study {
namespace {

constexpr std::size_t kLaneChunk = 4096;  // bars between two looks at the sums; what is read of them fits the caches
constexpr double kLowestLaneCash = 1e-150, kHighestLaneCash = 1e150, kLargestLaneReturn = 4;

using LaneNumbers = std::array<double, kColumnLanes>;
using LaneCounts = std::array<std::int64_t, kColumnLanes>;

// Of every lane, between two chunks of bars.
struct alignas(64) LaneState {
  LaneNumbers cash, units, equity, peak, lowest, depth, floor_share;
  LaneNumbers lowest_cash, highest_cash, largest_return;  // seen so far
  LaneNumbers entry_price, entry_fee, fees, pnl, win_pnl, loss_pnl;
  LaneCounts closed, wins, losses, held_bars;
  LaneCounts returns_high, returns_low, squares_high, squares_low, downside_high, downside_low;  // of this chunk
  std::uint8_t held = 0;                                                                         // a bit for each lane
};

// One chunk: bars [first, last), and what is decided for each of them, a bit for each lane.
struct LaneChunk {
  const double *open, *close;  // of the whole market
  std::size_t first, last;
  const std::uint8_t *entry, *exit;  // of bar `first` and those after it
};

}  // namespace
}  // namespace peak::study
#endif

HWY_BEFORE_NAMESPACE();
namespace peak::study::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using LaneTag = HWY_CAPPED(double, 8);
using LaneUnits = hn::RebindToSigned<LaneTag>;
using Numbers = hn::Vec<LaneTag>;
using Counts = hn::Vec<LaneUnits>;

HWY_INLINE hn::Mask<LaneTag> lanes_of(std::uint32_t bits) {
  const std::uint8_t bytes[8] = {static_cast<std::uint8_t>(bits)};
  return hn::LoadMaskBits(LaneTag(), bytes);
}

// to_fixed, lane by lane: what has been added, in high and low parts. What the rounders add is taken off at the end of
// the chunk, modulo 2^64.
struct LaneSum {
  Counts high, low;

  HWY_INLINE void add(Numbers value) {
    const LaneTag d;
    const LaneUnits units;
    const Numbers high_rounder = hn::Set(d, kFixedHighRounder);
    const Numbers rounded = hn::Add(value, high_rounder);
    const Numbers rest = hn::Add(hn::Sub(value, hn::Sub(rounded, high_rounder)), hn::Set(d, kFixedLowRounder));
    high = hn::Add(high, hn::BitCast(units, rounded));
    low = hn::Add(low, hn::BitCast(units, rest));
  }
};

template <bool kTrades>
HWY_INLINE void walk_lanes(const LaneChunk& chunk, const WalkTerms& terms, std::size_t offset, LaneState& state) {
  const LaneTag d;
  const LaneUnits u;
  const auto load = [&](const LaneNumbers& from) HWY_ATTR { return hn::LoadU(d, from.data() + offset); };
  const auto load_counts = [&](const LaneCounts& from) HWY_ATTR { return hn::LoadU(u, from.data() + offset); };
  const Numbers zero = hn::Zero(d), one = hn::Set(d, 1.0), commission = hn::Set(d, terms.commission);
  const double worse_buy = 1 + terms.slippage, worse_sell = 1 - terms.slippage, with_fee = 1 + terms.commission;
  // Under this share of the peak lies every equity that is a deeper fall than any before, and little else: so the
  // division that tells is seldom made.
  const Numbers slack = hn::Set(d, 1 + 0x1p-50);

  Numbers cash = load(state.cash), units = load(state.units), equity = load(state.equity);
  Numbers peak = load(state.peak), lowest = load(state.lowest), depth = load(state.depth);
  Numbers floor_share = load(state.floor_share);
  Numbers lowest_cash = load(state.lowest_cash), highest_cash = load(state.highest_cash);
  Numbers largest_return = load(state.largest_return);
  Numbers entry_price = load(state.entry_price), entry_fee = load(state.entry_fee), fees = load(state.fees);
  Numbers pnl = load(state.pnl), win_pnl = load(state.win_pnl), loss_pnl = load(state.loss_pnl);
  Counts closed = load_counts(state.closed), wins = load_counts(state.wins), losses = load_counts(state.losses);
  Counts held_bars = load_counts(state.held_bars);
  LaneSum returns{hn::Zero(u), hn::Zero(u)}, squares = returns, downside = returns;
  std::uint32_t held = static_cast<std::uint32_t>(state.held) >> offset & ((1U << hn::Lanes(d)) - 1);
  const std::uint32_t all = (1U << hn::Lanes(d)) - 1;

  for (std::size_t t = chunk.first; t < chunk.last; ++t) {
    const double close = chunk.close[t];
    const std::uint32_t exit = static_cast<std::uint32_t>(chunk.exit[t - chunk.first]) >> offset & all;
    const std::uint32_t entry = static_cast<std::uint32_t>(chunk.entry[t - chunk.first]) >> offset & all;
    const std::uint32_t leaves = exit & held, enters = entry & ~exit & ~held, fills = leaves | enters;
    const std::uint32_t keeps = held & ~leaves;
    held ^= fills;
    const Numbers price_return = hn::Set(d, t == 0 ? 0.0 : close / chunk.close[t == 0 ? 0 : t - 1] - 1);
    const auto is_held = lanes_of(held);
    Numbers value_return = hn::IfThenElseZero(is_held, price_return);
    if (fills != 0) {
      const double price = terms.at_open ? chunk.open[t] : close;
      const double buy = price * worse_buy, sell = price * worse_sell;
      const auto enter = lanes_of(enters), leave = lanes_of(leaves);
      const Numbers sold = hn::Mul(units, hn::Set(d, sell)), exit_fee = hn::Mul(sold, commission);
      const Numbers bought_units = hn::Div(cash, hn::Set(d, buy * with_fee));
      if constexpr (kTrades) {
        const Numbers bought_fee = hn::Mul(hn::Mul(bought_units, hn::Set(d, buy)), commission);
        const Numbers gained =
            hn::Sub(hn::Mul(hn::Sub(hn::Set(d, sell), entry_price), units), hn::Add(entry_fee, exit_fee));
        const Numbers made = hn::IfThenElseZero(leave, gained);
        const auto won = hn::Gt(made, zero), lost = hn::Lt(made, zero);
        pnl = hn::Add(pnl, made);
        win_pnl = hn::Add(win_pnl, hn::IfThenElseZero(won, made));
        loss_pnl = hn::Add(loss_pnl, hn::IfThenElseZero(lost, made));
        wins = hn::Sub(wins, hn::BitCast(u, hn::VecFromMask(d, won)));
        losses = hn::Sub(losses, hn::BitCast(u, hn::VecFromMask(d, lost)));
        fees = hn::Add(fees, hn::IfThenElse(enter, bought_fee, hn::IfThenElseZero(leave, exit_fee)));
        entry_fee = hn::IfThenElse(enter, bought_fee, entry_fee);
        entry_price = hn::IfThenElse(enter, hn::Set(d, buy), entry_price);
      }
      closed = hn::Sub(closed, hn::BitCast(u, hn::VecFromMask(d, leave)));
      cash = hn::IfThenElse(leave, hn::Sub(sold, exit_fee), cash);
      units = hn::IfThenElse(enter, bought_units, hn::IfThenZeroElse(leave, units));
      lowest_cash = hn::Min(lowest_cash, cash);
      highest_cash = hn::Max(highest_cash, cash);
      const Numbers before = equity;
      equity = hn::IfThenElse(is_held, hn::Mul(units, hn::Set(d, close)), cash);
      // Of a lane that is flat and stays so the quotient is 1.
      value_return = hn::IfThenElse(lanes_of(keeps), price_return, hn::Sub(hn::Div(equity, before), one));
    } else {
      equity = hn::IfThenElse(is_held, hn::Mul(units, hn::Set(d, close)), equity);
    }
    returns.add(value_return);
    squares.add(hn::Mul(value_return, value_return));
    largest_return = hn::Max(largest_return, hn::Abs(value_return));
    if constexpr (kTrades) {
      const Numbers loss = hn::IfThenElseZero(hn::Lt(value_return, zero), value_return);
      downside.add(hn::Mul(loss, loss));
      held_bars = hn::Sub(held_bars, hn::BitCast(u, hn::VecFromMask(d, is_held)));
    }
    const auto is_peak = hn::Ge(equity, peak);
    const auto may_be_deeper = hn::And(is_peak, hn::Lt(lowest, hn::Mul(peak, floor_share)));
    if (HWY_UNLIKELY(!hn::AllFalse(d, may_be_deeper))) {
      const Numbers fall = hn::Sub(one, hn::Div(lowest, peak));
      depth = hn::IfThenElse(hn::And(is_peak, hn::Gt(fall, depth)), fall, depth);
      floor_share = hn::Sub(slack, depth);
    }
    peak = hn::IfThenElse(is_peak, equity, peak);
    lowest = hn::IfThenElse(is_peak, equity, hn::Min(lowest, equity));
  }

  const auto store = [&](Numbers value, LaneNumbers& to) HWY_ATTR { hn::StoreU(value, d, to.data() + offset); };
  const auto store_counts = [&](Counts value, LaneCounts& to) HWY_ATTR { hn::StoreU(value, u, to.data() + offset); };
  store(cash, state.cash);
  store(units, state.units);
  store(equity, state.equity);
  store(peak, state.peak);
  store(lowest, state.lowest);
  store(depth, state.depth);
  store(floor_share, state.floor_share);
  store(lowest_cash, state.lowest_cash);
  store(highest_cash, state.highest_cash);
  store(largest_return, state.largest_return);
  store(entry_price, state.entry_price);
  store(entry_fee, state.entry_fee);
  store(fees, state.fees);
  store(pnl, state.pnl);
  store(win_pnl, state.win_pnl);
  store(loss_pnl, state.loss_pnl);
  store_counts(closed, state.closed);
  store_counts(wins, state.wins);
  store_counts(losses, state.losses);
  store_counts(held_bars, state.held_bars);
  store_counts(returns.high, state.returns_high);
  store_counts(returns.low, state.returns_low);
  store_counts(squares.high, state.squares_high);
  store_counts(squares.low, state.squares_low);
  store_counts(downside.high, state.downside_high);
  store_counts(downside.low, state.downside_low);
  state.held = static_cast<std::uint8_t>((state.held & ~(all << offset)) | held << offset);
}

void walk_chunk(const LaneChunk& chunk, const WalkTerms& terms, std::size_t columns, bool with_trades,
                LaneState& state) {
  for (std::size_t offset = 0; offset < columns; offset += hn::Lanes(LaneTag())) {
    if (with_trades) {
      walk_lanes<true>(chunk, terms, offset, state);
    } else {
      walk_lanes<false>(chunk, terms, offset, state);
    }
  }
}

}  // namespace peak::study::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace peak::study {

HWY_EXPORT(walk_chunk);

namespace {

// Bit k of byte i becomes bit i of byte k. Warren, Hacker's Delight, 2nd ed., 7-3.
std::uint64_t transposed(std::uint64_t x) {
  std::uint64_t t = (x ^ (x >> 7)) & 0x00AA00AA00AA00AAU;
  x ^= t ^ (t << 7);
  t = (x ^ (x >> 14)) & 0x0000CCCC0000CCCCU;
  x ^= t ^ (t << 14);
  t = (x ^ (x >> 28)) & 0x00000000F0F0F0F0U;
  return x ^ t ^ (t << 28);
}

// Word `index` of up to eight columns as a byte for each of its 64 bars.
void spread_word(const std::uint64_t* words, std::uint8_t* bytes) {
  std::uint64_t any = 0;
  for (std::size_t k = 0; k < kColumnLanes; ++k) any |= words[k];
  if (any == 0) {
    std::memset(bytes, 0, 64);
    return;
  }
  for (std::size_t part = 0; part < 8; ++part) {
    std::uint64_t gathered = 0;
    for (std::size_t k = 0; k < kColumnLanes; ++k) gathered |= (words[k] >> (8 * part) & 0xFF) << (8 * k);
    gathered = transposed(gathered);
    for (std::size_t bar = 0; bar < 8; ++bar) bytes[8 * part + bar] = static_cast<std::uint8_t>(gathered >> (8 * bar));
  }
}

// The decisions of bars [first, last), which begin a word.
void spread_decisions(std::span<const LongSignals> columns, std::size_t first, std::size_t last, std::uint8_t* entry,
                      std::uint8_t* exit) {
  for (std::size_t w = first / 64; w * 64 < last; ++w) {
    std::uint64_t entries[kColumnLanes] = {}, exits[kColumnLanes] = {};
    for (std::size_t k = 0; k < columns.size(); ++k) {
      entries[k] = columns[k].entry.word(w);
      exits[k] = columns[k].exit.word(w);
    }
    spread_word(entries, entry + (w * 64 - first));
    spread_word(exits, exit + (w * 64 - first));
  }
}

struct ChunkSums {
  Int128 returns = 0, squares = 0, downside = 0;
};

// A lane's sum of `added` numbers in a chunk.
Int128 sum_of(std::int64_t high, std::int64_t low, std::uint64_t added) {
  const std::uint64_t high_units =
      static_cast<std::uint64_t>(high) - added * std::bit_cast<std::uint64_t>(kFixedHighRounder);
  const std::uint64_t low_units =
      static_cast<std::uint64_t>(low) - added * std::bit_cast<std::uint64_t>(kFixedLowRounder);
  return static_cast<std::int64_t>(high_units) * kFixedHighWeight + static_cast<std::int64_t>(low_units);
}

LaneState started(double cash) {
  LaneState state{};
  for (LaneNumbers* numbers :
       {&state.cash, &state.equity, &state.peak, &state.lowest, &state.lowest_cash, &state.highest_cash}) {
    numbers->fill(cash);
  }
  state.floor_share.fill(1 + 0x1p-50);
  return state;
}

std::optional<WalkTotals> totals_of(const LaneState& state, const ChunkSums& sums, std::size_t lane, double cash,
                                    double last_close) {
  const bool good = state.lowest_cash[lane] > kLowestLaneCash && state.highest_cash[lane] < kHighestLaneCash &&
                    state.largest_return[lane] < kLargestLaneReturn;
  if (!good) return std::nullopt;
  const bool held = (state.held >> lane & 1) != 0;
  return WalkTotals{.cash = cash,
                    .equity = held ? state.units[lane] * last_close : state.cash[lane],
                    .depth = std::max(state.depth[lane], 1.0 - state.lowest[lane] / state.peak[lane]),
                    .returns = sums.returns,
                    .squares = sums.squares,
                    .downside = sums.downside,
                    .fees = state.fees[lane],
                    .pnl = state.pnl[lane],
                    .win_pnl = state.win_pnl[lane],
                    .loss_pnl = state.loss_pnl[lane],
                    .closed = state.closed[lane],
                    .wins = state.wins[lane],
                    .losses = state.losses[lane],
                    .held_bars = state.held_bars[lane],
                    .held = held};
}

}  // namespace

std::vector<std::optional<WalkTotals>> walk_column_lanes(const Bars& bars, std::span<const LongSignals> columns,
                                                         const WalkTerms& terms, bool with_trades,
                                                         const StopToken& stop) {
  const std::size_t size = bars.size(), lag = terms.at_open ? 1 : 0;
  LaneState state = started(terms.cash);
  std::array<ChunkSums, kColumnLanes> sums;
  // What fills on a bar was decided `lag` bars before: the first byte is that of the last bar of the chunk before.
  std::vector<std::uint8_t> entry(kLaneChunk + 64, 0), exit(kLaneChunk + 64, 0);
  constexpr std::size_t kAhead = 8;  // bytes before the chunk's own
  for (std::size_t first = 0; first < size; first += kLaneChunk) {
    if (stop.stop_requested()) return std::vector<std::optional<WalkTotals>>(columns.size());
    const std::size_t last = std::min(first + kLaneChunk, size);
    entry[kAhead - 1] = first == 0 ? std::uint8_t{0} : entry[kAhead + kLaneChunk - 1];
    exit[kAhead - 1] = first == 0 ? std::uint8_t{0} : exit[kAhead + kLaneChunk - 1];
    spread_decisions(columns, first, last, entry.data() + kAhead, exit.data() + kAhead);
    const LaneChunk chunk{bars.open().data(),          bars.close().data(),       first, last,
                          entry.data() + kAhead - lag, exit.data() + kAhead - lag};
    HWY_DYNAMIC_DISPATCH(walk_chunk)(chunk, terms, columns.size(), with_trades, state);
    for (std::size_t k = 0; k < columns.size(); ++k) {
      sums[k].returns += sum_of(state.returns_high[k], state.returns_low[k], last - first);
      sums[k].squares += sum_of(state.squares_high[k], state.squares_low[k], last - first);
      if (with_trades) sums[k].downside += sum_of(state.downside_high[k], state.downside_low[k], last - first);
    }
  }
  std::vector<std::optional<WalkTotals>> totals;
  for (std::size_t k = 0; k < columns.size(); ++k) {
    totals.push_back(totals_of(state, sums[k], k, terms.cash, bars.close()[size - 1]));
  }
  return totals;
}

}  // namespace peak::study
#endif
