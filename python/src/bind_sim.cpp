// Running backtests: arguments in, a ResultObject out. What Python pays per run is here, so nothing is built that is
// not asked for: no frames, no dictionaries.
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>

#include <algorithm>
#include <string>
#include <utility>

#include "arguments.hpp"
#include "arrays.hpp"
#include "bars.hpp"
#include "bindings.hpp"
#include "class_strategies.hpp"
#include "errors.hpp"
#include "instruments.hpp"
#include "peak/trading/settings.hpp"
#include "results.hpp"
#include "run_options.hpp"
#include "strategies.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace peak::python {

void bind_result(nb::module_& module);

namespace {

/// peaktrade.Signals: given arrays as bits, with the pandas index that they had, if any.
struct SignalsObject {
  Bits entries, exits, short_entries, short_exits;
  nb::object index;
  std::string name;
};

Bits optional_bits(nb::handle values, const char* name, std::size_t size) {
  if (values.is_none()) return {};
  Bits bits = bits_of(values, name);
  if (bits.size() != size) {
    raise_value_error(std::string(name) + " has " + std::to_string(bits.size()) + " values, but entries has " +
                      std::to_string(size));
  }
  return bits;
}

void construct_signals(SignalsObject* self, nb::handle entries, nb::handle exits, nb::handle short_entries,
                       nb::handle short_exits, std::string name) {
  SignalsObject signals;
  signals.entries = bits_of(entries, "entries");
  const std::size_t size = signals.entries.size();
  signals.exits = optional_bits(exits, "exits", size);
  signals.short_entries = optional_bits(short_entries, "short_entries", size);
  signals.short_exits = optional_bits(short_exits, "short_exits", size);
  signals.index = is_of_package(entries, "pandas") ? nb::getattr(entries, "index", nb::none()) : nb::none();
  signals.name = std::move(name);
  new (self) SignalsObject(std::move(signals));
}

/// pandas aligns by index, and so would whoever gives a series: another index is a mistake, not a choice.
void check_index(const SignalsObject& signals, const BarsObject& bars) {
  if (signals.index.is_none() || !is_of_package(bars.origin, "pandas") || signals.index.is(bars.origin)) return;
  if (!nb::cast<bool>(signals.index.attr("equals")(bars.origin))) {
    raise_value_error(
        "the signals have another index than the data: reindex them to the data's index "
        "(signals.reindex(data.index)), or give arrays without an index");
  }
}

std::optional<Sizing> sizing_of(nb::handle value) {
  if (value.is_none()) return std::nullopt;
  if (nb::isinstance<Sizing>(value)) return *nb::inst_ptr<Sizing>(value);
  if (PyUnicode_Check(value.ptr())) return value_or_raise(parse_sizing(nb::cast<std::string>(value)));
  const double number = number_of(value, "size");
  return value_or_raise(parse_sizing(nb::cast<std::string>(nb::repr(nb::float_(number)))));
}

template <typename T>
std::optional<T> parsed(nb::handle value, const char* name, Result<T> (*parse)(std::string_view)) {
  const std::optional<std::string> text = optional_text(value, name);
  if (!text) return std::nullopt;
  return value_or_raise(parse(*text));
}

Engine engine_of(const std::string& name) {
  if (name == "fast") return Engine::kFast;
  if (name == "reference") return Engine::kReference;
  raise_value_error("engine is '" + name + "', but must be 'fast' or 'reference' (both give the same bits)");
}

/// Broker settings by name; a number stands for its text.
void add_settings(BrokerOverrides& broker, const nb::dict& settings) {
  for (const auto& [name, value] : settings) {
    const BrokerSetting* setting = find_broker_setting(nb::cast<std::string>(name));
    if (setting == nullptr || value.is_none()) continue;
    const bool is_text = PyUnicode_Check(value.ptr());
    const std::string text = is_text ? nb::cast<std::string>(value)
                                     : nb::cast<std::string>(nb::repr(nb::float_(number_of(value, setting->name))));
    check(set_override(broker, *setting, text));
  }
}

/// "" for UTC and for no zone.
std::string zone_of(const Bars& bars) {
  const std::string& zone = bars.time_zone();
  return zone == "UTC" ? std::string() : zone;
}

std::optional<Bars> further_bars(const nb::dict& given, const char* name, std::optional<std::string>& zone) {
  if (!given.contains(name) || given[name].is_none()) return std::nullopt;
  const nb::object data = given[name];
  BarsObject made;
  const BarsObject* bars = bars_object(data);
  if (bars == nullptr) {
    made = make_bars(data, {}, "");
    bars = &made;
  }
  zone = zone_of(bars->bars);
  return bars->bars;
}

void check_zone(const char* what, const std::string& zone, const std::string& data_zone) {
  if (zone.empty() == data_zone.empty()) return;
  raise_value_error(std::string(what) + (zone.empty() ? " has times without a zone" : " has times in " + zone) +
                    ", the data " + (data_zone.empty() ? "have none" : "are in " + data_zone) +
                    ": which times meet would be a guess. Give both a zone (tz_localize), or none");
}

BacktestOptions options_of(nb::handle params, nb::handle cash, nb::handle commission, nb::handle slippage,
                           nb::handle fill, nb::handle size, nb::handle size_step, nb::handle finalize,
                           nb::handle accumulate, nb::handle execution, nb::handle periods_per_year,
                           nb::handle risk_free, nb::handle metrics_convention, const std::string& engine,
                           nb::handle settings, SeriesZones& zones) {
  BacktestOptions options;
  options.parameters = parameters_of(params);
  options.broker.cash = optional_number(cash, "cash");
  options.broker.commission = optional_number(commission, "commission");
  options.broker.slippage = optional_number(slippage, "slippage");
  options.broker.fill = parsed(fill, "fill", parse_fill_timing);
  options.broker.size = sizing_of(size);
  options.broker.size_step = optional_number(size_step, "size_step");
  options.broker.finalize = optional_flag(finalize, "finalize");
  options.broker.accumulate = optional_flag(accumulate, "accumulate");
  options.broker.execution = parsed(execution, "execution", parse_execution);
  options.periods_per_year = optional_number(periods_per_year, "periods_per_year");
  options.risk_free = optional_number(risk_free, "risk_free").value_or(0.0);
  options.convention = parsed(metrics_convention, "metrics_convention", parse_metrics_convention)
                           .value_or(MetricsConvention::kPeakTrade);
  options.engine = engine_of(engine);
  if (!settings.is_none()) {
    const auto given = nb::borrow<nb::dict>(settings);
    add_settings(options.broker, given);
    zones.naive_series = add_instrument(options.broker, given);
    options.detail = further_bars(given, "detail", zones.detail);
    options.benchmark = further_bars(given, "benchmark", zones.benchmark);
  }
  return options;
}

ResultObject run_signals(const BarsObject& bars, const SignalsObject& signals, const BacktestOptions& options) {
  check_index(signals, bars);
  const SignalViews views{signals.entries.view(), signals.exits.view(), signals.short_entries.view(),
                          signals.short_exits.view()};
  auto run = [&] {
    const nb::gil_scoped_release release;
    return backtest_signals(bars.bars, views, options, signals.name);
  }();
  return {value_or_raise(std::move(run)), bars.origin, bars.path, ""};
}

ResultObject run_strategy(const BarsObject& bars, nb::handle strategy, const BacktestOptions& options) {
  const auto run_definition = [&](StrategyDefinition definition) {
    const nb::gil_scoped_release release;
    return backtest(bars.bars, std::move(definition), options);
  };
  if (nb::isinstance<StrategyDefinition>(strategy)) {
    return {value_or_raise(run_definition(*nb::inst_ptr<StrategyDefinition>(strategy))), bars.origin, bars.path, ""};
  }
  if (!PyUnicode_Check(strategy.ptr()) && is_class_strategy(strategy)) return run_class(bars, strategy, options);
  StrategyDefinition definition = strategy_of(strategy);
  std::string path = is_path(strategy) ? path_of(strategy) : "";
  if (!path.ends_with(".toml")) path.clear();
  return {value_or_raise(run_definition(std::move(definition))), bars.origin, bars.path, std::move(path)};
}

ResultObject run(nb::handle data, nb::handle strategy, nb::handle params, nb::handle cash, nb::handle commission,
                 nb::handle slippage, nb::handle fill, nb::handle size, nb::handle size_step, nb::handle finalize,
                 nb::handle accumulate, nb::handle execution, nb::handle periods_per_year, nb::handle risk_free,
                 nb::handle metrics_convention, const std::string& engine, nb::handle settings) {
  SeriesZones zones;
  const BacktestOptions options =
      options_of(params, cash, commission, slippage, fill, size, size_step, finalize, accumulate, execution,
                 periods_per_year, risk_free, metrics_convention, engine, settings, zones);
  BarsObject made;
  const BarsObject* bars = bars_object(data);
  if (bars == nullptr) {
    made = make_bars(data, {}, "");
    bars = &made;
  }
  zones.check(bars->bars);
  if (nb::isinstance<SignalsObject>(strategy)) {
    return run_signals(*bars, *nb::inst_ptr<SignalsObject>(strategy), options);
  }
  return run_strategy(*bars, strategy, options);
}

}  // namespace

void SeriesZones::check(const Bars& bars) const {
  const std::string zone = zone_of(bars);
  if (naive_series && !zone.empty()) check_zone("the series of funding rates or corporate actions", "", zone);
  if (detail) check_zone("detail", *detail, zone);
  if (benchmark) check_zone("the benchmark", *benchmark, zone);
}

BacktestOptions run_options_of(const nb::dict& given, SeriesZones& zones) {
  const auto get = [&](const char* name) -> nb::object {
    return given.contains(name) ? nb::object(given[name]) : nb::none();
  };
  const nb::object engine = get("engine");
  return options_of(get("params"), get("cash"), get("commission"), get("slippage"), get("fill"), get("size"),
                    get("size_step"), get("finalize"), get("accumulate"), get("execution"), get("periods_per_year"),
                    get("risk_free"), get("metrics_convention"),
                    engine.is_none() ? "fast" : nb::cast<std::string>(engine), given, zones);
}

void bind_sim(nb::module_& module) {
  nb::class_<SignalsObject>(
      module, "Signals",
      "Signals given as arrays, by the bar that decides: do not shift them (rule 1).\n\n"
      "Arrays, lists or series of True and False, one for each bar; a missing value is no signal.")
      .def(
          "__init__", &construct_signals, "entries"_a, "exits"_a = nb::none(), "short_entries"_a = nb::none(),
          "short_exits"_a = nb::none(), nb::kw_only(), "name"_a = "signals",
          nb::sig("def __init__(self, entries: typing.Any, exits: typing.Any = None, short_entries: typing.Any = None, "
                  "short_exits: typing.Any = None, *, name: str = 'signals') -> None"))
      .def("__len__", [](const SignalsObject& self) { return self.entries.size(); })
      .def("__repr__", [](const SignalsObject& self) {
        return "Signals(" + std::to_string(self.entries.size()) + " bars, " + std::to_string(self.entries.count()) +
               " entries, " + std::to_string(self.exits.count()) + " exits, " +
               std::to_string(self.short_entries.count()) + " short entries, " +
               std::to_string(self.short_exits.count()) + " short exits)";
      });
  bind_result(module);
  module.def(
      "backtest", &run, "data"_a, "strategy"_a, "params"_a = nb::none(), "cash"_a = nb::none(),
      "commission"_a = nb::none(), "slippage"_a = nb::none(), "fill"_a = nb::none(), "size"_a = nb::none(),
      "size_step"_a = nb::none(), "finalize"_a = nb::none(), "accumulate"_a = nb::none(), "execution"_a = nb::none(),
      "periods_per_year"_a = nb::none(), "risk_free"_a = nb::none(), "metrics_convention"_a = nb::none(),
      "engine"_a = "fast", "settings"_a = nb::none(),
      nb::sig("def backtest(data: object, strategy: object, params: object = None, cash: object = None, "
              "commission: object = None, slippage: object = None, fill: object = None, size: object = None, "
              "size_step: object = None, finalize: object = None, accumulate: object = None, execution: object = None, "
              "periods_per_year: object = None, risk_free: object = None, metrics_convention: object = None, "
              "engine: str = 'fast', settings: dict[str, object] | None = None) -> Result"),
      "Runs a strategy on data; see peaktrade.backtest.");
  module.def(
      "broker_settings",
      [] {
        nb::list all;
        for (const BrokerSetting& setting : broker_settings()) {
          all.append(nb::make_tuple(setting.name, setting.value, setting.description));
        }
        return all;
      },
      nb::sig("def broker_settings() -> list[tuple[str, str, str]]"),
      "Further options of a broker: name, what is written, and what it means.");
}

}  // namespace peak::python
