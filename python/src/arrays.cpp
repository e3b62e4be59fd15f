#include "arrays.hpp"

#include <nanobind/ndarray.h>
#include <nanobind/stl/string.h>

#include <bit>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "arguments.hpp"
#include "array_interface.hpp"
#include "errors.hpp"

namespace nb = nanobind;

namespace peak::python {
namespace {

template <typename T>
std::span<const T> elements(const ArrayView& view) {
  return {static_cast<const T*>(view.interface->data), view.size()};
}

/// Elements with gaps between them (a column of a row-major matrix, say), packed.
template <typename T>
std::vector<T> gathered(const ArrayView& view) {
  std::vector<T> out(view.size());
  const auto* at = static_cast<const char*>(view.interface->data);
  for (std::size_t i = 0; i < out.size(); ++i, at += view.interface->strides[0]) {
    out[i] = *reinterpret_cast<const T*>(at);
  }
  return out;
}

nb::object frames_module() { return nb::module_::import_("peaktrade._frames"); }

/// A column of a plain array of a type that the engine holds as it is; false if it is of another type.
bool plain_column(const std::string& name, nb::handle array, bool as_time, Column& out) {
  const ArrayView view = view_of(array);
  if (view.interface == nullptr || !view.is_plain()) return false;
  if (view.is('f', 8)) {
    out = view.is_contiguous() ? Column(name, elements<double>(view), owner_of(array))
                               : Column::own(name, gathered<double>(view));
    return true;
  }
  if (view.is('i', 8)) {
    const ColumnType type = as_time ? ColumnType::kTime : ColumnType::kInt64;
    out = view.is_contiguous() ? Column(name, elements<std::int64_t>(view), owner_of(array), type)
                               : Column::own(name, gathered<std::int64_t>(view), type);
    return true;
  }
  if (view.is('b', 1)) {
    out = view.is_contiguous() ? Column(name, elements<std::uint8_t>(view), owner_of(array))
                               : Column::own(name, gathered<std::uint8_t>(view));
    return true;
  }
  if (view.is('M', 8)) {
    const char* unit = PyUnicode_AsUTF8(nb::object(array.attr("dtype").attr("str")).ptr());
    if (unit == nullptr || std::string_view(unit).find("[ns]") == std::string_view::npos) return false;
    out = view.is_contiguous() ? Column(name, elements<std::int64_t>(view), owner_of(array), ColumnType::kTime)
                               : Column::own(name, gathered<std::int64_t>(view), ColumnType::kTime);
    return true;
  }
  return false;
}

template <typename Values, typename Element = typename Values::value_type>
nb::object owned_array(Values values) {
  auto holder = std::make_unique<Values>(std::move(values));
  Values* kept = holder.get();
  const nb::capsule owner(holder.release(), [](void* p) noexcept { delete static_cast<Values*>(p); });
  auto* data = reinterpret_cast<Element*>(kept->data());
  return nb::cast(nb::ndarray<nb::numpy, Element, nb::ndim<1>>(data, {kept->size()}, owner));
}

template <typename Struct>
Struct* capsule_pointer(nb::handle capsule, const char* name) {
  void* pointer = PyCapsule_GetPointer(capsule.ptr(), name);
  if (pointer == nullptr) throw nb::python_error();
  return static_cast<Struct*>(pointer);
}

}  // namespace

Column::Owner owner_of(nb::handle object) {
  object.inc_ref();
  return {static_cast<const void*>(object.ptr()), [](const void* pointer) {
            if (!nb::is_alive()) return;
            const nb::gil_scoped_acquire guard;
            Py_DECREF(const_cast<PyObject*>(static_cast<const PyObject*>(pointer)));
          }};
}

Column column_of(std::string name, nb::handle values, bool as_time) {
  Column column;
  if (plain_column(name, values, as_time, column)) return column;
  if (has_arrow(values) && !is_of_package(values, "pandas")) {
    ArrowTable table = arrow_table_of(values);
    if (table.table.columns.size() == 1) return table.table.columns.front().renamed(std::move(name));
  }
  const nb::object array = frames_module().attr("as_array")(values, name, as_time);
  if (!plain_column(name, array, as_time, column)) {
    raise_type_error("column '" + name + "' must be numbers or times, not " + class_name(values));
  }
  return column;
}

Bits bits_of(nb::handle values, const char* name) {
  ArrayView view = view_of(values);
  nb::object array;
  if (view.interface == nullptr || !view.is_plain() || !view.is('b', 1) || !view.is_contiguous()) {
    array = frames_module().attr("as_bool")(values, name);
    view = view_of(array);
    if (view.interface == nullptr || !view.is_plain() || !view.is('b', 1) || !view.is_contiguous()) {
      raise_type_error(std::string(name) + " must be a sequence of True and False, not " + class_name(values));
    }
  }
  return Bits::from_bytes(elements<std::uint8_t>(view));
}

bool has_arrow(nb::handle object) {
  return nb::hasattr(object, "__arrow_c_stream__") || nb::hasattr(object, "__arrow_c_array__");
}

ArrowTable arrow_table_of(nb::handle object) {
  if (nb::hasattr(object, "__arrow_c_stream__")) {
    const nb::object capsule = object.attr("__arrow_c_stream__")();
    return value_or_raise(table_from_arrow(*capsule_pointer<ArrowArrayStream>(capsule, "arrow_array_stream")));
  }
  const nb::object pair = object.attr("__arrow_c_array__")();
  const nb::object schema = pair[0];
  const nb::object array = pair[1];
  return value_or_raise(table_from_arrow(*capsule_pointer<ArrowSchema>(schema, "arrow_schema"),
                                         *capsule_pointer<ArrowArray>(array, "arrow_array")));
}

nb::object numpy_view(std::span<const double> values, nb::handle owner) {
  return nb::cast(nb::ndarray<nb::numpy, const double, nb::ndim<1>>(values.data(), {values.size()}, owner));
}

nb::object numpy_view(std::span<const std::int64_t> values, nb::handle owner) {
  return nb::cast(nb::ndarray<nb::numpy, const std::int64_t, nb::ndim<1>>(values.data(), {values.size()}, owner));
}

nb::object numpy_array(std::vector<double> values) { return owned_array(std::move(values)); }
nb::object numpy_array(Buffer<double> values) { return owned_array(std::move(values)); }
nb::object numpy_array(std::vector<std::int64_t> values) { return owned_array(std::move(values)); }
nb::object numpy_array(std::vector<std::int8_t> values) { return owned_array(std::move(values)); }
nb::object numpy_array(std::vector<std::uint8_t> values) {
  return owned_array<std::vector<std::uint8_t>, bool>(std::move(values));
}

}  // namespace peak::python
