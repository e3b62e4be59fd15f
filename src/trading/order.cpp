#include "peak/trading/order.hpp"

#include <array>
#include <optional>
#include <vector>

#include "peak/base/suggest.hpp"
#include "trading/number_text.hpp"

namespace peak {
namespace {

struct SizingName {
  SizingKind kind;
  const char* name;
  bool has_amount;
};
constexpr std::array<SizingName, 8> kSizings{{{SizingKind::kAllIn, "all", false},
                                              {SizingKind::kEqual, "equal", false},
                                              {SizingKind::kUnits, "units", true},
                                              {SizingKind::kValue, "value", true},
                                              {SizingKind::kFraction, "fraction", true},
                                              {SizingKind::kRisk, "risk", true},
                                              {SizingKind::kVolatility, "volatility", true},
                                              {SizingKind::kKelly, "kelly", true}}};

struct StopName {
  StopKind kind;
  const char* name;
};
constexpr std::array<StopName, 4> kStops{{{StopKind::kFraction, "fraction"},
                                          {StopKind::kDistance, "distance"},
                                          {StopKind::kAtr, "atr"},
                                          {StopKind::kPrice, "price"}}};

constexpr std::array<const char*, 5> kTimesInForce{"gtc", "day", "ioc", "fok", "gtd"};

// The number after "kind:", if there is one.
std::optional<double> amount_of(std::string_view text) {
  const std::size_t colon = text.find(':');
  return colon == std::string_view::npos ? std::nullopt : trading::read_number(text.substr(colon + 1));
}

}  // namespace

const char* side_name(Side side) noexcept { return side == Side::kLong ? "long" : "short"; }

const char* order_action_name(OrderAction action) noexcept { return action == OrderAction::kBuy ? "buy" : "sell"; }

const char* order_purpose_name(OrderPurpose purpose) noexcept {
  switch (purpose) {
    case OrderPurpose::kEnter: return "enter";
    case OrderPurpose::kExit: return "exit";
    case OrderPurpose::kAdd: return "add";
    case OrderPurpose::kReduce: return "reduce";
    case OrderPurpose::kReverse: return "reverse";
  }
  return "";
}

const char* order_status_name(OrderStatus status) noexcept {
  switch (status) {
    case OrderStatus::kFilled: return "filled";
    case OrderStatus::kPartlyFilled: return "partly_filled";
    case OrderStatus::kCancelled: return "cancelled";
    case OrderStatus::kExpired: return "expired";
    case OrderStatus::kRejected: return "rejected";
    case OrderStatus::kWorking: return "working";
  }
  return "";
}

const char* reason_name(Reason reason) noexcept {
  switch (reason) {
    case Reason::kNone: return "";
    case Reason::kNoCash: return "no_cash";
    case Reason::kBelowStep: return "below_step";
    case Reason::kBelowMinimum: return "below_minimum";
    case Reason::kConflict: return "conflict";
    case Reason::kEndOfData: return "end_of_data";
    case Reason::kNoPrice: return "no_price";
    case Reason::kWrongSide: return "wrong_side";
    case Reason::kRuined: return "ruined";
    case Reason::kRiskLimit: return "risk_limit";
    case Reason::kExpired: return "expired";
    case Reason::kCancelledByOco: return "cancelled_by_oco";
    case Reason::kInvalid: return "invalid";
    case Reason::kCancelled: return "cancelled";
    case Reason::kDelisted: return "delisted";
  }
  return "";
}

const char* order_type_name(OrderType type) noexcept {
  switch (type) {
    case OrderType::kMarket: return "market";
    case OrderType::kLimit: return "limit";
    case OrderType::kStop: return "stop";
    case OrderType::kStopLimit: return "stop_limit";
    case OrderType::kTrailing: return "trailing";
  }
  return "";
}

const char* time_in_force_name(TimeInForce time) noexcept { return kTimesInForce[static_cast<std::size_t>(time)]; }

const char* fill_rule_name(FillRule rule) noexcept {
  switch (rule) {
    case FillRule::kNone: return "";
    case FillRule::kOpen: return "open";
    case FillRule::kClose: return "close";
    case FillRule::kGap: return "gap";
    case FillRule::kStopPrice: return "stop";
    case FillRule::kLimitPrice: return "limit";
    case FillRule::kMark: return "mark";
  }
  return "";
}

const char* order_event_name(OrderEventKind kind) noexcept {
  switch (kind) {
    case OrderEventKind::kSubmitted: return "submitted";
    case OrderEventKind::kTriggered: return "triggered";
    case OrderEventKind::kReplaced: return "replaced";
    case OrderEventKind::kFill: return "fill";
    case OrderEventKind::kCancelled: return "cancelled";
    case OrderEventKind::kExpired: return "expired";
    case OrderEventKind::kRejected: return "rejected";
  }
  return "";
}

const char* sizing_kind_name(SizingKind kind) noexcept {
  for (const SizingName& sizing : kSizings) {
    if (sizing.kind == kind) return sizing.name;
  }
  return "";
}

Result<TimeInForce> parse_time_in_force(std::string_view text) {
  for (std::size_t i = 0; i < kTimesInForce.size(); ++i) {
    if (text == kTimesInForce[i]) return static_cast<TimeInForce>(i);
  }
  const std::vector<std::string> known(kTimesInForce.begin(), kTimesInForce.end());
  return invalid_argument("time in force '" + std::string(text) + "' is not known" + suggestion(text, known));
}

Result<Sizing> parse_sizing(std::string_view text) {
  if (const auto number = trading::read_number(text)) {
    if (*number > 0 && *number < 1) return Sizing::fraction(*number);
    return Sizing::units(*number);
  }
  const std::string_view name = text.substr(0, text.find(':'));
  for (const SizingName& sizing : kSizings) {
    if (!sizing.has_amount && text == sizing.name) return Sizing{sizing.kind, 1};
    if (!sizing.has_amount || name != sizing.name) continue;
    if (const auto amount = amount_of(text)) return Sizing{sizing.kind, *amount};
  }
  return invalid_argument("size '" + std::string(text) +
                          "' is not understood; write all, equal, a number of units, a fraction below 1, units:N, "
                          "value:MONEY, fraction:F, risk:F, volatility:F or kelly:F");
}

std::string format_sizing(const Sizing& sizing) {
  const std::string name = sizing_kind_name(sizing.kind);
  if (sizing.kind == SizingKind::kAllIn || sizing.kind == SizingKind::kEqual) return name;
  return name + ":" + trading::shown(sizing.amount);
}

Result<StopLevel> parse_stop_level(std::string_view text) {
  if (text == "none") return StopLevel{};
  const Error fault = invalid_argument("'" + std::string(text) +
                                       "' is not understood; write a fraction of the price below 1 (0.05 is 5 %), "
                                       "distance:2.5 (in units of price), atr:3 (average true ranges) or none");
  std::optional<StopLevel> level;
  if (const auto number = trading::read_number(text)) {
    if (*number > 0 && *number < 1) level = StopLevel::fraction(*number);
  } else if (const auto amount = amount_of(text)) {
    const std::string_view name = text.substr(0, text.find(':'));
    for (const StopName& stop : kStops) {
      if (name == stop.name) level = StopLevel{stop.kind, *amount};
    }
  }
  if (!level || !(level->value > 0) || level->value - level->value != 0) return fault;
  return *level;
}

std::string format_stop_level(const StopLevel& level) {
  for (const StopName& stop : kStops) {
    if (stop.kind == level.kind) return std::string(stop.name) + ":" + trading::shown(level.value);
  }
  return "none";
}

}  // namespace peak
