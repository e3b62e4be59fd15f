// Narrow tables: columns in as few bytes as their values allow.
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <string>
#include <utility>

#include "arguments.hpp"
#include "arrays.hpp"
#include "bindings.hpp"
#include "errors.hpp"
#include "narrow_object.hpp"
#include "peak/base/suggest.hpp"
#include "rows.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace peak::python {
namespace {

NarrowObject make(nb::handle data, nb::handle reading) {
  Rows rows = make_rows(data, reading_options(reading));
  NarrowObject made;
  made.zone = std::move(rows.zone);
  const nb::gil_scoped_release release;
  made.table = narrow(rows.table);
  return made;
}

const NarrowColumn& column_of(const NarrowObject& table, const std::string& name) {
  if (const NarrowColumn* column = table.table.find(name)) return *column;
  std::vector<std::string> names;
  for (const NarrowColumn& column : table.table.columns) names.push_back(column.name());
  raise(not_found("there is no column '" + name + "'" + suggestion(name, names)));
}

/// What the column takes wide: 8 bytes to a number, time or text's place, and each text once.
std::size_t wide_bytes(const NarrowColumn& column) {
  return column.size() * (column.type() == ColumnType::kBool ? 1U : column.type() == ColumnType::kText ? 4U : 8U);
}

nb::list columns(const NarrowObject& table) {
  nb::list told;
  for (const NarrowColumn& column : table.table.columns) {
    nb::dict one;
    one["name"] = column.name();
    one["type"] = column_type_name(column.type());
    one["form"] = narrow_form_name(column.form());
    one["places"] = column.places() < 0 ? nb::object(nb::none()) : nb::object(nb::int_(column.places()));
    one["bytes"] = column.size_bytes();
    one["wide_bytes"] = wide_bytes(column);
    told.append(one);
  }
  return told;
}

nb::dict widened(const NarrowObject& table, const std::vector<std::string>& names, std::size_t first,
                 std::size_t count) {
  Table wide;
  const std::size_t rows = table.table.rows();
  const std::size_t from = std::min(first, rows), many = std::min(count, rows - from);
  std::vector<const NarrowColumn*> chosen;
  for (const std::string& name : names) chosen.push_back(&column_of(table, name));
  {
    const nb::gil_scoped_release release;
    for (const NarrowColumn* column : chosen) wide.columns.push_back(column->widen(from, many));
  }
  return columns_of(wide);
}

nb::dict summarised(const NarrowObject& table, const std::string& name) {
  const NarrowColumn& column = column_of(table, name);
  const ColumnSummary found = value_or_raise([&] {
    const nb::gil_scoped_release release;
    return summary(column);
  }());
  nb::dict told;
  told["present"] = found.present;
  told["missing"] = found.missing;
  told["sum"] = found.sum;
  told["mean"] = found.present == 0 ? nb::object(nb::none())
                                    : nb::object(nb::float_(found.sum / static_cast<double>(found.present)));
  told["min"] = found.present == 0 ? nb::object(nb::none()) : nb::object(nb::float_(found.minimum));
  told["max"] = found.present == 0 ? nb::object(nb::none()) : nb::object(nb::float_(found.maximum));
  return told;
}

}  // namespace

const NarrowObject* narrow_object(nb::handle data) {
  return nb::isinstance<NarrowObject>(data) ? nb::inst_ptr<NarrowObject>(data) : nullptr;
}

void bind_narrow(nb::module_& module) {
  nb::class_<NarrowObject>(module, "NarrowColumns", "Columns in as few bytes as their values allow; peaktrade.narrow.")
      .def(
          "__init__",
          [](NarrowObject* self, nb::handle data, nb::handle reading) { new (self) NarrowObject(make(data, reading)); },
          "data"_a, "reading"_a)
      .def_prop_ro("rows", [](const NarrowObject& self) { return self.table.rows(); })
      .def_prop_ro("nbytes", [](const NarrowObject& self) { return self.table.size_bytes(); })
      .def_prop_ro("zone", [](const NarrowObject& self) { return self.zone; })
      .def("columns", &columns, nb::sig("def columns(self) -> list[dict[str, typing.Any]]"))
      .def("widen", &widened, "names"_a, "first"_a, "count"_a,
           nb::sig("def widen(self, names: collections.abc.Sequence[str], first: int, count: int) -> dict[str, "
                   "typing.Any]"))
      .def("summary", &summarised, "name"_a, nb::sig("def summary(self, name: str) -> dict[str, typing.Any]"));
}

}  // namespace peak::python
