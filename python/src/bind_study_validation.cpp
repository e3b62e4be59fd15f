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
#include "interruptible.hpp"
#include "results.hpp"
#include "run_options.hpp"
#include "strategies.hpp"
#include "studies.hpp"

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

nb::tuple run_walk_forward(nb::handle data, nb::handle strategy, const nb::dict& grid, const std::string& where,
                           const nb::dict& run, bool anchored, std::size_t windows, std::size_t train, std::size_t test,
                           std::size_t purge, std::size_t embargo, const std::string& metric, unsigned threads) {
  const Study study(data, strategy, run);
  const Grid combinations = whole_grid(grid, where);
  WalkForwardOptions options = walk_forward_options(anchored, windows, train, test, purge, embargo, metric, threads);
  options.run = study.run;
  WalkForward result = value_or_raise(run_interruptible([&](const StopToken& stop) {
    options.stop = stop;
    return walk_forward(study.bars.bars, study.strategy, combinations, options);
  }));
  return told(std::move(result), study.bars.bars, study.source(), study.bars.origin);
}

nb::tuple run_cross_validation(nb::handle data, nb::handle strategy, const nb::dict& grid, const std::string& where,
                               const nb::dict& run, std::size_t groups, std::size_t test_groups, std::size_t purge,
                               std::size_t embargo, unsigned threads) {
  const Study study(data, strategy, run);
  const Grid combinations = whole_grid(grid, where);
  CrossValidationOptions options = cross_validation_options(groups, test_groups, purge, embargo, threads);
  options.run = study.run;
  const CrossValidation result = value_or_raise(run_interruptible([&](const StopToken& stop) {
    options.stop = stop;
    return cross_validation(study.bars.bars, study.strategy, combinations, options);
  }));
  return told(result, combinations, study.source());
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
                          const NamedWindows& windows) {
  const Study study(data, strategy, run);
  SensitivityOptions options = sensitivity_options(metric, steps, step, costs, bad_times, windows);
  const Sensitivity result = value_or_raise(run_interruptible([&](const StopToken& stop) {
    options.stop = stop;
    return sensitivity(study.bars.bars, study.strategy, study.run, options);
  }));
  return told(result, study.source());
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
