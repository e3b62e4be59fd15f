#include "panel_classes.hpp"

#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <cmath>
#include <cstdint>
#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "arguments.hpp"
#include "class_strategies.hpp"
#include "contexts.hpp"
#include "errors.hpp"
#include "peak/base/suggest.hpp"
#include "peak/sim/panel_strategy.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace peak::python {
namespace {

/// What Python code holds; `context` is null when the run is over.
class PanelContextObject {
 public:
  PanelContextObject(PanelContext& context, const std::vector<Bars>& series)
      : context_(&context), zone_(series.front().time_zone()) {
    const nb::object tags = nb::list();
    for (std::size_t s = 0; s < series.size(); ++s) {
      scopes_.emplace_back(context[s], series[s], tags);
      names_.append(nb::str(series[s].symbol().c_str()));
      by_name_[names_[s]] = scopes_.back().object();
    }
  }

  PanelContextObject(const PanelContextObject&) = delete;
  PanelContextObject& operator=(const PanelContextObject&) = delete;

  void begin() {
    in_init_ = false;
    for (ContextScope& scope : scopes_) scope.begin();
  }
  void end() {
    context_ = nullptr;
    by_name_.clear();
    scopes_.clear();
  }

  [[nodiscard]] PanelContext& context() const {
    if (context_ == nullptr) {
      PyErr_SetString(PyExc_RuntimeError, "the run is over: what happened is in its result");
      throw nb::python_error();
    }
    return *context_;
  }
  [[nodiscard]] PanelContext& on_bar(const char* what) const {
    PanelContext& open = context();
    if (open.bar() < 0) {
      PyErr_Format(PyExc_RuntimeError, "there is no bar yet in init: ctx.%s is read in on_bar", what);
      throw nb::python_error();
    }
    return open;
  }
  [[nodiscard]] PanelContext& in_init(const char* what) const {
    PanelContext& open = context();
    if (!in_init_) {
      PyErr_Format(PyExc_RuntimeError, "%s in init, not in on_bar", what);
      throw nb::python_error();
    }
    return open;
  }
  /// The context of a symbol.
  [[nodiscard]] nb::handle of(nb::handle symbol) const {
    PanelContext& open = context();
    PyObject* found = PyDict_GetItemWithError(by_name_.ptr(), symbol.ptr());
    if (found != nullptr) return found;
    if (PyErr_Occurred() != nullptr) throw nb::python_error();
    if (!PyUnicode_Check(symbol.ptr())) raise_type_error("ctx[...] takes a symbol's name, such as ctx['SPY']");
    const auto name = nb::cast<std::string>(symbol);
    std::vector<std::string> names;
    for (std::size_t s = 0; s < open.symbols(); ++s) names.push_back(open.symbol(s));
    raise(not_found("the data have no symbol '" + name + "'" + suggestion(name, names)));
  }
  [[nodiscard]] std::uint32_t number_of(nb::handle symbol) const { return nb::cast<std::uint32_t>(place(symbol)); }
  [[nodiscard]] const nb::list& names() const noexcept { return names_; }
  [[nodiscard]] const std::string& zone() const noexcept { return zone_; }
  [[nodiscard]] std::deque<ContextScope>& scopes() noexcept { return scopes_; }

 private:
  [[nodiscard]] nb::object place(nb::handle symbol) const {
    static_cast<void>(of(symbol));
    return names_.attr("index")(symbol);
  }

  PanelContext* context_;
  std::string zone_;
  std::deque<ContextScope> scopes_;
  nb::list names_;
  nb::dict by_name_;
  bool in_init_ = true;
};

nb::dict indicator(PanelContextObject& self, const nb::args& arguments, const nb::kwargs& keywords) {
  static_cast<void>(self.in_init("indicators are declared"));
  const expression::Expression formula = indicator_formula(arguments, keywords);
  nb::dict lines;
  for (std::size_t s = 0; s < self.scopes().size(); ++s) lines[self.names()[s]] = self.scopes()[s].declare(formula);
  return lines;
}

nb::list ready(const PanelContextObject& self) {
  nb::list names;
  for (const std::uint32_t s : self.on_bar("ready").ready()) names.append(self.names()[s]);
  return names;
}

nb::list orders(const PanelContextObject& self) {
  static_cast<void>(self.context());
  nb::list all;
  for (const nb::handle name : self.names()) all.attr("extend")(self.of(name).attr("orders"));
  return all;
}

/// A method of one symbol's context, with the rest of the arguments.
template <const char* const& kMethod>
nb::object passed_on(const PanelContextObject& self, nb::handle symbol, const nb::args& arguments,
                     const nb::kwargs& keywords) {
  return self.of(symbol).attr(kMethod)(*arguments, **keywords);
}
constexpr const char* kBuy = "buy";
constexpr const char* kSell = "sell";
constexpr const char* kClosePosition = "close_position";
constexpr const char* kTargetWeight = "target_weight";
constexpr const char* kProtect = "protect";

void target_weights(const PanelContextObject& self, nb::handle weights) {
  PanelContext& context = self.on_bar("target_weights");
  std::vector<double> row(context.symbols(), kMissingPrice);
  if (!nb::hasattr(weights, "items")) {
    raise_type_error("target_weights takes a mapping of symbols to weights; the others are left alone");
  }
  for (const nb::handle item : nb::list(weights.attr("items")())) {
    row[self.number_of(item[0])] = number_of(item[1], "weight");
  }
  context.target_weights(row);
}

nb::handle on_orders_context(const nb::handle order, const PanelContextObject& self) {
  return self.of(order.attr("symbol"));
}

nb::object attribute(const PanelContextObject& self, const std::string& name) {
  const bool is_of_symbol = nb::hasattr(self.of(self.names()[0]), name.c_str());
  std::string text = "ctx has no '" + name + "'";
  if (is_of_symbol) {
    text = "over many symbols ctx." + name + " is read by symbol: ctx['" + nb::cast<std::string>(self.names()[0]) +
           "']." + name;
  }
  PyErr_SetString(PyExc_AttributeError, text.c_str());
  throw nb::python_error();
}

}  // namespace

PanelContextScope::PanelContextScope(PanelContext& context, const std::vector<Bars>& series)
    : object_(nb::cast(new PanelContextObject(context, series), nb::rv_policy::take_ownership)) {}

PanelContextScope::~PanelContextScope() { nb::inst_ptr<PanelContextObject>(object_)->end(); }

void PanelContextScope::begin() { nb::inst_ptr<PanelContextObject>(object_)->begin(); }

nb::object PanelContextScope::order(std::size_t symbol, OrderId id) const {
  auto& scopes = nb::inst_ptr<PanelContextObject>(object_)->scopes();
  if (symbol >= scopes.size()) raise_value_error("there is no symbol " + std::to_string(symbol));
  return scopes[symbol].order(id);
}

nb::list PanelContextScope::tags() const { return nb::inst_ptr<PanelContextObject>(object_)->scopes().front().tags(); }

void refuse_compiled(nb::handle on_bar) {
  if (!nb::hasattr(on_bar, "address")) return;
  raise_type_error(
      "a compiled on_bar sees one symbol; over many symbols give the class an on_bar(self, ctx) of Python, which sees "
      "all of them, or run it on each symbol by itself");
}

ResultObject run_panel_class(const std::shared_ptr<const Panel>& panel, nb::handle strategy,
                             const PanelOptions& options, nb::object origin) {
  sim::PanelRun run;
  check(run.open(panel, options));
  std::vector<Bars> series;
  for (std::size_t s = 0; s < panel->symbols(); ++s) series.push_back(panel->series(s));
  PanelContextScope scope(run, series);
  const nb::handle context = scope.object();
  const nb::object instance = strategy_instance(strategy, options.run.parameters, run[0]);
  const auto name = nb::cast<std::string>(instance.type().attr("__name__"));
  if (nb::hasattr(instance, "init")) instance.attr("init")(context);
  name_lines(instance);
  scope.begin();
  const Status started = [&] {
    const nb::gil_scoped_release release;
    return run.start();
  }();
  check(started);
  const auto result_of = [&](std::int64_t count) -> ResultObject {
    return {value_or_raise(run.finish(count, name)), origin, "", ""};
  };
  const nb::object on_bar = instance.attr("on_bar");
  refuse_compiled(on_bar);
  const std::int64_t size = run.size(), first = run.first_bar();
  for (std::int64_t t = 0; t < size; ++t) {
    run.begin(t);
    const PyObject* const done = t < first ? Py_None : PyObject_CallOneArg(on_bar.ptr(), context.ptr());
    if (done == nullptr || PyErr_CheckSignals() != 0) {
      run.end();
      // The exception must not be lost to what makes the result.
      PyObject *type = nullptr, *value = nullptr, *trace = nullptr;
      PyErr_Fetch(&type, &value, &trace);
      ResultObject partial = result_of(t + 1);
      PyErr_Restore(type, value, trace);
      raise_strategy_failed(name, t, panel->time()[static_cast<std::size_t>(t)], std::move(partial));
    }
    if (t >= first) Py_DECREF(done);
    run.end();
  }
  check(run.status());
  return result_of(size);
}

void bind_panel_context(nb::module_& module) {
  using Self = PanelContextObject;
  nb::class_<Self>(module, "PanelContext", "What a strategy class over many symbols sees and does on a bar.")
      .def(
          "__getitem__", [](const Self& self, nb::handle symbol) { return nb::borrow(self.of(symbol)); }, "symbol"_a,
          nb::sig("def __getitem__(self, symbol: str, /) -> peaktrade._context.Context"), "One symbol.")
      .def("__contains__", [](const Self& self,
                              nb::handle symbol) { return nb::cast<bool>(self.names().attr("__contains__")(symbol)); })
      .def(
          "__iter__", [](const Self& self) { return self.names().attr("__iter__")(); },
          nb::sig("def __iter__(self) -> collections.abc.Iterator[str]"))
      .def("__len__", [](const Self& self) { return self.names().size(); })
      .def("__getattr__", &attribute, nb::sig("def __getattr__(self, name: str, /) -> typing.NoReturn"))
      .def_prop_ro(
          "symbols", [](const Self& self) { return nb::list(self.names()); }, nb::sig("def symbols(self) -> list[str]"),
          "All symbols, in the order of the data.")
      .def_prop_ro("ready", &ready, nb::sig("def ready(self) -> list[str]"),
                   "Symbols that have a bar now and whose indicators are known.")
      .def(
          "has_bar",
          [](const Self& self, nb::handle symbol) { return self.on_bar("has_bar").has_bar(self.number_of(symbol)); },
          "symbol"_a, nb::sig("def has_bar(self, symbol: str) -> bool"), "Whether the symbol has a bar now.")
      .def_prop_ro(
          "bar", [](const Self& self) { return self.context().bar(); }, "Number of the present stamp, from 0.")
      .def_prop_ro(
          "time", [](const Self& self) { return datetime_of(self.on_bar("time").time(), self.zone()); },
          nb::sig("def time(self) -> datetime.datetime"), "The present stamp, with the data's zone.")
      .def_prop_ro(
          "equity", [](const Self& self) { return self.context().equity(); },
          "Equity at the present closes; of a symbol without a bar at its last.")
      .def_prop_ro(
          "cash", [](const Self& self) { return self.context().cash(); }, "Cash.")
      .def_prop_ro("orders", &orders, nb::sig("def orders(self) -> list[peaktrade._context.OrderHandle]"),
                   "Orders that have not ended, by symbol.")
      .def("indicator", &indicator,
           nb::sig("def indicator(self, function: object, /, *args: typing.Any, **kwargs: typing.Any) -> "
                   "dict[str, peaktrade._context.Series]"),
           "In init: declares what is computed once for all bars of every symbol; its series by symbol.")
      .def(
          "parameter",
          [](const Self& self, const std::string& name, double value) { return self.context().parameter(name, value); },
          "name"_a, "default"_a, "In init: the value given for a parameter, or its default.")
      .def(
          "warm_up", [](const Self& self, std::int64_t bars) { self.in_init("the warm-up is declared").warm_up(bars); },
          "bars"_a, "In init: the first stamp on which on_bar is called.")
      .def("buy", &passed_on<kBuy>,
           nb::sig("def buy(self, symbol: str, /, *args: typing.Any, **kwargs: typing.Any) -> "
                   "peaktrade._context.OrderHandle"),
           "As ctx[symbol].buy(...).")
      .def("sell", &passed_on<kSell>,
           nb::sig("def sell(self, symbol: str, /, *args: typing.Any, **kwargs: typing.Any) -> "
                   "peaktrade._context.OrderHandle"),
           "As ctx[symbol].sell(...).")
      .def("close_position", &passed_on<kClosePosition>,
           nb::sig("def close_position(self, symbol: str, /) -> peaktrade._context.OrderHandle | None"),
           "Closes what is held of the symbol; None while flat.")
      .def("target_weight", &passed_on<kTargetWeight>,
           nb::sig("def target_weight(self, symbol: str, weight: float, /) -> peaktrade._context.OrderHandle"),
           "Brings the symbol's position to a fraction of equity.")
      .def("target_weights", &target_weights, "weights"_a,
           nb::sig("def target_weights(self, weights: collections.abc.Mapping[str, float]) -> None"),
           "The same for several symbols at once, as rule 14 has them; those that are not named are left alone.")
      .def("protect", &passed_on<kProtect>,
           nb::sig("def protect(self, symbol: str, /, *, sl: float | None = None, tp: float | None = None) -> bool"),
           "A new stop and target for the position held.")
      .def(
          "cancel",
          [](const Self& self, nb::handle order) { return on_orders_context(order, self).attr("cancel")(order); },
          "order"_a, nb::sig("def cancel(self, order: peaktrade._context.OrderHandle) -> bool"),
          "Ends an order; False if it had ended.")
      .def(
          "replace",
          [](const Self& self, nb::handle order, const nb::args& arguments, const nb::kwargs& keywords) {
            return on_orders_context(order, self).attr("replace")(order, *arguments, **keywords);
          },
          nb::sig("def replace(self, order: peaktrade._context.OrderHandle, /, *args: typing.Any, **kwargs: "
                  "typing.Any) -> bool"),
          "New terms for what is left of an order; False if it had ended.")
      .def("__repr__",
           [](const Self& self) { return "<PanelContext of " + std::to_string(self.names().size()) + " symbols>"; });
}

}  // namespace peak::python
