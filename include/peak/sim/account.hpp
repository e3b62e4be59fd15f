// Account: cash, positions, and the one written sequence of IEEE operations by which every fill changes them (rule 16).
//
// Executors decide when and at which price a fill happens; the account decides how many units (rules 3, 4, 14), what it
// costs (rule 2) and what it does to money and trades. Every executor drives an account, so that money has a single
// definition. Prices that come in are market prices, before slippage, unless they are called fill prices.
//
// Threads: a value; points at options and instruments that must outlive it.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "peak/sim/simulation.hpp"
#include "peak/trading/position.hpp"

namespace peak::sim {

/// What an entry of one symbol is sized by. Prices are those of this moment.
struct EntryTerms {
  std::uint32_t symbol = 0;
  Side side = Side::kLong;
  Sizing size;
  double price = 0;                      ///< market price
  double fill_price = 0;                 ///< after slippage
  bool maker = false;                    ///< a limit order's fill
  double stop_distance = kMissingPrice;  ///< for kRisk
  double volatility = kMissingPrice;     ///< a year, as known at the decision; for kVolatility
  double most = kMissingPrice;           ///< units, because of the bar's volume; NaN: no such limit
  std::span<const double> prices = {};   ///< price of each symbol now; empty with one symbol
  double money = kMissingPrice;          ///< what money_for() gives, where the caller knows it; NaN: it is asked
};

struct EntrySize {
  double quantity = 0;
  double wanted = 0;              ///< units asked for, whatever could be paid
  bool takes_all_cash = false;    ///< then cash becomes exactly 0
  bool volume_capped = false;     ///< the bar's volume was too small: the rest may follow later
  Reason reason = Reason::kNone;  ///< with a quantity of 0: why not; otherwise: why less than was asked for
};

class Account {
 public:
  Account(const BrokerOptions& options, std::span<const Instrument> instruments);

  double cash = 0;
  std::vector<Position> positions;
  Simulation out;  ///< trades, orders and totals; the vectors over bars stay empty until the executor fills them

  [[nodiscard]] bool ruined() const noexcept { return out.ruin_bar != kNoBar; }
  [[nodiscard]] bool flat() const noexcept;
  /// With all positions at their marks.
  [[nodiscard]] double equity() const noexcept {
    if (positions.size() == 1) return equity_at(positions.front().mark);
    return equity_of_many({});
  }
  /// With the first position at `price`: of one symbol only.
  [[nodiscard]] double equity_at(double price) const noexcept {
    const Position& position = positions.front();
    return position.flat() ? cash : cash + worth(0, position.units, price);
  }
  /// With positions at `prices`, or at their marks where these are empty or missing (decided case 14.2).
  [[nodiscard]] double equity_of_many(std::span<const double> prices) const noexcept;
  /// Sum of the positions' absolute values at their marks.
  [[nodiscard]] double gross() const noexcept;
  /// units * price * multiplier.
  [[nodiscard]] double worth(std::size_t symbol, double units, double price) const noexcept {
    return has_multiplier_ ? units * price * instruments_[symbol].multiplier : units * price;
  }

  /// Rule 2: the price of a market order; `quantity` and `volume` matter for the impact only.
  [[nodiscard]] double slipped(std::uint32_t symbol, OrderAction action, double price, double quantity,
                               double volume) const noexcept {
    const bool buys = action == OrderAction::kBuy;
    const double worse = buys ? price * (1 + options_->slippage) : price * (1 - options_->slippage);
    return plain_slippage_ ? worse : moved_by_impact(symbol, buys, worse, quantity, volume);
  }
  /// Rule 2: what a fill costs.
  [[nodiscard]] double fee_of(double value, double quantity, bool maker) const noexcept {
    return plain_fees_ ? std::fabs(value) * options_->commission : fee_by_schedule(value, quantity, maker);
  }
  /// Rules 3, 4 and 14: how many units an entry gets.
  [[nodiscard]] EntrySize size_of_entry(const EntryTerms& terms) const;
  /// What entries may cost now (rule 4), fees included.
  [[nodiscard]] double money_for(const EntryTerms& terms) const;
  /// How many units `size` asks for, whatever can be paid; NaN if that cannot be told.
  [[nodiscard]] double units_wanted(const EntryTerms& terms) const;

  /// Opens or adds. Returns the fee.
  double open(std::uint32_t symbol, Side side, std::int64_t bar, double quantity, double price, double fill_price,
              bool maker, bool takes_all_cash);
  /// Closes `quantity` units of what is held, at most all. Returns the fee.
  double close(std::uint32_t symbol, std::int64_t bar, double quantity, double fill_price, bool maker,
               ExitReason reason);
  /// Money that a position earns or pays (dividends, funding, borrowing).
  void pay(std::uint32_t symbol, double amount);
  /// `ratio` new units for each old one.
  void split(std::uint32_t symbol, double ratio);
  /// Writes the open trades' marks, P&L and returns, and the final cash and units.
  void finish();

  /// Records an order of signals that could not reach the market.
  void reject(OrderPurpose purpose, Side side, std::int64_t decision_bar, Reason reason, std::uint32_t symbol = 0);

 private:
  [[nodiscard]] double moved_by_impact(std::uint32_t symbol, bool buys, double price, double quantity,
                                       double volume) const noexcept;
  [[nodiscard]] double fee_by_schedule(double value, double quantity, bool maker) const noexcept;
  [[nodiscard]] double kelly_fraction() const noexcept;
  [[nodiscard]] double commission(bool maker) const noexcept;
  [[nodiscard]] double affordable(const EntryTerms& terms, double money) const;
  [[nodiscard]] bool can_pay(const EntryTerms& terms, double quantity, double money) const;

  const BrokerOptions* options_;
  std::span<const Instrument> instruments_;
  bool plain_fees_ = true;
  bool plain_slippage_ = true;
  bool has_multiplier_ = false;
  bool plain_entries_ = false;  // one symbol in any fraction, plain fees, nothing borrowed, no limit of size
};

}  // namespace peak::sim
