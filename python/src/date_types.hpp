// Python's date and time types.
#pragma once

#pragma GCC system_header  // its macros are C: casts that this project's warnings refuse

// Python.h, which datetime.h does not include itself, must come first.
// clang-format off
#include <nanobind/nanobind.h>
#include <datetime.h>
// clang-format on

#include <cstdint>

namespace peak::python {

struct CalendarDay {
  std::int64_t year;
  unsigned month;
  unsigned day;
};

/// Of a date or datetime.
inline CalendarDay day_of(PyObject* date) {
  return {PyDateTime_GET_YEAR(date), static_cast<unsigned>(PyDateTime_GET_MONTH(date)),
          static_cast<unsigned>(PyDateTime_GET_DAY(date))};
}

/// Microseconds since midnight on a datetime's own clock.
inline std::int64_t clock_microseconds(PyObject* time) {
  const std::int64_t seconds =
      PyDateTime_DATE_GET_HOUR(time) * 3600 + PyDateTime_DATE_GET_MINUTE(time) * 60 + PyDateTime_DATE_GET_SECOND(time);
  return seconds * 1'000'000 + PyDateTime_DATE_GET_MICROSECOND(time);
}

inline bool is_folded(PyObject* time) { return PyDateTime_DATE_GET_FOLD(time) != 0; }
inline PyObject* zone_of(PyObject* time) { return PyDateTime_DATE_GET_TZINFO(time); }

/// A timedelta's parts: days, and microseconds that are less than a day and not negative.
inline std::int64_t delta_days(PyObject* delta) { return PyDateTime_DELTA_GET_DAYS(delta); }
inline std::int64_t delta_microseconds(PyObject* delta) {
  return std::int64_t{PyDateTime_DELTA_GET_SECONDS(delta)} * 1'000'000 + PyDateTime_DELTA_GET_MICROSECONDS(delta);
}

}  // namespace peak::python
