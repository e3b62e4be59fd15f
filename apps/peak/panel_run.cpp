#include "panel_run.hpp"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "data_panel.hpp"
#include "input_data.hpp"
#include "number.hpp"
#include "option_makers.hpp"
#include "output_files.hpp"
#include "peak/io/dataset.hpp"
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

bool holds_many(const std::string& path, const io::ReadOptions& reading) { return !symbols_of(path, reading).empty(); }

Error told_of_many(Error error, const std::string& path, const io::ReadOptions& reading) {
  if (!holds_many(path, reading)) return error;
  return bad_data(path +
                  " holds several symbols: add --shared-cash for one account over all of them, or take one by --symbol "
                  "or --close-column");
}

Result<StrategyDefinition> panel_strategy(const std::string& strategy) {
  if (is_recipe(strategy)) return allocation(strategy);
  if (is_weight_formula(strategy)) return allocation_of_formula(strategy);
  return find_strategy(strategy);
}

Status load_panel_series(const SeriesFiles& series, const io::ReadOptions& reading, BacktestOptions& run,
                         PanelRequest& panel) {
  SeriesFiles of_the_run = series;
  panel.detail = std::exchange(of_the_run.detail, {});
  PEAK_ASSIGN_OR_RETURN(panel.others, read_others(series, reading));
  return load_series(of_the_run, reading, run);
}

Result<PanelOptions> read_panel_options(const io::ReadOptions& reading, const BacktestOptions& run,
                                        const PanelRequest& request) {
  PanelOptions options;
  options.run = run;
  options.rebalance = request.rebalance;
  options.cash_sharing = !request.separate_cash;
  if (!request.detail.empty()) {
    const std::string finer[] = {request.detail};
    auto detail = input_data(io::read_panel(finer, reading, {.mixed = request.mixed}));
    if (!detail.ok()) return std::move(detail).error().within("--detail");
    options.detail = std::make_shared<const Panel>(std::move(*detail));
  }
  return options;
}

Result<PanelInput> read_panel_input(const std::vector<std::string>& paths, const io::ReadOptions& reading,
                                    const BacktestOptions& run, const PanelRequest& request) {
  PEAK_ASSIGN_OR_RETURN(Panel read, input_data(io::read_panel(paths, reading, {.mixed = request.mixed})));
  if (!request.others.empty()) {
    PEAK_ASSIGN_OR_RETURN(read, read.with_others(request.others));
  }
  PanelInput input;
  input.panel = std::make_shared<const Panel>(std::move(read));
  PEAK_ASSIGN_OR_RETURN(input.options, read_panel_options(reading, run, request));
  return input;
}

Result<BacktestResult> run_panel(const std::string& strategy, const std::vector<std::string>& paths,
                                 const io::ReadOptions& reading, const BacktestOptions& run,
                                 const PanelRequest& request) {
  PEAK_ASSIGN_OR_RETURN(const PanelInput input, read_panel_input(paths, reading, run, request));
  const auto& [panel, options] = input;
  if (strategy == kFixed) return run_fixed(panel, options, request);
  if (!request.weights.empty()) return invalid_argument("--weight is for the strategy fixed_weights");
  PEAK_ASSIGN_OR_RETURN(const StrategyDefinition definition, panel_strategy(strategy));
  if (request.rebalance && !definition.weight)
    return invalid_argument("--rebalance is for weights; '" + strategy + "' decides by signals");
  return backtest(panel, definition, options);
}

Result<Bounds> panel_bounds(const std::string& strategy, const BacktestResult& result, const io::ReadOptions& reading,
                            const BacktestOptions& run, const PanelRequest& request) {
  if (gives_weights(strategy)) {
    return invalid_argument("--bounds: weights fill at opens and closes; nothing hangs on the order inside a bar");
  }
  PEAK_ASSIGN_OR_RETURN(const PanelOptions options, read_panel_options(reading, run, request));
  return bounds_of_panel(result.panel, result.strategy, options);
}

}  // namespace peak::command
