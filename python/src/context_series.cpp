// peaktrade.Series: the history of a column or an indicator, up to the present bar.
#include <algorithm>
#include <span>
#include <string>

#include "arguments.hpp"
#include "arrays.hpp"
#include "context_objects.hpp"
#include "contexts.hpp"
#include "errors.hpp"
#include "expressions.hpp"

namespace peak::python {
namespace {

PyTypeObject* series_type = nullptr;

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

}  // namespace

void name_series(nb::handle series, const std::string& name) {
  if (!is_series(series.ptr())) return;
  const auto* self = as<SeriesObject>(series.ptr());
  if (!self->is_price && self->owner->context != nullptr) self->owner->context->name(self->line, name);
}

bool is_series(PyObject* object) { return Py_TYPE(object) == series_type; }

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

namespace {

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

PyMethodDef series_methods[] = {
    {"output", method(series_output), METH_O, "In init: another output of an indicator with several, by name."},
    {"__array__", method(series_array), METH_VARARGS | METH_KEYWORDS, "A copy of the history as an array."},
    {nullptr, nullptr, 0, nullptr}};

}  // namespace

PyTypeObject* make_series_type() {
  series_type = make_type(
      "peaktrade._context.Series", sizeof(SeriesObject),
      {slot(Py_tp_dealloc, series_dealloc), slot(Py_tp_methods, series_methods),
       slot(Py_mp_subscript, series_subscript), slot(Py_mp_length, series_length),
       slot(Py_sq_item, series_sequence_item), slot(Py_sq_length, series_length), slot(Py_tp_repr, series_repr),
       slot(Py_tp_doc, "The history of a column or an indicator: series[-1] is the present bar, the last there is.")});
  return series_type;
}

}  // namespace peak::python
