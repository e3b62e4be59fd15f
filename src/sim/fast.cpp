// The fast engine: walks from event to event instead of from bar to bar.
//
// Signals are bits, so the next bar on which anything can happen is found 64 bars at a time; between two fills cash and
// units are constant, so equity and returns of that stretch are one vector loop (marking.hpp). A position with a stop
// or target is left at the first bar that reaches one, found by comparing vectors of bars (exit_scan.hpp). Work per bar
// is therefore a few bit operations, three comparisons and the marking; work per fill is the account's, shared with the
// broker.
//
//     bars      |-- flat --|e|f------- held -------|e|f-- flat --| ...     e: bar that decides, f: bar that fills
//     marking     constant     mark_held(f+1 .. e')
//
// f = e + 1 where orders fill at the next open, f = e where they fill at the close.
#include "peak/sim/fast.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <utility>

#include "peak/base/bits.hpp"
#include "peak/sim/reference.hpp"
#include "sim/fast_run.hpp"
#include "sim/run_checks.hpp"

namespace peak {
namespace sim {

namespace {

/// Counts the conflicts and ignored signals of the bars `inside` a word.
void add_outcomes(const WordDecisions& word, std::uint64_t inside, Event& outcomes) {
  const std::uint64_t conflicts = word.conflict & inside, ignored = word.any & ~word.acts & ~word.conflict & inside;
  if (conflicts != 0) outcomes.conflicts += set_bits(conflicts);
  if (ignored != 0) outcomes.ignored += set_bits(ignored);
}

}  // namespace

bool is_fast(const BrokerOptions& options) noexcept {
  const bool walks_path = options.stops.any() && (options.ambiguity == Ambiguity::kOpenHighLow ||
                                                  options.ambiguity == Ambiguity::kOpenLowHigh);
  return options.impact.volume_share == 0 && options.impact.impact == 0 && !options.financing.any() &&
         options.margin.maintenance == 0 && !options.risk.watches_equity() && options.instrument.funding.empty() &&
         options.instrument.actions.empty() && !walks_path;
}

FastRun::FastRun(const Bars& bars, const SignalViews& signals, const BrokerOptions& broker,
                 const Instrument& instrument)
    : bars_(bars),
      signals_(signals),
      broker_(broker),
      size_(bars.size()),
      at_open_(broker.fill == FillTiming::kNextOpen),
      account_(broker, {&instrument, 1}),
      inputs_(bars, broker),
      equity_(size_),
      returns_(size_),
      in_position_(size_) {
  fill_marks();
  count_all_signals();
}

Simulation FastRun::run() {
  while (true) {
    const Event next = next_event(decided_to_);
    const std::size_t event = next.bar;
    std::size_t fill = std::min(at_open_ ? event + 1 : event, size_);
    if (event >= size_) fill = size_;
    const bool without_fill = fill >= size_ || (!at_open_ && is_last_of_backtesting_py(fill));
    if (position().is_protected) {
      // A stop inside bar `event` comes before what is decided at its close.
      const std::size_t watched = without_fill ? size_ : at_open_ ? fill : fill + 1;
      if (const std::size_t bar = next_exit(watched); bar < watched) {
        if (const std::size_t ruin = mark_unchanged(bar); ruin < size_) {
          settle_ruin(ruin);
        } else {
          take_exit(bar);
        }
        continue;
      }
    }
    if (const std::size_t ruin = mark_unchanged(without_fill ? size_ : fill); ruin < size_) {
      settle_ruin(ruin);
      continue;
    }
    count(next);
    if (event >= size_) break;
    const Decision decision = decision_at(event);
    decided_to_ = event + 1;
    if (without_fill) {
      reject_undone(decision);
      break;
    }
    execute(decision, event, fill);
  }
  finish();
  return std::move(account_.out);
}

/// On `bar` a stop or target may fill; all bars before it are marked, and nothing decided on them acts.
void FastRun::take_exit(std::size_t bar) {
  watched_to_ = bar + 1;
  const std::size_t decided = std::max(decided_to_, bar);
  count_outcomes(decided_to_, decided);
  decided_to_ = decided;
  if (!exit_at_open(bar) && !exit_inside(bar)) {  // touched where it must be gone through, or a price is missing
    complete_bar(bar);
    return;
  }
  if (!at_open_) {
    // What this bar's close decides, with nothing held, fills at that close; then the bar is marked.
    const Decision decision = decision_at(bar);
    count_outcomes(bar, bar + 1);
    decided_to_ = bar + 1;
    if (decision.acts() && is_last_of_backtesting_py(bar)) {
      mark_fill_bar(bar);  // first, since the exit may have ruined the account, and that is then the reason
      reject_undone(decision);
      return;
    }
    if (decision.enters && enter(decision.side, bar, bar, bars_.close()[bar])) {
      mark_from_fill(bar, bars_.close()[bar]);
    }
  }
  mark_fill_bar(bar);
}

void FastRun::execute(const Decision& decision, std::size_t event, std::size_t fill) {
  const double price = at_open_ ? bars_.open()[fill] : bars_.close()[fill];
  bool changed = false;
  if (decision.closes) {
    Exit terms;
    terms.reason = decision.enters ? ExitReason::kReversal : ExitReason::kSignal;
    terms.rule = at_open_ ? FillRule::kOpen : FillRule::kClose;
    if (!exit(event, fill, price, terms)) return;
    changed = true;
  } else if (at_open_) {
    changed = exit_at_open(fill);  // closes come before entries (rule 14)
  }
  if (decision.enters && enter(decision.side, event, fill, price)) {
    changed = true;
    mark_from_fill(fill, price);
  }
  if (!at_open_) {
    watched_to_ = fill + 1;
  } else if (position().is_protected) {
    watched_to_ = fill + 1;
    if (exit_at_open(fill) || exit_inside(fill)) {
      changed = true;
    } else {
      complete_bar(fill);
    }
  }
  if (changed) mark_fill_bar(fill);
}

// Rule 12: backtesting.py's last bar has no fill of its own decision.
bool FastRun::is_last_of_backtesting_py(std::size_t bar) const {
  return broker_.execution == Execution::kBacktestingPy && bar + 1 == size_;
}

/// Records what was decided on the last bar and found no bar to fill at (rule 1).
void FastRun::reject_undone(const Decision& decision) {
  const auto last = static_cast<std::int64_t>(size_) - 1;
  const Reason reason = account_.ruined() ? Reason::kRuined : Reason::kEndOfData;
  const bool held = !position().flat();
  if (decision.closes && held) {
    account_.reject(OrderPurpose::kExit, position().is_long() ? Side::kLong : Side::kShort, last, reason);
  }
  if (decision.enters) {
    const bool adds = held && !decision.closes;
    account_.reject(adds ? OrderPurpose::kAdd : OrderPurpose::kEnter, decision.side, last, reason);
  }
}

// Rules 8 and 12: nothing, a close at the last close, or backtesting.py's way.
void FastRun::close_at_end() {
  const bool like_backtesting_py = broker_.execution == Execution::kBacktestingPy;
  if (position().flat() || !(like_backtesting_py || broker_.finalize)) return;
  const std::size_t last = size_ - 1;
  // finalize_trades replays the last bar: market orders fill at its open, or at the close before it.
  const bool at_open = at_open_ || last == 0;
  const std::size_t bar = !like_backtesting_py || at_open ? last : last - 1;
  Exit terms;
  terms.reason = like_backtesting_py ? ExitReason::kEndOfData : ExitReason::kFinalize;
  if (!exit(bar, bar, like_backtesting_py && at_open ? bars_.open()[bar] : bars_.close()[bar], terms)) return;
  equity_[last] = account_.cash;
  returns_[last] = account_.cash / (last == 0 ? broker_.cash : equity_[last - 1]) - 1;
  in_position_.reset(last);
}

void FastRun::finish() {
  if (size_ != 0) {
    close_at_end();
    if (!position().flat()) position().mark = marks_[size_ - 1];
  }
  account_.finish();
  account_.out.equity = std::move(equity_);
  account_.out.returns = std::move(returns_);
  account_.out.in_position = std::move(in_position_);
}

void FastRun::count_all_signals() {
  SignalCounts& counts = account_.out.signals;
  for (std::size_t w = 0; w < bit_words(size_); ++w) {
    counts.entries += set_bits(signals_.entries.word(w));
    counts.exits += set_bits(signals_.exits.word(w));
    counts.short_entries += set_bits(signals_.short_entries.word(w));
    counts.short_exits += set_bits(signals_.short_exits.word(w));
  }
  // Growing by doubling moved every trade several times. Each trade needs an entry, and dense signals mostly ask for
  // what is held already: hence the cap.
  const auto most = static_cast<std::size_t>(counts.entries + counts.short_entries);
  const std::size_t expected = std::min(most, size_ / 16);
  account_.out.trades.reserve(expected);
  account_.out.orders.reserve(2 * expected);
}

WordDecisions FastRun::decide_word(std::size_t w) const {
  const std::uint64_t entry = signals_.entries.word(w), exit = signals_.exits.word(w);
  const std::uint64_t short_entry = signals_.short_entries.word(w), short_exit = signals_.short_exits.word(w);
  const std::uint64_t both = entry & short_entry, long_against = entry & exit, short_against = short_entry & short_exit;
  const std::uint64_t wants_long = entry & ~both & ~long_against, wants_short = short_entry & ~both & ~short_against;
  WordDecisions word;
  word.any = entry | exit | short_entry | short_exit;
  if (position().flat()) {
    word.conflict = both | long_against | short_against;
    word.acts = (wants_long | wants_short) & ~word.conflict;
  } else if (position().is_long()) {
    word.conflict = both | short_against;
    word.acts = exit | wants_short | (broker_.accumulate ? wants_long : 0);
  } else {
    word.conflict = both | long_against;
    word.acts = short_exit | wants_long | (broker_.accumulate ? wants_short : 0);
  }
  return word;
}

/// The first event from bar `from` on.
Event FastRun::next_event(std::size_t from) const {
  Event event;
  event.bar = size_;
  if (from >= size_) return event;
  std::uint64_t inside = ~std::uint64_t{0} << (from % 64);
  for (std::size_t w = from / 64; w < bit_words(size_); ++w) {
    const WordDecisions word = decide_word(w);
    const std::uint64_t acts = word.acts & inside;
    if (acts == 0) {
      add_outcomes(word, inside, event);
    } else {
      event.bar = w * 64 + static_cast<std::size_t>(std::countr_zero(acts));
      add_outcomes(word, inside & (acts ^ (acts - 1)), event);
      break;
    }
    inside = ~std::uint64_t{0};
  }
  return event;
}

void FastRun::count(const Event& outcomes) {
  account_.out.signals.conflicts += outcomes.conflicts;
  account_.out.signals.ignored += outcomes.ignored;
}

/// Counts conflicts and ignored signals of bars [from, to), all decided with what is held now.
void FastRun::count_outcomes(std::size_t from, std::size_t to) {
  Event outcomes;
  for (std::size_t w = from / 64; w * 64 < to; ++w) add_outcomes(decide_word(w), bits_within(w, from, to), outcomes);
  count(outcomes);
}

Decision FastRun::decision_at(std::size_t t) const {
  const BarSignals now{signals_.entries[t], signals_.exits[t], signals_.short_entries[t], signals_.short_exits[t]};
  const Holding holding = position().flat() ? Holding::kFlat : position().is_long() ? Holding::kLong : Holding::kShort;
  return decide(now, holding, broker_.accumulate);
}

}  // namespace sim

Result<Simulation> simulate_fast(const Bars& bars, const SignalViews& signals, const BrokerOptions& broker) {
  if (!sim::is_fast(broker)) return simulate_reference(bars, signals, broker);
  PEAK_RETURN_IF_ERROR(sim::check_run(bars, signals, broker));
  Instrument instrument = broker.instrument;
  if (broker.size_step) instrument.size_step = broker.size_step;
  return sim::FastRun(bars, signals, broker, instrument).run();
}

}  // namespace peak
