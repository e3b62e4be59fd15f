// Many symbols: peaktrade.Panel, peaktrade.Weights, and runs of them. peaktrade._panel takes frames apart.
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "arguments.hpp"
#include "arrays.hpp"
#include "bars.hpp"
#include "bindings.hpp"
#include "class_strategies.hpp"
#include "errors.hpp"
#include "expressions.hpp"
#include "instruments.hpp"
#include "panel_classes.hpp"
#include "panel_object.hpp"
#include "peak/expression/functions.hpp"
#include "peak/io/read_panel.hpp"
#include "peak/market/panel.hpp"
#include "peak/sim/panel_backtest.hpp"
#include "peak/strategy/allocation.hpp"
#include "results.hpp"
#include "run_options.hpp"
#include "strategies.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace peak::python {
namespace {

nb::module_ panel_module() { return nb::module_::import_("peaktrade._panel"); }

Panel panel_of_parts(const nb::handle parts, bool mixed, std::string& origin) {
  std::vector<Bars> series;
  for (const nb::handle part : nb::borrow<nb::list>(parts)) {
    const auto symbol = nb::cast<std::string>(part[0]);
    BarsObject bars = make_bars(part[1], {}, symbol);
    bars.bars.set_symbol(symbol);
    if (PyUnicode_Check(bars.origin.ptr()) && nb::cast<std::string>(bars.origin) == "polars") origin = "polars";
    series.push_back(std::move(bars.bars));
  }
  return value_or_raise(Panel::create(std::move(series), {.mixed = mixed}));
}

/// The symbols of `currency` at their rates.
Panel in_account_currency(const Panel& panel, nb::handle currency, nb::handle rates, bool mixed) {
  if (currency.is_none()) return panel;
  std::vector<Bars> series;
  for (std::size_t s = 0; s < panel.symbols(); ++s) series.push_back(panel.series(s));
  for (const auto& [symbol, name] : nb::borrow<nb::dict>(currency)) {
    const std::uint32_t s = value_or_raise(panel.find(nb::cast<std::string>(nb::str(symbol))));
    const bool known = !rates.is_none() && nb::borrow<nb::dict>(rates).contains(name);
    const auto code = nb::cast<std::string>(nb::str(name));
    if (!known) {
      raise_value_error("'" + panel.symbol(s) + "' is in " + code + ", but rates has no series '" + code +
                        "': give what one unit of it costs in the account's currency");
    }
    const BarsObject rate = make_bars(nb::borrow<nb::dict>(rates)[name], {}, code);
    series[s] = value_or_raise(at_rates(panel.series(s), rate.bars));
  }
  return value_or_raise(Panel::create(std::move(series), {.mixed = mixed}));
}

void construct_panel(PanelObject* self, nb::handle data, nb::handle symbol_column, nb::handle currency,
                     nb::handle rates, bool mixed, nb::handle others) {
  PanelObject made{nullptr, "pandas"};
  const std::optional<std::string> column = optional_text(symbol_column, "symbol_column");
  const nb::object parts = panel_module().attr("series_of")(data, symbol_column);
  Panel panel;
  if (PyTuple_Check(parts.ptr())) {  // of paths
    const auto paths = nb::cast<std::vector<std::string>>(nb::list(parts));
    auto read = [&] {
      const nb::gil_scoped_release release;
      return io::read_panel(paths, {}, {.mixed = mixed});
    }();
    panel = value_or_raise(std::move(read), Sought::kFile);
  } else {
    panel = panel_of_parts(parts, mixed, made.origin);
  }
  panel = in_account_currency(panel, currency, rates, mixed);
  if (!others.is_none()) panel = value_or_raise(panel.with_others(named_bars(others)));
  made.panel = std::make_shared<const Panel>(std::move(panel));
  new (self) PanelObject(std::move(made));
}

BarsObject bars_of_symbol(const PanelObject& self, const std::string& symbol) {
  const std::uint32_t s = value_or_raise(self.panel->find(symbol));
  return {self.panel->series(s), nb::str(self.origin.c_str()), "", {}};
}

/// One number of `instruments` or `actions` by symbol; others keep their defaults.
std::vector<Instrument> instruments_of(const Panel& panel, nb::handle given) {
  if (given.is_none()) return {};
  std::vector<Instrument> all(panel.symbols());
  for (std::size_t s = 0; s < all.size(); ++s) all[s].symbol = panel.symbol(s);
  for (const auto& [symbol, value] : nb::borrow<nb::dict>(given)) {
    const std::uint32_t s = value_or_raise(panel.find(nb::cast<std::string>(nb::str(symbol))));
    all[s] = instrument_of(value);
    all[s].symbol = panel.symbol(s);
  }
  return all;
}

}  // namespace

PanelOptions panel_options_of(const Panel& panel, const nb::dict& given, nb::handle rebalance, bool cash_sharing,
                              nb::handle instruments) {
  PanelOptions options;
  SeriesZones zones;
  if (given.contains("detail") && !given["detail"].is_none()) {  // peaktrade._panel has made a panel of it
    const nb::object finer = given["detail"];
    nb::dict others;
    for (const auto& [name, value] : given) {
      if (nb::cast<std::string>(name) != "detail") others[name] = value;
    }
    options.run = run_options_of(others, zones);
    options.detail = nb::inst_ptr<PanelObject>(finer)->panel;
  } else {
    options.run = run_options_of(given, zones);
  }
  zones.check(panel.series(0));
  if (const auto text = optional_text(rebalance, "rebalance"))
    options.rebalance = value_or_raise(parse_rebalance(*text));
  options.cash_sharing = cash_sharing;
  options.instruments = instruments_of(panel, instruments);
  return options;
}

StrategyDefinition panel_strategy_of(nb::handle strategy) {
  if (PyUnicode_Check(strategy.ptr())) {
    if (auto recipe = allocation(nb::cast<std::string>(strategy)); recipe.ok()) return std::move(*recipe);
  }
  return strategy_of(strategy);
}

PanelStudy::PanelStudy(const PanelObject& data, nb::handle strategy_given, const nb::dict& given, nb::handle rebalance,
                       bool cash_sharing, nb::handle instruments)
    : panel(data.panel),
      strategy(panel_strategy_of(strategy_given)),
      runs(panel_options_of(*panel, given, rebalance, cash_sharing, instruments)) {
  if (!strategy.weight && runs.rebalance) {
    raise_value_error("rebalance is for weights; '" + strategy.name + "' decides by its own signals");
  }
}

namespace {

ResultObject result_of(Result<BacktestResult> run, const PanelObject& data) {
  return {value_or_raise(std::move(run)), nb::str(data.origin.c_str()), "", ""};
}

ResultObject run_strategy(const PanelObject& data, nb::handle strategy, const nb::dict& given, nb::handle rebalance,
                          bool cash_sharing, nb::handle instruments) {
  if (!PyUnicode_Check(strategy.ptr()) && is_class_strategy(strategy)) {
    if (!rebalance.is_none()) raise_value_error("rebalance is for weights; a strategy class decides by itself");
    const PanelOptions options = panel_options_of(*data.panel, given, rebalance, cash_sharing, instruments);
    return run_panel_class(data.panel, strategy, options, nb::str(data.origin.c_str()));
  }
  const PanelStudy study(data, strategy, given, rebalance, cash_sharing, instruments);
  auto run = [&] {
    const nb::gil_scoped_release release;
    return backtest(study.panel, study.strategy, study.runs);
  }();
  return result_of(std::move(run), data);
}

/// Weights by stamp: times as int64 nanoseconds, and a row of the panel's symbols for each; without times at the stamps
/// of the schedule, the first row at each.
TargetWeights targets_of(const Panel& panel, nb::handle times, nb::handle weights, const PanelOptions& options) {
  const Column values = column_of("weights", weights);
  const std::span<const double> numbers = values.float64s();
  TargetWeights targets;
  if (times.is_none()) {
    targets.stamps = options.rebalance.value_or(Rebalance{}).stamps(panel.time());
    for (std::size_t i = 0; i < targets.stamps.size(); ++i) {
      targets.weights.insert(targets.weights.end(), numbers.begin(), numbers.end());
    }
    return targets;
  }
  const Column stamps = column_of("times", times, true);
  for (const Nanoseconds time : stamps.int64s()) {
    const std::size_t stamp = panel.stamp_at(time);
    if (stamp == panel.size() || panel.time()[stamp] != time) {
      raise_value_error("the weights have a row for " + format_time_short(time) +
                        ", on which no symbol has a bar; weights are decided at a bar's close: move the row to one");
    }
    targets.stamps.push_back(stamp);
  }
  targets.weights.assign(numbers.begin(), numbers.end());
  return targets;
}

ResultObject run_weights(const PanelObject& data, nb::handle times, nb::handle weights, const std::string& name,
                         const nb::dict& given, nb::handle rebalance, nb::handle instruments) {
  const PanelOptions options = panel_options_of(*data.panel, given, rebalance, true, instruments);
  const TargetWeights targets = targets_of(*data.panel, times, weights, options);
  auto run = [&] {
    const nb::gil_scoped_release release;
    return backtest_weights(data.panel, targets, options, name);
  }();
  return result_of(std::move(run), data);
}

StrategyDefinition allocation_of(nb::handle formula) {
  if (PyUnicode_Check(formula.ptr())) return value_or_raise(allocation_of_formula(nb::cast<std::string>(formula)));
  const expression::Expression weight = expression_of(formula);
  check(weight.status());
  StrategyDefinition definition;
  definition.name = "weights";
  definition.weight = weight.type() == expression::ValueType::kSignal ? expression::normalize(weight) : weight;
  definition.adopt_parameters();
  check(definition.validate_allocation());
  return definition;
}

}  // namespace

void bind_panel(nb::module_& module) {
  bind_panel_context(module);
  nb::class_<PanelObject>(
      module, "Panel",
      "Bars of many symbols on one time line, each with its own calendar and gaps.\n\n"
      "``data``: a mapping of symbols to frames (or anything that ``backtest`` takes as data), a "
      "long frame with a\ncolumn ``symbol``, ``ticker`` or ``asset`` (or ``symbol_column``), a wide "
      "frame of closes, or paths of files\nand folders. ``currency`` names the currency of symbols "
      "that are not in the account's, ``rates`` the\nseries of what one unit of each costs. "
      "``mixed`` takes series of different zones or frequencies. ``others`` are symbols that formulas read by "
      "name,\nsymbol(\"VIX\", close), and nothing trades.")
      .def("__init__", &construct_panel, "data"_a, nb::kw_only(), "symbol_column"_a = nb::none(),
           "currency"_a = nb::none(), "rates"_a = nb::none(), "mixed"_a = false, "others"_a = nb::none(),
           nb::sig("def __init__(self, data: typing.Any, *, symbol_column: str | None = None, "
                   "currency: dict[str, str] | None = None, rates: dict[str, typing.Any] | None = None, "
                   "mixed: bool = False, others: dict[str, typing.Any] | None = None) -> None"))
      .def("__len__", [](const PanelObject& self) { return self.panel->size(); })
      .def_prop_ro("symbols", [](const PanelObject& self) { return self.panel->symbol_names(); })
      .def("__getitem__", &bars_of_symbol, "symbol"_a, nb::sig("def __getitem__(self, symbol: str, /) -> Bars"))
      .def(
          "times",
          [](const nb::object& self) { return numpy_view(nb::inst_ptr<PanelObject>(self)->panel->time(), self); },
          nb::sig("def times(self) -> numpy.typing.NDArray[numpy.int64]"))
      .def(
          "index",
          [](const PanelObject& self) {
            return BarsObject{self.panel->equal_weight_index(), nb::str(self.origin.c_str()), "", {}};
          },
          nb::sig("def index(self) -> Bars"), "The equal-weight index of the symbols, which runs are compared with.")
      .def("__repr__", [](const PanelObject& self) {
        const Panel& panel = *self.panel;
        return "Panel(" + std::to_string(panel.symbols()) + " symbols, " + std::to_string(panel.size()) + " stamps, " +
               format_time_short(panel.time().front()) + " to " + format_time_short(panel.time().back()) + ")";
      });
  module.def(
      "backtest_panel", &run_strategy, "panel"_a, "strategy"_a, "options"_a, "rebalance"_a = nb::none(),
      "cash_sharing"_a = true, "instruments"_a = nb::none(),
      nb::sig("def backtest_panel(panel: Panel, strategy: object, options: dict[str, object], rebalance: str | "
              "None = None, cash_sharing: bool = True, instruments: dict[str, object] | None = None) -> Result"));
  module.def("backtest_weights", &run_weights, "panel"_a, "times"_a.none(), "weights"_a, "name"_a, "options"_a,
             "rebalance"_a = nb::none(), "instruments"_a = nb::none(),
             nb::sig("def backtest_weights(panel: Panel, times: object, weights: object, name: str, options: "
                     "dict[str, object], rebalance: str | None = None, instruments: dict[str, object] | None = None) "
                     "-> Result"));
  module.def("allocation_names", &allocation_names, "The recipes of target weights that are built in.");
  module.def("allocation_of", &allocation_of, "formula"_a, nb::sig("def allocation_of(formula: object) -> Strategy"),
             "An allocation of a formula or an expression.");
  module.def(
      "find_allocation", [](const std::string& name) { return value_or_raise(allocation(name)); }, "name"_a,
      "A built-in recipe of target weights by name.");
}

}  // namespace peak::python
