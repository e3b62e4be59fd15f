// Broker options: what is assumed of the market and the account. One struct, so that a run can be named, hashed, shown.
//
// The numbers in comments are those of docs/rule_book.md. All fractions are fractions (0.001 is 10 basis points). Every
// option is also a BrokerSetting (settings.hpp): from there strategy files, the command, Python, results and
// fingerprints learn of it.
// Threads: values.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "peak/base/status.hpp"
#include "peak/trading/instrument.hpp"
#include "peak/trading/order.hpp"

namespace peak {

/// When a market order decided at bar t fills (rule 1).
enum class FillTiming : unsigned char {
  kNextOpen,   ///< at the open of bar t + 1: nothing known at the fill was unknown at the decision
  kSameClose,  ///< at the close of bar t: for data whose close can be traded (auction) and for comparison with others
};

/// Whose end-of-data rules hold (rule 12).
enum class Execution : unsigned char {
  kRuleBook,       ///< ours
  kBacktestingPy,  ///< those of backtesting.py's finalize_trades, for comparison only
};

/// What a limit price must see to fill (rule 13).
enum class LimitFill : unsigned char {
  kTouch,    ///< the bar reaches it
  kThrough,  ///< the bar goes beyond it
};

/// In which order prices were seen inside a bar, where the bar does not tell (rule 13).
enum class Ambiguity : unsigned char {
  kWorst,        ///< the stop before the target
  kBest,         ///< the target before the stop
  kOpenHighLow,  ///< the path open, high, low, close
  kOpenLowHigh,  ///< the path open, low, high, close
};

/// From a traded value on, other commissions hold (decided case 2.2).
struct FeeTier {
  double traded_value = 0;  ///< currency traded in this run before the order, at least
  double commission = 0;    ///< fraction, instead of BrokerOptions::commission
  double maker = 0;         ///< fraction, for fills of limit orders
  friend bool operator==(const FeeTier&, const FeeTier&) = default;
};

/// Fees beside the commission. A fill costs max(minimum, rate * value + per_unit * units + per_order), where rate is
/// the tier's, else `maker` for limit orders, else BrokerOptions::commission.
struct Fees {
  double per_unit = 0;          ///< currency for each unit (share, contract)
  double per_order = 0;         ///< currency for each fill
  double minimum = 0;           ///< currency for each fill, at least
  std::optional<double> maker;  ///< fraction for fills of limit orders; may be negative (a rebate)
  std::vector<FeeTier> tiers;   ///< ascending by traded value
  [[nodiscard]] bool any() const noexcept {
    return per_unit != 0 || per_order != 0 || minimum != 0 || maker.has_value() || !tiers.empty();
  }
};

/// Slippage beside the fraction. A market fill is worse by fraction, then by fixed + spread / 2 in units of price.
struct MarketImpact {
  double fixed = 0;         ///< in units of price
  double spread = 0;        ///< in units of price; half of it is paid
  double volume_share = 0;  ///< at most this fraction of a bar's volume is filled, the rest later; 0: no limit
  double impact = 0;        ///< price worsens by impact * (units / volume of the bar)^2, a fraction (decided case 2.3)
  [[nodiscard]] bool any() const noexcept { return fixed != 0 || spread != 0 || volume_share != 0 || impact != 0; }
};

/// Rates a year, simple, by the time between bars over 365 days (decided case 8.1).
struct Financing {
  double borrow = 0;           ///< paid on the value of shorts
  double interest = 0;         ///< earned on cash above zero that shorts did not bring in
  double margin_interest = 0;  ///< paid on cash below zero
  [[nodiscard]] bool any() const noexcept { return borrow != 0 || interest != 0 || margin_interest != 0; }
};

struct Margin {
  double leverage = 1;     ///< gross exposure may be this many times the equity; >= 1
  double maintenance = 0;  ///< equity below this fraction of the exposure at a mark: all is liquidated (11.1); 0: never
};

/// Stops of every position that signals open (rule 13). Distances are from the entry's fill price.
struct Stops {
  StopLevel stop_loss;
  StopLevel take_profit;
  StopLevel trailing_stop;
  int atr_period = 14;  ///< of the average true range that StopKind::kAtr counts in
  [[nodiscard]] bool any() const noexcept {
    return stop_loss.is_set() || take_profit.is_set() || trailing_stop.is_set();
  }
  [[nodiscard]] bool needs_atr() const noexcept {
    return stop_loss.kind == StopKind::kAtr || take_profit.kind == StopKind::kAtr ||
           trailing_stop.kind == StopKind::kAtr;
  }
};

enum class RiskAction : unsigned char {
  kBlock,    ///< entries are rejected, `risk_limit`
  kFlatten,  ///< what is held is closed too
};

/// Limits tested at each close, before decisions (decided case 15.1); 0 is no limit.
struct RiskLimits {
  double max_drawdown = 0;  ///< fraction of the highest equity; blocks for good
  double daily_loss = 0;    ///< fraction of the equity at the end of the day before (UTC); blocks to the end of the day
  double equity_floor = 0;  ///< currency; blocks for good
  double max_position = 0;  ///< largest value of one position as a fraction of equity; larger entries are cut
  RiskAction action = RiskAction::kFlatten;
  [[nodiscard]] bool watches_equity() const noexcept {
    return max_drawdown != 0 || daily_loss != 0 || equity_floor != 0;
  }
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

  Fees fees;
  MarketImpact impact;
  Financing financing;
  Margin margin;
  Stops stops;
  RiskLimits risk;
  LimitFill limit_fill = LimitFill::kTouch;
  Ambiguity ambiguity = Ambiguity::kWorst;
  int size_lookback = 20;       ///< bars of SizingKind::kVolatility, trades of kKelly; >= 2
  double size_cap = 1;          ///< largest fraction of equity that kVolatility and kKelly ask for; > 0
  double periods_per_year = 0;  ///< bars in a year for kVolatility; 0: set by backtest() from the data (rule 10)
  Instrument instrument;        ///< of a run of one symbol; its size_step is the one above, if that is given

  /// Every value in its range, or an error naming the option, its value and the range.
  [[nodiscard]] Status validate() const;
  /// Only what version 1 of the engine knew: commission, slippage as a fraction, sizes up to kFraction, size_step.
  [[nodiscard]] bool is_plain() const noexcept;
};

struct BrokerSetting;

/// Some of the options, set by a strategy file or by the user; what is not set keeps its value.
struct BrokerOverrides {
  std::optional<double> cash, commission, slippage, size_step;
  std::optional<FillTiming> fill;
  std::optional<Sizing> size;
  std::optional<bool> accumulate, finalize;
  std::optional<Execution> execution;
  /// Further settings by name, each with a text that its setting has accepted (settings.hpp: set_override).
  std::vector<std::pair<const BrokerSetting*, std::string>> settings;
  /// The instrument, where it was given as a whole; what is set by name goes over it.
  std::optional<Instrument> instrument;
  std::optional<std::vector<FundingRate>> funding;      ///< over the instrument's
  std::optional<std::vector<CorporateAction>> actions;  ///< over the instrument's

  /// `options` with every value that is set here put in.
  [[nodiscard]] BrokerOptions applied_to(BrokerOptions options) const;
};

const char* fill_timing_name(FillTiming fill) noexcept;    ///< "next_open", "same_close"
const char* execution_name(Execution execution) noexcept;  ///< "rulebook", "backtesting.py"
const char* limit_fill_name(LimitFill fill) noexcept;      ///< "touch", "through"
const char* ambiguity_name(Ambiguity ambiguity) noexcept;  ///< "worst", "best", "ohlc", "olhc"
const char* risk_action_name(RiskAction action) noexcept;  ///< "block", "flatten"
[[nodiscard]] Result<FillTiming> parse_fill_timing(std::string_view text);
[[nodiscard]] Result<Execution> parse_execution(std::string_view text);
[[nodiscard]] Result<LimitFill> parse_limit_fill(std::string_view text);
[[nodiscard]] Result<Ambiguity> parse_ambiguity(std::string_view text);
[[nodiscard]] Result<RiskAction> parse_risk_action(std::string_view text);

}  // namespace peak
