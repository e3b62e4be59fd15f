// ArrayInterface: how numpy describes an array to those without its headers (its array interface, protocol version 3).
//
// Threads   to be called with the GIL held.
#pragma once

#include <nanobind/nanobind.h>

#include <cstddef>
#include <cstdint>

namespace peak::python {

/// The struct of numpy's array interface, protocol version 3.
struct ArrayInterface {
  int two;
  int dimensions;
  char kind;
  int item_bytes;
  int flags;
  std::intptr_t* shape;
  std::intptr_t* strides;
  void* data;
  PyObject* description;
};
constexpr int kAligned = 0x100;
constexpr int kNativeOrder = 0x200;

/// The interface of an array, with what keeps it valid. Null when the object has none.
struct ArrayView {
  nanobind::object capsule;
  const ArrayInterface* interface = nullptr;

  [[nodiscard]] std::size_t size() const { return static_cast<std::size_t>(interface->shape[0]); }
  [[nodiscard]] bool is(char kind, int item_bytes) const {
    return interface->kind == kind && interface->item_bytes == item_bytes;
  }
  [[nodiscard]] bool is_plain() const {
    constexpr int kPlain = kAligned | kNativeOrder;
    return interface->dimensions == 1 && (interface->flags & kPlain) == kPlain;
  }
  [[nodiscard]] bool is_contiguous() const { return size() <= 1 || interface->strides[0] == interface->item_bytes; }
};

/// The view of an object with __array_struct__; without an interface for any other.
ArrayView view_of(nanobind::handle array);

}  // namespace peak::python
