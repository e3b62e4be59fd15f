// The fast engine: walks from event to event instead of from bar to bar.
//
// Signals are bits, so the next bar on which anything can happen is found 64 bars at a time; between two fills cash and
// units are constant, so equity and returns of that stretch are one vector loop (marking.hpp). Work per bar is
// therefore a few bit operations and the marking; work per fill is the ledger's, shared with the reference engine.
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
#include <limits>

#include "peak/sim/reference.hpp"
#include "sim/decision.hpp"
#include "sim/end_of_data.hpp"
#include "sim/ledger.hpp"
#include "sim/marking.hpp"
#include "sim/run_checks.hpp"

namespace peak {
namespace {

using sim::BarSignals;
using sim::Decision;
using sim::Holding;
using sim::Ledger;

/// What 64 bars' signals come to, given what is held: decide() on words.
struct WordDecisions {
  std::uint64_t any = 0;       // bars with some signal
  std::uint64_t acts = 0;      // bars on which something would be done
  std::uint64_t conflict = 0;  // bars whose signals contradict each other
};

/// The bits of word `w` whose bars lie in [from, to); the word must hold at least one of them.
std::uint64_t bits_within(std::size_t w, std::size_t from, std::size_t to) {
  std::uint64_t bits = ~std::uint64_t{0};
  if (w == from / 64) bits &= ~std::uint64_t{0} << (from % 64);
  if (to - w * 64 < 64) bits &= (std::uint64_t{1} << (to % 64)) - 1;
  return bits;
}

class FastRun {
 public:
  FastRun(const Bars& bars, const SignalViews& signals, const BrokerOptions& broker)
      : bars_(bars), signals_(signals), broker_(broker), size_(bars.size()), ledger_(broker, out_) {
    out_.equity = Buffer<double>(size_);
    out_.returns = Buffer<double>(size_);
    out_.in_position = Bits(size_);
    fill_marks();
    count_all_signals();
  }

  Simulation run() {
    const bool at_open = broker_.fill == FillTiming::kNextOpen;
    while (true) {
      const std::size_t event = next_event(decided_to_);
      std::size_t fill = std::min(at_open ? event + 1 : event, size_);
      if (event >= size_) fill = size_;
      const bool without_fill = fill >= size_ || (!at_open && is_last_of_backtesting_py(fill));
      if (const std::size_t ruin = mark_unchanged(without_fill ? size_ : fill); ruin < size_) {
        settle_ruin(ruin, at_open);
        continue;
      }
      count_outcomes(decided_to_, std::min(event + 1, size_));
      if (event >= size_) break;
      const Decision decision = decision_at(event);
      decided_to_ = event + 1;
      if (without_fill) {
        sim::reject_undone(decision, size_, ledger_);
        break;
      }
      execute(decision, event, fill, at_open ? bars_.open()[fill] : bars_.close()[fill]);
    }
    finish();
    return std::move(out_);
  }

 private:
  // Rule 12: backtesting.py's last bar has no fill of its own decision.
  [[nodiscard]] bool is_last_of_backtesting_py(std::size_t bar) const {
    return broker_.execution == Execution::kBacktestingPy && bar + 1 == size_;
  }

  // Rule 6: where a close is missing the last mark stays. Without missing closes the closes themselves are the marks.
  void fill_marks() {
    marks_ = bars_.close().data();
    if (bars_.has_every_price() || !sim::has_gap(marks_, size_)) return;
    own_marks_ = Buffer<double>(bars_.close());
    for (std::size_t t = 1; t < size_; ++t) {
      if (std::isnan(own_marks_[t])) own_marks_[t] = own_marks_[t - 1];
    }
    marks_ = own_marks_.data();
  }

  // A fill at the open of a bar without a close makes its price the mark until the next close.
  void mark_from_fill(std::size_t fill, double price) {
    for (std::size_t t = fill; t < size_ && std::isnan(bars_.close()[t]); ++t) own_marks_[t] = price;
  }

  void count_all_signals() {
    const auto count = [](const BitView& signal) {
      std::int64_t total = 0;
      for (std::size_t w = 0; w < bit_words(signal.size); ++w) total += set_bits(signal.words[w]);
      return total;
    };
    out_.signals.entries = count(signals_.entries);
    out_.signals.exits = count(signals_.exits);
    out_.signals.short_entries = count(signals_.short_entries);
    out_.signals.short_exits = count(signals_.short_exits);
    // Growing by doubling moved every trade several times. Each trade needs an entry, and dense signals mostly ask for
    // what is held already: hence the cap.
    const auto most = static_cast<std::size_t>(out_.signals.entries + out_.signals.short_entries);
    const std::size_t expected = std::min(most, size_ / 16);
    out_.trades.reserve(expected);
    out_.orders.reserve(2 * expected);
  }

  [[nodiscard]] WordDecisions decide_word(std::size_t w) const {
    const std::uint64_t entry = signals_.entries.word(w), exit = signals_.exits.word(w);
    const std::uint64_t short_entry = signals_.short_entries.word(w), short_exit = signals_.short_exits.word(w);
    const std::uint64_t both = entry & short_entry, long_against = entry & exit,
                        short_against = short_entry & short_exit;
    const std::uint64_t wants_long = entry & ~both & ~long_against, wants_short = short_entry & ~both & ~short_against;
    WordDecisions word;
    word.any = entry | exit | short_entry | short_exit;
    if (ledger_.flat()) {
      word.conflict = both | long_against | short_against;
      word.acts = (wants_long | wants_short) & ~word.conflict;
    } else if (ledger_.is_long()) {
      word.conflict = both | short_against;
      word.acts = exit | wants_short | (broker_.accumulate ? wants_long : 0);
    } else {
      word.conflict = both | long_against;
      word.acts = short_exit | wants_long | (broker_.accumulate ? wants_short : 0);
    }
    return word;
  }

  /// The first bar >= from on which something would be done; at least size_ if there is none.
  [[nodiscard]] std::size_t next_event(std::size_t from) const {
    std::size_t w = from / 64;
    if (from >= size_) return size_;
    std::uint64_t acts = decide_word(w).acts & (~std::uint64_t{0} << (from % 64));
    while (acts == 0) {
      if (++w >= bit_words(size_)) return size_;
      acts = decide_word(w).acts;
    }
    return w * 64 + static_cast<std::size_t>(std::countr_zero(acts));
  }

  /// Counts conflicts and ignored signals of bars [from, to), all decided with what is held now.
  void count_outcomes(std::size_t from, std::size_t to) {
    for (std::size_t w = from / 64; w * 64 < to; ++w) {
      const std::uint64_t inside = bits_within(w, from, to);
      const WordDecisions word = decide_word(w);
      const std::uint64_t counted = (word.conflict | (word.any & ~word.acts)) & inside;
      if (counted == 0) continue;  // nearly always: the only signal is the one that acts
      out_.signals.conflicts += set_bits(word.conflict & inside);
      out_.signals.ignored += set_bits(word.any & ~word.acts & ~word.conflict & inside);
    }
  }

  [[nodiscard]] Decision decision_at(std::size_t t) const {
    const BarSignals now{signals_.entries[t], signals_.exits[t], signals_.short_entries[t], signals_.short_exits[t]};
    const Holding holding = ledger_.flat() ? Holding::kFlat : ledger_.is_long() ? Holding::kLong : Holding::kShort;
    return sim::decide(now, holding, broker_.accumulate);
  }

  /// Marks bars [marked_to_, to) on which nothing fills. Returns the bar of ruin, or size_.
  std::size_t mark_unchanged(std::size_t to) {
    const std::size_t from = marked_to_;
    if (from >= to) return size_;
    marked_to_ = to;
    if (ledger_.flat()) {
      sim::mark_flat(ledger_.cash(), from, to, out_.equity.data(), out_.returns.data());
      return size_;
    }
    const bool by_price = ledger_.cash() == 0;
    const bool nonpositive = sim::mark_held(ledger_.cash(), ledger_.units(), marks_, from, to, by_price,
                                            out_.equity.data(), out_.returns.data());
    std::size_t ruin = size_;
    if (nonpositive && !ledger_.ruined()) {
      const double* first =
          std::find_if(out_.equity.begin() + from, out_.equity.begin() + to, [](double equity) { return equity <= 0; });
      ruin = static_cast<std::size_t>(first - out_.equity.begin());
    }
    set_in_position(from, std::min(ruin, to));
    return ruin;
  }

  // Rule 11. Bars after the ruin are marked again, flat.
  void settle_ruin(std::size_t bar, bool at_open) {
    count_outcomes(decided_to_, at_open ? bar : bar + 1);
    decided_to_ = at_open ? bar : bar + 1;
    ledger_.liquidate(static_cast<std::int64_t>(bar), marks_[bar]);
    out_.equity[bar] = ledger_.cash();
    out_.returns[bar] = -1;
    marked_to_ = bar + 1;
  }

  void execute(const Decision& decision, std::size_t event, std::size_t fill, double price) {
    const auto decided = static_cast<std::int64_t>(event), filled = static_cast<std::int64_t>(fill);
    bool changed = false;
    if (decision.closes) {
      const ExitReason reason = decision.enters ? ExitReason::kReversal : ExitReason::kSignal;
      if (!ledger_.exit(decided, filled, price, reason)) return;
      changed = true;
    }
    if (decision.enters && ledger_.enter(decision.side, decided, filled, price)) {
      changed = true;
      mark_from_fill(fill, price);
    }
    if (changed) mark_fill_bar(fill);
  }

  void mark_fill_bar(std::size_t t) {
    const double equity = ledger_.equity_at(marks_[t]);
    const double before = t == 0 ? broker_.cash : out_.equity[t - 1];
    marked_to_ = t + 1;
    if (equity <= 0 && !ledger_.ruined()) {
      ledger_.liquidate(static_cast<std::int64_t>(t), marks_[t]);
      out_.equity[t] = ledger_.cash();
      out_.returns[t] = -1;
      return;
    }
    out_.equity[t] = equity;
    out_.returns[t] = equity / before - 1;
    if (!ledger_.flat()) out_.in_position.set(t);
  }

  void set_in_position(std::size_t from, std::size_t to) {
    for (std::size_t w = from / 64; w * 64 < to; ++w) {
      out_.in_position.words()[w] |= bits_within(w, from, to);
    }
  }

  void finish() {
    if (size_ == 0) return ledger_.finish(std::numeric_limits<double>::quiet_NaN());
    if (sim::close_at_end(bars_, broker_, ledger_)) {
      out_.equity[size_ - 1] = ledger_.cash();
      out_.returns[size_ - 1] = ledger_.cash() / (size_ == 1 ? broker_.cash : out_.equity[size_ - 2]) - 1;
      out_.in_position.reset(size_ - 1);
    }
    ledger_.finish(marks_[size_ - 1]);
  }

  const Bars& bars_;
  const SignalViews& signals_;
  const BrokerOptions& broker_;
  const std::size_t size_;
  Simulation out_;
  Ledger ledger_;
  const double* marks_ = nullptr;
  Buffer<double> own_marks_;    // only when closes are missing
  std::size_t decided_to_ = 0;  // first bar whose signals have not been decided
  std::size_t marked_to_ = 0;   // first bar whose equity is not known
};

}  // namespace

Result<Simulation> simulate_fast(const Bars& bars, const SignalViews& signals, const BrokerOptions& broker) {
  if (!broker.is_plain()) return simulate_reference(bars, signals, broker);
  PEAK_RETURN_IF_ERROR(sim::check_run(bars, signals, broker));
  return FastRun(bars, signals, broker).run();
}

}  // namespace peak
