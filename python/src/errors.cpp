#include "errors.hpp"

#include <nanobind/nanobind.h>

#include "bindings.hpp"

namespace nb = nanobind;

namespace peak::python {
namespace {

// Never released: exceptions may be raised until the interpreter ends.
PyObject* data_error = nullptr;
PyObject* not_found_error = nullptr;

PyObject* exception_of(ErrorCode code, Sought sought) {
  switch (code) {
    case ErrorCode::kInvalidArgument: return PyExc_ValueError;
    case ErrorCode::kParse: return PyExc_ValueError;
    case ErrorCode::kBadData: return data_error;
    case ErrorCode::kNotFound: return sought == Sought::kFile ? PyExc_FileNotFoundError : not_found_error;
    case ErrorCode::kIo: return PyExc_OSError;
    case ErrorCode::kUnsupported: return PyExc_NotImplementedError;
    case ErrorCode::kCancelled: return PyExc_KeyboardInterrupt;
    case ErrorCode::kInternal: return PyExc_RuntimeError;
  }
  return PyExc_RuntimeError;
}

[[noreturn]] void raise_as(PyObject* exception, const std::string& message) {
  // A message may quote bytes of a file, which need not be UTF-8.
  PyObject* text = PyUnicode_DecodeUTF8(message.data(), static_cast<Py_ssize_t>(message.size()), "replace");
  if (text != nullptr) {
    PyErr_SetObject(exception, text);
    Py_DECREF(text);
  }
  throw nb::python_error();
}

}  // namespace

void raise(const Error& error, Sought sought) { raise_as(exception_of(error.code, sought), error.message); }
void raise_type_error(const std::string& message) { raise_as(PyExc_TypeError, message); }
void raise_value_error(const std::string& message) { raise_as(PyExc_ValueError, message); }

void bind_errors(nb::module_&) {
  const nb::module_ errors = nb::module_::import_("peaktrade._errors");
  data_error = nb::object(errors.attr("DataError")).release().ptr();
  not_found_error = nb::object(errors.attr("NotFoundError")).release().ptr();
}

}  // namespace peak::python
