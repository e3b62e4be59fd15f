#include "peak/trading/settings.hpp"

#include <array>
#include <cmath>

#include "trading/number_text.hpp"

namespace peak {
namespace {

using Section = SettingSection;

Result<double> number_of(std::string_view text) {
  const auto number = trading::read_number(text);
  if (!number || !std::isfinite(*number)) {
    return invalid_argument("'" + std::string(text) + "' is not a finite number");
  }
  return *number;
}

// Each option is reached by a function of its own, so that one template makes the rest of its row.
template <double& (*kAt)(BrokerOptions&)>
Status set_number(BrokerOptions& options, std::string_view text) {
  PEAK_ASSIGN_OR_RETURN(kAt(options), number_of(text));
  return {};
}
template <double& (*kAt)(BrokerOptions&)>
std::string get_number(const BrokerOptions& options) {
  return trading::shown(kAt(const_cast<BrokerOptions&>(options)));
}
template <int& (*kAt)(BrokerOptions&)>
Status set_whole(BrokerOptions& options, std::string_view text) {
  PEAK_ASSIGN_OR_RETURN(const double number, number_of(text));
  if (number != std::floor(number) || std::fabs(number) > 1e9) {
    return invalid_argument("'" + std::string(text) + "' is not a whole number");
  }
  kAt(options) = static_cast<int>(number);
  return {};
}
template <int& (*kAt)(BrokerOptions&)>
std::string get_whole(const BrokerOptions& options) {
  return std::to_string(kAt(const_cast<BrokerOptions&>(options)));
}
template <StopLevel& (*kAt)(BrokerOptions&)>
Status set_stop(BrokerOptions& options, std::string_view text) {
  PEAK_ASSIGN_OR_RETURN(kAt(options), parse_stop_level(text));
  return {};
}
template <StopLevel& (*kAt)(BrokerOptions&)>
std::string get_stop(const BrokerOptions& options) {
  return format_stop_level(kAt(const_cast<BrokerOptions&>(options)));
}

double& per_unit(BrokerOptions& options) { return options.fees.per_unit; }
double& per_order(BrokerOptions& options) { return options.fees.per_order; }
double& fee_minimum(BrokerOptions& options) { return options.fees.minimum; }
double& slippage_fixed(BrokerOptions& options) { return options.impact.fixed; }
double& spread(BrokerOptions& options) { return options.impact.spread; }
double& volume_share(BrokerOptions& options) { return options.impact.volume_share; }
double& impact(BrokerOptions& options) { return options.impact.impact; }
double& borrow(BrokerOptions& options) { return options.financing.borrow; }
double& interest(BrokerOptions& options) { return options.financing.interest; }
double& margin_interest(BrokerOptions& options) { return options.financing.margin_interest; }
double& leverage(BrokerOptions& options) { return options.margin.leverage; }
double& maintenance(BrokerOptions& options) { return options.margin.maintenance; }
double& max_drawdown(BrokerOptions& options) { return options.risk.max_drawdown; }
double& daily_loss(BrokerOptions& options) { return options.risk.daily_loss; }
double& equity_floor(BrokerOptions& options) { return options.risk.equity_floor; }
double& max_position(BrokerOptions& options) { return options.risk.max_position; }
double& size_cap(BrokerOptions& options) { return options.size_cap; }
int& size_lookback(BrokerOptions& options) { return options.size_lookback; }
double& tick_size(BrokerOptions& options) { return options.instrument.tick_size; }
double& multiplier(BrokerOptions& options) { return options.instrument.multiplier; }
double& minimum_notional(BrokerOptions& options) { return options.instrument.minimum_notional; }
double& minimum_quantity(BrokerOptions& options) { return options.instrument.minimum_quantity; }
int& atr_period(BrokerOptions& options) { return options.stops.atr_period; }
StopLevel& stop_loss(BrokerOptions& options) { return options.stops.stop_loss; }
StopLevel& take_profit(BrokerOptions& options) { return options.stops.take_profit; }
StopLevel& trailing_stop(BrokerOptions& options) { return options.stops.trailing_stop; }

Status set_maker(BrokerOptions& options, std::string_view text) {
  if (text == "none") {
    options.fees.maker.reset();
    return {};
  }
  PEAK_ASSIGN_OR_RETURN(options.fees.maker, number_of(text));
  return {};
}
std::string get_maker(const BrokerOptions& options) {
  return options.fees.maker ? trading::shown(*options.fees.maker) : "none";
}

Result<FeeTier> tier_of(std::string_view text) {
  std::array<double, 3> numbers{};
  std::size_t count = 0;
  for (std::size_t at = 0; at <= text.size() && count < 3; ++count) {
    const std::size_t end = std::min(text.find(':', at), text.size());
    PEAK_ASSIGN_OR_RETURN(numbers[count], number_of(text.substr(at, end - at)));
    at = end + 1;
  }
  if (count < 2) {
    return invalid_argument("'" + std::string(text) +
                            "' is not a tier; write traded value:commission[:maker], as in "
                            "0:0.001:0.0008,100000:0.0008:0.0005");
  }
  return FeeTier{numbers[0], numbers[1], count == 3 ? numbers[2] : numbers[1]};
}
Status set_tiers(BrokerOptions& options, std::string_view text) {
  std::vector<FeeTier> tiers;
  for (std::size_t at = 0; text != "none" && at <= text.size();) {
    const std::size_t end = std::min(text.find(',', at), text.size());
    PEAK_ASSIGN_OR_RETURN(const FeeTier tier, tier_of(text.substr(at, end - at)));
    tiers.push_back(tier);
    at = end + 1;
  }
  options.fees.tiers = std::move(tiers);
  return {};
}
std::string get_tiers(const BrokerOptions& options) {
  std::string text;
  for (const FeeTier& tier : options.fees.tiers) {
    text += (text.empty() ? "" : ",") + trading::shown(tier.traded_value) + ":" + trading::shown(tier.commission) +
            ":" + trading::shown(tier.maker);
  }
  return text.empty() ? "none" : text;
}

template <typename T, Result<T> (*kParse)(std::string_view), T& (*kAt)(BrokerOptions&)>
Status set_choice(BrokerOptions& options, std::string_view text) {
  PEAK_ASSIGN_OR_RETURN(kAt(options), kParse(text));
  return {};
}
LimitFill& limit_fill(BrokerOptions& options) { return options.limit_fill; }
Ambiguity& ambiguity(BrokerOptions& options) { return options.ambiguity; }
RiskAction& risk_action(BrokerOptions& options) { return options.risk.action; }

constexpr std::array kSettings{
    BrokerSetting{"stop_loss", Section::kStops, "LEVEL",
                  "close at this distance against the entry: 0.05, distance:2.5, atr:3 (none)", set_stop<stop_loss>,
                  get_stop<stop_loss>},
    BrokerSetting{"take_profit", Section::kStops, "LEVEL",
                  "close at this distance in favour: 0.1, distance:5, atr:4 (none)", set_stop<take_profit>,
                  get_stop<take_profit>},
    BrokerSetting{"trailing_stop", Section::kStops, "LEVEL",
                  "close at this distance from the best price since the entry: 0.05, distance:2.5, atr:3 (none)",
                  set_stop<trailing_stop>, get_stop<trailing_stop>},
    BrokerSetting{"atr_period", Section::kStops, "BARS", "bars of the average true range that atr:N counts in (14)",
                  set_whole<atr_period>, get_whole<atr_period>},
    BrokerSetting{"size_lookback", Section::kSizing, "COUNT",
                  "bars that volatility:V looks back, trades that kelly:F looks back (20)", set_whole<size_lookback>,
                  get_whole<size_lookback>},
    BrokerSetting{"size_cap", Section::kSizing, "FRACTION",
                  "largest fraction of equity that volatility:V and kelly:F ask for (1)", set_number<size_cap>,
                  get_number<size_cap>},
    BrokerSetting{"minimum_notional", Section::kSizing, "MONEY", "entries worth less are rejected (0)",
                  set_number<minimum_notional>, get_number<minimum_notional>},
    BrokerSetting{"minimum_quantity", Section::kSizing, "UNITS", "entries of fewer units are rejected (0)",
                  set_number<minimum_quantity>, get_number<minimum_quantity>},
    BrokerSetting{"multiplier", Section::kSizing, "NUMBER", "money for one unit and one point of price (1)",
                  set_number<multiplier>, get_number<multiplier>},
    BrokerSetting{"tick_size", Section::kSizing, "PRICE", "prices come in multiples of this (any price)",
                  set_number<tick_size>, get_number<tick_size>},
    BrokerSetting{"fee_per_unit", Section::kBroker, "MONEY", "fee for each unit traded (0)", set_number<per_unit>,
                  get_number<per_unit>},
    BrokerSetting{"fee_per_order", Section::kBroker, "MONEY", "fee for each fill (0)", set_number<per_order>,
                  get_number<per_order>},
    BrokerSetting{"fee_minimum", Section::kBroker, "MONEY", "least fee of a fill (0)", set_number<fee_minimum>,
                  get_number<fee_minimum>},
    BrokerSetting{"maker_commission", Section::kBroker, "FRACTION", "commission of limit orders' fills (as commission)",
                  set_maker, get_maker},
    BrokerSetting{"fee_tiers", Section::kBroker, "TIERS",
                  "commissions by value traded so far: value:commission[:maker],... (none)", set_tiers, get_tiers},
    BrokerSetting{"slippage_fixed", Section::kBroker, "PRICE", "market fills are worse by this (0)",
                  set_number<slippage_fixed>, get_number<slippage_fixed>},
    BrokerSetting{"spread", Section::kBroker, "PRICE", "market fills are worse by half of this (0)", set_number<spread>,
                  get_number<spread>},
    BrokerSetting{"volume_share", Section::kBroker, "FRACTION",
                  "at most this share of a bar's volume fills, the rest later (no limit)", set_number<volume_share>,
                  get_number<volume_share>},
    BrokerSetting{"impact", Section::kBroker, "FRACTION",
                  "price worsens by this times the square of the share of the bar's volume (0)", set_number<impact>,
                  get_number<impact>},
    BrokerSetting{"borrow", Section::kBroker, "RATE", "cost of borrowing what is sold short, a year (0)",
                  set_number<borrow>, get_number<borrow>},
    BrokerSetting{"interest", Section::kBroker, "RATE", "interest on cash, a year (0)", set_number<interest>,
                  get_number<interest>},
    BrokerSetting{"margin_interest", Section::kBroker, "RATE", "interest on borrowed cash, a year (0)",
                  set_number<margin_interest>, get_number<margin_interest>},
    BrokerSetting{"leverage", Section::kBroker, "TIMES", "exposure may be this many times the equity (1)",
                  set_number<leverage>, get_number<leverage>},
    BrokerSetting{"maintenance_margin", Section::kBroker, "FRACTION",
                  "equity below this fraction of the exposure liquidates the account's positions (0)",
                  set_number<maintenance>, get_number<maintenance>},
    BrokerSetting{"max_drawdown", Section::kBroker, "FRACTION",
                  "risk limit: a fall this deep from the highest equity stops trading for good (none)",
                  set_number<max_drawdown>, get_number<max_drawdown>},
    BrokerSetting{"daily_loss", Section::kBroker, "FRACTION",
                  "risk limit: a loss this large since the day before stops trading for the day (none)",
                  set_number<daily_loss>, get_number<daily_loss>},
    BrokerSetting{"equity_floor", Section::kBroker, "MONEY",
                  "risk limit: equity below this stops trading for good (none)", set_number<equity_floor>,
                  get_number<equity_floor>},
    BrokerSetting{"max_position", Section::kBroker, "FRACTION",
                  "risk limit: largest value of a position as a fraction of equity (none)", set_number<max_position>,
                  get_number<max_position>},
    BrokerSetting{"risk_action", Section::kBroker, "block|flatten",
                  "what a risk limit does: reject entries, or close positions too (flatten)",
                  set_choice<RiskAction, parse_risk_action, risk_action>,
                  [](const BrokerOptions& options) { return std::string(risk_action_name(options.risk.action)); }},
    BrokerSetting{"limit_fill", Section::kBroker, "touch|through",
                  "what a bar must do to fill a limit or target: reach it, or go beyond it (touch)",
                  set_choice<LimitFill, parse_limit_fill, limit_fill>,
                  [](const BrokerOptions& options) { return std::string(limit_fill_name(options.limit_fill)); }},
    BrokerSetting{"ambiguity", Section::kBroker, "worst|best|ohlc|olhc",
                  "order of prices inside a bar where the bar does not tell (worst)",
                  set_choice<Ambiguity, parse_ambiguity, ambiguity>,
                  [](const BrokerOptions& options) { return std::string(ambiguity_name(options.ambiguity)); }},
};

}  // namespace

std::span<const BrokerSetting> broker_settings() noexcept { return kSettings; }

const BrokerSetting* find_broker_setting(std::string_view name) noexcept {
  for (const BrokerSetting& setting : kSettings) {
    if (name == setting.name) return &setting;
  }
  return nullptr;
}

Status set_override(BrokerOverrides& overrides, const BrokerSetting& setting, std::string_view text) {
  BrokerOptions tried;
  if (Status good = setting.set(tried, text); !good.ok()) return good.error().within(setting.name);
  for (auto& [known, value] : overrides.settings) {
    if (known != &setting) continue;
    value = text;
    return {};
  }
  overrides.settings.emplace_back(&setting, text);
  return {};
}

std::vector<std::pair<const BrokerSetting*, std::string>> changed_settings(const BrokerOptions& options) {
  static const BrokerOptions& usual = *new BrokerOptions;
  std::vector<std::pair<const BrokerSetting*, std::string>> changed;
  if (options.is_plain() && options.limit_fill == usual.limit_fill && options.ambiguity == usual.ambiguity &&
      options.risk.action == usual.risk.action) {
    return changed;
  }
  for (const BrokerSetting& setting : kSettings) {
    if (std::string text = setting.get(options); text != setting.get(usual))
      changed.emplace_back(&setting, std::move(text));
  }
  return changed;
}

}  // namespace peak
