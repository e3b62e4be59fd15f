#include "peak/trading/order.hpp"

namespace peak {

const char* side_name(Side side) noexcept { return side == Side::kLong ? "long" : "short"; }

const char* order_action_name(OrderAction action) noexcept { return action == OrderAction::kBuy ? "buy" : "sell"; }

const char* order_purpose_name(OrderPurpose purpose) noexcept {
  switch (purpose) {
    case OrderPurpose::kEnter: return "enter";
    case OrderPurpose::kExit: return "exit";
    case OrderPurpose::kAdd: return "add";
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
  }
  return "";
}

}  // namespace peak
