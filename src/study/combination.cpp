#include "study/combination.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "peak/base/suggest.hpp"
#include "peak/trading/settings.hpp"
#include "study/number_text.hpp"

namespace peak::study {
namespace {

// Those that BrokerOverrides has as members; all others are broker_settings().
struct BrokerNumber {
  const char* name;
  std::optional<double> BrokerOverrides::*member;
};
constexpr BrokerNumber kNumbers[] = {{"cash", &BrokerOverrides::cash},
                                     {"commission", &BrokerOverrides::commission},
                                     {"slippage", &BrokerOverrides::slippage},
                                     {"size_step", &BrokerOverrides::size_step}};

Result<bool> parse_flag(std::string_view text) {
  if (text == "true") return true;
  if (text == "false") return false;
  return invalid_argument("'" + std::string(text) + "' is neither true nor false");
}

// A member of BrokerOverrides that is read from a text. Of sizes a number below 1 is a fraction of equity, any other is
// units, as on the command line.
template <typename T, std::optional<T> BrokerOverrides::*kMember, Result<T> (*kParse)(std::string_view)>
Status set_text(BrokerOverrides& broker, const GridAxis& axis, std::uint64_t index) {
  Result<T> value = kParse(axis.text(index));
  if (!value.ok()) return value.error().within(axis.name());
  broker.*kMember = *value;
  return {};
}

// Those that BrokerOverrides has as members and that are no numbers.
struct BrokerText {
  const char* name;
  Status (*set)(BrokerOverrides& broker, const GridAxis& axis, std::uint64_t index);
};
constexpr BrokerText kTexts[] = {
    {"fill", set_text<FillTiming, &BrokerOverrides::fill, parse_fill_timing>},
    {"size", set_text<Sizing, &BrokerOverrides::size, parse_sizing>},
    {"execution", set_text<Execution, &BrokerOverrides::execution, parse_execution>},
    {"finalize", set_text<bool, &BrokerOverrides::finalize, parse_flag>},
    {"accumulate", set_text<bool, &BrokerOverrides::accumulate, parse_flag>},
};

}  // namespace

AxisRoles::Setter AxisRoles::broker_setter(const std::string& name) {
  for (const BrokerNumber& number : kNumbers) {
    if (name != number.name) continue;
    return [member = number.member](BrokerOverrides& broker, const GridAxis& axis, std::uint64_t index) -> Status {
      if (axis.is_text()) {
        return invalid_argument("grid: " + axis.name() + ": '" + axis.text(index) + "' is not a number");
      }
      broker.*member = axis[index];
      return {};
    };
  }
  for (const BrokerText& text : kTexts) {
    if (name == text.name) return text.set;
  }
  if (const BrokerSetting* setting = find_broker_setting(name)) {
    return [setting](BrokerOverrides& broker, const GridAxis& axis, std::uint64_t index) {
      return set_override(broker, *setting, axis.text(index));
    };
  }
  return {};
}

Result<AxisRoles> AxisRoles::make(const StrategyDefinition& strategy, const Grid& grid) {
  AxisRoles roles;
  for (const GridAxis& axis : grid.axes()) {
    const auto has_name = [&](const auto& candidate) { return candidate.name == axis.name(); };
    Setter number;
    if (std::none_of(strategy.parameters.begin(), strategy.parameters.end(), has_name)) {
      number = broker_setter(axis.name());
      if (!number) {
        return invalid_argument("grid: strategy '" + strategy.name + "' has no parameter '" + axis.name() + "'" +
                                suggestion(axis.name(), sweep_axis_names(strategy)));
      }
    } else if (axis.is_text()) {
      return invalid_argument("grid: " + axis.name() + ": '" + axis.text(0) + "' is not a number; '" + axis.name() +
                              "' is a parameter of the strategy");
    }
    roles.numbers_.push_back(std::move(number));
  }
  return roles;
}

Status AxisRoles::set(const Grid& grid, std::size_t axis, std::uint64_t index, BacktestOptions& options) const {
  const GridAxis& values = grid.axes()[axis];
  if (numbers_[axis]) return numbers_[axis](options.broker, values, index);
  options.parameters[values.name()] = values[index];
  return {};
}

Result<BacktestOptions> AxisRoles::options_at(const Grid& grid, std::uint64_t place,
                                              const BacktestOptions& common) const {
  BacktestOptions options = common;
  for (std::size_t axis = grid.axes().size(); axis-- > 0;) {
    const std::uint64_t size = grid.axes()[axis].size();
    PEAK_RETURN_IF_ERROR(set(grid, axis, place % size, options));
    place /= size;
  }
  return options;
}

Status check_common(const StrategyDefinition& strategy, const Grid& grid, const BacktestOptions& run,
                    const std::vector<Metric>& metrics) {
  for (const auto& [name, value] : run.parameters) {
    for (const GridAxis& axis : grid.axes()) {
      if (axis.name() != name) continue;
      return invalid_argument("parameter '" + name + "' is both fixed and an axis of the grid; keep one of them");
    }
  }
  if (const auto resolved = strategy.resolve(run.parameters); !resolved.ok()) return resolved.error();
  if (metrics.empty()) return invalid_argument("a sweep needs at least one metric");
  return {};
}

}  // namespace peak::study

namespace peak {

std::vector<std::string> sweep_axis_names(const StrategyDefinition& strategy) {
  std::vector<std::string> names;
  for (const StrategyParameter& parameter : strategy.parameters) names.push_back(parameter.name);
  const auto add = [&](const char* name) {
    if (std::find(names.begin(), names.end(), name) == names.end()) names.emplace_back(name);
  };
  for (const study::BrokerNumber& number : study::kNumbers) add(number.name);
  for (const study::BrokerText& text : study::kTexts) add(text.name);
  for (const BrokerSetting& setting : broker_settings()) add(setting.name);
  return names;
}

}  // namespace peak
