#include "panel_run.hpp"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "number.hpp"
#include "option_makers.hpp"
#include "output_files.hpp"
#include "peak/io/read_panel.hpp"
#include "peak/sim/panel_backtest.hpp"
#include "peak/strategy/allocation.hpp"
#include "peak/strategy/builtin.hpp"
#include "setters.hpp"

namespace peak::command {
namespace {

constexpr const char* kGroup = "Many symbols";
constexpr const char* kFixed = "fixed_weights";

bool is_recipe(const std::string& strategy) {
  const std::vector<std::string> names = allocation_names();
  return std::find(names.begin(), names.end(), strategy) != names.end();
}

Status add_weight(PanelRequest& request, const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == text.npos || equals == 0) {
    return invalid_argument("--weight: '" + text + "' is not SYMBOL=NUMBER, such as SPY=0.6");
  }
  PEAK_ASSIGN_OR_RETURN(const double weight, parse_number(text.substr(equals + 1), "--weight"));
  request.weights.emplace_back(text.substr(0, equals), weight);
  return {};
}

Result<StrategyDefinition> definition_of(const std::string& strategy) {
  if (is_recipe(strategy)) return allocation(strategy);
  if (is_weight_formula(strategy)) return allocation_of_formula(strategy);
  return find_strategy(strategy);
}

Result<BacktestResult> run_fixed(const std::shared_ptr<const Panel>& panel, const PanelOptions& options,
                                 const PanelRequest& request) {
  if (request.weights.empty()) {
    return invalid_argument("fixed_weights needs --weight SYMBOL=NUMBER, once for each symbol");
  }
  std::vector<double> row(panel->symbols(), 0.0);
  for (const auto& [symbol, weight] : request.weights) {
    PEAK_ASSIGN_OR_RETURN(const std::uint32_t s, panel->find(symbol));
    row[s] = weight;
  }
  TargetWeights targets;
  targets.stamps = options.rebalance.value_or(Rebalance{}).stamps(panel->time());
  for (std::size_t i = 0; i < targets.stamps.size(); ++i) {
    targets.weights.insert(targets.weights.end(), row.begin(), row.end());
  }
  return backtest_weights(panel, targets, options, kFixed);
}

}  // namespace

void add_panel_options(std::vector<Option>& options, const std::shared_ptr<PanelRequest>& request) {
  options.push_back({.name = "--rebalance",
                     .value = "WHEN",
                     .description = "when weights are looked at: daily, weekly, monthly, quarterly, yearly, each also "
                                    "with :last; bars:5; once",
                     .set = parsed_setter(request, request->rebalance, parse_rebalance),
                     .group = kGroup});
  options.push_back({.name = "--weight",
                     .value = "SYMBOL=NUMBER",
                     .description = "of the strategy fixed_weights: what part of the equity a symbol shall have",
                     .set = [request](const std::string& text) { return add_weight(*request, text); },
                     .group = kGroup,
                     .repeated = true});
  options.push_back(flag_option("--separate-cash", "an account of cash / N for each symbol, instead of one for all",
                                kGroup, request, request->separate_cash));
  options.push_back(flag_option("--mixed", "take series of different zones or frequencies, by moments in time", kGroup,
                                request, request->mixed));
}

bool is_weight_formula(const std::string& strategy) {
  return strategy.find('(') != strategy.npos && !strategy.ends_with(".toml");
}

bool gives_weights(const std::string& strategy) {
  if (strategy == kFixed || is_recipe(strategy) || is_weight_formula(strategy)) return true;
  if (!is_strategy_file(strategy)) return false;
  const auto definition = find_strategy(strategy);
  return definition.ok() && definition->weight.has_value();
}

bool is_panel_run(const std::string& strategy, const std::vector<std::string>& paths) {
  std::error_code error;
  return paths.size() > 1 || std::filesystem::is_directory(paths.front(), error) || gives_weights(strategy);
}

Result<BacktestResult> run_panel(const std::string& strategy, const std::vector<std::string>& paths,
                                 const io::ReadOptions& reading, const BacktestOptions& run,
                                 const PanelRequest& request) {
  PEAK_ASSIGN_OR_RETURN(Panel read, io::read_panel(paths, reading, {.mixed = request.mixed}));
  const auto panel = std::make_shared<const Panel>(std::move(read));
  PanelOptions options;
  options.run = run;
  options.rebalance = request.rebalance;
  options.cash_sharing = !request.separate_cash;
  if (strategy == kFixed) return run_fixed(panel, options, request);
  if (!request.weights.empty()) return invalid_argument("--weight is for the strategy fixed_weights");
  PEAK_ASSIGN_OR_RETURN(const StrategyDefinition definition, definition_of(strategy));
  if (definition.weight) return backtest_allocation(panel, definition, options);
  if (request.rebalance) return invalid_argument("--rebalance is for weights; '" + strategy + "' decides by signals");
  return backtest_panel(panel, definition, options);
}

}  // namespace peak::command
