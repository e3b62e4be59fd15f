
#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "arguments.hpp"
#include "array_interface.hpp"
#include "arrays.hpp"
#include "date_types.hpp"
#include "errors.hpp"
#include "peak/base/time.hpp"
#include "peak/value/arrow.hpp"
#include "peak/value/encoder.hpp"
#include "value_types.hpp"
#include "values.hpp"

namespace nb = nanobind;

namespace peak::python {
namespace {

constexpr std::int64_t kMicrosecondsPerDay = 86'400'000'000;

std::int64_t days_of(PyObject* date) {
  const CalendarDay day = day_of(date);
  return days_from_date(day.year, day.month, day.day);
}

std::string_view text_of(PyObject* object) {
  Py_ssize_t size = 0;
  const char* data = PyUnicode_AsUTF8AndSize(object, &size);
  if (data == nullptr) throw nb::python_error();
  return {data, static_cast<std::size_t>(size)};
}

std::string_view bytes_of(PyObject* object) {
  return {PyBytes_AS_STRING(object), static_cast<std::size_t>(PyBytes_GET_SIZE(object))};
}

class ObjectEncoder {
 public:
  ObjectEncoder(EncodePurpose purpose, nb::handle context) : purpose_(purpose), context_(context) {}

  void add(nb::handle object);
  value::Encoded finish() { return value_or_raise(encoder_.finish()); }

 private:
  /// A step on the way into a value: an element, the value of a key, or a field.
  struct Step {
    Py_ssize_t index = -1;
    nb::handle key;
    const char* field = nullptr;
  };

  bool add_scalar(PyObject* object);
  void add_integer(PyObject* object);
  void add_text(PyObject* object);
  void add_datetime(PyObject* object);
  void add_zone(value::DateTime& time, PyObject* object);
  bool add_container(PyObject* object);
  void add_dict(PyObject* object);
  void add_sorted_dict(PyObject* object);
  void add_step(const Step& step, nb::handle object);
  bool add_array(nb::handle object);
  bool add_arrow(nb::handle object);
  void add_reduced(nb::handle object);
  [[nodiscard]] std::string place() const;

  EncodePurpose purpose_;
  nb::handle context_;
  value::Encoder encoder_;
  std::vector<Step> path_;
};

std::string ObjectEncoder::place() const {
  std::string text = "value";
  for (const Step& step : path_) {
    if (step.field != nullptr) {
      text += std::string(".") + step.field;
    } else if (step.key.is_valid()) {
      text += "[" + nb::cast<std::string>(nb::repr(step.key)) + "]";
    } else {
      text += "[" + std::to_string(step.index) + "]";
    }
  }
  return text;
}

void ObjectEncoder::add_step(const Step& step, nb::handle object) {
  path_.push_back(step);
  if (path_.size() > value::kMaximumDepth) {
    path_.resize(3);
    raise_value_error(place() + "... is nested deeper than " + std::to_string(value::kMaximumDepth) +
                      " levels; does it hold itself?");
  }
  add(object);
  path_.pop_back();
}

void ObjectEncoder::add(nb::handle object) {
  if (add_scalar(object.ptr()) || add_container(object.ptr()) || add_array(object) || add_arrow(object)) return;
  add_reduced(object);
}

bool ObjectEncoder::add_scalar(PyObject* object) {
  const PyTypeObject* type = Py_TYPE(object);
  if (object == Py_None) {
    encoder_.none();
  } else if (type == &PyBool_Type) {
    encoder_.boolean(object == Py_True);
  } else if (type == &PyLong_Type) {
    add_integer(object);
  } else if (type == &PyFloat_Type) {
    encoder_.real(PyFloat_AS_DOUBLE(object));
  } else if (type == &PyUnicode_Type) {
    add_text(object);
  } else if (type == &PyBytes_Type) {
    encoder_.bytes(bytes_of(object));
  } else if (PyDateTime_CheckExact(object)) {
    add_datetime(object);
  } else if (PyDate_CheckExact(object)) {
    encoder_.date(days_of(object));
  } else if (PyDelta_CheckExact(object)) {
    encoder_.timedelta({delta_days(object), delta_microseconds(object)});
  } else if (is_type(type, LazyType::kDecimal)) {
    const nb::str text{nb::handle(object)};
    encoder_.decimal(text_of(text.ptr()));
  } else if (is_type(type, LazyType::kUuid)) {
    const nb::object bytes = nb::handle(object).attr("bytes");
    encoder_.uuid(
        std::span<const std::byte, 16>(reinterpret_cast<const std::byte*>(PyBytes_AS_STRING(bytes.ptr())), 16));
  } else {
    return false;
  }
  return true;
}

void ObjectEncoder::add_integer(PyObject* object) {
  int overflow = 0;
  const long long small = PyLong_AsLongLongAndOverflow(object, &overflow);
  if (overflow == 0) {
    encoder_.integer(small);
    return;
  }
  const nb::object magnitude = nb::steal(PyNumber_Absolute(object));
  const auto bits = nb::cast<std::size_t>(magnitude.attr("bit_length")());
  const nb::object bytes = magnitude.attr("to_bytes")((bits + 7) / 8, "little");
  encoder_.big_integer({overflow < 0, std::string(bytes_of(bytes.ptr()))});
}

void ObjectEncoder::add_text(PyObject* object) {
  Py_ssize_t size = 0;
  const char* data = PyUnicode_AsUTF8AndSize(object, &size);
  if (data != nullptr) {
    encoder_.text({data, static_cast<std::size_t>(size)});
    return;
  }
  // Lone surrogates, as in names of files that are not UTF-8.
  PyErr_Clear();
  const nb::object bytes = nb::steal(PyUnicode_AsEncodedString(object, "utf-8", "surrogatepass"));
  if (!bytes.is_valid()) throw nb::python_error();
  encoder_.text(bytes_of(bytes.ptr()));
}

void ObjectEncoder::add_datetime(PyObject* object) {
  value::DateTime time;
  time.wall_microseconds = days_of(object) * kMicrosecondsPerDay + clock_microseconds(object);
  time.fold = is_folded(object);
  add_zone(time, zone_of(object));
  encoder_.datetime(time);
}

void ObjectEncoder::add_zone(value::DateTime& time, PyObject* object) {
  if (object == Py_None) return;
  const nb::handle zone(object);
  if (is_type(Py_TYPE(object), LazyType::kTimeZone)) {
    const nb::tuple arguments = nb::cast<nb::tuple>(zone.attr("__getinitargs__")());
    PyObject* offset = nb::handle(arguments[0]).ptr();
    time.zone = value::DateTime::Zone::kOffset;
    time.offset_microseconds = delta_days(offset) * kMicrosecondsPerDay + delta_microseconds(offset);
    if (arguments.size() > 1) time.zone_name = text_of(nb::handle(arguments[1]).ptr());
    return;
  }
  if (is_type(Py_TYPE(object), LazyType::kZoneInfo)) {
    const nb::object key = zone.attr("key");
    if (!key.is_none()) {
      time.zone = value::DateTime::Zone::kNamed;
      time.zone_name = text_of(key.ptr());
      return;
    }
  }
  raise_type_error("cannot cache " + place() + ": a datetime whose zone is a '" + class_name(zone) +
                   "'; use zoneinfo.ZoneInfo or datetime.timezone");
}

bool ObjectEncoder::add_container(PyObject* object) {
  const PyTypeObject* type = Py_TYPE(object);
  if (type == &PyList_Type || type == &PyTuple_Type) {
    // A list may be changed by another thread while its elements are encoded: that must not be a crash.
    const nb::object fixed = type == &PyList_Type ? nb::steal(PyList_AsTuple(object)) : nb::borrow(object);
    const Py_ssize_t size = PyTuple_GET_SIZE(fixed.ptr());
    if (type == &PyList_Type) {
      encoder_.begin_list(static_cast<std::size_t>(size));
    } else {
      encoder_.begin_tuple(static_cast<std::size_t>(size));
    }
    for (Py_ssize_t i = 0; i < size; ++i) add_step({i, {}, nullptr}, PyTuple_GET_ITEM(fixed.ptr(), i));
    return true;
  }
  if (type != &PyDict_Type) return false;
  if (purpose_ == EncodePurpose::kKey) {
    add_sorted_dict(object);
  } else {
    add_dict(object);
  }
  return true;
}

void ObjectEncoder::add_dict(PyObject* object) {
  const nb::object items = nb::steal(PyDict_Items(object));
  const Py_ssize_t size = PyList_GET_SIZE(items.ptr());
  encoder_.begin_dict(static_cast<std::size_t>(size));
  for (Py_ssize_t i = 0; i < size; ++i) {
    PyObject* item = PyList_GET_ITEM(items.ptr(), i);
    const nb::handle key = PyTuple_GET_ITEM(item, 0);
    add_step({-1, key, nullptr}, key);
    add_step({-1, key, nullptr}, PyTuple_GET_ITEM(item, 1));
  }
}

void ObjectEncoder::add_sorted_dict(PyObject* object) {
  const nb::object items = nb::steal(PyDict_Items(object));
  std::vector<std::pair<std::string, PyObject*>> sorted;
  for (Py_ssize_t i = 0; i < PyList_GET_SIZE(items.ptr()); ++i) {
    PyObject* item = PyList_GET_ITEM(items.ptr(), i);
    const value::Encoded key = encode_object(PyTuple_GET_ITEM(item, 0), purpose_, context_);
    sorted.emplace_back(std::string(key.structure.text()), item);
  }
  std::sort(sorted.begin(), sorted.end());
  encoder_.begin_dict(sorted.size());
  for (const auto& [bytes, item] : sorted) {
    const nb::handle key = PyTuple_GET_ITEM(item, 0);
    add_step({-1, key, nullptr}, key);
    add_step({-1, key, nullptr}, PyTuple_GET_ITEM(item, 1));
  }
}

/// Arrays of numbers, times and texts of fixed width; anything else in numpy goes to peaktrade._values.
bool ObjectEncoder::add_array(nb::handle object) {
  if (!is_type(Py_TYPE(object.ptr()), LazyType::kArray)) return false;
  constexpr int kRowMajor = 0x1;
  constexpr int kColumnMajor = 0x2;
  ArrayView view = view_of(object);
  if (view.interface == nullptr || std::string_view("biufcmMSU").find(view.interface->kind) == std::string_view::npos) {
    return false;
  }
  nb::object kept = nb::borrow(object);
  if ((view.interface->flags & (kRowMajor | kColumnMajor)) == 0) {
    kept = object.attr("copy")("C");
    view = view_of(kept);
  }
  value::ArrayInfo info;
  const nb::object type = kept.attr("dtype").attr("str");
  info.type = text_of(type.ptr());
  info.column_major = (view.interface->flags & kRowMajor) == 0;
  std::size_t bytes = static_cast<std::size_t>(view.interface->item_bytes);
  for (int i = 0; i < view.interface->dimensions; ++i) {
    info.shape.push_back(view.interface->shape[i]);
    bytes *= static_cast<std::size_t>(view.interface->shape[i]);
  }
  encoder_.array(info, {static_cast<const std::byte*>(view.interface->data), bytes, owner_of(kept)});
  return true;
}

/// One record batch of pyarrow; tables of several are made one first, in peaktrade._values.
bool ObjectEncoder::add_arrow(nb::handle object) {
  if (!is_type(Py_TYPE(object.ptr()), LazyType::kRecordBatch)) return false;
  const nb::object pair = object.attr("__arrow_c_array__")();
  const nb::object schema_capsule = pair[0];
  const nb::object array_capsule = pair[1];
  auto* schema = static_cast<ArrowSchema*>(PyCapsule_GetPointer(schema_capsule.ptr(), "arrow_schema"));
  auto* array = static_cast<ArrowArray*>(PyCapsule_GetPointer(array_capsule.ptr(), "arrow_array"));
  if (schema == nullptr || array == nullptr) throw nb::python_error();
  const Status status = value::encode_arrow(*schema, *array, encoder_);
  if (!status.ok()) raise_type_error("cannot cache " + place() + ": " + status.error().message);
  return true;
}

void ObjectEncoder::add_reduced(nb::handle object) {
  static const nb::object& module = *new nb::object(nb::module_::import_("peaktrade._values"));
  const char* name = purpose_ == EncodePurpose::kKey ? "reduce_for_key" : "reduce";
  const nb::object reduced = module.attr(name)(object, context_);
  if (reduced.is_none()) {
    raise_type_error(
        "cannot cache " + place() + ": a '" + class_name(object) +
        "'. Values may be None, bool, int, float, str, bytes, datetime, date, timedelta, Decimal, UUID, lists, tuples "
        "and dicts of these, numpy arrays, pandas and polars frames, Arrow tables, and dataclasses registered "
        "with peaktrade.core.cache.register");
  }
  if (!PyTuple_Check(reduced.ptr())) {  // the same as something simpler
    add(reduced);
    return;
  }
  const nb::object type = reduced[0];
  const nb::dict fields = nb::cast<nb::dict>(reduced[1]);
  encoder_.begin_record(text_of(type.ptr()), fields.size());
  for (const auto& [key, value] : fields) {
    encoder_.field(text_of(key.ptr()));
    add_step({-1, {}, PyUnicode_AsUTF8(key.ptr())}, value);
  }
}

}  // namespace

value::Encoded encode_object(nb::handle object, EncodePurpose purpose, nb::handle context) {
  if (PyDateTimeAPI == nullptr) PyDateTime_IMPORT;
  ObjectEncoder encoder(purpose, context);
  encoder.add(object);
  return encoder.finish();
}

value::Encoded with_own_buffers(const value::Encoded& encoded) {
  value::Encoded own{encoded.structure, {}};
  own.buffers.reserve(encoded.buffers.size());
  for (const value::ByteRun& buffer : encoded.buffers) own.buffers.push_back(value::ByteRun::copy_of(buffer.bytes()));
  return own;
}

}  // namespace peak::python
