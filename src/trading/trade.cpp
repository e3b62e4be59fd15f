#include "peak/trading/trade.hpp"

namespace peak {

const char* trade_status_name(TradeStatus status) noexcept {
  return status == TradeStatus::kClosed ? "closed" : "open";
}

const char* exit_reason_name(ExitReason reason) noexcept {
  switch (reason) {
    case ExitReason::kNone: return "";
    case ExitReason::kSignal: return "signal";
    case ExitReason::kReversal: return "reversal";
    case ExitReason::kFinalize: return "finalize";
    case ExitReason::kEndOfData: return "end_of_data";
    case ExitReason::kLiquidation: return "liquidation";
    case ExitReason::kStopLoss: return "stop_loss";
    case ExitReason::kTakeProfit: return "take_profit";
    case ExitReason::kTrailingStop: return "trailing_stop";
    case ExitReason::kOrder: return "order";
    case ExitReason::kRiskLimit: return "risk_limit";
    case ExitReason::kDelisting: return "delisting";
  }
  return "";
}

}  // namespace peak
