// Trade rows: what a trade must be to enter a store, checked in one place for C++, the command and Python.
//
//     symbol     text, not empty
//     side       buy, sell, long or short, in any case; stored as written
//     quantity   finite, above 0: the side says the direction
//     price      finite; negative ones exist (oil, 2020-04-20)
//     timestamp  Nanoseconds UTC. Whole numbers are taken as such, and refused where only seconds, milliseconds or
//                microseconds make sense of them; fractional numbers are seconds; text is ISO 8601, UTC unless it
//                names a zone
//     fees       finite, may be missing                strategy, tag   text, may be missing
//
// Failure   kBadData: "trades[17], field 'price': ...", rows counted from 0.
// Threads   pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "peak/base/status.hpp"
#include "peak/base/time.hpp"
#include "peak/table/column.hpp"

namespace peak::store {

/// One fill.
struct TradeRow {
  std::string symbol;
  std::string side;  ///< "buy", "sell", "long", "short"
  double quantity = 0;
  double price = 0;
  Nanoseconds timestamp = kNoTime;
  std::optional<double> fees;
  std::string strategy;  ///< empty: none
  std::string tag;       ///< empty: none
};

/// symbol, side, quantity, price, timestamp: what every trade has; the others may be missing.
[[nodiscard]] const std::vector<std::string>& required_trade_fields();
[[nodiscard]] const std::vector<std::string>& trade_fields();

/// What is wrong with a value, as the end of a sentence; empty if nothing is.
[[nodiscard]] std::string symbol_fault(std::string_view symbol);
[[nodiscard]] std::string side_fault(std::string_view side);
[[nodiscard]] std::string quantity_fault(double quantity);
[[nodiscard]] std::string price_fault(double price);

/// The error of one field of one row.
[[nodiscard]] Error trade_error(std::size_t row, const std::string& field, const std::string& fault);
[[nodiscard]] Error missing_trade_field(std::size_t row, const std::string& field);
/// A field that is neither known nor a column of the table.
[[nodiscard]] Error unknown_trade_field(std::size_t row, const std::string& field,
                                        const std::vector<std::string>& known);

/// 2020-01-02, 2020-01-02T09:30, 2020-01-02 09:30:15.250+01:00, a Z at the end; the message says what is wrong.
[[nodiscard]] Result<Nanoseconds> parse_iso_time(std::string_view text);
/// A whole number, refused from 10^8 to 10^17: as nanoseconds those lie before March 1973.
[[nodiscard]] Result<Nanoseconds> whole_time(std::int64_t value);
/// Seconds since 1970, as time.time() gives them.
[[nodiscard]] Result<Nanoseconds> seconds_time(double seconds);

[[nodiscard]] Status check_trade(const TradeRow& trade, std::size_t row);

/// The columns of many trades, checked. Optional ones have no rows when they are missing.
struct TradeColumns {
  Column symbol, side;     ///< text
  Column quantity, price;  ///< float64
  Column timestamp;        ///< int64 nanoseconds
  Column fees;             ///< float64, NaN where missing
  Column strategy, tag;    ///< text
  [[nodiscard]] std::size_t rows() const noexcept { return symbol.size(); }
};

/// Columns of any table by name, without regard to case; usual other names are understood (amount, size and qty for
/// quantity, time, date and datetime for timestamp, commission for fees). Every value is checked.
[[nodiscard]] Result<TradeColumns> trade_columns(const Table& table);

}  // namespace peak::store
