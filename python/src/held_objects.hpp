// Cycles through native objects: an object of Python that a native one holds may hold that one in turn (a strategy that
// keeps the runner which feeds it). Python's garbage collector finds such cycles when it is told what is held.
#pragma once

#include <nanobind/nanobind.h>

#include <utility>

namespace peak::python {

template <typename Holder>
int visit_held(PyObject* self, visitproc visit, void* arg) {
  Py_VISIT(Py_TYPE(self));
  if (!nanobind::inst_ready(self)) return 0;
  for (nanobind::object* held : nanobind::inst_ptr<Holder>(self)->held()) Py_VISIT(held->ptr());
  return 0;
}

template <typename Holder>
int clear_held(PyObject* self) {
  if (!nanobind::inst_ready(self)) return 0;
  for (nanobind::object* held : nanobind::inst_ptr<Holder>(self)->held()) nanobind::object(std::move(*held)).reset();
  return 0;
}

/// For nanobind::type_slots. `Holder::held()` gives pointers to the objects, whose like the collector may take away:
/// what uses them then has to look.
template <typename Holder>
inline PyType_Slot held_slots[] = {{Py_tp_traverse, reinterpret_cast<void*>(&visit_held<Holder>)},
                                   {Py_tp_clear, reinterpret_cast<void*>(&clear_held<Holder>)},
                                   {0, nullptr}};

}  // namespace peak::python
