// peaktrade._native.PanelRunner: a strategy over many symbols fed a stamp at a time; peaktrade.PanelRunner makes bars
// of what Python has.
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "arguments.hpp"
#include "bindings.hpp"
#include "class_strategies.hpp"
#include "errors.hpp"
#include "held_objects.hpp"
#include "order_dicts.hpp"
#include "panel_classes.hpp"
#include "panel_object.hpp"
#include "peak/sim/panel_runner.hpp"
#include "results.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace peak::python {
namespace {

/// Symbols without bars, to read their options with.
Panel empty_panel(const std::vector<std::string>& symbols) {
  std::vector<Bars> series;
  for (const std::string& symbol : symbols) {
    const auto empty = [](const char* name) { return Column::own(name, std::vector<double>{}); };
    series.push_back(value_or_raise(
        Bars::from_columns(Column::own("time", std::vector<Nanoseconds>{}, ColumnType::kTime), empty("open"),
                           empty("high"), empty("low"), empty("close"), empty("volume"))));
    series.back().set_symbol(symbol);
  }
  return value_or_raise(Panel::create(std::move(series), {.mixed = true, .takes_empty = true}));
}

class PanelRunnerObject {
 public:
  PanelRunnerObject(std::vector<std::string> symbols, nb::handle strategy, nb::handle weights, const nb::dict& given,
                    std::vector<std::string> further, nb::handle rebalance, bool cash_sharing, nb::handle instruments)
      : symbols_(symbols) {
    const Panel named = empty_panel(symbols);
    const PanelOptions options = panel_options_of(named, given, rebalance, cash_sharing, instruments);
    if (!weights.is_none()) {
      formulas_ = std::make_unique<PanelRunner>(value_or_raise(PanelRunner::of_weights(
          std::move(symbols), nb::cast<std::vector<double>>(weights), options, nb::cast<std::string>(strategy))));
      return;
    }
    if (PyUnicode_Check(strategy.ptr()) || !is_class_strategy(strategy)) {
      const StrategyDefinition definition = panel_strategy_of(strategy);
      formulas_ = std::make_unique<PanelRunner>(
          value_or_raise(PanelRunner::create(std::move(symbols), definition, options, std::move(further))));
      return;
    }
    if (options.rebalance) raise_value_error("rebalance is for weights; a strategy class decides by itself");
    code_ = std::make_unique<sim::PanelStepRun>();
    StrategyDefinition code;
    const nb::handle kind = PyType_Check(strategy.ptr()) ? strategy : strategy.type();
    name_ = code.name = nb::cast<std::string>(kind.attr("__name__"));
    check(code_->open(std::move(symbols), options, std::move(code), std::move(further)));
    std::vector<Bars> series(symbols_.size(), code_->empty_bars());
    for (std::size_t s = 0; s < series.size(); ++s) series[s].set_symbol(symbols_[s]);
    scope_ = std::make_unique<PanelContextScope>(*code_, series);
    instance_ = strategy_instance(strategy, options.run.parameters, (*code_)[0]);
    on_bar_ = instance_.attr("on_bar");
    refuse_compiled(on_bar_);
    if (nb::hasattr(instance_, "init")) instance_.attr("init")(scope_->object());
    name_lines(instance_);
    scope_->begin();
    check(code_->start());
  }

  /// `symbols`: numbers; `rows`: of each the prices and further values.
  nb::list push(std::int64_t time, const std::vector<std::uint32_t>& symbols,
                const std::vector<std::vector<double>>& rows) {
    constexpr std::size_t kPrices = 5;
    std::vector<SymbolBar> bars;
    for (std::size_t i = 0; i < symbols.size(); ++i) {
      const std::vector<double>& row = rows[i];
      SymbolBar& given = bars.emplace_back();
      given.symbol = symbols[i];
      given.bar = {time, row[0], row[1], row[2], row[3], row[4], {row.begin() + kPrices, row.end()}};
    }
    const std::vector<WorkingOrder> orders = formulas_ ? value_or_raise(formulas_->push(bars)) : push_to_code(bars);
    nb::list out;
    for (std::size_t i = 0; i < orders.size(); ++i) {
      const std::uint32_t s = orders[i].request.symbol;
      nb::dict told = order_dict(orders[i], run().decided_units()[i]);
      nb::dict with_symbol;
      with_symbol["symbol"] = symbols_[s];
      with_symbol.update(told);
      out.append(with_symbol);
    }
    return out;
  }

  [[nodiscard]] const sim::PanelStepRun& run() const { return formulas_ ? formulas_->run() : *code_; }
  [[nodiscard]] ResultObject result() const { return {value_or_raise(run().result()), nb::str("file"), "", ""}; }
  /// The strategy, which may keep its runner.
  [[nodiscard]] std::array<nb::object*, 2> held() noexcept { return {&instance_, &on_bar_}; }
  [[nodiscard]] nb::object instance() const { return instance_.is_valid() ? instance_ : nb::none(); }
  [[nodiscard]] nb::object order(std::size_t symbol, std::int64_t id) const { return scope_->order(symbol, id); }
  [[nodiscard]] nb::list tags() const { return scope_ ? scope_->tags() : nb::list(); }
  [[nodiscard]] nb::dict positions() const {
    nb::dict held;
    for (std::size_t s = 0; s < symbols_.size(); ++s) {
      if (run().units_of(s) != 0) held[nb::str(symbols_[s].c_str())] = run().units_of(s);
    }
    return held;
  }
  [[nodiscard]] nb::bytes save(const std::string& notes) const {
    const std::string state = formulas_ ? formulas_->save() : code_->save("code " + name_, notes);
    return nb::bytes(state.data(), state.size());
  }
  std::string restore(const nb::bytes& state) {
    const std::string_view bytes(state.c_str(), state.size());
    if (!formulas_) return value_or_raise(code_->restore(bytes, "code " + name_));
    check(formulas_->restore(bytes));
    return "";
  }

 private:
  [[nodiscard]] double close_of(std::uint32_t symbol) const { return run().close_of(symbol); }

  std::vector<WorkingOrder> push_to_code(const std::vector<SymbolBar>& bars) {
    if (!on_bar_.is_valid()) raise_value_error("the runner is over: its strategy was taken away with it");
    check(code_->begin(bars));
    if (code_->asks() && !nb::steal(PyObject_CallOneArg(on_bar_.ptr(), scope_->object().ptr())).is_valid()) {
      PyObject *type = nullptr, *value = nullptr, *trace = nullptr;
      PyErr_Fetch(&type, &value, &trace);
      static_cast<void>(code_->end());
      ResultObject partial = result();
      PyErr_Restore(type, value, trace);
      raise_strategy_failed(name_, code_->bar(), bars.front().bar.time, std::move(partial));
    }
    return value_or_raise(code_->end());
  }

  std::vector<std::string> symbols_;
  std::unique_ptr<PanelRunner> formulas_;
  std::unique_ptr<sim::PanelStepRun> code_;
  std::unique_ptr<PanelContextScope> scope_;  // goes before the run that it shows
  nb::object instance_, on_bar_;
  std::string name_;
};

}  // namespace

void bind_panel_runner(nb::module_& module) {
  using Self = PanelRunnerObject;
  nb::class_<Self>(module, "PanelRunner",
                   "A strategy over many symbols fed a stamp at a time; use peaktrade.PanelRunner.",
                   nb::type_slots(held_slots<Self>))
      .def(nb::init<std::vector<std::string>, nb::handle, nb::handle, const nb::dict&, std::vector<std::string>,
                    nb::handle, bool, nb::handle>(),
           "symbols"_a, "strategy"_a, "weights"_a.none(), "options"_a, "columns"_a, "rebalance"_a.none(),
           "cash_sharing"_a, "instruments"_a.none())
      .def("push", &Self::push, "time"_a, "symbols"_a, "rows"_a)
      .def("result", &Self::result)
      .def("save", &Self::save, "notes"_a)
      .def("restore", &Self::restore, "state"_a)
      .def("order", &Self::order, "symbol"_a, "id"_a)
      .def_prop_ro("tags", &Self::tags)
      .def_prop_ro("instance", &Self::instance)
      .def_prop_ro("bar", [](const Self& self) { return self.run().bar(); })
      .def_prop_ro("positions", &Self::positions)
      .def_prop_ro("cash", [](const Self& self) { return self.run().cash_of_all(); })
      .def_prop_ro("equity", [](const Self& self) { return self.run().equity_of_all(); });
}

}  // namespace peak::python
