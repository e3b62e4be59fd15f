
#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "arrays.hpp"
#include "date_types.hpp"
#include "errors.hpp"
#include "peak/base/time.hpp"
#include "peak/value/arrow.hpp"
#include "peak/value/decoder.hpp"
#include "value_types.hpp"
#include "values.hpp"

namespace nb = nanobind;

namespace peak::python {
namespace {

using value::Kind;

constexpr std::int64_t kMicrosecondsPerDay = 86'400'000'000;

nb::object taken(PyObject* object) {
  if (object == nullptr) throw nb::python_error();
  return nb::steal(object);
}

nb::object text_object(std::string_view text) {
  return taken(PyUnicode_DecodeUTF8(text.data(), static_cast<Py_ssize_t>(text.size()), "surrogatepass"));
}

nb::object bytes_object(std::string_view bytes) {
  return taken(PyBytes_FromStringAndSize(bytes.data(), static_cast<Py_ssize_t>(bytes.size())));
}

nb::object big_integer_object(const value::BigInteger& number) {
  const nb::object magnitude = nb::borrow<nb::object>(reinterpret_cast<PyObject*>(&PyLong_Type))
                                   .attr("from_bytes")(bytes_object(number.magnitude), "little");
  return number.negative ? taken(PyNumber_Negative(magnitude.ptr())) : magnitude;
}

/// Days and microseconds of a count, the microseconds not negative.
std::pair<std::int64_t, std::int64_t> days_and_rest(std::int64_t microseconds) {
  std::int64_t days = microseconds / kMicrosecondsPerDay;
  std::int64_t rest = microseconds % kMicrosecondsPerDay;
  if (rest < 0) {
    rest += kMicrosecondsPerDay;
    --days;
  }
  return {days, rest};
}

nb::object timedelta_object(std::int64_t days, std::int64_t microseconds) {
  if (days < -999'999'999 || days > 999'999'999) raise_value_error("a timedelta beyond what Python holds");
  return taken(PyDelta_FromDSU(static_cast<int>(days), static_cast<int>(microseconds / 1'000'000),
                               static_cast<int>(microseconds % 1'000'000)));
}

Date checked_date(std::int64_t days) {
  // Python's calendar: years 1 to 9999.
  if (days < -719'162 || days > 2'932'896) raise_value_error("a date beyond what Python holds");
  return date_from_days(days);
}

nb::object date_object(std::int64_t days) {
  const Date date = checked_date(days);
  return taken(PyDate_FromDate(static_cast<int>(date.year), static_cast<int>(date.month), static_cast<int>(date.day)));
}

nb::object zone_object(const value::DateTime& time) {
  switch (time.zone) {
    case value::DateTime::Zone::kNone: return nb::none();
    case value::DateTime::Zone::kNamed: return lazy_type(LazyType::kZoneInfo)(text_object(time.zone_name));
    case value::DateTime::Zone::kOffset: break;
  }
  if (time.offset_microseconds == 0 && time.zone_name.empty()) return nb::borrow(PyDateTime_TimeZone_UTC);
  const auto [days, rest] = days_and_rest(time.offset_microseconds);
  const nb::object offset = timedelta_object(days, rest);
  const nb::object zone = lazy_type(LazyType::kTimeZone);
  return time.zone_name.empty() ? zone(offset) : zone(offset, text_object(time.zone_name));
}

nb::object datetime_object(const value::DateTime& time) {
  const auto [days, rest] = days_and_rest(time.wall_microseconds);
  const Date date = checked_date(days);
  const nb::object zone = zone_object(time);
  const int second = static_cast<int>(rest / 1'000'000);
  return taken(PyDateTimeAPI->DateTime_FromDateAndTimeAndFold(
      static_cast<int>(date.year), static_cast<int>(date.month), static_cast<int>(date.day), second / 3600,
      second / 60 % 60, second % 60, static_cast<int>(rest % 1'000'000), zone.ptr(), time.fold ? 1 : 0,
      PyDateTimeAPI->DateTimeType));
}

nb::object array_object(const value::Decoder::Array& array) {
  static nb::dict& types = *new nb::dict();
  const nb::object name = text_object(array.info.type);
  nb::object type = nb::borrow(PyDict_GetItem(types.ptr(), name.ptr()));
  if (!type.is_valid()) {
    type = nb::module_::import_("numpy").attr("dtype")(name);
    types[name] = type;
  }
  const nb::object shape = taken(PyTuple_New(static_cast<Py_ssize_t>(array.info.shape.size())));
  for (std::size_t i = 0; i < array.info.shape.size(); ++i) {
    PyTuple_SET_ITEM(shape.ptr(), static_cast<Py_ssize_t>(i), PyLong_FromLongLong(array.info.shape[i]));
  }
  static const nb::object& make = *new nb::object(lazy_type(LazyType::kArray));
  return make(shape, type, buffer_of(array.data), 0, nb::none(), array.info.column_major ? "F" : "C");
}

template <typename Struct>
nb::object capsule_of(std::unique_ptr<Struct> held, const char* name) {
  return taken(PyCapsule_New(held.release(), name, [](PyObject* capsule) {
    auto* own = static_cast<Struct*>(PyCapsule_GetPointer(capsule, PyCapsule_GetName(capsule)));
    if (own->release != nullptr) own->release(own);
    delete own;
  }));
}

nb::object record_batch_object(const value::TableParts& parts, const std::vector<value::ByteRun>& buffers) {
  auto schema = std::make_unique<ArrowSchema>();
  auto array = std::make_unique<ArrowArray>();
  check(value::arrow_of_table(parts, buffers, *schema, *array));
  const nb::object schema_capsule = capsule_of(std::move(schema), "arrow_schema");
  const nb::object array_capsule = capsule_of(std::move(array), "arrow_array");
  static const nb::object& import = *new nb::object(lazy_type(LazyType::kRecordBatch).attr("_import_from_c_capsule"));
  return import(schema_capsule, array_capsule);
}

class ObjectDecoder {
 public:
  ObjectDecoder(const value::Encoded& encoded, nb::handle context)
      : encoded_(encoded), decoder_(encoded), context_(context) {}

  nb::object whole() {
    nb::object object = next();
    check(decoder_.finish());
    return object;
  }

 private:
  nb::object next() {
    const Kind kind = value_or_raise(decoder_.next());
    switch (kind) {
      case Kind::kList: return list();
      case Kind::kTuple: return tuple();
      case Kind::kDict: return dict();
      case Kind::kRecord: return record();
      case Kind::kArray: return array_object(value_or_raise(decoder_.array()));
      case Kind::kTable: return record_batch_object(value_or_raise(decoder_.table()), encoded_.buffers);
      default: return scalar(kind);
    }
  }

  nb::object scalar(Kind kind) {
    switch (kind) {
      case Kind::kNone: return nb::none();
      case Kind::kFalse: return nb::borrow(Py_False);
      case Kind::kTrue: return nb::borrow(Py_True);
      case Kind::kInteger: return taken(PyLong_FromLongLong(value_or_raise(decoder_.integer())));
      case Kind::kBigInteger: return big_integer_object(value_or_raise(decoder_.big_integer()));
      case Kind::kReal: return taken(PyFloat_FromDouble(value_or_raise(decoder_.real())));
      case Kind::kText: return text_object(value_or_raise(decoder_.text()));
      case Kind::kBytes: return bytes_object(value_or_raise(decoder_.text()));
      case Kind::kDateTime: return datetime_object(value_or_raise(decoder_.datetime()));
      case Kind::kDate: return date_object(value_or_raise(decoder_.date()));
      case Kind::kTimeDelta: {
        const value::TimeDelta delta = value_or_raise(decoder_.timedelta());
        return timedelta_object(delta.days, delta.microseconds);
      }
      case Kind::kDecimal: return lazy_type(LazyType::kDecimal)(text_object(value_or_raise(decoder_.text())));
      case Kind::kUuid: {
        const auto bytes = value_or_raise(decoder_.uuid());
        return lazy_type(LazyType::kUuid)(nb::arg("bytes") =
                                              bytes_object({reinterpret_cast<const char*>(bytes.data()), 16}));
      }
      default: raise_value_error("a kind of value that this version does not know");
    }
  }

  nb::object list() {
    const std::size_t count = value_or_raise(decoder_.count());
    nb::object list = taken(PyList_New(0));
    for (std::size_t i = 0; i < count; ++i) {
      const nb::object item = next();
      if (PyList_Append(list.ptr(), item.ptr()) != 0) throw nb::python_error();
    }
    return list;
  }

  nb::object tuple() { return taken(PyList_AsTuple(list().ptr())); }

  nb::object dict() {
    const std::size_t count = value_or_raise(decoder_.count());
    nb::dict dict;
    for (std::size_t i = 0; i < count; ++i) {
      const nb::object key = next();
      dict[key] = next();
    }
    return dict;
  }

  nb::object record() {
    const nb::object type = text_object(value_or_raise(decoder_.record_type()));
    const std::size_t count = value_or_raise(decoder_.count());
    nb::dict fields;
    for (std::size_t i = 0; i < count; ++i) {
      const nb::object name = text_object(value_or_raise(decoder_.field_name()));
      fields[name] = next();
    }
    static const nb::object& restore = *new nb::object(nb::module_::import_("peaktrade._values").attr("restore"));
    return restore(type, fields, context_);
  }

  const value::Encoded& encoded_;
  value::Decoder decoder_;
  nb::handle context_;
};

// ---- the buffer protocol over a run of bytes
// ---------------------------------------------------------------------------

struct BufferObject {
  PyObject_HEAD value::ByteRun bytes;
};

int get_buffer(PyObject* self, Py_buffer* view, int flags) {
  const value::ByteRun& bytes = reinterpret_cast<BufferObject*>(self)->bytes;
  static const std::byte empty{};
  const void* data = bytes.data == nullptr ? &empty : bytes.data;
  return PyBuffer_FillInfo(view, self, const_cast<void*>(data), static_cast<Py_ssize_t>(bytes.size), 1, flags);
}

void free_buffer_object(PyObject* self) {
  PyTypeObject* type = Py_TYPE(self);
  reinterpret_cast<BufferObject*>(self)->bytes.~ByteRun();
  type->tp_free(self);
  Py_DECREF(type);
}

PyTypeObject* buffer_type() {
  static PyType_Slot slots[] = {{Py_tp_dealloc, reinterpret_cast<void*>(free_buffer_object)},
                                {Py_bf_getbuffer, reinterpret_cast<void*>(get_buffer)},
                                {0, nullptr}};
  static PyType_Spec spec = {"peaktrade._native.CachedBytes", sizeof(BufferObject), 0,
                             Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION, slots};
  static PyObject* type = PyType_FromSpec(&spec);
  if (type == nullptr) throw nb::python_error();
  return reinterpret_cast<PyTypeObject*>(type);
}

}  // namespace

nb::object buffer_of(const value::ByteRun& bytes) {
  PyTypeObject* type = buffer_type();
  nb::object object = taken(type->tp_alloc(type, 0));
  new (&reinterpret_cast<BufferObject*>(object.ptr())->bytes) value::ByteRun(bytes);
  return object;
}

nb::object decode_object(const value::Encoded& encoded, nb::handle context) {
  if (PyDateTimeAPI == nullptr) PyDateTime_IMPORT;
  return ObjectDecoder(encoded, context).whole();
}

}  // namespace peak::python
