// Walk-forward, cross-validation, Monte Carlo, sensitivity and look-ahead for peaktrade._studies: each gives the JSON
// of the command, and as arrays what is long.
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>

#include <exception>
#include <string>
#include <utility>
#include <vector>

#include "arguments.hpp"
#include "arrays.hpp"
#include "bars.hpp"
#include "bindings.hpp"
#include "errors.hpp"
#include "grid_axes.hpp"
#include "interruptible.hpp"
#include "peak/report/studies.hpp"
#include "results.hpp"
#include "run_options.hpp"
#include "strategies.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace peak::python {
namespace {

/// What a study runs on.
struct Study {
  Study(nb::handle data, nb::handle strategy_given, const nb::dict& run_given)
      : bars(make_bars(data, {}, "")), strategy(strategy_of(strategy_given)) {
    SeriesZones zones;
    run = run_options_of(run_given, zones);
    zones.check(bars.bars);
  }
  BarsObject bars;
  StrategyDefinition strategy;
  BacktestOptions run;
  [[nodiscard]] StudySource source() const { return {strategy.name, bars.path}; }
};

Grid grid_of(const nb::dict& given, const std::string& where) {
  std::vector<GridAxis> axes;
  for (const auto& [key, values] : given) {
    axes.push_back(axis_of(nb::cast<std::string>(key), values));
  }
  const nb::gil_scoped_release release;
  Result<Grid> grid = Grid::make(std::move(axes), {where, Sampling::kAll, 0, 1});
  const nb::gil_scoped_acquire acquire;
  return value_or_raise(std::move(grid));
}

nb::tuple run_walk_forward(nb::handle data, nb::handle strategy, const nb::dict& grid, const std::string& where,
                           const nb::dict& run, bool anchored, std::size_t windows, std::size_t train, std::size_t test,
                           std::size_t purge, std::size_t embargo, const std::string& metric, unsigned threads) {
  const Study study(data, strategy, run);
  const Grid combinations = grid_of(grid, where);
  WalkForwardOptions options;
  options.training = anchored ? TrainingWindow::kAnchored : TrainingWindow::kRolling;
  options.windows = windows;
  options.train_bars = train;
  options.test_bars = test;
  options.purge = purge;
  options.embargo = embargo;
  options.metric = value_or_raise(find_metric(metric));
  options.run = study.run;
  options.threads = threads;
  WalkForward result = value_or_raise(run_interruptible([&](const StopToken& stop) {
    options.stop = stop;
    return walk_forward(study.bars.bars, study.strategy, combinations, options);
  }));
  const std::string json = walk_forward_json(result, study.bars.bars, study.source());
  const std::string text = format_walk_forward(result, study.bars.bars, {});
  const auto time = study.bars.bars.time().subspan(result.first_bar, result.equity.size());
  return nb::make_tuple(json, text, study.bars.origin, numpy_array(std::vector<std::int64_t>(time.begin(), time.end())),
                        numpy_array(std::move(result.equity)), numpy_array(std::move(result.returns)));
}

nb::tuple run_cross_validation(nb::handle data, nb::handle strategy, const nb::dict& grid, const std::string& where,
                               const nb::dict& run, std::size_t groups, std::size_t test_groups, std::size_t purge,
                               std::size_t embargo, unsigned threads) {
  const Study study(data, strategy, run);
  const Grid combinations = grid_of(grid, where);
  const CrossValidation result = value_or_raise(run_interruptible([&](const StopToken& stop) {
    CrossValidationOptions options;
    options.groups = groups;
    options.test_groups = test_groups;
    options.purge = purge;
    options.embargo = embargo;
    options.run = study.run;
    options.threads = threads;
    options.stop = stop;
    return cross_validation(study.bars.bars, study.strategy, combinations, options);
  }));
  return nb::make_tuple(cross_validation_json(result, combinations, study.source()),
                        format_cross_validation(result, {}));
}

nb::tuple told(const MonteCarlo& result, const StudySource& source) {
  nb::dict paths;
  paths["final_equity"] = numpy_array(result.final_equity.sorted);
  paths["total_return"] = numpy_array(result.total_return.sorted);
  paths["max_drawdown"] = numpy_array(result.max_drawdown.sorted);
  paths["sharpe"] = numpy_array(result.sharpe.sorted);
  return nb::make_tuple(monte_carlo_json(result, source), format_monte_carlo(result, {}), paths);
}

MonteCarloOptions monte_carlo_options(const std::string& method, std::size_t paths, double mean_length,
                                      std::uint64_t seed, double ruin, unsigned threads) {
  MonteCarloOptions options;
  options.method = value_or_raise(parse_monte_carlo_method(method));
  options.paths = paths;
  options.mean_length = mean_length;
  options.seed = seed;
  options.ruin = ruin;
  options.threads = threads;
  return options;
}

nb::tuple run_monte_carlo(nb::handle data, nb::handle strategy, const nb::dict& run, const std::string& method,
                          std::size_t paths, double mean_length, std::uint64_t seed, double ruin, unsigned threads) {
  MonteCarloOptions options = monte_carlo_options(method, paths, mean_length, seed, ruin, threads);
  const Study study(data, strategy, run);
  const MonteCarlo result = value_or_raise(run_interruptible([&](const StopToken& stop) -> Result<MonteCarlo> {
    options.stop = stop;
    if (options.method == MonteCarloMethod::kPrices) {
      return monte_carlo_prices(study.bars.bars, study.strategy, study.run, options);
    }
    PEAK_ASSIGN_OR_RETURN(const BacktestResult made, backtest(study.bars.bars, study.strategy, study.run));
    return monte_carlo(made, options);
  }));
  return told(result, study.source());
}

nb::tuple monte_carlo_of_result(const ResultObject& object, const std::string& method, std::size_t paths,
                                double mean_length, std::uint64_t seed, double ruin, unsigned threads) {
  MonteCarloOptions options = monte_carlo_options(method, paths, mean_length, seed, ruin, threads);
  const MonteCarlo result = value_or_raise(run_interruptible([&](const StopToken& stop) {
    options.stop = stop;
    return monte_carlo(object.run, options);
  }));
  return told(result, {object.run.strategy.name, object.data_path});
}

nb::tuple run_sensitivity(nb::handle data, nb::handle strategy, const nb::dict& run, const std::string& metric,
                          std::size_t steps, double step, std::size_t costs, std::size_t bad_times,
                          const std::vector<std::tuple<std::string, std::int64_t, std::int64_t>>& windows) {
  const Study study(data, strategy, run);
  const Metric shown = value_or_raise(find_metric(metric));
  const Sensitivity result = value_or_raise(run_interruptible([&](const StopToken& stop) -> Result<Sensitivity> {
    Sensitivity found{.metric = shown, .parameters = {}, .costs = {}, .stress = {}};
    const Bars& bars = study.bars.bars;
    PEAK_ASSIGN_OR_RETURN(found.parameters,
                          parameter_sensitivity(bars, study.strategy, study.run, shown, steps, step, stop));
    PEAK_ASSIGN_OR_RETURN(found.costs, cost_sensitivity(bars, study.strategy, study.run, costs, stop));
    PEAK_ASSIGN_OR_RETURN(const BacktestResult chosen, backtest(bars, study.strategy, study.run));
    std::vector<StressWindow> stress = worst_windows(bars, bad_times);
    for (const auto& [name, from, to] : windows) stress.push_back({name, from, to});
    PEAK_ASSIGN_OR_RETURN(found.stress, stress_windows(chosen, stress));
    return found;
  }));
  return nb::make_tuple(sensitivity_json(result, study.source()), format_sensitivity(result, {}));
}

LookaheadOptions lookahead_options(std::size_t cuts, std::size_t pairs, bool every_bar, double tolerance) {
  LookaheadOptions options;
  options.cuts = cuts;
  options.pairs = pairs;
  options.every_bar = every_bar;
  options.tolerance = tolerance;
  return options;
}

nb::tuple lookahead_of_strategy(nb::handle data, nb::handle strategy, const nb::dict& run, std::size_t cuts,
                                std::size_t pairs, bool every_bar) {
  const Study study(data, strategy, run);
  LookaheadOptions options = lookahead_options(cuts, pairs, every_bar, 0);
  const Lookahead result = value_or_raise(run_interruptible([&](const StopToken& stop) {
    options.stop = stop;
    return check_lookahead(study.bars.bars, study.strategy, study.run, options);
  }));
  return nb::make_tuple(lookahead_json(result, study.bars.bars, study.source()), result.text(&study.bars.bars));
}

/// The check on a Python callable: decide(count) gives a dict of name to a float64 array of `count` values.
nb::tuple lookahead_of_function(std::size_t bars, nb::handle decide, const std::string& name, std::size_t cuts,
                                std::size_t pairs, bool every_bar, double tolerance) {
  std::exception_ptr fatal;  // Ctrl-C, and what the whole data raise
  const auto on_prefix = [&](std::size_t count) -> Result<Decisions> {
    if (fatal) return internal_error("stopped");
    try {
      Decisions decisions;
      const nb::object given = nb::borrow(decide)(count);
      for (const auto& [key, values] : nb::cast<nb::dict>(given)) {
        const Column column = column_of("decision", values).as_float64();
        decisions[nb::cast<std::string>(key)].assign(column.float64s().begin(), column.float64s().end());
      }
      return decisions;
    } catch (nb::python_error& error) {
      if (count == bars || !error.matches(PyExc_Exception)) fatal = std::current_exception();
      return invalid_argument(error.what());
    }
  };
  LookaheadOptions options = lookahead_options(cuts, pairs, every_bar, tolerance);
  options.threads = 1;  // the interpreter's lock is ours
  const Result<Lookahead> found = check_lookahead(bars, on_prefix, options);
  if (fatal) std::rethrow_exception(fatal);
  if (!found.ok()) raise(found.error());
  return nb::make_tuple(lookahead_json(*found, Bars(), {name, ""}), found->text());
}

}  // namespace

void bind_study_validation(nb::module_& module) {
  module.def("walk_forward", &run_walk_forward, "data"_a, "strategy"_a, "grid"_a, "where"_a, "run"_a, "anchored"_a,
             "windows"_a, "train"_a, "test"_a, "purge"_a, "embargo"_a, "metric"_a, "threads"_a);
  module.def("cross_validation", &run_cross_validation, "data"_a, "strategy"_a, "grid"_a, "where"_a, "run"_a,
             "groups"_a, "test_groups"_a, "purge"_a, "embargo"_a, "threads"_a);
  module.def("monte_carlo", &run_monte_carlo, "data"_a, "strategy"_a, "run"_a, "method"_a, "paths"_a, "mean_length"_a,
             "seed"_a, "ruin"_a, "threads"_a);
  module.def("monte_carlo_of_result", &monte_carlo_of_result, "result"_a, "method"_a, "paths"_a, "mean_length"_a,
             "seed"_a, "ruin"_a, "threads"_a);
  module.def("sensitivity", &run_sensitivity, "data"_a, "strategy"_a, "run"_a, "metric"_a, "steps"_a, "step"_a,
             "costs"_a, "bad_times"_a, "windows"_a);
  module.def("lookahead", &lookahead_of_strategy, "data"_a, "strategy"_a, "run"_a, "cuts"_a, "pairs"_a, "every_bar"_a);
  module.def("lookahead_of_function", &lookahead_of_function, "bars"_a, "decide"_a, "name"_a, "cuts"_a, "pairs"_a,
             "every_bar"_a, "tolerance"_a);
}

}  // namespace peak::python
