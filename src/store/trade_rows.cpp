#include "peak/store/trade_rows.hpp"

#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "peak/base/suggest.hpp"
#include "store/sql_words.hpp"

namespace peak::store {
namespace {

constexpr double kNanosecondsPerSecondFloat = 1e9;
/// Times of the year 5138 in seconds; larger numbers are milliseconds or finer.
constexpr double kMostSeconds = 1e11;

std::string shown(std::string_view text) {
  constexpr std::size_t kMost = 40;
  return "'" + std::string(text.substr(0, kMost)) + (text.size() > kMost ? "...'" : "'");
}

std::string shown(double value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.17g", value);
  return text.data();
}

}  // namespace

const std::vector<std::string>& required_trade_fields() {
  static const std::vector<std::string> kFields = {"symbol", "side", "quantity", "price", "timestamp"};
  return kFields;
}

const std::vector<std::string>& trade_fields() {
  static const std::vector<std::string> kFields = {"symbol",    "side", "quantity", "price",
                                                   "timestamp", "fees", "strategy", "tag"};
  return kFields;
}

std::string symbol_fault(std::string_view symbol) {
  if (symbol.empty()) return "is empty; every trade names its symbol";
  if (symbol.find('\0') != symbol.npos) return "holds a zero byte";
  return {};
}

std::string side_fault(std::string_view side) {
  static const std::vector<std::string> kSides = {"buy", "sell", "long", "short"};
  const std::string lower = lower_case(side);
  for (const std::string& known : kSides) {
    if (lower == known) return {};
  }
  return shown(side) + " is not a side" + suggestion(lower, kSides);
}

std::string quantity_fault(double quantity) {
  if (!std::isfinite(quantity)) return shown(quantity) + " is not a finite number";
  if (!(quantity > 0)) return shown(quantity) + " is not above 0; the side says the direction";
  return {};
}

std::string price_fault(double price) {
  return std::isfinite(price) ? std::string() : shown(price) + " is not a finite number";
}

Error trade_error(std::size_t row, const std::string& field, const std::string& fault) {
  return bad_data("trades[" + std::to_string(row) + "], field '" + field + "': " + fault);
}

Error missing_trade_field(std::size_t row, const std::string& field) {
  return bad_data("trades[" + std::to_string(row) + "]: field '" + field +
                  "' is missing; every trade has symbol, side, quantity, price and timestamp");
}

Error unknown_trade_field(std::size_t row, const std::string& field, const std::vector<std::string>& known) {
  return bad_data("trades[" + std::to_string(row) + "]: the table has no column for field '" + field + "'" +
                  suggestion(field, known));
}

Result<Nanoseconds> whole_time(std::int64_t value) {
  constexpr std::int64_t kLeastDoubtful = 100'000'000;
  constexpr std::int64_t kMostDoubtful = 100'000'000'000'000'000;
  const std::int64_t size = value == kNoTime ? 0 : std::abs(value);
  if (value == kNoTime) return bad_data("is missing");
  if (size < kLeastDoubtful || size >= kMostDoubtful) return value;
  const char* unit = size < 100'000'000'000 ? "seconds" : size < 100'000'000'000'000 ? "milliseconds" : "microseconds";
  return bad_data(std::to_string(value) + " looks like " + unit +
                  "; whole numbers are nanoseconds since 1970: multiply it, or give a datetime or ISO text");
}

Result<Nanoseconds> seconds_time(double seconds) {
  if (!std::isfinite(seconds)) return bad_data(shown(seconds) + " is no time");
  if (std::abs(seconds) >= kMostSeconds) {
    return bad_data(shown(seconds) +
                    " is too large for seconds since 1970, as which numbers with a fraction are taken");
  }
  // Whole seconds and the fraction apart: their product in one step would lose the last digits.
  const double whole = std::floor(seconds);
  if (std::abs(whole) > 9'223'372'035.0) return bad_data(shown(seconds) + " lies outside of 1678 to 2261");
  return static_cast<Nanoseconds>(whole) * kNanosecondsPerSecond +
         static_cast<Nanoseconds>(std::llround((seconds - whole) * kNanosecondsPerSecondFloat));
}

Status check_trade(const TradeRow& trade, std::size_t row) {
  if (std::string fault = symbol_fault(trade.symbol); !fault.empty()) return trade_error(row, "symbol", fault);
  if (std::string fault = side_fault(trade.side); !fault.empty()) return trade_error(row, "side", fault);
  if (std::string fault = quantity_fault(trade.quantity); !fault.empty()) return trade_error(row, "quantity", fault);
  if (std::string fault = price_fault(trade.price); !fault.empty()) return trade_error(row, "price", fault);
  if (trade.timestamp == kNoTime) return trade_error(row, "timestamp", "is missing");
  if (trade.fees && !std::isfinite(*trade.fees)) return trade_error(row, "fees", price_fault(*trade.fees));
  return {};
}

}  // namespace peak::store
