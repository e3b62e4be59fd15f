// Orders: what is asked (OrderRequest), what became of it and why (Order, OrderEvent); rules 1-5, 13 and 15.
//
//     OrderRequest request = OrderRequest::market(OrderAction::kBuy, Sizing::units(10));
//     request.stop_loss = StopLevel::fraction(0.05);
//     const OrderId id = broker.submit(request);            // sim/broker.hpp
//
// Threads: values.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "peak/base/status.hpp"
#include "peak/base/time.hpp"

namespace peak {

/// Bars are counted from 0; kNoBar marks a bar that is not there (an open trade's exit, an unfilled order's fill).
inline constexpr std::int64_t kNoBar = -1;
inline constexpr double kMissingPrice = std::numeric_limits<double>::quiet_NaN();

/// An order of a run: its place in Simulation::orders.
using OrderId = std::int64_t;
inline constexpr OrderId kNoOrder = -1;

enum class Side : unsigned char { kLong, kShort };
enum class OrderAction : unsigned char { kBuy, kSell };

/// What an order does to the position.
enum class OrderPurpose : unsigned char {
  kEnter,
  kExit,
  kAdd,
  kReduce,   ///< closes a part
  kReverse,  ///< closes what is held and opens the other side with the rest
};

enum class OrderStatus : unsigned char {
  kFilled,
  kPartlyFilled,  ///< ended with less than was asked for
  kCancelled,
  kExpired,
  kRejected,
  kWorking,  ///< not ended yet; never in a finished run
};

/// Why an order did not fill, or not wholly (rule 15).
enum class Reason : unsigned char {
  kNone,
  kNoCash,          ///< not one unit (or fraction) could be paid; partly filled: no more could be paid
  kBelowStep,       ///< less than one size step
  kBelowMinimum,    ///< less than the instrument's minimum, or a Kelly fraction of zero
  kConflict,        ///< entry and exit, or long and short entry, on one bar (rule 5)
  kEndOfData,       ///< decided on the last bar, or still working after it (rule 1)
  kNoPrice,         ///< the fill price is missing (rule 6)
  kWrongSide,       ///< a stop or target on the wrong side of the price, or reduce-only that would not reduce
  kRuined,          ///< the account was liquidated before (rule 11)
  kRiskLimit,       ///< a risk limit forbids it, or cut its size
  kExpired,         ///< its time in force was over
  kCancelledByOco,  ///< another order of its group filled, or the position that it protects is closed
  kInvalid,         ///< makes no sense: unknown symbol, size or price not a number above zero
  kCancelled,       ///< cancelled on request
  kDelisted,        ///< the instrument has ceased to trade
};

enum class OrderType : unsigned char { kMarket, kLimit, kStop, kStopLimit, kTrailing };

enum class TimeInForce : unsigned char {
  kGtc,  ///< until filled or cancelled
  kDay,  ///< on the bars of the (UTC) date of its first bar
  kIoc,  ///< at the open of its first bar, at once and as much as there is; the rest is cancelled
  kFok,  ///< at the open of its first bar, wholly or not at all
  kGtd,  ///< on bars that begin before OrderRequest::good_till
};

/// The last of each: for tables of all names.
inline constexpr OrderPurpose kLastOrderPurpose = OrderPurpose::kReverse;
inline constexpr OrderStatus kLastOrderStatus = OrderStatus::kWorking;
inline constexpr Reason kLastReason = Reason::kDelisted;

/// By which price an order filled (rules 1 and 13); what `explain` names.
enum class FillRule : unsigned char {
  kNone,
  kOpen,        ///< a market order at the open
  kClose,       ///< a market order at the close
  kGap,         ///< a stop or limit price that the bar opened beyond: at the open
  kStopPrice,   ///< the bar reached the stop: at the stop's price
  kLimitPrice,  ///< the bar reached the limit: at the limit's price
  kMark,        ///< liquidation, finalize, delisting: at the last price
};

/// How many units an order asks for (rule 3).
enum class SizingKind : unsigned char {
  kAllIn,       ///< all cash, fee included; with several symbols equity / N (rule 14). Of an exit: the whole position
  kUnits,       ///< a number of units
  kValue,       ///< a value in currency: units = value / price before slippage
  kFraction,    ///< a fraction of equity: units = fraction * equity / price before slippage
  kRisk,        ///< a fraction of equity is lost if the stop fills: units = fraction * equity / |entry - stop|
  kVolatility,  ///< a fraction of equity such that the position's volatility a year is `amount` (decided case 3.4)
  kKelly,       ///< `amount` times the Kelly fraction of the trades closed so far (decided case 3.5)
  kEqual,       ///< equity / N for N symbols
};

struct Sizing {
  SizingKind kind = SizingKind::kAllIn;
  double amount = 1.0;  ///< units, currency or fraction; ignored for kAllIn and kEqual

  static Sizing all() noexcept { return {}; }
  static Sizing units(double amount) noexcept { return {SizingKind::kUnits, amount}; }
  static Sizing value(double amount) noexcept { return {SizingKind::kValue, amount}; }
  static Sizing fraction(double amount) noexcept { return {SizingKind::kFraction, amount}; }
  static Sizing risk(double amount) noexcept { return {SizingKind::kRisk, amount}; }
  friend bool operator==(const Sizing&, const Sizing&) = default;
};

enum class StopKind : unsigned char {
  kNone,
  kFraction,  ///< of the entry price: 0.05 is 5 % away
  kDistance,  ///< away from the entry price, in units of price
  kAtr,       ///< away by this many average true ranges, as known at the decision
  kPrice,     ///< at this price (brackets of single orders only)
};

/// Where a stop, a target or a trailing stop lies in relation to the entry.
struct StopLevel {
  StopKind kind = StopKind::kNone;
  double value = 0;

  static StopLevel fraction(double value) noexcept { return {StopKind::kFraction, value}; }
  static StopLevel distance(double value) noexcept { return {StopKind::kDistance, value}; }
  static StopLevel atr(double value) noexcept { return {StopKind::kAtr, value}; }
  static StopLevel price(double value) noexcept { return {StopKind::kPrice, value}; }
  [[nodiscard]] bool is_set() const noexcept { return kind != StopKind::kNone; }
  /// How far it lies from `entry`; NaN for kNone and kPrice.
  [[nodiscard]] double distance_from(double entry, double atr) const noexcept {
    switch (kind) {
      case StopKind::kFraction: return entry * value;
      case StopKind::kDistance: return value;
      case StopKind::kAtr: return value * atr;
      default: return kMissingPrice;
    }
  }
  friend bool operator==(const StopLevel&, const StopLevel&) = default;
};

/// What is asked. A value; whatever makes no sense is rejected with a reason when it is submitted.
struct OrderRequest {
  std::uint32_t symbol = 0;  ///< index of the instrument
  OrderAction action = OrderAction::kBuy;
  OrderType type = OrderType::kMarket;
  TimeInForce time_in_force = TimeInForce::kGtc;
  bool reduce_only = false;  ///< never opens, adds or turns: fills at most what is held
  /// `size` is that of the position wanted, long if positive, and `action` follows from it; market orders only.
  /// kFraction is then a weight of equity at this stamp's fill prices (rule 14).
  bool target = false;
  Sizing size;
  double limit = kMissingPrice;  ///< kLimit, kStopLimit
  double stop = kMissingPrice;   ///< kStop, kStopLimit
  StopLevel trail;               ///< kTrailing: distance from the best price of completed bars; not kPrice
  StopLevel stop_loss;           ///< bracket: the stop of the position that this order opens
  StopLevel take_profit;         ///< bracket: its target, a limit order
  StopLevel trailing_stop;       ///< bracket: its trailing stop; not kPrice
  Nanoseconds good_till = 0;     ///< kGtd
  std::uint32_t oco_group = 0;   ///< orders of one group other than 0 cancel each other when one fills
  std::uint32_t tag = 0;         ///< a number of the user's own; kept, never looked at

  static OrderRequest market(OrderAction action, Sizing size = {}) noexcept {
    OrderRequest request;
    request.action = action;
    request.size = size;
    return request;
  }
  static OrderRequest limit_order(OrderAction action, Sizing size, double limit) noexcept {
    OrderRequest request = market(action, size);
    request.type = OrderType::kLimit;
    request.limit = limit;
    return request;
  }
  static OrderRequest stop_order(OrderAction action, Sizing size, double stop) noexcept {
    OrderRequest request = market(action, size);
    request.type = OrderType::kStop;
    request.stop = stop;
    return request;
  }
  /// The whole position of `symbol`, at the market. Rejected (`wrong_side`) when there is none.
  static OrderRequest close(std::uint32_t symbol = 0) noexcept {
    OrderRequest request = target_order(symbol, Sizing::units(0));
    request.reduce_only = true;
    return request;
  }
  /// The position of `symbol` brought to `size` (signed units, value or fraction of equity).
  static OrderRequest target_order(std::uint32_t symbol, Sizing size) noexcept {
    OrderRequest request;
    request.symbol = symbol;
    request.target = true;
    request.size = size;
    return request;
  }
};

/// The record of one order. Orders given by signals are recorded when they end; others when they are submitted.
struct Order {
  std::int64_t decision_bar = kNoBar;  ///< bar whose close decided it
  std::int64_t fill_bar = kNoBar;      ///< bar at which it filled (last)
  OrderAction action = OrderAction::kBuy;
  OrderPurpose purpose = OrderPurpose::kEnter;
  Side side = Side::kLong;  ///< of the position that it opens, adds to or closes
  OrderStatus status = OrderStatus::kRejected;
  Reason reason = Reason::kNone;
  OrderType type = OrderType::kMarket;
  FillRule fill_rule = FillRule::kNone;
  bool ambiguous = false;     ///< what it did hung on the order of prices inside the bar (rule 13)
  double quantity = 0;        ///< units filled; 0 when unfilled
  double price = 0;           ///< fill price after slippage (mean over its fills); 0 when unfilled
  double fee = 0;             ///< currency
  std::uint32_t symbol = 0;   ///< index of the instrument
  std::int32_t request = -1;  ///< its terms in Simulation::requests; -1: a market order of a signal, or of a stop
};

enum class OrderEventKind : unsigned char {
  kSubmitted,
  kTriggered,  ///< a stop-limit's stop was reached: its limit works from now on
  kReplaced,
  kFill,
  kCancelled,
  kExpired,
  kRejected,
};

/// One moment in the life of an order with terms; Simulation::events holds them in the order in which they happened.
struct OrderEvent {
  OrderId order = kNoOrder;
  std::int64_t bar = kNoBar;
  OrderEventKind kind = OrderEventKind::kSubmitted;
  Reason reason = Reason::kNone;
  FillRule fill_rule = FillRule::kNone;
  double quantity = 0;  ///< kFill: units of this fill
  double price = 0;     ///< kFill: price after slippage; kSubmitted, kReplaced: the limit or stop price, if any
  double fee = 0;
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
const char* order_type_name(OrderType type) noexcept;        ///< "market", "limit", "stop", "stop_limit", "trailing"
const char* time_in_force_name(TimeInForce time) noexcept;   ///< "gtc", "day", "ioc", "fok", "gtd"
const char* fill_rule_name(FillRule rule) noexcept;          ///< "open", "close", "gap", ...; "" for kNone
const char* order_event_name(OrderEventKind kind) noexcept;  ///< "submitted", "triggered", ...
const char* sizing_kind_name(SizingKind kind) noexcept;      ///< "all", "units", "value", "fraction", "risk", ...
[[nodiscard]] Result<TimeInForce> parse_time_in_force(std::string_view text);

/// "all", "equal", "units:10", "value:5000", "fraction:0.25", "risk:0.01", "volatility:0.2", "kelly:0.5"; a bare number
/// between 0 and 1 is a fraction, any other is units.
[[nodiscard]] Result<Sizing> parse_sizing(std::string_view text);
/// The text form that parse_sizing reads back.
[[nodiscard]] std::string format_sizing(const Sizing& sizing);

/// "0.05" or "fraction:0.05", "distance:2.5", "atr:3", "price:95"; "none".
[[nodiscard]] Result<StopLevel> parse_stop_level(std::string_view text);
/// The text form that parse_stop_level reads back; "none" for kNone.
[[nodiscard]] std::string format_stop_level(const StopLevel& level);

}  // namespace peak
