#include "trade_times.hpp"

#include <datetime.h>

#include <cmath>
#include <string_view>

#include "arguments.hpp"
#include "errors.hpp"
#include "peak/store/trade_rows.hpp"

// CPython's macros cast in the old style.
#pragma GCC diagnostic ignored "-Wold-style-cast"

namespace nb = nanobind;

namespace peak::python {
namespace {

[[noreturn]] void raise_fault(std::size_t row, const std::string& fault) {
  raise(store::trade_error(row, "timestamp", fault));
}

std::string_view text_of(PyObject* value, std::size_t row) {
  Py_ssize_t size = 0;
  const char* text = PyUnicode_AsUTF8AndSize(value, &size);
  if (text == nullptr) {
    PyErr_Clear();
    raise_fault(row, "is not valid Unicode");
  }
  return {text, static_cast<std::size_t>(size)};
}

Nanoseconds time_of_datetime(PyObject* value) {
  const std::int64_t days =
      days_from_date(PyDateTime_GET_YEAR(value), static_cast<unsigned>(PyDateTime_GET_MONTH(value)),
                     static_cast<unsigned>(PyDateTime_GET_DAY(value)));
  if (!PyDateTime_Check(value)) return days * kNanosecondsPerDay;
  return days * kNanosecondsPerDay + PyDateTime_DATE_GET_HOUR(value) * kNanosecondsPerHour +
         PyDateTime_DATE_GET_MINUTE(value) * kNanosecondsPerMinute +
         PyDateTime_DATE_GET_SECOND(value) * kNanosecondsPerSecond + PyDateTime_DATE_GET_MICROSECOND(value) * 1000LL;
}

Nanoseconds time_or_raise(const Result<Nanoseconds>& time, std::size_t row) {
  if (!time.ok()) raise_fault(row, time.error().message);
  return *time;
}

/// datetime, date, pandas.Timestamp: nanoseconds UTC, a time without a zone taken as UTC.
Nanoseconds calendar_time(PyObject* value, std::size_t row) {
  // pandas' stamps are datetimes that know their nanoseconds.
  if (!PyDateTime_CheckExact(value) && nb::hasattr(value, "asm8")) {
    const nb::object whole = nb::borrow(value).attr("as_unit")("ns").attr("value");
    return nb::cast<Nanoseconds>(whole);
  }
  if (PyDateTime_GET_YEAR(value) < 1678 || PyDateTime_GET_YEAR(value) > 2261) {
    raise_fault(row, nb::cast<std::string>(nb::str(value)) + " lies outside of 1678 to 2261");
  }
  const Nanoseconds time = time_of_datetime(value);
  if (!PyDateTime_Check(value) || PyDateTime_DATE_GET_TZINFO(value) == Py_None ||
      PyDateTime_DATE_GET_TZINFO(value) == PyDateTime_TimeZone_UTC) {
    return time;
  }
  const nb::object offset = nb::borrow(value).attr("utcoffset")();
  if (offset.is_none()) return time;
  const std::int64_t seconds =
      PyDateTime_DELTA_GET_DAYS(offset.ptr()) * 86400LL + PyDateTime_DELTA_GET_SECONDS(offset.ptr());
  return time - seconds * kNanosecondsPerSecond - PyDateTime_DELTA_GET_MICROSECONDS(offset.ptr()) * 1000LL;
}

/// Anything else that numpy takes as a time (datetime64), or the row's fault.
Nanoseconds numpy_time(PyObject* value, std::size_t row) {
  if (nb::hasattr(value, "dtype") &&
      nb::cast<std::string>(nb::str(nb::borrow(value).attr("dtype").attr("kind"))) == "M") {
    const nb::object whole = nb::borrow(value).attr("astype")("datetime64[ns]").attr("astype")("int64");
    return time_or_raise(nb::cast<Nanoseconds>(whole) == kNoTime ? Result<Nanoseconds>(bad_data("is missing"))
                                                                 : nb::cast<Nanoseconds>(whole),
                         row);
  }
  if (PyIndex_Check(value) && !PyBool_Check(value)) {
    return time_or_raise(store::whole_time(nb::cast<Nanoseconds>(nb::int_(nb::borrow(value)))), row);
  }
  raise_fault(row, value == Py_None ? "is missing" : nb::cast<std::string>(nb::repr(value)) + " is no time");
}

/// pandas.NaT, which is a datetime by its class.
bool is_not_a_time(PyObject* value) {
  return PyDate_Check(value) && !PyDateTime_CheckExact(value) && class_name(value).ends_with("NaTType");
}

Nanoseconds time_of(PyObject* value, std::size_t row) {
  if (is_not_a_time(value)) raise_fault(row, "is missing");
  if (PyDate_Check(value)) return calendar_time(value, row);
  if (PyUnicode_Check(value)) return time_or_raise(store::parse_iso_time(text_of(value, row)), row);
  if (PyFloat_Check(value)) return time_or_raise(store::seconds_time(PyFloat_AsDouble(value)), row);
  return numpy_time(value, row);
}

}  // namespace

nb::object trade_time(PyObject* value, std::size_t row, bool as_given) {
  if (PyDateTimeAPI == nullptr) PyDateTime_IMPORT;
  if (PyLong_CheckExact(value)) {
    if (as_given) return nb::borrow(value);
    int overflow = 0;
    const std::int64_t whole = PyLong_AsLongLongAndOverflow(value, &overflow);
    if (overflow != 0) raise_fault(row, "does not fit into 64 bits");
    static_cast<void>(time_or_raise(store::whole_time(whole), row));
    return nb::borrow(value);
  }
  if (!as_given) return nb::steal(PyLong_FromLongLong(time_of(value, row)));
  if (PyUnicode_Check(value) && PyUnicode_GET_LENGTH(value) != 0) return nb::borrow(value);
  if (PyFloat_Check(value) && std::isfinite(PyFloat_AsDouble(value))) return nb::borrow(value);
  if (PyDate_Check(value) && !is_not_a_time(value)) {
    return PyDateTime_Check(value) ? nb::object(nb::borrow(value).attr("isoformat")(" "))
                                   : nb::object(nb::borrow(value).attr("isoformat")());
  }
  return nb::steal(PyLong_FromLongLong(time_of(value, row)));
}

}  // namespace peak::python
