// The time of a trade as Python gives it: datetime, pandas.Timestamp, numpy.datetime64, numbers, ISO text.
//
// Threads: to be called with the GIL held.
#pragma once

#include <nanobind/nanobind.h>

#include <cstddef>

namespace peak::python {

/// What is stored for it: whole nanoseconds UTC, a time without a zone taken as UTC. With `as_given` (a table that is
/// not one of ours) text and numbers stay as they are and datetimes become ISO text, as sqlite3 writes them. Raises the
/// fault of the row's field timestamp.
[[nodiscard]] nanobind::object trade_time(PyObject* value, std::size_t row, bool as_given);

}  // namespace peak::python
