// Portfolio: the books of a live or paper account: what is held, what it is worth, what it has earned.
//
//     Portfolio portfolio(10'000);
//     auto spy = portfolio.add_symbol("SPY");                    // a small number, from 0 in the order of adding
//     auto filled = portfolio.apply_fill(*spy, +20, 400.0, 1.0);  // bought 20 at 400, fee 1
//     auto marked = portfolio.update_prices(prices);             // one price for each symbol
//     double worth = portfolio.value();
//
// It records facts: a fill that the venue reported is booked whether it could be afforded or not. What an order would
// do is the broker's business (sim/). Nothing is read from a clock, so the same calls give the same bits.
//
// Units     quantities are signed (bought > 0, sold < 0), money is in the account's currency, a contract of multiplier
// m
//           is worth m * price.
// P&L       by average cost: a fill that adds moves the average price, one that reduces realises
//           (price - average) * units closed * multiplier, one that turns does both. Fees and payments are realised at
//           once. So value() == contributed() + realised_pnl() + open_pnl(), but for rounding.
// Missing   a NaN among prices keeps the last price of its symbol (rule 6). Before its first price a symbol is marked
// at
//           the price of its first fill.
// Cost      update_prices of 100 symbols: one pass that checks and one that copies, about 50 ns; value() the same.
// Threads   one writer; readers only while nobody writes.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "peak/base/status.hpp"

namespace peak {

class Portfolio {
 public:
  /// What is held of one symbol.
  struct Position {
    double units = 0;          ///< signed: negative while short
    double average_price = 0;  ///< mean price of what is held; 0 while flat
    double price = 0;          ///< last known; NaN before the first
    double value = 0;          ///< units * multiplier * price; negative while short
    double open_pnl = 0;       ///< (price - average_price) * units * multiplier
    double realised_pnl = 0;   ///< of closed parts and payments, less all fees
    double fees = 0;           ///< paid so far; part of realised_pnl
  };

  /// Starts with `cash`, which must be finite to mean anything; create() checks it.
  explicit Portfolio(double cash = 0) noexcept : cash_(cash), contributed_(cash) {}
  [[nodiscard]] static Result<Portfolio> create(double cash);

  /// Adds a symbol and gives its number. Refuses an empty or known name and a multiplier that is not above 0.
  Result<std::size_t> add_symbol(std::string name, double multiplier = 1);
  [[nodiscard]] std::size_t size() const noexcept { return names_.size(); }
  [[nodiscard]] const std::vector<std::string>& symbols() const noexcept { return names_; }
  /// The number of the symbol of that name, or an error with the nearest name.
  [[nodiscard]] Result<std::size_t> find(std::string_view name) const;

  /// Sets the price of every symbol, by number; NaN keeps the last one. Another count than size(), or an infinite
  /// price, is refused and changes nothing.
  Status update_prices(std::span<const double> prices);
  Status update_price(std::size_t symbol, double price);

  /// Books a fill: `quantity` other than 0, `fee` in currency (negative: a rebate). What is left of a position below
  /// 1e-12 of the fill is taken for nothing, so that 0.1 + 0.2 - 0.3 is flat.
  Status apply_fill(std::size_t symbol, double quantity, double price, double fee = 0);
  /// Money that a symbol brings (a dividend, funding, interest; negative: costs): to cash, and to realised P&L.
  Status apply_payment(std::size_t symbol, double amount);
  /// A split: each unit becomes `ratio` units (2 for two for one) at price / ratio. Values and P&L stay.
  Status apply_split(std::size_t symbol, double ratio);
  /// Money from outside (negative: taken out): to cash and contributed(), not to P&L.
  Status deposit(double amount);

  [[nodiscard]] double cash() const noexcept { return cash_; }
  [[nodiscard]] double contributed() const noexcept { return contributed_; }
  /// Cash and all positions at their prices, added in the order of the symbols.
  [[nodiscard]] double value() const noexcept;
  [[nodiscard]] double gross_exposure() const noexcept;  ///< sum of |position value|
  [[nodiscard]] double net_exposure() const noexcept;    ///< sum of position values, shorts negative
  [[nodiscard]] double open_pnl() const noexcept;
  [[nodiscard]] double realised_pnl() const noexcept;
  [[nodiscard]] double fees() const noexcept;
  /// Of a symbol by number, which must be below size().
  [[nodiscard]] Position position(std::size_t symbol) const noexcept;
  [[nodiscard]] double units(std::size_t symbol) const noexcept { return units_[symbol]; }
  [[nodiscard]] double position_value(std::size_t symbol) const noexcept {
    return units_[symbol] * multipliers_[symbol] * prices_[symbol];
  }
  /// Position value / value(); NaN when value() is not above 0.
  [[nodiscard]] double weight(std::size_t symbol) const noexcept;
  [[nodiscard]] double multiplier(std::size_t symbol) const noexcept { return multipliers_[symbol]; }

 private:
  [[nodiscard]] Status check_symbol(std::size_t symbol) const;
  void book(std::size_t symbol, double quantity, double price) noexcept;

  double cash_;
  double contributed_;
  // One element for each symbol. A price is 0 until it is known: nothing is held of a symbol without a price.
  std::vector<std::string> names_;
  std::vector<double> units_, averages_, prices_, multipliers_, realised_, fees_;
  std::vector<unsigned char> priced_;
};

}  // namespace peak
