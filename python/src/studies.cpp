#include "studies.hpp"

#include <nanobind/stl/string.h>

#include <utility>

#include "arrays.hpp"
#include "errors.hpp"
#include "sweep_object.hpp"

namespace nb = nanobind;

namespace peak::python {

Grid whole_grid(const nb::dict& axes, const std::string& where) {
  return value_or_raise(grid_of(axes, {where, Sampling::kAll, 0, 1, {}}));
}

WalkForwardOptions walk_forward_options(bool anchored, std::size_t windows, std::size_t train, std::size_t test,
                                        std::size_t purge, std::size_t embargo, const std::string& metric,
                                        unsigned threads) {
  WalkForwardOptions options;
  options.training = anchored ? TrainingWindow::kAnchored : TrainingWindow::kRolling;
  options.windows = windows;
  options.train_bars = train;
  options.test_bars = test;
  options.purge = purge;
  options.embargo = embargo;
  options.metric = value_or_raise(find_metric(metric));
  options.threads = threads;
  return options;
}

CrossValidationOptions cross_validation_options(std::size_t groups, std::size_t test_groups, std::size_t purge,
                                                std::size_t embargo, unsigned threads) {
  CrossValidationOptions options;
  options.groups = groups;
  options.test_groups = test_groups;
  options.purge = purge;
  options.embargo = embargo;
  options.threads = threads;
  return options;
}

SensitivityOptions sensitivity_options(const std::string& metric, std::size_t steps, double step, std::size_t costs,
                                       std::size_t bad_times, const NamedWindows& windows) {
  SensitivityOptions options;
  options.metric = value_or_raise(find_metric(metric));
  options.steps = steps;
  options.step_fraction = step;
  options.costs = costs;
  options.bad_times = bad_times;
  for (const auto& [name, from, to] : windows) options.windows.push_back({name, from, to});
  return options;
}

nb::tuple told(WalkForward result, const Bars& line, const StudySource& source, const nb::object& origin) {
  const std::string json = walk_forward_json(result, line, source);
  const std::string text = format_walk_forward(result, line, {});
  const auto time = line.time().subspan(result.first_bar, result.equity.size());
  return nb::make_tuple(json, text, origin, numpy_array(std::vector<std::int64_t>(time.begin(), time.end())),
                        numpy_array(std::move(result.equity)), numpy_array(std::move(result.returns)));
}

nb::tuple told(const CrossValidation& result, const Grid& grid, const StudySource& source) {
  return nb::make_tuple(cross_validation_json(result, grid, source), format_cross_validation(result, {}));
}

nb::tuple told(const MonteCarlo& result, const StudySource& source) {
  nb::dict paths;
  paths["final_equity"] = numpy_array(result.final_equity.sorted);
  paths["total_return"] = numpy_array(result.total_return.sorted);
  paths["max_drawdown"] = numpy_array(result.max_drawdown.sorted);
  paths["sharpe"] = numpy_array(result.sharpe.sorted);
  return nb::make_tuple(monte_carlo_json(result, source), format_monte_carlo(result, {}), paths);
}

nb::tuple told(const Sensitivity& result, const StudySource& source) {
  return nb::make_tuple(sensitivity_json(result, source), format_sensitivity(result, {}));
}

}  // namespace peak::python
