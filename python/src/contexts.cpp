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
#include "arrays.hpp"
#include "errors.hpp"
#include "expressions.hpp"
#include "peak/base/suggest.hpp"
#include "peak/base/time.hpp"
#include "peak/expression/expression.hpp"
#include "peak/expression/functions.hpp"
#include "peak/trading/order.hpp"

namespace nb = nanobind;

namespace peak::python {
namespace {

constexpr int kPrices = 5;
constexpr const char* kPriceNames[kPrices] = {"open", "high", "low", "close", "volume"};

struct ContextObject {
  PyObject_HEAD Context* context;  // null when the run is over
  PyObject* prices[kPrices];
  PyObject* columns;  // the instance dictionary: further columns by name
  PyObject* tags;     // list
  std::string* zone;
  std::string* symbol;
  bool in_init;
};

struct SeriesObject {
  PyObject_HEAD ContextObject* owner;
  PyObject* name;
  Line line;
  PriceColumn price;
  bool is_price;
  bool is_signal;
};

struct OrderObject {
  PyObject_HEAD ContextObject* owner;
  OrderId id;
};

PyTypeObject* context_type = nullptr;
PyTypeObject* series_type = nullptr;
PyTypeObject* order_type = nullptr;

template <typename T>
T* as(PyObject* object) {
  return reinterpret_cast<T*>(object);
}
template <typename T>
PyObject* py(T* object) {
  return reinterpret_cast<PyObject*>(object);
}

/// Runs `body`, with what it throws as the Python error that is set.
template <typename Body>
PyObject* guarded(Body body) noexcept {
  try {
    return body();
  } catch (nb::python_error& error) {
    error.restore();
  } catch (const std::exception& error) {
    PyErr_SetString(PyExc_RuntimeError, error.what());
  }
  return nullptr;
}

Context* open_context(ContextObject* self) {
  if (self->context == nullptr) {
    PyErr_SetString(PyExc_RuntimeError, "the run is over: what happened is in its result");
  }
  return self->context;
}

template <typename T>
void release(PyObject* self) {
  PyTypeObject* type = Py_TYPE(self);
  as<T>(self)->~T();
  type->tp_free(self);
  Py_DECREF(type);
}

// --- Series ---------------------------------------------------------------------------------------------------------

std::span<const double> history_of(const SeriesObject* self, const Context& context) {
  return self->is_price ? context.history(self->price) : context.history(self->line);
}

PyObject* value_of(const SeriesObject* self, double value) {
  if (!self->is_signal) return PyFloat_FromDouble(value);
  return PyBool_FromLong(value == 1);
}

PyObject* outside(const SeriesObject* self, const Context& context, Py_ssize_t asked, Py_ssize_t size) {
  const char* name = PyUnicode_AsUTF8(self->name);
  const auto bar = static_cast<long long>(context.bar());
  if (size == 0 && bar < 0) {
    return PyErr_Format(PyExc_IndexError, "%s[%zd]: there is no bar yet in init; read it in on_bar", name, asked);
  }
  if (size == 0) return PyErr_Format(PyExc_IndexError, "%s[%zd]: the data have no %s", name, asked, name);
  if (asked >= 0) {
    return PyErr_Format(PyExc_IndexError,
                        "%s[%zd] looks ahead: on bar %lld the history ends at %s[%zd], which is %s[-1]", name, asked,
                        bar, name, size - 1, name);
  }
  return PyErr_Format(PyExc_IndexError,
                      "%s[%zd] lies before the first bar: on bar %lld there are %zd values; ctx.warm_up(%zd) in init "
                      "has on_bar wait for them",
                      name, asked, bar, size, -asked - 1);
}

PyObject* series_item(const SeriesObject* self, const Context& context, Py_ssize_t index) {
  const std::span<const double> values = history_of(self, context);
  const auto size = static_cast<Py_ssize_t>(values.size());
  const Py_ssize_t at = index < 0 ? index + size : index;
  if (at < 0 || at >= size) return outside(self, context, index, size);
  return value_of(self, values[static_cast<std::size_t>(at)]);
}

nb::object array_of(const SeriesObject* self, std::span<const double> values) {
  if (!self->is_signal) return numpy_array(std::vector<double>(values.begin(), values.end()));
  std::vector<std::uint8_t> truth;
  for (const double value : values) truth.push_back(value == 1);
  return numpy_array(std::move(truth));
}

PyObject* series_subscript(PyObject* object, PyObject* key) {
  auto* self = as<SeriesObject>(object);
  const Context* context = open_context(self->owner);
  if (context == nullptr) return nullptr;
  if (PyIndex_Check(key)) {
    const Py_ssize_t index = PyNumber_AsSsize_t(key, PyExc_IndexError);
    if (index == -1 && PyErr_Occurred() != nullptr) return nullptr;
    return series_item(self, *context, index);
  }
  if (!PySlice_Check(key)) {
    return PyErr_Format(PyExc_TypeError, "%s is read by whole numbers and slices: %s[-1] is the present bar",
                        PyUnicode_AsUTF8(self->name), PyUnicode_AsUTF8(self->name));
  }
  return guarded([&] {
    const std::span<const double> values = history_of(self, *context);
    Py_ssize_t start = 0, stop = 0, step = 0;
    if (PySlice_Unpack(key, &start, &stop, &step) != 0) throw nb::python_error();
    const Py_ssize_t count = PySlice_AdjustIndices(static_cast<Py_ssize_t>(values.size()), &start, &stop, step);
    if (step == 1) {
      return array_of(self, values.subspan(static_cast<std::size_t>(start), static_cast<std::size_t>(count)))
          .release()
          .ptr();
    }
    std::vector<double> picked;
    for (Py_ssize_t i = 0; i < count; ++i) picked.push_back(values[static_cast<std::size_t>(start + i * step)]);
    return array_of(self, picked).release().ptr();
  });
}

Py_ssize_t series_length(PyObject* object) {
  auto* self = as<SeriesObject>(object);
  const Context* context = open_context(self->owner);
  return context == nullptr ? -1 : static_cast<Py_ssize_t>(history_of(self, *context).size());
}

PyObject* series_sequence_item(PyObject* object, Py_ssize_t index) {
  auto* self = as<SeriesObject>(object);
  const Context* context = open_context(self->owner);
  return context == nullptr ? nullptr : series_item(self, *context, index);
}

PyObject* series_array(PyObject* object, PyObject* arguments, PyObject* keywords) {
  return guarded([&]() -> PyObject* {
    auto* self = as<SeriesObject>(object);
    const Context* context = open_context(self->owner);
    if (context == nullptr) throw nb::python_error();
    nb::object array = array_of(self, history_of(self, *context));
    PyObject* dtype = PyTuple_GET_SIZE(arguments) > 0 ? PyTuple_GET_ITEM(arguments, 0) : nullptr;
    if (dtype == nullptr && keywords != nullptr) dtype = PyDict_GetItemString(keywords, "dtype");
    if (dtype != nullptr && dtype != Py_None) array = array.attr("astype")(nb::handle(dtype));
    return array.release().ptr();
  });
}

PyObject* make_series(ContextObject* owner, Line line, const std::string& name, bool is_signal) {
  auto* self = PyObject_New(SeriesObject, series_type);
  if (self == nullptr) throw nb::python_error();
  Py_INCREF(owner);
  self->owner = owner;
  self->name = PyUnicode_FromStringAndSize(name.data(), static_cast<Py_ssize_t>(name.size()));
  self->line = line;
  self->price = PriceColumn::kClose;
  self->is_price = false;
  self->is_signal = is_signal;
  return py(self);
}

PyObject* make_price(ContextObject* owner, int column) {
  PyObject* object = make_series(owner, {}, kPriceNames[column], false);
  as<SeriesObject>(object)->is_price = true;
  as<SeriesObject>(object)->price = static_cast<PriceColumn>(column);
  return object;
}

/// Declares a formula; its series.
PyObject* declare(ContextObject* owner, const expression::Expression& formula) {
  Context* context = open_context(owner);
  if (context == nullptr) throw nb::python_error();
  if (!owner->in_init) {
    PyErr_SetString(PyExc_RuntimeError,
                    "indicators are declared in init: self.fast = ctx.indicator('sma', 'close', 10)");
    throw nb::python_error();
  }
  const Line line = context->indicator(formula);
  return make_series(owner, line, expression::to_text(formula), formula.type() == expression::ValueType::kSignal);
}

expression::Expression formula_of(const SeriesObject* self) {
  if (self->is_price) return expression::column(kPriceNames[static_cast<int>(self->price)]);
  return self->owner->context->formula(self->line);
}

PyObject* series_output(PyObject* object, PyObject* name) {
  return guarded([&] {
    auto* self = as<SeriesObject>(object);
    if (open_context(self->owner) == nullptr) throw nb::python_error();
    return declare(self->owner, checked(formula_of(self).output(nb::cast<std::string>(nb::handle(name)))));
  });
}

PyObject* series_repr(PyObject* object) {
  auto* self = as<SeriesObject>(object);
  if (self->owner->context == nullptr) return PyUnicode_FromFormat("<Series %U of a run that is over>", self->name);
  return PyUnicode_FromFormat("<Series %U of %zd values>", self->name, series_length(object));
}

void series_dealloc(PyObject* object) {
  Py_XDECREF(as<SeriesObject>(object)->name);
  Py_XDECREF(as<SeriesObject>(object)->owner);
  release<SeriesObject>(object);
}

// --- Orders ---------------------------------------------------------------------------------------------------------

const Order* record_of(PyObject* object) {
  auto* self = as<OrderObject>(object);
  const Context* context = open_context(self->owner);
  return context == nullptr ? nullptr : &context->broker().records().orders[static_cast<std::size_t>(self->id)];
}

PyObject* make_order(ContextObject* owner, OrderId id) {
  if (id == kNoOrder) Py_RETURN_NONE;
  auto* self = PyObject_New(OrderObject, order_type);
  if (self == nullptr) return nullptr;
  Py_INCREF(owner);
  self->owner = owner;
  self->id = id;
  return py(self);
}

template <auto Get>
PyObject* order_get(PyObject* object, void*) {
  const Order* order = record_of(object);
  return order == nullptr ? nullptr : Get(*order);
}

PyObject* order_tag(PyObject* object, void*) {
  const Order* order = record_of(object);
  if (order == nullptr) return nullptr;
  auto* owner = as<OrderObject>(object)->owner;
  const std::uint32_t tag = owner->context->broker().records().requests[static_cast<std::size_t>(order->request)].tag;
  if (tag == 0 || static_cast<Py_ssize_t>(tag) > PyList_GET_SIZE(owner->tags)) Py_RETURN_NONE;
  return Py_NewRef(PyList_GET_ITEM(owner->tags, static_cast<Py_ssize_t>(tag) - 1));
}

PyObject* order_repr(PyObject* object) {
  auto* self = as<OrderObject>(object);
  const auto id = static_cast<long long>(self->id);
  if (self->owner->context == nullptr) return PyUnicode_FromFormat("<Order %lld of a run that is over>", id);
  const Order* order = record_of(object);
  return PyUnicode_FromFormat("<Order %lld: %s %s, %s>", id, order_action_name(order->action),
                              order_type_name(order->type), order_status_name(order->status));
}

PyObject* order_compare(PyObject* a, PyObject* b, int operation) {
  if (Py_TYPE(b) != order_type || (operation != Py_EQ && operation != Py_NE)) Py_RETURN_NOTIMPLEMENTED;
  const bool same =
      as<OrderObject>(a)->id == as<OrderObject>(b)->id && as<OrderObject>(a)->owner == as<OrderObject>(b)->owner;
  return PyBool_FromLong(same == (operation == Py_EQ));
}

Py_hash_t order_hash(PyObject* object) { return static_cast<Py_hash_t>(as<OrderObject>(object)->id); }

void order_dealloc(PyObject* object) {
  Py_XDECREF(as<OrderObject>(object)->owner);
  release<OrderObject>(object);
}

PyGetSetDef order_attributes[] = {
    {"id", [](PyObject* object, void*) { return PyLong_FromLongLong(as<OrderObject>(object)->id); }, nullptr,
     "Its row in result.orders.", nullptr},
    {"action", order_get<[](const Order& o) { return PyUnicode_FromString(order_action_name(o.action)); }>, nullptr,
     "'buy' or 'sell'.", nullptr},
    {"type", order_get<[](const Order& o) { return PyUnicode_FromString(order_type_name(o.type)); }>, nullptr,
     "'market', 'limit', 'stop', 'stop_limit' or 'trailing'.", nullptr},
    {"status", order_get<[](const Order& o) { return PyUnicode_FromString(order_status_name(o.status)); }>, nullptr,
     "'working', 'filled', 'partly_filled', 'cancelled', 'expired' or 'rejected'.", nullptr},
    {"reason", order_get<[](const Order& o) { return PyUnicode_FromString(reason_name(o.reason)); }>, nullptr,
     "Why it did not fill, or not wholly.", nullptr},
    {"quantity", order_get<[](const Order& o) { return PyFloat_FromDouble(o.quantity); }>, nullptr, "Units filled.",
     nullptr},
    {"price", order_get<[](const Order& o) { return PyFloat_FromDouble(o.price); }>, nullptr,
     "Mean price of its fills; 0 when unfilled.", nullptr},
    {"tag", order_tag, nullptr, "What it was given as tag.", nullptr},
    {"symbol",
     [](PyObject* object, void*) { return PyUnicode_FromString(as<OrderObject>(object)->owner->symbol->c_str()); },
     nullptr, "The symbol that it is for; '' where the data have no name.", nullptr},
    {nullptr, nullptr, nullptr, nullptr, nullptr}};

// --- The context: orders --------------------------------------------------------------------------------------------

// Interned, so that a call's keywords are found by comparing pointers.
enum Term : int {
  kSize,
  kLimit,
  kStop,
  kStopLoss,
  kTakeProfit,
  kTag,
  kTrail,
  kTrailingStop,
  kTimeInForce,
  kGoodTill,
  kReduceOnly,
  kOco,
  kTerms
};
constexpr const char* kTermNames[kTerms] = {
    "size",  "limit",         "stop",          "sl",        "tp",          "tag",
    "trail", "trailing_stop", "time_in_force", "good_till", "reduce_only", "oco"};
PyObject* term_words[kTerms] = {};

Sizing size_of(nb::handle value) {
  if (PyFloat_Check(value.ptr()) || PyLong_CheckExact(value.ptr())) {
    const double amount = number_of(value, "size");
    return amount > 0 && amount < 1 ? Sizing::fraction(amount) : Sizing::units(amount);
  }
  if (nb::isinstance<Sizing>(value)) return *nb::inst_ptr<Sizing>(value);
  if (PyUnicode_Check(value.ptr())) return value_or_raise(parse_sizing(nb::cast<std::string>(value)));
  const double amount = number_of(value, "size");
  return amount > 0 && amount < 1 ? Sizing::fraction(amount) : Sizing::units(amount);
}

StopLevel level_of(nb::handle value, const char* name) {
  if (PyUnicode_Check(value.ptr())) return value_or_raise(parse_stop_level(nb::cast<std::string>(value)));
  return StopLevel::fraction(number_of(value, name));
}

/// A datetime, without a zone in UTC, or nanoseconds since 1970.
Nanoseconds time_of(nb::handle value) {
  if (PyLong_CheckExact(value.ptr())) return nb::cast<std::int64_t>(value);
  return nb::cast<std::int64_t>(nb::module_::import_("peaktrade._runner").attr("_nanoseconds")(value));
}

/// A number of its own for each object, the same for texts that are equal; results show str(tag).
std::uint32_t number_of_tag(ContextObject* self, PyObject* tag) {
  const auto text = nb::cast<std::string>(nb::str(nb::handle(tag)));
  const std::uint32_t number = self->context->tag_of(text.empty() ? " " : text);
  if (static_cast<Py_ssize_t>(number) > PyList_GET_SIZE(self->tags) && PyList_Append(self->tags, tag) != 0) {
    throw nb::python_error();
  }
  return number;
}

void set_term(OrderTerms& terms, ContextObject* self, int term, PyObject* value) {
  if (value == Py_None) return;
  const char* name = kTermNames[term];
  switch (term) {
    case kSize: terms.size = size_of(value); return;
    case kLimit: terms.limit = number_of(value, name); return;
    case kStop: terms.stop = number_of(value, name); return;
    case kStopLoss: terms.stop_loss = number_of(value, name); return;
    case kTakeProfit: terms.take_profit = number_of(value, name); return;
    case kTag: terms.tag = number_of_tag(self, value); return;
    case kTrail: terms.trail = level_of(value, name); return;
    case kTrailingStop: terms.trailing_stop = level_of(value, name); return;
    case kTimeInForce:
      terms.time_in_force = value_or_raise(parse_time_in_force(optional_text(value, name).value()));
      return;
    case kGoodTill:
      terms.good_till = time_of(value);
      terms.time_in_force = TimeInForce::kGtd;
      return;
    case kReduceOnly: terms.reduce_only = optional_flag(value, name).value(); return;
    default: {
      const double group = number_of(value, name);
      if (!(group >= 1 && group <= 4e9) || group != std::floor(group)) {
        raise_value_error("oco is the number of a group, a whole number from 1 on");
      }
      terms.oco_group = static_cast<std::uint32_t>(group);
    }
  }
}

int term_named(PyObject* name, const char* function) {
  for (int term = 0; term < kTerms; ++term) {
    if (name == term_words[term]) return term;
  }
  for (int term = 0; term < kTerms; ++term) {
    if (PyUnicode_Compare(name, term_words[term]) == 0) return term;
  }
  const std::vector<std::string> names(std::begin(kTermNames), std::end(kTermNames));
  const std::string given = nb::cast<std::string>(nb::handle(name));
  raise_type_error(std::string(function) + "() has no argument '" + given + "'" + suggestion(given, names));
}

OrderTerms terms_of(ContextObject* self, PyObject* const* arguments, Py_ssize_t count, PyObject* keywords,
                    const char* function) {
  OrderTerms terms;
  if (count > 1) raise_type_error(std::string(function) + "() takes one argument without a name, the size");
  if (count == 1) set_term(terms, self, kSize, arguments[0]);
  const Py_ssize_t named = keywords == nullptr ? 0 : PyTuple_GET_SIZE(keywords);
  for (Py_ssize_t i = 0; i < named; ++i) {
    const int term = term_named(PyTuple_GET_ITEM(keywords, i), function);
    if (term == kSize && count == 1) raise_type_error(std::string(function) + "() got the size twice");
    set_term(terms, self, term, arguments[count + i]);
  }
  if (terms.time_in_force == TimeInForce::kGtd && terms.good_till == 0) {
    raise_value_error(std::string(function) + "() with time_in_force 'gtd' needs good_till, the time of its end");
  }
  return terms;
}

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

/// The number of an order of this run; kNoOrder with an error set for anything else.
OrderId order_of(const ContextObject* self, PyObject* order, const char* function) {
  if (Py_TYPE(order) == order_type && as<OrderObject>(order)->owner == self) return as<OrderObject>(order)->id;
  PyErr_Format(PyExc_TypeError, "%s() takes an order that buy, sell or ctx.orders of this run gave, not %R", function,
               order);
  return kNoOrder;
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
  if (Py_TYPE(value.ptr()) == series_type) return nb::cast(formula_of(as<SeriesObject>(value.ptr())));
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

template <typename Function>
PyCFunction method(Function function) {
  return reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(function));
}

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

PyMethodDef series_methods[] = {
    {"output", method(series_output), METH_O, "In init: another output of an indicator with several, by name."},
    {"__array__", method(series_array), METH_VARARGS | METH_KEYWORDS, "A copy of the history as an array."},
    {nullptr, nullptr, 0, nullptr}};

PyTypeObject* make_type(const char* name, std::size_t size, std::vector<PyType_Slot> slots) {
  slots.push_back({0, nullptr});
  PyType_Spec spec{name, static_cast<int>(size), 0, Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
                   slots.data()};
  PyObject* type = PyType_FromSpec(&spec);
  if (type == nullptr) throw nb::python_error();
  return reinterpret_cast<PyTypeObject*>(type);
}

template <typename T>
PyType_Slot slot(int which, T* what) {
  if constexpr (std::is_function_v<T>) {
    return {which, reinterpret_cast<void*>(what)};
  } else {
    return {which, const_cast<void*>(static_cast<const void*>(what))};
  }
}

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
  series_type = make_type(
      "peaktrade._context.Series", sizeof(SeriesObject),
      {slot(Py_tp_dealloc, series_dealloc), slot(Py_tp_methods, series_methods),
       slot(Py_mp_subscript, series_subscript), slot(Py_mp_length, series_length),
       slot(Py_sq_item, series_sequence_item), slot(Py_sq_length, series_length), slot(Py_tp_repr, series_repr),
       slot(Py_tp_doc, "The history of a column or an indicator: series[-1] is the present bar, the last there is.")});
  order_type = make_type("peaktrade._context.OrderHandle", sizeof(OrderObject),
                         {slot(Py_tp_dealloc, order_dealloc), slot(Py_tp_getset, order_attributes),
                          slot(Py_tp_repr, order_repr), slot(Py_tp_richcompare, order_compare),
                          slot(Py_tp_hash, order_hash), slot(Py_tp_doc, "An order that a strategy gave.")});
  module.attr("Context") = nb::handle(py(context_type));
  module.attr("Series") = nb::handle(py(series_type));
  module.attr("OrderHandle") = nb::handle(py(order_type));
  for (int term = 0; term < kTerms; ++term) term_words[term] = PyUnicode_InternFromString(kTermNames[term]);
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
