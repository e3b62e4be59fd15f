// Broker: the rule book as plain code, stepped bar by bar over one symbol or many; executor of orders of all kinds.
//
//     PEAK_ASSIGN_OR_RETURN(Broker broker, Broker::create(options));   // options.instrument: one symbol
//     for each bar t:
//       broker.begin(time, {open, high, low, close});   // 1 orders due at the open, stops and limits inside the bar
//       ... look at broker.equity(), broker.position(), decide, broker.submit(request) ...        // 2 the close of t
//       broker.end();                                   // 3 under same_close: market orders fill here; the bar's
//       result equity[t] = broker.equity(); returns[t] = broker.bar_return(); in_position[t] = broker.in_position();
//     Simulation result = broker.finish();              // equity, returns and in_position are the caller's to put in
//
// Market orders submitted in step 2 fill in step 3 (same_close) or in step 1 of the symbol's next bar (next_open); all
// other orders work from the next bar on. Many symbols: create(options, instruments), begin(time, prices) with one
// BarPrices for each symbol, `present = false` for a symbol without a bar at this stamp (rule 14).
//
// Average true range and volatility, which StopKind::kAtr and SizingKind::kVolatility need, come with the prices
// (BarPrices::atr, volatility): the values at the bar's close, which orders decided there may use.
//
// Cost    2-4 ns for a bar on which no order works and no option but those of rules 1-4 is used.
// State   a value: a copy is a snapshot that goes on by itself. state() and restore() give and take what changes, as
//         plain members, for writing to a file.
// Bad     orders that make no sense are recorded as rejected with their reason, and the run goes on (rule 15).
// Threads as a value.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "peak/sim/account.hpp"
#include "peak/sim/simulation.hpp"
#include "peak/trading/broker.hpp"
#include "peak/trading/instrument.hpp"
#include "peak/trading/order.hpp"
#include "peak/trading/position.hpp"

namespace peak {

/// One symbol's bar. A missing price is NaN (rule 6).
struct BarPrices {
  double open = kMissingPrice, high = kMissingPrice, low = kMissingPrice, close = kMissingPrice;
  double volume = kMissingPrice;      ///< needed by volume_share and impact only
  double atr = kMissingPrice;         ///< average true range at this bar's close
  double volatility = kMissingPrice;  ///< standard deviation of returns a year, at this bar's close
  bool present = true;                ///< false: the symbol has no bar at this stamp
};

/// An order that has not ended.
struct WorkingOrder {
  OrderId id = kNoOrder;  ///< kNoOrder: of signals, recorded when it ends
  OrderRequest request;   ///< prices on the tick grid
  std::int64_t decision_bar = kNoBar;
  Nanoseconds first_time = 0;        ///< stamp of its first bar, for kDay; 0 before
  double remaining = kMissingPrice;  ///< units still to fill; NaN: decided by `request.size` when it fills
  double filled = 0, filled_value = 0, fill_price = 0, fee = 0;
  std::int64_t fill_bar = kNoBar;
  FillRule fill_rule = FillRule::kNone;
  double stop = kMissingPrice;                             ///< stop price; of a trailing order where it stands now
  double best = kMissingPrice;                             ///< trailing: best price of completed bars
  double atr = kMissingPrice, volatility = kMissingPrice;  ///< at the decision
  ExitReason exit_reason = ExitReason::kOrder;
  OrderPurpose purpose = OrderPurpose::kEnter;  ///< of signals
  bool triggered = false;                       ///< stop-limit: the limit works
  bool triggered_inside = false;                ///< ... since inside the present bar: it fills from the next one on
  bool follows_exit = false;                    ///< of signals: the second half of a reversal
  bool scaled = false;                          ///< cut because cash was short for all entries of the stamp
  bool keeps_events = false;                    ///< its life is more than its record tells: Simulation::events has it
  bool ended = false;                           ///< about to be removed
};

/// What changes from bar to bar. Plain members, so that it can be written and read.
struct BrokerState {
  std::int64_t bar = kNoBar;
  Nanoseconds time = 0;
  double equity = 0, equity_before = 0, bar_return = 0;
  double peak = 0;             ///< highest equity at a mark; for max_drawdown
  double day_start = 0;        ///< equity at the last mark of the day before; for daily_loss
  std::int64_t day = -1;       ///< UTC day of the present bar
  bool blocked = false;        ///< by a risk limit, for good
  bool blocked_today = false;  ///< by daily_loss
  bool changed = false;        ///< cash or units changed on this bar
  double cash_before = 0, mark_before = kMissingPrice;
  double close_before = kMissingPrice;    ///< the close of the bar before, of one symbol
  std::vector<WorkingOrder> working;      ///< in the order of submission
  std::vector<std::size_t> next_funding;  ///< by symbol: first funding payment not made
  std::vector<std::size_t> next_action;   ///< by symbol: first corporate action not applied
  std::vector<std::uint8_t> delisted;     ///< by symbol
};

class Broker {
 public:
  /// Instruments in the order of symbols; none: options.instrument. Fails on options or instruments out of range.
  [[nodiscard]] static Result<Broker> create(BrokerOptions options, std::vector<Instrument> instruments = {});

  // The three steps of a bar.
  void begin(Nanoseconds time, const BarPrices& prices) {
    if (quiet_) {
      begin_quiet(time, prices.open, prices.high, prices.low, prices.close, prices.volume, prices.atr,
                  prices.volatility, prices.present);
    } else {
      begin_many(time, {&prices, 1});
    }
  }
  void begin(Nanoseconds time, std::span<const BarPrices> prices) { begin_many(time, prices); }
  /// The same for prices alone, without what needs average true range or volatility: the fastest way through a bar.
  void begin(Nanoseconds time, double open, double high, double low, double close, double volume) {
    if (quiet_) return begin_quiet(time, open, high, low, close, volume, kMissingPrice, kMissingPrice, true);
    const BarPrices prices{open, high, low, close, volume};
    begin_many(time, {&prices, 1});
  }
  /// Finer bars inside the next begin()'s bar of `symbol`, oldest first: they decide the order of prices (rule 13). The
  /// memory must last until begin() returns.
  void set_detail(std::uint32_t symbol, std::span<const BarPrices> finer);
  /// `fills`: false keeps market orders of this bar from filling at its close (rule 12).
  void end(bool fills = true) {
    if (!at_close_) return;
    end_at_close(fills);
  }
  /// After the last bar: ends what still works (`end_of_data`), closes under `finalize`, and hands over the records.
  /// equity() and bar_return() are those of the last bar after that.
  [[nodiscard]] Simulation finish();

  // Orders, in step 2.
  /// Records the order; Simulation::orders at the id says what became of it. Never fails: see Reason.
  OrderId submit(const OrderRequest& request);
  /// Ends a working order; false if it does not work (any more).
  bool cancel(OrderId id, Reason reason = Reason::kCancelled);
  void cancel_all(std::uint32_t symbol);
  /// New terms for what is left of a working order, which keeps its id and place; false if it does not work any more or
  /// the new terms make no sense (it then keeps the old ones).
  bool replace(OrderId id, const OrderRequest& request);
  /// New stops for a position held, by prices; NaN leaves none. False if they are on the wrong side of the mark.
  bool protect(std::uint32_t symbol, double stop, double target);
  /// What signals decide (rules 4 and 5): recorded when they end, sized by options().size, protected by
  /// options().stops.
  void submit_signal(bool closes, bool enters, Side side, std::uint32_t symbol = 0);

  // The view of step 2, and of the bar's end after step 3.
  [[nodiscard]] double cash() const noexcept { return account_.cash; }
  [[nodiscard]] double equity() const noexcept { return state_.equity; }
  [[nodiscard]] double bar_return() const noexcept { return state_.bar_return; }
  [[nodiscard]] bool in_position() const noexcept { return !account_.flat(); }
  [[nodiscard]] bool ruined() const noexcept { return account_.ruined(); }
  [[nodiscard]] std::int64_t bar() const noexcept { return state_.bar; }
  [[nodiscard]] Nanoseconds time() const noexcept { return state_.time; }
  [[nodiscard]] const Position& position(std::uint32_t symbol = 0) const noexcept { return account_.positions[symbol]; }
  [[nodiscard]] std::span<const Position> positions() const noexcept { return account_.positions; }
  [[nodiscard]] std::span<const WorkingOrder> working_orders() const noexcept { return state_.working; }
  /// Trades, orders and totals so far.
  [[nodiscard]] const Simulation& records() const noexcept { return account_.out; }
  [[nodiscard]] const BrokerOptions& options() const noexcept { return setup_->options; }
  [[nodiscard]] std::span<const Instrument> instruments() const noexcept { return setup_->instruments; }
  [[nodiscard]] std::size_t symbols() const noexcept { return setup_->instruments.size(); }

  // For writing to a file: state(), cash(), positions() and records(), and back into a broker made by create().
  [[nodiscard]] const BrokerState& state() const noexcept { return state_; }
  void restore(BrokerState state, double cash, std::vector<Position> positions, Simulation records);

  /// Signals are counted by whoever decides them.
  [[nodiscard]] SignalCounts& signal_counts() noexcept { return account_.out.signals; }

 private:
  struct Setup {
    BrokerOptions options;
    std::vector<Instrument> instruments;
  };
  explicit Broker(std::shared_ptr<const Setup> setup);

  // Numbers, not a BarPrices: a copy of one waits for the stores that have just made it, four nanoseconds a bar.
  void begin_quiet(Nanoseconds time, double open, double high, double low, double close, double volume, double atr,
                   double volatility, bool present) {
    ++state_.bar;
    state_.time = time;
    state_.changed = false;
    state_.equity_before = state_.equity;
    state_.close_before = current_.close;
    current_.open = open;
    current_.high = high;
    current_.low = low;
    current_.close = close;
    current_.volume = volume;
    current_.atr = atr;
    current_.volatility = volatility;
    current_.present = present;
    Position& position = account_.positions.front();
    if (at_close_) {
      state_.cash_before = account_.cash;
      state_.mark_before = position.mark;
      if (close == close) position.mark = close;
      state_.equity = account_.equity();
      return;
    }
    const double mark_before = position.mark;
    if (close == close) position.mark = close;
    if (position.flat()) {
      state_.bar_return = 0;
      return;
    }
    const double equity = account_.equity_at(position.mark);
    if (equity <= 0) {
      ruin();
      return;
    }
    state_.equity = equity;
    state_.bar_return =
        account_.cash == 0 && state_.bar > 0 ? position.mark / mark_before - 1 : equity / state_.equity_before - 1;
  }
  void ruin();

  void begin_many(Nanoseconds time, std::span<const BarPrices> prices);
  void end_at_close(bool fills);

  // broker_bar.cpp: the phases of a bar, in the order in which they happen.
  void apply_actions();
  void apply_action(std::uint32_t symbol, const CorporateAction& action);
  void finance(Nanoseconds before);
  void pay_funding(std::uint32_t symbol);
  void expire_orders();
  void fill_at_open();
  void fill_market_exits(FillRule rule);
  void fill_market_entries(FillRule rule);
  void resolve_target(WorkingOrder& order, double equity);
  void scale_entries(const std::vector<std::size_t>& due);
  [[nodiscard]] std::vector<std::size_t> due_orders() const;
  void mark_bar();
  void move_trailing_stops();
  void watch_risk();
  void flatten();

  // broker_inside.cpp: rule 13.
  struct Reach {
    bool reached = false;
    double price = 0;
    FillRule rule = FillRule::kNone;
    bool limit = false;
  };
  [[nodiscard]] Reach reach_at_open(WorkingOrder& order, double open) const;
  [[nodiscard]] Reach reach_inside(WorkingOrder& order, const BarPrices& prices, bool stops) const;
  void gap_exits(std::uint32_t symbol, double open);
  void gap_orders(std::uint32_t symbol, double open, bool exits);
  void end_immediate(std::uint32_t symbol);
  void inside(std::uint32_t symbol, const BarPrices& prices);
  void inside_by_rule(std::uint32_t symbol, const BarPrices& prices);
  void inside_by_path(std::uint32_t symbol, const BarPrices& prices);
  bool walk(std::uint32_t symbol, double from, double to);
  void fill_reached(std::uint32_t symbol, const BarPrices& prices, bool stops);
  void test_fresh_exits(std::uint32_t symbol, const BarPrices& prices, bool by_limit);
  [[nodiscard]] bool limit_reached(bool buys, double limit, double low, double high) const;

  // broker_fills.cpp: what a fill does.
  struct FillTerms {
    double price = 0;  ///< market price
    FillRule rule = FillRule::kOpen;
    bool limit = false;   ///< no slippage
    bool inside = false;  ///< inside the bar
  };
  struct Exit {
    double price = 0;  ///< market price
    FillRule rule = FillRule::kMark;
    ExitReason reason = ExitReason::kSignal;
    OrderType type = OrderType::kMarket;
    std::int64_t decision_bar = kNoBar, fill_bar = kNoBar;
    bool limit = false;  ///< no slippage
    bool ambiguous = false;
  };
  /// Closes all, or what the bar's volume allows, of a position by something else than an order; records it.
  void exit_position(std::uint32_t symbol, const Exit& exit);
  void liquidate_all(ExitReason reason);
  /// The stop or the target of a position at `price`.
  void take_protection(std::uint32_t symbol, bool stop, double price, FillRule rule, bool ambiguous);
  /// Fills the part that closes, then, if it may, the part that opens; ends the order when nothing is left.
  void fill_order(std::size_t at, const FillTerms& terms, bool opens);
  /// The order acts against the position that is held now.
  [[nodiscard]] bool opposes(const WorkingOrder& order) const noexcept;
  void close_part(WorkingOrder& order, const FillTerms& terms);
  [[nodiscard]] Reason open_part(WorkingOrder& order, const FillTerms& terms);
  void set_protection(const WorkingOrder& order, bool inside);
  void end_order(std::size_t at, OrderStatus status, Reason reason);
  void remove_ended();
  void record_fill(WorkingOrder& order, double quantity, double fill_price, double fee, const FillTerms& terms);
  [[nodiscard]] std::int32_t keep_request(const OrderRequest& request);
  void begin_events(WorkingOrder& order);
  void keep_event(WorkingOrder& order, const OrderEvent& event);
  void cancel_group(std::size_t filled);
  [[nodiscard]] sim::EntryTerms entry_terms(const WorkingOrder& order, const FillTerms& terms) const;
  [[nodiscard]] const BarPrices& bar_of(std::uint32_t symbol) const noexcept {
    return bars_.empty() ? current_ : bars_[symbol];
  }

  [[nodiscard]] Reason fault_of(const OrderRequest& request) const;
  void close_at_end();
  [[nodiscard]] double volume_left(std::uint32_t symbol) const;
  void refresh_quiet();

  std::shared_ptr<const Setup> setup_;
  BrokerState state_;
  sim::Account account_;
  BarPrices current_;                               // the present bar, of one symbol
  std::vector<BarPrices> bars_;                     // the present bars, of many
  std::vector<double> prices_;                      // of each symbol now
  std::vector<double> volume_used_;                 // of the present bar
  std::vector<std::span<const BarPrices>> detail_;  // of the coming bar
  bool at_close_ = false;
  bool quiet_ = false;   // nothing can happen on a bar but its mark
  bool simple_ = false;  // one symbol, and no option that acts by itself
};

}  // namespace peak
