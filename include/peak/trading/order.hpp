// Orders: what was asked, when, what became of it and why (rules 1-5 and 15).
//
// Threads: values.
#pragma once

#include <cstdint>
#include <vector>

namespace peak {

/// Bars are counted from 0; kNoBar marks a bar that is not there (an open trade's exit, an unfilled order's fill).
inline constexpr std::int64_t kNoBar = -1;

enum class Side : unsigned char { kLong, kShort };
enum class OrderAction : unsigned char { kBuy, kSell };

/// What an order does to the position.
enum class OrderPurpose : unsigned char { kEnter, kExit, kAdd };

enum class OrderStatus : unsigned char { kFilled, kPartlyFilled, kCancelled, kExpired, kRejected };

/// Why an order did not fill, or not wholly (rule 15).
enum class Reason : unsigned char {
  kNone,
  kNoCash,     ///< not one unit (or fraction) could be paid
  kBelowStep,  ///< less than one size step
  kBelowMinimum,
  kConflict,   ///< entry and exit, or long and short entry, on one bar (rule 5)
  kEndOfData,  ///< decided on the last bar, nothing after it to fill at (rule 1)
  kNoPrice,    ///< the fill price is missing (rule 6)
  kWrongSide,
  kRuined,  ///< the account was liquidated before (rule 11)
  kRiskLimit,
  kExpired,
  kCancelledByOco,
  kInvalid,
};

struct Order {
  std::int64_t decision_bar = kNoBar;  ///< bar whose close decided it
  std::int64_t fill_bar = kNoBar;      ///< bar at which it filled
  OrderAction action = OrderAction::kBuy;
  OrderPurpose purpose = OrderPurpose::kEnter;
  Side side = Side::kLong;  ///< of the position that it opens, adds to or closes
  OrderStatus status = OrderStatus::kRejected;
  Reason reason = Reason::kNone;
  double quantity = 0;  ///< units filled; 0 when unfilled
  double price = 0;     ///< fill price after slippage; 0 when unfilled
  double fee = 0;       ///< currency
};

/// Orders of one run that were decided and counted but did not become an Order because they did nothing:
/// the table "which signals there were and what became of them" (rule 15).
struct SignalCounts {
  std::int64_t entries = 0;  ///< bars with a long entry signal
  std::int64_t exits = 0;
  std::int64_t short_entries = 0;
  std::int64_t short_exits = 0;
  std::int64_t conflicts = 0;  ///< bars on which signals contradicted each other while flat (rule 5)
  std::int64_t ignored = 0;    ///< bars whose signals asked for what already was (rule 4)
};

const char* side_name(Side side) noexcept;  ///< "long", "short"
const char* order_action_name(OrderAction action) noexcept;
const char* order_purpose_name(OrderPurpose purpose) noexcept;
const char* order_status_name(OrderStatus status) noexcept;  ///< "filled", "partly_filled", "cancelled", ...
const char* reason_name(Reason reason) noexcept;             ///< "no_cash", "below_step", ...; "" for kNone

}  // namespace peak
