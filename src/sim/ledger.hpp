// The ledger: cash, units, and the one written sequence of IEEE operations by which every fill changes them (rule 16).
//
// Engines decide when a fill happens; the ledger decides what it does to the account (rules 2, 3, 4 and 15) and keeps
// orders, trades and fees. Each engine drives a ledger of its own, so that money has a single definition.
#pragma once

#include <cstddef>
#include <cstdint>

#include "peak/sim/simulation.hpp"

namespace peak::sim {

class Ledger {
 public:
  /// Writes into `out`, which must outlive the ledger.
  Ledger(const BrokerOptions& broker, Simulation& out) : broker_(broker), out_(out), cash_(broker.cash) {}

  [[nodiscard]] double cash() const noexcept { return cash_; }
  /// Signed: negative while short.
  [[nodiscard]] double units() const noexcept { return units_; }
  [[nodiscard]] bool flat() const noexcept { return units_ == 0; }
  [[nodiscard]] bool is_long() const noexcept { return units_ > 0; }
  [[nodiscard]] bool is_short() const noexcept { return units_ < 0; }
  [[nodiscard]] bool ruined() const noexcept { return out_.ruin_bar != kNoBar; }
  [[nodiscard]] double equity_at(double mark) const noexcept { return flat() ? cash_ : cash_ + units_ * mark; }

  /// Opens a position, or adds to the one held on that side, at the market price `price`. A fill or a rejection is
  /// recorded as an order; true if units changed.
  bool enter(Side side, std::int64_t decision_bar, std::int64_t fill_bar, double price);
  /// Closes the position held at the market price `price`; true if it filled.
  bool exit(std::int64_t decision_bar, std::int64_t fill_bar, double price, ExitReason reason);
  /// Records an order that could not reach the market.
  void reject(OrderPurpose purpose, Side side, std::int64_t decision_bar, Reason reason);
  /// Rule 11: closes at the mark, with the fee and without slippage; later orders are rejected.
  void liquidate(std::int64_t bar, double mark);
  /// Writes the open trade's mark, P&L and return, and the final cash and units.
  void finish(double last_mark);

 private:
  struct Size {
    double quantity = 0;
    bool takes_all_cash = false;  // then cash becomes exactly 0
    bool capped = false;          // less than was asked for
    Reason reason = Reason::kNone;
  };
  [[nodiscard]] Size size_of_entry(Side side, double price, double fill_price) const;
  void close_at(std::int64_t decision_bar, std::int64_t fill_bar, double fill_price, ExitReason reason);
  void record_entry(Side side, std::int64_t fill_bar, double quantity, double fill_price, double fee);

  const BrokerOptions& broker_;
  Simulation& out_;
  double cash_;
  double units_ = 0;
};

}  // namespace peak::sim
