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

// Each option is reached by a function of its own, so that one template makes its row:
// number<PEAK_AT(fees.per_unit)>(...).
#define PEAK_AT(place) \
  [](BrokerOptions & options) -> auto& { return options.place; }

template <auto kAt>
auto& reached(const BrokerOptions& options) {
  return kAt(const_cast<BrokerOptions&>(options));
}

struct Words {
  const char* name;
  Section section;
  const char* value;
  const char* description;
};

template <auto kAt>
constexpr BrokerSetting number(const Words& words) {
  return {words.name,
          words.section,
          words.value,
          words.description,
          [](BrokerOptions& options, std::string_view text) -> Status {
            PEAK_ASSIGN_OR_RETURN(kAt(options), number_of(text));
            return {};
          },
          [](const BrokerOptions& options) { return trading::shown(reached<kAt>(options)); }};
}

template <auto kAt>
constexpr BrokerSetting whole(const Words& words) {
  return {words.name,
          words.section,
          words.value,
          words.description,
          [](BrokerOptions& options, std::string_view text) -> Status {
            PEAK_ASSIGN_OR_RETURN(const double number, number_of(text));
            if (number != std::floor(number) || std::fabs(number) > 1e9) {
              return invalid_argument("'" + std::string(text) + "' is not a whole number");
            }
            kAt(options) = static_cast<int>(number);
            return {};
          },
          [](const BrokerOptions& options) { return std::to_string(reached<kAt>(options)); }};
}

/// What is written by a function of the library and read by another: a stop's distance, one of several names.
template <auto kAt, auto kParse, auto kShow>
constexpr BrokerSetting worded(const Words& words) {
  return {words.name,
          words.section,
          words.value,
          words.description,
          [](BrokerOptions& options, std::string_view text) -> Status {
            PEAK_ASSIGN_OR_RETURN(kAt(options), kParse(text));
            return {};
          },
          [](const BrokerOptions& options) { return std::string(kShow(reached<kAt>(options))); }};
}

template <auto kAt>
constexpr BrokerSetting stop(const Words& words) {
  return worded<kAt, parse_stop_level, format_stop_level>(words);
}

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

constexpr std::array kSettings{
    stop<PEAK_AT(stops.stop_loss)>({"stop_loss", Section::kStops, "LEVEL",
                                    "close at this distance against the entry: 0.05, distance:2.5, atr:3 (none)"}),
    stop<PEAK_AT(stops.take_profit)>(
        {"take_profit", Section::kStops, "LEVEL", "close at this distance in favour: 0.1, distance:5, atr:4 (none)"}),
    stop<PEAK_AT(stops.trailing_stop)>(
        {"trailing_stop", Section::kStops, "LEVEL",
         "close at this distance from the best price since the entry: 0.05, distance:2.5, atr:3 (none)"}),
    whole<PEAK_AT(stops.atr_period)>(
        {"atr_period", Section::kStops, "BARS", "bars of the average true range that atr:N counts in (14)"}),
    whole<PEAK_AT(size_lookback)>({"size_lookback", Section::kSizing, "COUNT",
                                   "bars that volatility:V looks back, trades that kelly:F looks back (20)"}),
    number<PEAK_AT(size_cap)>({"size_cap", Section::kSizing, "FRACTION",
                               "largest fraction of equity that volatility:V and kelly:F ask for (1)"}),
    number<PEAK_AT(instrument.minimum_notional)>(
        {"minimum_notional", Section::kSizing, "MONEY", "entries worth less are rejected (0)"}),
    number<PEAK_AT(instrument.minimum_quantity)>(
        {"minimum_quantity", Section::kSizing, "UNITS", "entries of fewer units are rejected (0)"}),
    number<PEAK_AT(instrument.multiplier)>(
        {"multiplier", Section::kSizing, "NUMBER", "money for one unit and one point of price (1)"}),
    number<PEAK_AT(instrument.tick_size)>(
        {"tick_size", Section::kSizing, "PRICE", "prices come in multiples of this (any price)"}),
    number<PEAK_AT(fees.per_unit)>({"fee_per_unit", Section::kBroker, "MONEY", "fee for each unit traded (0)"}),
    number<PEAK_AT(fees.per_order)>({"fee_per_order", Section::kBroker, "MONEY", "fee for each fill (0)"}),
    number<PEAK_AT(fees.minimum)>({"fee_minimum", Section::kBroker, "MONEY", "least fee of a fill (0)"}),
    BrokerSetting{"maker_commission", Section::kBroker, "FRACTION", "commission of limit orders' fills (as commission)",
                  set_maker, get_maker},
    BrokerSetting{"fee_tiers", Section::kBroker, "TIERS",
                  "commissions by value traded so far: value:commission[:maker],... (none)", set_tiers, get_tiers},
    number<PEAK_AT(impact.fixed)>({"slippage_fixed", Section::kBroker, "PRICE", "market fills are worse by this (0)"}),
    number<PEAK_AT(impact.spread)>({"spread", Section::kBroker, "PRICE", "market fills are worse by half of this (0)"}),
    number<PEAK_AT(impact.volume_share)>({"volume_share", Section::kBroker, "FRACTION",
                                          "at most this share of a bar's volume fills, the rest later (no limit)"}),
    number<PEAK_AT(impact.impact)>({"impact", Section::kBroker, "FRACTION",
                                    "price worsens by this times the square of the share of the bar's volume (0)"}),
    number<PEAK_AT(financing.borrow)>(
        {"borrow", Section::kBroker, "RATE", "cost of borrowing what is sold short, a year (0)"}),
    number<PEAK_AT(financing.interest)>({"interest", Section::kBroker, "RATE", "interest on cash, a year (0)"}),
    number<PEAK_AT(financing.margin_interest)>(
        {"margin_interest", Section::kBroker, "RATE", "interest on borrowed cash, a year (0)"}),
    number<PEAK_AT(margin.leverage)>(
        {"leverage", Section::kBroker, "TIMES", "exposure may be this many times the equity (1)"}),
    number<PEAK_AT(margin.maintenance)>(
        {"maintenance_margin", Section::kBroker, "FRACTION",
         "equity below this fraction of the exposure liquidates the account's positions (0)"}),
    number<PEAK_AT(risk.max_drawdown)>(
        {"max_drawdown", Section::kBroker, "FRACTION",
         "risk limit: a fall this deep from the highest equity stops trading for good (none)"}),
    number<PEAK_AT(risk.daily_loss)>(
        {"daily_loss", Section::kBroker, "FRACTION",
         "risk limit: a loss this large since the day before stops trading for the day (none)"}),
    number<PEAK_AT(risk.equity_floor)>(
        {"equity_floor", Section::kBroker, "MONEY", "risk limit: equity below this stops trading for good (none)"}),
    number<PEAK_AT(risk.max_position)>({"max_position", Section::kBroker, "FRACTION",
                                        "risk limit: largest value of a position as a fraction of equity (none)"}),
    worded<PEAK_AT(risk.action), parse_risk_action, risk_action_name>(
        {"risk_action", Section::kBroker, "block|flatten",
         "what a risk limit does: reject entries, or close positions too (flatten)"}),
    worded<PEAK_AT(limit_fill), parse_limit_fill, limit_fill_name>(
        {"limit_fill", Section::kBroker, "touch|through",
         "what a bar must do to fill a limit or target: reach it, or go beyond it (touch)"}),
    worded<PEAK_AT(ambiguity), parse_ambiguity, ambiguity_name>(
        {"ambiguity", Section::kBroker, "worst|best|ohlc|olhc",
         "order of prices inside a bar where the bar does not tell (worst)"}),
};
#undef PEAK_AT

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
