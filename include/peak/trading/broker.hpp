// Broker options: what is assumed of the market and the account. One struct, so that a run can be named, hashed, shown.
//
// The numbers in comments are those of docs/rule_book.md. All fractions are fractions (0.001 is 10 basis points).
// Threads: values.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "peak/base/status.hpp"

namespace peak {

/// When an order decided at bar t fills (rule 1).
enum class FillTiming : unsigned char {
  kNextOpen,   ///< at the open of bar t + 1: nothing known at the fill was unknown at the decision
  kSameClose,  ///< at the close of bar t: for data whose close can be traded (auction) and for comparison with others
};

/// How many units an entry asks for (rule 3).
enum class SizingKind : unsigned char {
  kAllIn,     ///< all cash, fee included
  kUnits,     ///< a number of units
  kValue,     ///< a value in currency: units = value / price before slippage
  kFraction,  ///< a fraction of equity: units = fraction * equity / price before slippage
};

struct Sizing {
  SizingKind kind = SizingKind::kAllIn;
  double amount = 1.0;  ///< units, currency or fraction; ignored for kAllIn
};

/// Whose end-of-data rules hold (rule 12).
enum class Execution : unsigned char {
  kRuleBook,       ///< ours
  kBacktestingPy,  ///< those of backtesting.py's finalize_trades, for comparison only
};

struct BrokerOptions {
  double cash = 10'000;   ///< money at the start; > 0
  double commission = 0;  ///< fraction of traded value per fill; 0 <= c < 1
  double slippage = 0;    ///< fraction by which market fills are worse; 0 <= s < 1
  FillTiming fill = FillTiming::kNextOpen;
  Sizing size;
  std::optional<double> size_step;  ///< units come in multiples of this (1 for whole shares); none: any fraction
  bool accumulate = false;          ///< entries add to a position already held (rule 4)
  bool finalize = false;            ///< close what is open at the last close, with the fee (rule 8)
  Execution execution = Execution::kRuleBook;

  /// Every value in its range, or an error naming the option, its value and the range.
  [[nodiscard]] Status validate() const;
};

/// Some of the options, set by a strategy file or by the user; what is not set keeps its value.
struct BrokerOverrides {
  std::optional<double> cash, commission, slippage, size_step;
  std::optional<FillTiming> fill;
  std::optional<Sizing> size;
  std::optional<bool> accumulate, finalize;
  std::optional<Execution> execution;

  /// `options` with every value that is set here put in.
  [[nodiscard]] BrokerOptions applied_to(BrokerOptions options) const;
};

const char* fill_timing_name(FillTiming fill) noexcept;    ///< "next_open", "same_close"
const char* sizing_kind_name(SizingKind kind) noexcept;    ///< "all", "units", "value", "fraction"
const char* execution_name(Execution execution) noexcept;  ///< "rulebook", "backtesting.py"
[[nodiscard]] Result<FillTiming> parse_fill_timing(std::string_view text);
[[nodiscard]] Result<Execution> parse_execution(std::string_view text);
/// "all", "units:10", "value:5000", "fraction:0.25"; a bare number between 0 and 1 is a fraction, any other is units.
[[nodiscard]] Result<Sizing> parse_sizing(std::string_view text);
/// The text form that parse_sizing reads back.
[[nodiscard]] std::string format_sizing(const Sizing& sizing);

}  // namespace peak
