#include "value_types.hpp"

#include <array>
#include <cstring>

#include "date_types.hpp"
#include "values.hpp"

namespace nb = nanobind;

namespace peak::python {
namespace {

struct TypeName {
  const char* module;
  const char* name;
};

constexpr std::array<TypeName, kLazyTypes> kNames{{{"decimal", "Decimal"},
                                                   {"uuid", "UUID"},
                                                   {"datetime", "timezone"},
                                                   {"zoneinfo", "ZoneInfo"},
                                                   {"numpy", "ndarray"},
                                                   {"pyarrow", "RecordBatch"}}};

// Never released: types are asked for until the interpreter ends.
std::array<PyObject*, kLazyTypes> found{};

}  // namespace

bool is_type(const PyTypeObject* type, LazyType wanted) noexcept {
  const auto at = static_cast<std::size_t>(wanted);
  if (found[at] == nullptr) {
    PyObject* module = PyDict_GetItemString(PyImport_GetModuleDict(), kNames[at].module);  // borrowed
    PyObject* object = module == nullptr ? nullptr : PyObject_GetAttrString(module, kNames[at].name);
    if (object == nullptr) {
      PyErr_Clear();
      return false;
    }
    found[at] = object;
  }
  return reinterpret_cast<const PyObject*>(type) == found[at];
}

nb::object lazy_type(LazyType wanted) {
  const auto at = static_cast<std::size_t>(wanted);
  return nb::module_::import_(kNames[at].module).attr(kNames[at].name);
}

bool is_immutable(PyObject* object) noexcept {
  const PyTypeObject* type = Py_TYPE(object);
  if (object == Py_None || type == &PyBool_Type || type == &PyLong_Type || type == &PyFloat_Type ||
      type == &PyUnicode_Type || type == &PyBytes_Type) {
    return true;
  }
  if (type == &PyTuple_Type) {
    // Containers that are not tuples end the walk, so it is finite.
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(object); ++i) {
      if (!is_immutable(PyTuple_GET_ITEM(object, i))) return false;
    }
    return true;
  }
  if (PyDateTimeAPI == nullptr) PyDateTime_IMPORT;
  return PyDateTime_CheckExact(object) || PyDate_CheckExact(object) || PyDelta_CheckExact(object) ||
         is_type(type, LazyType::kDecimal) || is_type(type, LazyType::kUuid);
}

std::size_t immutable_size_bytes(PyObject* object) noexcept {
  const PyTypeObject* type = Py_TYPE(object);
  const auto fixed = static_cast<std::size_t>(type->tp_basicsize);
  if (type == &PyUnicode_Type) {
    return fixed +
           static_cast<std::size_t>(PyUnicode_GET_LENGTH(object)) * static_cast<std::size_t>(PyUnicode_KIND(object));
  }
  if (type == &PyTuple_Type) {
    std::size_t size = fixed;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(object); ++i) {
      size += sizeof(PyObject*) + immutable_size_bytes(PyTuple_GET_ITEM(object, i));
    }
    return size;
  }
  if (type->tp_itemsize == 0) return fixed;
  // An int's count of digits is negative when the int is.
  const Py_ssize_t items = Py_SIZE(object);
  return fixed + static_cast<std::size_t>(items < 0 ? -items : items) * static_cast<std::size_t>(type->tp_itemsize);
}

}  // namespace peak::python
