// SQLite files among the files of prices: the queries run in Python's own sqlite3 (peaktrade.data._query_rows), because
// two copies of SQLite on one file in one process break its locks.
#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <string>
#include <string_view>
#include <vector>

#include "bindings.hpp"
#include "errors.hpp"
#include "peak/io/database.hpp"

namespace nb = nanobind;

namespace peak::python {
namespace {

void add_cell(PyObject* cell, CellTable& cells) {
  if (cell == Py_None) return cells.add_missing();
  if (PyFloat_Check(cell)) return cells.add(PyFloat_AS_DOUBLE(cell));
  if (PyLong_Check(cell)) return cells.add(static_cast<std::int64_t>(PyLong_AsLongLong(cell)));  // SQLite has 64 bits
  if (PyUnicode_Check(cell)) {
    Py_ssize_t size = 0;
    const char* text = PyUnicode_AsUTF8AndSize(cell, &size);
    if (text == nullptr) throw nb::python_error();
    return cells.add(std::string_view(text, static_cast<std::size_t>(size)));
  }
  cells.add_bytes();
}

void add_rows(const nb::object& query, CellTable& cells) {
  while (!cells.is_full()) {
    const nb::object rows = query.attr("rows")();
    const Py_ssize_t count = PyList_GET_SIZE(rows.ptr());
    if (count == 0) return;
    for (Py_ssize_t row = 0; row < count; ++row) {
      PyObject* const tuple = PyList_GET_ITEM(rows.ptr(), row);
      for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(tuple); ++i) add_cell(PyTuple_GET_ITEM(tuple, i), cells);
    }
  }
}

Error error_of(const nb::python_error& raised) {
  const std::string text = nb::cast<std::string>(nb::str(raised.value()));
  if (raised.matches(nb::module_::import_("peaktrade._errors").attr("DataError"))) return bad_data(text);
  if (raised.matches(PyExc_ValueError)) return invalid_argument(text);
  if (raised.matches(PyExc_OSError)) return io_error(text);
  return internal_error(text);
}

Status run_query(const std::string& path, const std::string& sql, CellTable& cells) {
  const nb::gil_scoped_acquire acquired;
  try {
    const nb::object query = nb::module_::import_("peaktrade.data._query_rows").attr("Query")(path, sql);
    cells.begin(nb::cast<std::vector<std::string>>(query.attr("names")));
    try {
      add_rows(query, cells);
    } catch (...) {
      query.attr("close")();
      throw;
    }
    query.attr("close")();
  } catch (const nb::python_error& raised) {
    return error_of(raised);
  }
  return {};
}

}  // namespace

void bind_databases(nb::module_&) { io::set_query_runner(&run_query); }

}  // namespace peak::python
