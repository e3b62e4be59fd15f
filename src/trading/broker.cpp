#include "peak/trading/broker.hpp"

#include <array>
#include <cmath>
#include <utility>
#include <vector>

#include "peak/base/suggest.hpp"
#include "peak/trading/settings.hpp"
#include "trading/number_text.hpp"

namespace peak {
namespace {

constexpr std::array<const char*, 2> kFills{"next_open", "same_close"};
constexpr std::array<const char*, 2> kExecutions{"rulebook", "backtesting.py"};
constexpr std::array<const char*, 2> kLimitFills{"touch", "through"};
constexpr std::array<const char*, 4> kAmbiguities{"worst", "best", "ohlc", "olhc"};
constexpr std::array<const char*, 2> kRiskActions{"block", "flatten"};

/// The value whose name is `text`, by its place in `names`.
template <typename T, std::size_t kSize>
Result<T> by_name(const char* what, const std::array<const char*, kSize>& names, std::string_view text) {
  for (std::size_t i = 0; i < kSize; ++i) {
    if (text == names[i]) return static_cast<T>(i);
  }
  const std::vector<std::string> known(names.begin(), names.end());
  return invalid_argument(std::string(what) + " '" + std::string(text) + "' is not known" + suggestion(text, known));
}

Status check(bool good, const char* name, double value, const char* range) {
  if (good) return {};
  return invalid_argument(std::string(name) + " is " + trading::shown(value) + ", but must be " + range);
}

bool is_fraction(double value) { return value >= 0 && value < 1; }
bool at_least_zero(double value) { return std::isfinite(value) && value >= 0; }

Status check_size(const BrokerOptions& options) {
  const double amount = options.size.amount;
  const bool positive = std::isfinite(amount) && amount > 0;
  switch (options.size.kind) {
    case SizingKind::kAllIn:
    case SizingKind::kEqual: return {};
    case SizingKind::kUnits:
      return check(positive, "size (units)", amount, "a finite number above 0; direction comes from the signals");
    case SizingKind::kValue: return check(positive, "size (value)", amount, "a finite amount of money above 0");
    case SizingKind::kFraction:
      if (options.margin.leverage > 1) {
        return check(positive && amount <= options.margin.leverage, "size (fraction)", amount,
                     "above 0 and at most the leverage");
      }
      return check(amount > 0 && amount <= 1, "size (fraction)", amount,
                   "above 0 and at most 1; above 1 would need margin");
    case SizingKind::kRisk:
      PEAK_RETURN_IF_ERROR(check(amount > 0 && amount <= 1, "size (risk)", amount,
                                 "above 0 and at most 1: the fraction of equity that a stop may lose"));
      if (!options.stops.stop_loss.is_set() && !options.stops.trailing_stop.is_set()) {
        return invalid_argument("size risk:" + trading::shown(amount) +
                                " needs a stop to measure the risk by: set stop_loss or trailing_stop");
      }
      return {};
    case SizingKind::kVolatility:
      return check(positive, "size (volatility)", amount, "a volatility a year above 0 (0.2 is 20 %)");
    case SizingKind::kKelly:
      return check(amount > 0 && amount <= 1, "size (kelly)", amount, "above 0 and at most 1 (0.5 is half Kelly)");
  }
  return {};
}

Status check_fees(const Fees& fees) {
  PEAK_RETURN_IF_ERROR(check(at_least_zero(fees.per_unit), "fee_per_unit", fees.per_unit, "0 or above"));
  PEAK_RETURN_IF_ERROR(check(at_least_zero(fees.per_order), "fee_per_order", fees.per_order, "0 or above"));
  PEAK_RETURN_IF_ERROR(check(at_least_zero(fees.minimum), "fee_minimum", fees.minimum, "0 or above"));
  if (fees.maker) {
    PEAK_RETURN_IF_ERROR(check(*fees.maker > -0.1 && *fees.maker < 1, "maker_commission", *fees.maker,
                               "a fraction from -0.1 to below 1"));
  }
  double before = -1;
  for (const FeeTier& tier : fees.tiers) {
    const bool good = at_least_zero(tier.traded_value) && tier.traded_value > before && is_fraction(tier.commission) &&
                      tier.maker > -0.1 && tier.maker < 1;
    PEAK_RETURN_IF_ERROR(check(good, "fee_tiers: the tier from", tier.traded_value,
                               "above the tier before it, with fractions below 1 as commissions"));
    before = tier.traded_value;
  }
  return {};
}

Status check_costs(const BrokerOptions& options) {
  PEAK_RETURN_IF_ERROR(check_fees(options.fees));
  const MarketImpact& impact = options.impact;
  PEAK_RETURN_IF_ERROR(check(at_least_zero(impact.fixed), "slippage_fixed", impact.fixed, "0 or above"));
  PEAK_RETURN_IF_ERROR(check(at_least_zero(impact.spread), "spread", impact.spread, "0 or above"));
  PEAK_RETURN_IF_ERROR(check(impact.volume_share >= 0 && impact.volume_share <= 1, "volume_share", impact.volume_share,
                             "a fraction from 0 (no limit) to 1"));
  PEAK_RETURN_IF_ERROR(check(at_least_zero(impact.impact), "impact", impact.impact, "0 or above"));
  const Financing& financing = options.financing;
  const auto is_rate = [](double rate) { return rate >= 0 && rate <= 10; };
  PEAK_RETURN_IF_ERROR(check(is_rate(financing.borrow), "borrow", financing.borrow, "a rate a year from 0 to 10"));
  PEAK_RETURN_IF_ERROR(
      check(is_rate(financing.interest), "interest", financing.interest, "a rate a year from 0 to 10"));
  PEAK_RETURN_IF_ERROR(check(is_rate(financing.margin_interest), "margin_interest", financing.margin_interest,
                             "a rate a year from 0 to 10"));
  PEAK_RETURN_IF_ERROR(check(options.margin.leverage >= 1 && options.margin.leverage <= 1000, "leverage",
                             options.margin.leverage, "from 1 (none) to 1000"));
  return check(is_fraction(options.margin.maintenance), "maintenance_margin", options.margin.maintenance,
               "a fraction from 0 (never called) to below 1");
}

Status check_stop(const char* name, const StopLevel& level, bool below_one) {
  if (!level.is_set()) return {};
  if (level.kind == StopKind::kPrice) {
    return invalid_argument(std::string(name) + " as a price belongs to a single order; give signals a distance");
  }
  PEAK_RETURN_IF_ERROR(check(std::isfinite(level.value) && level.value > 0, name, level.value, "above 0"));
  if (below_one && level.kind == StopKind::kFraction) {
    return check(level.value < 1, name, level.value, "a fraction below 1 (0.05 is 5 %)");
  }
  return {};
}

Status check_stops_and_risk(const BrokerOptions& options) {
  PEAK_RETURN_IF_ERROR(check_stop("stop_loss", options.stops.stop_loss, true));
  PEAK_RETURN_IF_ERROR(check_stop("take_profit", options.stops.take_profit, false));
  PEAK_RETURN_IF_ERROR(check_stop("trailing_stop", options.stops.trailing_stop, true));
  PEAK_RETURN_IF_ERROR(check(options.stops.atr_period >= 1 && options.stops.atr_period <= 10'000, "atr_period",
                             options.stops.atr_period, "from 1 to 10000 bars"));
  const RiskLimits& risk = options.risk;
  PEAK_RETURN_IF_ERROR(check(is_fraction(risk.max_drawdown), "max_drawdown", risk.max_drawdown,
                             "a fraction from 0 (no limit) to below 1"));
  PEAK_RETURN_IF_ERROR(
      check(is_fraction(risk.daily_loss), "daily_loss", risk.daily_loss, "a fraction from 0 (no limit) to below 1"));
  PEAK_RETURN_IF_ERROR(check(at_least_zero(risk.equity_floor), "equity_floor", risk.equity_floor, "0 (none) or above"));
  PEAK_RETURN_IF_ERROR(check(at_least_zero(risk.max_position), "max_position", risk.max_position,
                             "0 (no limit) or a multiple of equity"));
  PEAK_RETURN_IF_ERROR(check(options.size_lookback >= 2 && options.size_lookback <= 100'000, "size_lookback",
                             options.size_lookback, "from 2 to 100000"));
  PEAK_RETURN_IF_ERROR(check(std::isfinite(options.size_cap) && options.size_cap > 0, "size_cap", options.size_cap,
                             "a fraction of equity above 0"));
  return check(at_least_zero(options.periods_per_year), "periods_per_year", options.periods_per_year, "0 or above");
}

}  // namespace

Status BrokerOptions::validate() const {
  PEAK_RETURN_IF_ERROR(check(std::isfinite(cash) && cash > 0, "cash", cash, "a finite number above 0"));
  PEAK_RETURN_IF_ERROR(check(is_fraction(commission), "commission", commission,
                             "a fraction from 0 to below 1 (0.001 is 0.1 % of the traded value)"));
  PEAK_RETURN_IF_ERROR(
      check(is_fraction(slippage), "slippage", slippage, "a fraction from 0 to below 1 (0.0005 is 5 basis points)"));
  if (size_step) {
    PEAK_RETURN_IF_ERROR(
        check(std::isfinite(*size_step) && *size_step > 0, "size_step", *size_step, "a finite number above 0"));
  }
  PEAK_RETURN_IF_ERROR(check_costs(*this));
  PEAK_RETURN_IF_ERROR(check_stops_and_risk(*this));
  PEAK_RETURN_IF_ERROR(instrument.validate());
  return check_size(*this);
}

bool BrokerOptions::is_plain() const noexcept {
  const bool old_size = size.kind == SizingKind::kAllIn || size.kind == SizingKind::kUnits ||
                        size.kind == SizingKind::kValue || size.kind == SizingKind::kFraction;
  const bool old_instrument = !instrument.size_step && instrument.tick_size == 0 && instrument.multiplier == 1 &&
                              instrument.minimum_notional == 0 && instrument.minimum_quantity == 0 &&
                              instrument.funding.empty() && instrument.actions.empty();
  return old_size && old_instrument && !fees.any() && !impact.any() && !financing.any() && margin.leverage == 1 &&
         margin.maintenance == 0 && !stops.any() && !risk.watches_equity() && risk.max_position == 0;
}

BrokerOptions BrokerOverrides::applied_to(BrokerOptions options) const {
  if (instrument) options.instrument = *instrument;
  if (funding) options.instrument.funding = *funding;
  if (actions) options.instrument.actions = *actions;
  if (cash) options.cash = *cash;
  if (commission) options.commission = *commission;
  if (slippage) options.slippage = *slippage;
  if (size_step) options.size_step = size_step;
  if (fill) options.fill = *fill;
  if (size) options.size = *size;
  if (accumulate) options.accumulate = *accumulate;
  if (finalize) options.finalize = *finalize;
  if (execution) options.execution = *execution;
  for (const auto& [setting, text] : settings) static_cast<void>(setting->set(options, text));  // accepted before
  return options;
}

const char* fill_timing_name(FillTiming fill) noexcept { return kFills[static_cast<std::size_t>(fill)]; }
const char* execution_name(Execution execution) noexcept { return kExecutions[static_cast<std::size_t>(execution)]; }
const char* limit_fill_name(LimitFill fill) noexcept { return kLimitFills[static_cast<std::size_t>(fill)]; }
const char* ambiguity_name(Ambiguity ambiguity) noexcept { return kAmbiguities[static_cast<std::size_t>(ambiguity)]; }
const char* risk_action_name(RiskAction action) noexcept { return kRiskActions[static_cast<std::size_t>(action)]; }

Result<FillTiming> parse_fill_timing(std::string_view text) { return by_name<FillTiming>("fill", kFills, text); }
Result<Execution> parse_execution(std::string_view text) { return by_name<Execution>("execution", kExecutions, text); }
Result<LimitFill> parse_limit_fill(std::string_view text) {
  return by_name<LimitFill>("limit_fill", kLimitFills, text);
}
Result<Ambiguity> parse_ambiguity(std::string_view text) { return by_name<Ambiguity>("ambiguity", kAmbiguities, text); }
Result<RiskAction> parse_risk_action(std::string_view text) {
  return by_name<RiskAction>("risk_action", kRiskActions, text);
}

}  // namespace peak
