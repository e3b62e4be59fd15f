#include "array_interface.hpp"

namespace nb = nanobind;

namespace peak::python {

ArrayView view_of(nb::handle array) {
  static const nb::object& attribute = *new nb::object(nb::str("__array_struct__"));
  ArrayView view;
  view.capsule = nb::steal(PyObject_GetAttr(array.ptr(), attribute.ptr()));
  if (!view.capsule.is_valid()) {
    PyErr_Clear();
    return view;
  }
  view.interface = static_cast<const ArrayInterface*>(PyCapsule_GetPointer(view.capsule.ptr(), nullptr));
  if (view.interface == nullptr) throw nb::python_error();
  return view;
}

}  // namespace peak::python
