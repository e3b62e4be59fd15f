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

// As on the command line: a number below 1 is a fraction of equity, any other is units.
Status set_size(BrokerOverrides& broker, double value) {
  PEAK_ASSIGN_OR_RETURN(broker.size, parse_sizing(shown(value)));
  return {};
}

}  // namespace

AxisRoles::Setter AxisRoles::broker_setter(const std::string& name) {
  for (const BrokerNumber& number : kNumbers) {
    if (name != number.name) continue;
    return [member = number.member](BrokerOverrides& broker, double value) -> Status {
      broker.*member = value;
      return {};
    };
  }
  if (name == "size") return set_size;
  if (const BrokerSetting* setting = find_broker_setting(name)) {
    return [setting](BrokerOverrides& broker, double value) { return set_override(broker, *setting, shown(value)); };
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
    }
    roles.numbers_.push_back(std::move(number));
  }
  return roles;
}

Status AxisRoles::set(const Grid& grid, std::size_t axis, double value, BacktestOptions& options) const {
  if (numbers_[axis]) return numbers_[axis](options.broker, value);
  options.parameters[grid.axes()[axis].name()] = value;
  return {};
}

Result<BacktestOptions> AxisRoles::options_at(const Grid& grid, std::uint64_t place,
                                              const BacktestOptions& common) const {
  BacktestOptions options = common;
  for (std::size_t axis = grid.axes().size(); axis-- > 0;) {
    const std::uint64_t size = grid.axes()[axis].size();
    PEAK_RETURN_IF_ERROR(set(grid, axis, grid.axes()[axis][place % size], options));
    place /= size;
  }
  return options;
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
  add("size");
  for (const BrokerSetting& setting : broker_settings()) add(setting.name);
  return names;
}

}  // namespace peak
