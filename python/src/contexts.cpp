#include "contexts.hpp"

#include <datetime.h>
#include <nanobind/stl/string.h>
#include <structmember.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "arguments.hpp"
#include "context_objects.hpp"
#include "errors.hpp"
#include "expressions.hpp"
#include "peak/base/suggest.hpp"
#include "peak/base/time.hpp"
#include "peak/expression/expression.hpp"
#include "peak/expression/functions.hpp"
#include "peak/trading/order.hpp"

namespace peak::python {
namespace {

PyTypeObject* context_type = nullptr;

// --- The context: orders --------------------------------------------------------------------------------------------

Context* trading_context(ContextObject* self) {
  Context* context = open_context(self);
  if (context != nullptr && self->in_init) {
    PyErr_SetString(PyExc_RuntimeError, "orders are given in on_bar, not in init: there is no bar yet");
    return nullptr;
  }
  return context;
}

PyObject* context_buy(PyObject* object, PyObject* const* arguments, Py_ssize_t count, PyObject* keywords) {
  return guarded([&]() -> PyObject* {
    auto* self = as<ContextObject>(object);
    Context* context = trading_context(self);
    if (context == nullptr) throw nb::python_error();
    return make_order(self, context->buy(terms_of(self, arguments, count, keywords, "buy")));
  });
}

PyObject* context_sell(PyObject* object, PyObject* const* arguments, Py_ssize_t count, PyObject* keywords) {
  return guarded([&]() -> PyObject* {
    auto* self = as<ContextObject>(object);
    Context* context = trading_context(self);
    if (context == nullptr) throw nb::python_error();
    return make_order(self, context->sell(terms_of(self, arguments, count, keywords, "sell")));
  });
}

PyObject* context_close_position(PyObject* object, PyObject*) {
  auto* self = as<ContextObject>(object);
  Context* context = trading_context(self);
  return context == nullptr ? nullptr : make_order(self, context->close_position());
}

PyObject* context_target_weight(PyObject* object, PyObject* weight) {
  return guarded([&]() -> PyObject* {
    auto* self = as<ContextObject>(object);
    Context* context = trading_context(self);
    if (context == nullptr) throw nb::python_error();
    return make_order(self, context->target_weight(number_of(weight, "weight")));
  });
}

PyObject* context_cancel(PyObject* object, PyObject* order) {
  auto* self = as<ContextObject>(object);
  Context* context = trading_context(self);
  if (context == nullptr) return nullptr;
  const OrderId id = order_of(self, order, "cancel");
  return id == kNoOrder ? nullptr : PyBool_FromLong(context->cancel(id));
}

PyObject* context_replace(PyObject* object, PyObject* const* arguments, Py_ssize_t count, PyObject* keywords) {
  return guarded([&]() -> PyObject* {
    auto* self = as<ContextObject>(object);
    Context* context = trading_context(self);
    if (context == nullptr) throw nb::python_error();
    if (count == 0) raise_type_error("replace() takes an order, and what of it changes");
    const OrderId id = order_of(self, arguments[0], "replace");
    if (id == kNoOrder) throw nb::python_error();
    return PyBool_FromLong(context->replace(id, terms_of(self, arguments + 1, count - 1, keywords, "replace")));
  });
}

PyObject* context_protect(PyObject* object, PyObject* arguments, PyObject* keywords) {
  return guarded([&]() -> PyObject* {
    auto* self = as<ContextObject>(object);
    Context* context = trading_context(self);
    if (context == nullptr) throw nb::python_error();
    PyObject *stop = Py_None, *target = Py_None;
    const char* names[] = {"sl", "tp", nullptr};
    if (PyArg_ParseTupleAndKeywords(arguments, keywords, "|$OO:protect", const_cast<char**>(names), &stop, &target) ==
        0) {
      throw nb::python_error();
    }
    return PyBool_FromLong(context->protect(optional_number(stop, "sl").value_or(kMissingPrice),
                                            optional_number(target, "tp").value_or(kMissingPrice)));
  });
}

// --- The context: what is declared ----------------------------------------------------------------------------------

/// A column's name or a formula as text, a series, an expression, or a number.
nb::object operand_of(nb::handle value) {
  if (PyUnicode_Check(value.ptr())) {
    return nb::cast(value_or_raise(expression::parse(nb::cast<std::string>(value))));
  }
  if (is_series(value.ptr())) return nb::cast(formula_of(as<SeriesObject>(value.ptr())));
  return nb::borrow(value);
}

PyObject* context_indicator(PyObject* object, PyObject* arguments, PyObject* keywords) {
  return guarded([&]() -> PyObject* {
    auto* self = as<ContextObject>(object);
    if (open_context(self) == nullptr) throw nb::python_error();
    return declare(self, indicator_formula(arguments, keywords));
  });
}

PyObject* context_column(PyObject* object, PyObject* name) {
  return guarded([&]() -> PyObject* {
    if (!PyUnicode_Check(name)) raise_type_error("a column's name must be a text");
    return declare(as<ContextObject>(object), checked(expression::column(nb::cast<std::string>(nb::handle(name)))));
  });
}

PyObject* context_parameter(PyObject* object, PyObject* const* arguments, Py_ssize_t count) {
  return guarded([&]() -> PyObject* {
    Context* context = open_context(as<ContextObject>(object));
    if (context == nullptr) throw nb::python_error();
    if (count != 2 || !PyUnicode_Check(arguments[0])) raise_type_error("parameter() takes a name and a default");
    const auto name = nb::cast<std::string>(nb::handle(arguments[0]));
    return PyFloat_FromDouble(context->parameter(name, number_of(arguments[1], "default")));
  });
}

PyObject* context_warm_up(PyObject* object, PyObject* bars) {
  return guarded([&]() -> PyObject* {
    auto* self = as<ContextObject>(object);
    Context* context = open_context(self);
    if (context == nullptr) throw nb::python_error();
    if (!self->in_init) {
      PyErr_SetString(PyExc_RuntimeError, "the warm-up is declared in init");
      throw nb::python_error();
    }
    const Py_ssize_t count = PyNumber_AsSsize_t(bars, PyExc_ValueError);
    if (count == -1 && PyErr_Occurred() != nullptr) throw nb::python_error();
    context->warm_up(count);
    Py_RETURN_NONE;
  });
}

// --- The context: what is read --------------------------------------------------------------------------------------

template <auto Get>
PyObject* context_get(PyObject* object, void*) {
  const Context* context = open_context(as<ContextObject>(object));
  return context == nullptr ? nullptr : Get(*context);
}

PyObject* context_time(PyObject* object, void*) {
  return guarded([&]() -> PyObject* {
    auto* self = as<ContextObject>(object);
    const Context* context = open_context(self);
    if (context == nullptr) throw nb::python_error();
    if (context->bar() < 0) {
      PyErr_SetString(PyExc_RuntimeError, "there is no bar yet in init: ctx.time is read in on_bar");
      throw nb::python_error();
    }
    return datetime_of(context->time(), *self->zone).release().ptr();
  });
}

PyObject* context_orders(PyObject* object, void*) {
  return guarded([&]() -> PyObject* {
    auto* self = as<ContextObject>(object);
    const Context* context = open_context(self);
    if (context == nullptr) throw nb::python_error();
    nb::list orders;
    for (const WorkingOrder& order : context->orders()) {
      if (order.id != kNoOrder && order.request.symbol == context->symbol())
        orders.append(nb::steal(make_order(self, order.id)));
    }
    return orders.release().ptr();
  });
}

int context_set(PyObject*, PyObject* name, PyObject*) {
  PyErr_Format(PyExc_AttributeError, "ctx.%U cannot be set: keep what a strategy remembers on self", name);
  return -1;
}

PyObject* context_repr(PyObject* object) {
  auto* self = as<ContextObject>(object);
  if (self->context == nullptr) return PyUnicode_FromString("<Context of a run that is over>");
  return PyUnicode_FromFormat("<Context at bar %lld>", static_cast<long long>(self->context->bar()));
}

void clear_context(ContextObject* self) {
  for (PyObject*& price : self->prices) Py_CLEAR(price);
  Py_CLEAR(self->columns);
  Py_CLEAR(self->tags);
}

void context_dealloc(PyObject* object) {
  clear_context(as<ContextObject>(object));
  delete as<ContextObject>(object)->zone;
  delete as<ContextObject>(object)->symbol;
  release<ContextObject>(object);
}

PyGetSetDef context_attributes[] = {
    {"symbol", [](PyObject* object, void*) { return PyUnicode_FromString(as<ContextObject>(object)->symbol->c_str()); },
     nullptr, "The symbol's name; '' where the data have none.", nullptr},
    {"bar", context_get<[](const Context& c) { return PyLong_FromLongLong(c.bar()); }>, nullptr,
     "Number of the present bar, from 0.", nullptr},
    {"position", context_get<[](const Context& c) { return PyFloat_FromDouble(c.position()); }>, nullptr,
     "Units held; below 0 while short, 0 while flat.", nullptr},
    {"equity", context_get<[](const Context& c) { return PyFloat_FromDouble(c.equity()); }>, nullptr,
     "Equity at the present close.", nullptr},
    {"cash", context_get<[](const Context& c) { return PyFloat_FromDouble(c.cash()); }>, nullptr, "Cash.", nullptr},
    {"time", context_time, nullptr, "The present bar's time, with the data's zone.", nullptr},
    {"orders", context_orders, nullptr, "Orders that have not ended.", nullptr},
    {nullptr, nullptr, nullptr, nullptr, nullptr}};

PyMethodDef context_methods[] = {
    {"buy", method(context_buy), METH_FASTCALL | METH_KEYWORDS,
     "buy(size=None, *, limit=None, stop=None, sl=None, tp=None, tag=None, trail=None, trailing_stop=None,\n"
     "    time_in_force='gtc', good_till=None, reduce_only=False, oco=None)\n\nGives an order to buy."},
    {"sell", method(context_sell), METH_FASTCALL | METH_KEYWORDS,
     "sell(size=None, *, ...)\n\nGives an order to sell; with the arguments of buy."},
    {"close_position", method(context_close_position), METH_NOARGS, "Closes what is held; None while flat."},
    {"target_weight", method(context_target_weight), METH_O, "Brings the position to a fraction of equity."},
    {"cancel", method(context_cancel), METH_O, "Ends an order; False if it had ended."},
    {"replace", method(context_replace), METH_FASTCALL | METH_KEYWORDS,
     "replace(order, size=None, *, ...)\n\nNew terms for what is left of an order; False if it had ended."},
    {"protect", method(context_protect), METH_VARARGS | METH_KEYWORDS,
     "protect(*, sl=None, tp=None)\n\nA new stop and target for the position held; None leaves none."},
    {"indicator", method(context_indicator), METH_VARARGS | METH_KEYWORDS,
     "indicator('sma', 'close', 10), or of an expression\n\nDeclares what is computed once for all bars."},
    {"column", method(context_column), METH_O, "Declares a further column of the data."},
    {"parameter", method(context_parameter), METH_FASTCALL, "parameter(name, default)"},
    {"warm_up", method(context_warm_up), METH_O, "The first bar on which on_bar is called."},
    {nullptr, nullptr, 0, nullptr}};

constexpr int kMember = T_OBJECT_EX;

PyMemberDef context_members[] = {
    {"open", kMember, offsetof(ContextObject, prices) + 0 * sizeof(PyObject*), READONLY, nullptr},
    {"high", kMember, offsetof(ContextObject, prices) + 1 * sizeof(PyObject*), READONLY, nullptr},
    {"low", kMember, offsetof(ContextObject, prices) + 2 * sizeof(PyObject*), READONLY, nullptr},
    {"close", kMember, offsetof(ContextObject, prices) + 3 * sizeof(PyObject*), READONLY, nullptr},
    {"volume", kMember, offsetof(ContextObject, prices) + 4 * sizeof(PyObject*), READONLY, nullptr},
    {"__dictoffset__", T_PYSSIZET, offsetof(ContextObject, columns), READONLY, nullptr},
    {nullptr, 0, 0, 0, nullptr}};

}  // namespace

expression::Expression indicator_formula(nb::handle arguments, nb::handle keywords) {
  const Py_ssize_t count = PyTuple_GET_SIZE(arguments.ptr());
  if (count == 0) raise_type_error("indicator() takes a function's name and its arguments, or an expression");
  const nb::handle first = PyTuple_GET_ITEM(arguments.ptr(), 0);
  const bool alone = count == 1 && (!keywords.is_valid() || PyDict_Size(keywords.ptr()) == 0);
  if (!PyUnicode_Check(first.ptr())) {
    if (!alone) raise_type_error("indicator() of an expression takes no further arguments");
    return checked(expression_of(operand_of(first)));
  }
  // A text alone is a formula, unless it names a function, which then takes the columns that it is usually given.
  const auto text = nb::cast<std::string>(first);
  const bool is_formula =
      alone && indicators::find(text) == nullptr && expression::find_language_function(text) == nullptr;
  if (is_formula) return checked(expression_of(operand_of(first)));
  nb::object call = nb::module_::import_("peaktrade._native").attr("call");
  nb::list operands;
  operands.append(first);
  for (Py_ssize_t i = 1; i < count; ++i) operands.append(operand_of(PyTuple_GET_ITEM(arguments.ptr(), i)));
  const nb::dict named = keywords.is_valid() ? nb::borrow<nb::dict>(keywords) : nb::dict();
  return expression_of(call(*operands, **named));
}

nb::object datetime_of(Nanoseconds time, const std::string& zone) {
  if (PyDateTimeAPI == nullptr) {
    PyDateTimeAPI = static_cast<PyDateTime_CAPI*>(PyCapsule_Import(PyDateTime_CAPSULE_NAME, 0));
  }
  if (PyDateTimeAPI == nullptr) throw nb::python_error();
  const std::int64_t days = std::chrono::floor<std::chrono::days>(std::chrono::nanoseconds(time)).count();
  const Date date = date_from_days(days);
  const std::int64_t micros = (time - days * kNanosecondsPerDay) / 1000, seconds = micros / 1'000'000;
  nb::object utc = nb::steal(PyDateTimeAPI->DateTime_FromDateAndTime(
      static_cast<int>(date.year), static_cast<int>(date.month), static_cast<int>(date.day),
      static_cast<int>(seconds / 3600), static_cast<int>(seconds / 60 % 60), static_cast<int>(seconds % 60),
      static_cast<int>(micros % 1'000'000), PyDateTime_TimeZone_UTC, PyDateTimeAPI->DateTimeType));
  if (!utc.is_valid()) throw nb::python_error();
  if (zone == "UTC" || zone.empty()) return utc;
  return utc.attr("astimezone")(nb::module_::import_("zoneinfo").attr("ZoneInfo")(zone));
}

void make_context_types(nb::module_& module) {
  context_type = make_type(
      "peaktrade._context.Context", sizeof(ContextObject),
      {slot(Py_tp_dealloc, context_dealloc), slot(Py_tp_getset, context_attributes),
       slot(Py_tp_methods, context_methods), slot(Py_tp_members, context_members), slot(Py_tp_setattro, context_set),
       slot(Py_tp_repr, context_repr), slot(Py_tp_doc, "What a strategy class sees and does on a bar.")});
  module.attr("Context") = nb::handle(py(context_type));
  module.attr("Series") = nb::handle(py(make_series_type()));
  module.attr("OrderHandle") = nb::handle(py(make_order_type()));
  intern_term_names();
}

ContextScope::ContextScope(Context& context, const Bars& bars, nb::object tags) {
  auto* self = PyObject_New(ContextObject, context_type);
  if (self == nullptr) throw nb::python_error();
  self->context = &context;
  for (PyObject*& price : self->prices) price = nullptr;
  self->columns = self->tags = nullptr;
  self->zone = new std::string(bars.time_zone());
  self->symbol = new std::string(bars.symbol());
  self->in_init = true;
  object_ = nb::steal(py(self));
  for (int i = 0; i < kPrices; ++i) self->prices[i] = make_price(self, i);
  self->columns = PyDict_New();
  self->tags = tags.is_valid() ? tags.release().ptr() : PyList_New(0);
  if (self->columns == nullptr || self->tags == nullptr) throw nb::python_error();
  const std::vector<std::string> names = bars.column_names();
  for (const std::string& name : names) {
    const bool is_price =
        name == "time" || std::find(kPriceNames, kPriceNames + kPrices, name) != kPriceNames + kPrices;
    const Column* column = bars.find(name);
    if (is_price || column == nullptr || column->type() != ColumnType::kFloat64) continue;
    const nb::object series = nb::steal(python::declare(self, expression::column(name)));
    if (PyDict_SetItemString(self->columns, name.c_str(), series.ptr()) != 0) throw nb::python_error();
  }
}

ContextScope::~ContextScope() {
  auto* self = as<ContextObject>(object_.ptr());
  self->context = nullptr;
  clear_context(self);
}

nb::object ContextScope::declare(const expression::Expression& formula) const {
  return nb::steal(python::declare(as<ContextObject>(object_.ptr()), formula));
}

void ContextScope::begin() { as<ContextObject>(object_.ptr())->in_init = false; }

nb::object ContextScope::order(OrderId id) const {
  auto* self = as<ContextObject>(object_.ptr());
  const bool is_there = id >= 0 && self->context != nullptr &&
                        static_cast<std::size_t>(id) < self->context->broker().records().orders.size();
  if (!is_there) raise_value_error("there is no order " + std::to_string(id));
  return nb::steal(make_order(self, id));
}

nb::list ContextScope::tags() const { return nb::borrow<nb::list>(as<ContextObject>(object_.ptr())->tags); }

}  // namespace peak::python
