#include "class_strategies.hpp"

#include <nanobind/stl/string.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "arguments.hpp"
#include "bindings.hpp"
#include "contexts.hpp"
#include "errors.hpp"
#include "peak/base/time.hpp"
#include "peak/sim/class_strategy.hpp"

namespace nb = nanobind;

namespace peak::python {
namespace {

constexpr std::int64_t kBarsBetweenSignalChecks = 4096;  // on_bar itself notices Ctrl-C; this is for what it calls in C

/// A bound method taken apart, so that a call needs no lookup and no tuple.
struct Callback {
  nb::object bound;
  PyObject* function = nullptr;
  PyObject* arguments[3] = {nullptr, nullptr, nullptr};
  std::size_t count = 0;

  Callback(nb::object method, nb::handle context) : bound(std::move(method)) {
    function = bound.ptr();
    if (PyMethod_Check(bound.ptr())) {
      function = PyMethod_Function(bound.ptr());
      arguments[1 + count++] = PyMethod_Self(bound.ptr());
    }
    arguments[1 + count++] = context.ptr();
  }
  [[nodiscard]] bool operator()() {
    PyObject* result = PyObject_Vectorcall(function, arguments + 1, count | PY_VECTORCALL_ARGUMENTS_OFFSET, nullptr);
    if (result == nullptr) return false;
    Py_DECREF(result);
    return true;
  }
};

/// A compiled on_bar (docs/strategies_as_code.md, "Compiled callbacks"): numba's cfunc, or any object with `address`
/// and `ctypes`. Arguments: the bar; position, cash, equity; columns from bar 0 on; the order's size, limit, stop, sl,
/// tp.
using CompiledOnBar = std::int64_t (*)(std::int64_t bar, const double* account, const double* const* columns,
                                       double* order);
enum CompiledAction : std::int64_t { kSell = -1, kNothing = 0, kBuy = 1, kClosePosition = 2, kTargetWeight = 3 };

CompiledOnBar compiled_on_bar(nb::handle on_bar) {
  if (!nb::hasattr(on_bar, "address") || !nb::hasattr(on_bar, "ctypes")) return nullptr;
  return reinterpret_cast<CompiledOnBar>(nb::cast<std::uintptr_t>(on_bar.attr("address")));
}

class CompiledCallback {
 public:
  CompiledCallback(CompiledOnBar function, Context& context, std::int64_t size)
      : function_(function), context_(context), no_volume_(static_cast<std::size_t>(size), kMissingPrice) {
    for (int i = 0; i < 5; ++i) columns_.push_back(context.history(static_cast<PriceColumn>(i)).data());
    if (columns_.back() == nullptr) columns_.back() = no_volume_.data();
    for (std::uint32_t i = 0; i < context.line_count(); ++i) columns_.push_back(context.history(Line{i}).data());
  }
  /// False with a Python error set.
  [[nodiscard]] bool operator()() {
    const double account[] = {context_.position(), context_.cash(), context_.equity()};
    std::fill(std::begin(order_), std::end(order_), kMissingPrice);
    const std::int64_t action = function_(context_.bar(), account, columns_.data(), order_);
    switch (action) {
      case kNothing: return true;
      case kBuy: context_.buy(terms()); return true;
      case kSell: context_.sell(terms()); return true;
      case kClosePosition: context_.close_position(); return true;
      case kTargetWeight: context_.target_weight(order_[0]); return true;
      default:
        PyErr_Format(PyExc_ValueError, "the compiled on_bar gave the action %lld, which is none of -1, 0, 1, 2 and 3",
                     static_cast<long long>(action));
        return false;
    }
  }

 private:
  [[nodiscard]] OrderTerms terms() const {
    const auto given = [](double value) { return std::isnan(value) ? std::nullopt : std::optional<double>(value); };
    OrderTerms terms;
    const double size = order_[0];
    if (!std::isnan(size)) terms.size = size > 0 && size < 1 ? Sizing::fraction(size) : Sizing::units(size);
    terms.limit = given(order_[1]);
    terms.stop = given(order_[2]);
    terms.stop_loss = given(order_[3]);
    terms.take_profit = given(order_[4]);
    return terms;
  }
  CompiledOnBar function_;
  Context& context_;
  std::vector<double> no_volume_;
  std::vector<const double*> columns_;
  double order_[5] = {};
};

}  // namespace

nb::object strategy_instance(nb::handle strategy, const expression::ParameterValues& given, Context& context) {
  const bool is_class = PyType_Check(strategy.ptr());
  nb::object instance = is_class ? strategy() : nb::borrow(strategy);
  for (const auto& [name, value] : given) {
    if (!nb::hasattr(instance, name.c_str())) continue;
    const nb::object before = instance.attr(name.c_str());
    if (PyCallable_Check(before.ptr())) continue;
    nb::object after = nb::float_(value);
    if (PyBool_Check(before.ptr())) {
      after = nb::bool_(value != 0);
    } else if (PyLong_Check(before.ptr()) && value == std::floor(value)) {
      after = nb::steal(PyLong_FromDouble(value));
    }
    nb::setattr(instance, name.c_str(), after);
    context.parameter(name, value);
  }
  return instance;
}

void name_lines(nb::handle instance) {
  if (!nb::hasattr(instance, "__dict__")) return;
  for (const nb::handle item : nb::list(instance.attr("__dict__").attr("items")())) {
    const auto name = nb::cast<std::string>(nb::str(item[0]));
    name_series(item[1], name);
    if (!PyDict_Check(item[1].ptr())) continue;
    for (const auto& [symbol, series] : nb::borrow<nb::dict>(item[1])) name_series(series, name);
  }
}

void raise_strategy_failed(const std::string& name, std::int64_t bar, Nanoseconds time, ResultObject partial) {
  nb::python_error error;  // takes the exception that is set
  const nb::object failed = nb::module_::import_("peaktrade._strategy_class").attr("failed");
  const nb::object raised =
      failed(nb::borrow(error.value()), name, bar, format_time_short(time), nb::cast(std::move(partial)));
  PyErr_SetObject(reinterpret_cast<PyObject*>(Py_TYPE(raised.ptr())), raised.ptr());
  throw nb::python_error();
}

bool is_class_strategy(nb::handle strategy) noexcept { return nb::hasattr(strategy, "on_bar"); }

ResultObject run_class(const BarsObject& bars, nb::handle strategy, const BacktestOptions& options) {
  sim::ContextRun run;
  check(run.open(bars.bars, options));
  ContextScope scope(run, bars.bars);
  const nb::object instance = strategy_instance(strategy, options.parameters, run);
  const auto name = nb::cast<std::string>(instance.type().attr("__name__"));
  if (nb::hasattr(instance, "init")) instance.attr("init")(scope.object());
  name_lines(instance);
  scope.begin();
  const Status started = [&] {
    const nb::gil_scoped_release release;
    return run.start();
  }();
  check(started);
  const auto result_of = [&](std::int64_t count) -> ResultObject {
    return {run.finish(count, name), bars.origin, bars.path, ""};
  };
  const auto fail = [&](std::int64_t t) {
    run.end(t);
    // The exception must not be lost to what makes the result.
    PyObject *type = nullptr, *value = nullptr, *trace = nullptr;
    PyErr_Fetch(&type, &value, &trace);
    ResultObject partial = result_of(t + 1);
    PyErr_Restore(type, value, trace);
    raise_strategy_failed(name, t, bars.bars.time()[static_cast<std::size_t>(t)], std::move(partial));
  };
  const std::int64_t size = run.size(), first = run.first_bar();
  const auto go = [&](auto& on_bar) {
    for (std::int64_t t = 0; t < size; ++t) {
      run.begin(t);
      const bool checks = t % kBarsBetweenSignalChecks == kBarsBetweenSignalChecks - 1;
      if ((t >= first && !on_bar()) || (checks && PyErr_CheckSignals() != 0)) fail(t);
      run.end(t);
    }
  };
  const nb::object method = instance.attr("on_bar");
  if (const CompiledOnBar compiled = compiled_on_bar(method)) {
    CompiledCallback on_bar(compiled, run, size);
    go(on_bar);
  } else {
    Callback on_bar(method, scope.object());
    go(on_bar);
  }
  return result_of(size);
}

void bind_classes(nb::module_& module) { make_context_types(module); }

}  // namespace peak::python
