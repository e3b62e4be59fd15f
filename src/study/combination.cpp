#include "study/combination.hpp"

#include <algorithm>

#include "peak/base/suggest.hpp"
#include "study/number_text.hpp"

namespace peak::study {
namespace {

template <auto kMember>
Status set_number(BrokerOverrides& broker, double value) {
  broker.*kMember = value;
  return {};
}

// As on the command line: a number below 1 is a fraction of equity, any other is units.
Status set_size(BrokerOverrides& broker, double value) {
  PEAK_ASSIGN_OR_RETURN(broker.size, parse_sizing(shown(value)));
  return {};
}

}  // namespace

const std::vector<BrokerNumber>& broker_numbers() {
  static const std::vector<BrokerNumber> numbers = {
      {"cash", &set_number<&BrokerOverrides::cash>},
      {"commission", &set_number<&BrokerOverrides::commission>},
      {"slippage", &set_number<&BrokerOverrides::slippage>},
      {"size", &set_size},
      {"size_step", &set_number<&BrokerOverrides::size_step>},
  };
  return numbers;
}

Result<AxisRoles> AxisRoles::make(const StrategyDefinition& strategy, const Grid& grid) {
  AxisRoles roles;
  for (const GridAxis& axis : grid.axes()) {
    const auto has_name = [&](const auto& candidate) { return candidate.name == axis.name(); };
    const BrokerNumber* number = nullptr;
    if (std::none_of(strategy.parameters.begin(), strategy.parameters.end(), has_name)) {
      const auto& numbers = broker_numbers();
      const auto found = std::find_if(numbers.begin(), numbers.end(), has_name);
      if (found == numbers.end()) {
        return invalid_argument("grid: strategy '" + strategy.name + "' has no parameter '" + axis.name() + "'" +
                                suggestion(axis.name(), sweep_axis_names(strategy)));
      }
      number = &*found;
    }
    roles.numbers_.push_back(number);
  }
  return roles;
}

Status AxisRoles::set(const Grid& grid, std::size_t axis, double value, BacktestOptions& options) const {
  if (numbers_[axis] != nullptr) return numbers_[axis]->set(options.broker, value);
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
  for (const study::BrokerNumber& number : study::broker_numbers()) {
    if (std::find(names.begin(), names.end(), number.name) == names.end()) names.emplace_back(number.name);
  }
  return names;
}

}  // namespace peak
