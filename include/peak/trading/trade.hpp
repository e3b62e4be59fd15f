// Trades: one position from the fill that opened it to the fill that closed it, or still open (rules 8 and 9).
//
// Threads: values.
#pragma once

#include <cstdint>

#include "peak/trading/order.hpp"

namespace peak {

enum class TradeStatus : unsigned char { kClosed, kOpen };

/// What closed a trade.
enum class ExitReason : unsigned char {
  kNone,         ///< still open
  kSignal,       ///< an exit signal
  kReversal,     ///< an entry for the other side
  kFinalize,     ///< BrokerOptions::finalize at the last close
  kEndOfData,    ///< rule 12's switch: closed by backtesting.py's end-of-data rule
  kLiquidation,  ///< ruin (rule 11), or a margin call (decided case 11.1)
  kStopLoss,
  kTakeProfit,
  kTrailingStop,
  kOrder,      ///< an order of a strategy that writes its own
  kRiskLimit,  ///< flattened by a risk limit
  kDelisting,
};

inline constexpr ExitReason kLastExitReason = ExitReason::kDelisting;  ///< for tables of all names

struct Trade {
  Side side = Side::kLong;
  TradeStatus status = TradeStatus::kClosed;
  ExitReason exit_reason = ExitReason::kNone;
  bool ambiguous = false;           ///< rule 13: decided by the worst-case order inside a bar
  double quantity = 0;              ///< units, > 0
  std::int64_t entry_bar = kNoBar;  ///< bar of the (first) entry fill
  std::int64_t exit_bar = kNoBar;   ///< bar of the exit fill; kNoBar while open
  double entry_price = 0;           ///< after slippage; size-weighted mean if added to
  double exit_price = 0;            ///< after slippage; while open the last mark
  double entry_fee = 0;             ///< currency
  double exit_fee = 0;              ///< currency; 0 while open
  double pnl = 0;                   ///< currency, after fees, with income; while open marked at the last close
  double return_fraction = 0;       ///< pnl / (entry_price * quantity * multiplier)
  double income = 0;                ///< currency: dividends, funding, less the cost of borrowing; negative when paid
  std::uint32_t symbol = 0;         ///< index of the instrument
  std::uint32_t tag = 0;            ///< OrderRequest::tag of the order that opened it
};

const char* trade_status_name(TradeStatus status) noexcept;  ///< "closed", "open"
const char* exit_reason_name(ExitReason reason) noexcept;    ///< "signal", "reversal", ...; "" for kNone

}  // namespace peak
