// The rule book, one bar at a time. Plainness is the point: no state is kept that the rules do not name.
#include "peak/sim/reference.hpp"

#include <cmath>
#include <cstddef>

#include "sim/decision.hpp"
#include "sim/end_of_data.hpp"
#include "sim/ledger.hpp"

namespace peak {
namespace {

using sim::BarSignals;
using sim::Decision;
using sim::Holding;
using sim::Ledger;

Holding holding_of(const Ledger& ledger) {
  if (ledger.is_long()) return Holding::kLong;
  return ledger.is_short() ? Holding::kShort : Holding::kFlat;
}

class ReferenceRun {
 public:
  ReferenceRun(const Bars& bars, const SignalViews& signals, const BrokerOptions& broker)
      : bars_(bars), signals_(signals), broker_(broker), ledger_(broker, out_), mark_(std::nan("")) {
    out_.equity = Buffer<double>(bars.size());
    out_.returns = Buffer<double>(bars.size());
    out_.in_position = Bits(bars.size());
  }

  Simulation run() {
    for (std::size_t t = 0; t < bars_.size(); ++t) step(t);
    finish();
    return std::move(out_);
  }

 private:
  void step(std::size_t t) {
    filled_on_this_bar_ = false;
    const double cash_before = ledger_.cash();
    const double mark_before = mark_;
    const bool at_open = broker_.fill == FillTiming::kNextOpen;
    if (at_open && t > 0) execute(pending_, t - 1, t, bars_.open()[t]);
    if (!at_open) execute_at_close(t);
    if (!std::isnan(bars_.close()[t])) mark_ = bars_.close()[t];
    mark_bar(t, cash_before, mark_before);
    if (at_open) pending_ = decide_on(t);
  }

  // Rule 1, same_close: the order of bar t fills at the close of bar t. Rule 12 keeps backtesting.py's last bar out,
  // whose order would fill at a price from before its signal.
  void execute_at_close(std::size_t t) {
    const Decision decision = decide_on(t);
    if (broker_.execution == Execution::kBacktestingPy && t + 1 == bars_.size()) {
      pending_ = decision;
      return;
    }
    execute(decision, t, t, bars_.close()[t]);
  }

  Decision decide_on(std::size_t t) {
    const BarSignals now{signals_.entries[t], signals_.exits[t], signals_.short_entries[t], signals_.short_exits[t]};
    out_.signals.entries += now.entry;
    out_.signals.exits += now.exit;
    out_.signals.short_entries += now.short_entry;
    out_.signals.short_exits += now.short_exit;
    const Decision decision = sim::decide(now, holding_of(ledger_), broker_.accumulate);
    out_.signals.conflicts += decision.conflict;
    out_.signals.ignored += now.any() && !decision.acts() && !decision.conflict;
    return decision;
  }

  void execute(const Decision& decision, std::size_t decision_bar, std::size_t fill_bar, double price) {
    const auto decided = static_cast<std::int64_t>(decision_bar);
    const auto filled = static_cast<std::int64_t>(fill_bar);
    if (decision.closes && !ledger_.flat()) {
      const ExitReason reason = decision.enters ? ExitReason::kReversal : ExitReason::kSignal;
      const bool closed = ledger_.exit(decided, filled, price, reason);
      filled_on_this_bar_ |= closed;
      if (!closed) return;  // rule 6: without a price neither half of a reversal fills
    }
    if (decision.enters) {
      const bool entered = ledger_.enter(decision.side, decided, filled, price);
      filled_on_this_bar_ |= entered;
      if (entered) mark_ = price;  // until the close is known, the price paid is the last one seen
    }
  }

  // Rules 8, 11 and 16: equity at the close, the bar's return, and ruin.
  void mark_bar(std::size_t t, double cash_before, double mark_before) {
    double equity = ledger_.equity_at(mark_);
    const double equity_before = t == 0 ? broker_.cash : out_.equity[t - 1];
    double bar_return = 0;
    if (!ledger_.ruined() && equity <= 0) {
      ledger_.liquidate(static_cast<std::int64_t>(t), mark_);
      equity = ledger_.cash();
      bar_return = -1;
    } else if (ledger_.ruined()) {
      bar_return = 0;
    } else if (!filled_on_this_bar_ && !ledger_.flat() && cash_before == 0 && t > 0) {
      bar_return = mark_ / mark_before - 1;
    } else {
      bar_return = equity / equity_before - 1;
    }
    out_.equity[t] = equity;
    out_.returns[t] = bar_return;
    if (!ledger_.flat()) out_.in_position.set(t);
  }

  void finish() {
    const std::size_t n = bars_.size();
    if (n == 0) return ledger_.finish(mark_);
    sim::reject_undone(pending_, n, ledger_);
    if (sim::close_at_end(bars_, broker_, ledger_)) {
      out_.equity[n - 1] = ledger_.cash();
      out_.returns[n - 1] = ledger_.cash() / (n == 1 ? broker_.cash : out_.equity[n - 2]) - 1;
      out_.in_position.reset(n - 1);
    }
    ledger_.finish(mark_);
  }

  const Bars& bars_;
  const SignalViews& signals_;
  const BrokerOptions& broker_;
  Simulation out_;
  Ledger ledger_;
  Decision pending_;  // decided at the bar before, to fill at this bar's open
  double mark_;       // last price by which the position is valued
  bool filled_on_this_bar_ = false;
};

}  // namespace

Result<Simulation> simulate_reference(const Bars& bars, const SignalViews& signals, const BrokerOptions& broker) {
  PEAK_RETURN_IF_ERROR(sim::check_run(bars, signals, broker));
  return ReferenceRun(bars, signals, broker).run();
}

}  // namespace peak
