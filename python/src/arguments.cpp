#include "arguments.hpp"

#include <nanobind/stl/string.h>

#include <cstring>

#include "errors.hpp"

namespace nb = nanobind;

namespace peak::python {
namespace {

[[noreturn]] void wrong_type(nb::handle value, const char* name, const char* wanted) {
  raise_type_error(std::string(name) + " must be " + wanted + ", not " + nb::cast<std::string>(nb::repr(value)) + " (" +
                   class_name(value) + ")");
}

}  // namespace

bool is_number(nb::handle value) noexcept {
  PyObject* object = value.ptr();
  if (PyFloat_Check(object)) return true;
  if (PyBool_Check(object)) return false;
  if (PyLong_Check(object)) return true;
  // numpy's scalars and decimals have __float__; so have arrays and series, but these have a length too.
  const PyTypeObject* type = Py_TYPE(object);
  const bool has_length = (type->tp_as_sequence != nullptr && type->tp_as_sequence->sq_length != nullptr) ||
                          (type->tp_as_mapping != nullptr && type->tp_as_mapping->mp_length != nullptr);
  return type->tp_as_number != nullptr && type->tp_as_number->nb_float != nullptr && !has_length;
}

double number_of(nb::handle value, const char* name) {
  if (!is_number(value)) wrong_type(value, name, "a number");
  const double number = PyFloat_AsDouble(value.ptr());
  if (number == -1.0 && PyErr_Occurred() != nullptr) throw nb::python_error();
  return number;
}

std::optional<double> optional_number(nb::handle value, const char* name) {
  if (value.is_none()) return std::nullopt;
  return number_of(value, name);
}

std::optional<bool> optional_flag(nb::handle value, const char* name) {
  if (value.is_none()) return std::nullopt;
  if (!PyBool_Check(value.ptr())) wrong_type(value, name, "True or False");
  return value.ptr() == Py_True;
}

std::optional<std::string> optional_text(nb::handle value, const char* name) {
  if (value.is_none()) return std::nullopt;
  if (!PyUnicode_Check(value.ptr())) wrong_type(value, name, "a text");
  return nb::cast<std::string>(value);
}

bool is_path(nb::handle value) noexcept {
  return PyUnicode_Check(value.ptr()) || PyBytes_Check(value.ptr()) || nb::hasattr(value, "__fspath__");
}

std::string path_of(nb::handle value) {
  PyObject* bytes = nullptr;
  if (PyUnicode_FSConverter(value.ptr(), &bytes) == 0) throw nb::python_error();
  const nb::object owner = nb::steal(bytes);
  return {PyBytes_AS_STRING(bytes), static_cast<std::size_t>(PyBytes_GET_SIZE(bytes))};
}

expression::ParameterValues parameters_of(nb::handle value) {
  expression::ParameterValues parameters;
  if (value.is_none()) return parameters;
  if (!PyDict_Check(value.ptr()) && !nb::hasattr(value, "items")) {
    wrong_type(value, "params", "a mapping of parameter names to numbers");
  }
  const auto add = [&](nb::handle key, nb::handle item) {
    if (!PyUnicode_Check(key.ptr())) wrong_type(key, "a parameter's name", "a text");
    std::string name = nb::cast<std::string>(key);
    const double number = number_of(item, ("parameter '" + name + "'").c_str());
    parameters.emplace(std::move(name), number);
  };
  if (PyDict_Check(value.ptr())) {
    for (const auto& [key, item] : nb::borrow<nb::dict>(value)) add(key, item);
  } else {
    for (const nb::handle pair : value.attr("items")()) add(pair[0], pair[1]);
  }
  return parameters;
}

std::string class_name(nb::handle value) {
  const nb::handle type = value.type();
  const auto module = nb::cast<std::string>(type.attr("__module__"));
  const auto name = nb::cast<std::string>(type.attr("__qualname__"));
  return module == "builtins" ? name : module.substr(0, module.find('.')) + "." + name;
}

bool is_of_package(nb::handle value, const char* name) {
  const nb::object module = nb::getattr(value.type(), "__module__", nb::none());
  const char* text = PyUnicode_Check(module.ptr()) ? PyUnicode_AsUTF8(module.ptr()) : nullptr;
  const std::size_t length = std::strlen(name);
  return text != nullptr && std::strncmp(text, name, length) == 0 && (text[length] == '\0' || text[length] == '.');
}

}  // namespace peak::python
