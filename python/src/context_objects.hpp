// The Python objects that a strategy class is handed, as CPython sees them: ctx, its series, and its orders.
// What each can do stands in a file of its own: contexts.cpp, context_series.cpp, context_orders.cpp, order_terms.cpp.
#pragma once

#include <nanobind/nanobind.h>

#include <string>
#include <type_traits>
#include <vector>

#include "peak/expression/expression.hpp"
#include "peak/sim/context.hpp"
#include "peak/trading/order.hpp"

namespace peak::python {

namespace nb = nanobind;

inline constexpr int kPrices = 5;
inline constexpr const char* kPriceNames[kPrices] = {"open", "high", "low", "close", "volume"};

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

template <typename T>
void release(PyObject* self) {
  PyTypeObject* type = Py_TYPE(self);
  as<T>(self)->~T();
  type->tp_free(self);
  Py_DECREF(type);
}

inline PyTypeObject* make_type(const char* name, std::size_t size, std::vector<PyType_Slot> slots) {
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

template <typename Function>
PyCFunction method(Function function) {
  return reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(function));
}

/// The run's context; null, with the error set, when the run is over.
inline Context* open_context(ContextObject* self) {
  if (self->context == nullptr) {
    PyErr_SetString(PyExc_RuntimeError, "the run is over: what happened is in its result");
  }
  return self->context;
}

/// @name context_series.cpp
///@{
PyTypeObject* make_series_type();
[[nodiscard]] bool is_series(PyObject* object);
PyObject* make_series(ContextObject* owner, Line line, const std::string& name, bool is_signal);
PyObject* make_price(ContextObject* owner, int column);
/// Declares a formula, in init; its series.
PyObject* declare(ContextObject* owner, const expression::Expression& formula);
expression::Expression formula_of(const SeriesObject* self);
///@}

/// @name context_orders.cpp
///@{
PyTypeObject* make_order_type();
/// None for kNoOrder.
PyObject* make_order(ContextObject* owner, OrderId id);
/// The number of an order of this run; kNoOrder with an error set for anything else.
OrderId order_of(const ContextObject* self, PyObject* order, const char* function);
///@}

/// @name order_terms.cpp
///@{
void intern_term_names();
/// What buy, sell and replace were called with.
OrderTerms terms_of(ContextObject* self, PyObject* const* arguments, Py_ssize_t count, PyObject* keywords,
                    const char* function);
///@}

}  // namespace peak::python
