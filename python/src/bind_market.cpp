#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "arguments.hpp"
#include "arrays.hpp"
#include "bars.hpp"
#include "bindings.hpp"
#include "errors.hpp"
#include "peak/base/suggest.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace peak::python {
namespace {

void construct(BarsObject* self, nb::handle data, const std::string& symbol, bool allow_missing, bool allow_nonpositive,
               bool sort, bool drop_duplicates, bool drop_bad_rows, bool drop_missing_rows) {
  BarChecks checks;
  checks.allow_missing = allow_missing;
  checks.allow_nonpositive = allow_nonpositive;
  checks.repairs = {.sort = sort,
                    .drop_duplicates = drop_duplicates,
                    .drop_bad_rows = drop_bad_rows,
                    .drop_missing_rows = drop_missing_rows};
  new (self) BarsObject(make_bars(data, checks, symbol));
}

nb::object column(const nb::object& self, const std::string& name) {
  const BarsObject& bars = *nb::inst_ptr<BarsObject>(self);
  const Column* column = bars.bars.find(name);
  if (column == nullptr) {
    raise(not_found("the bars have no column '" + name + "'" + suggestion(name, bars.bars.column_names())));
  }
  if (column->type() == ColumnType::kFloat64) return numpy_view(column->float64s(), self);
  return numpy_view(column->int64s(), self).attr("view")("datetime64[ns]");
}

std::string describe(const BarsObject& self) {
  std::string text = "Bars(" + std::to_string(self.bars.size()) + " bars";
  if (!self.bars.symbol().empty()) text += " of " + self.bars.symbol();
  if (self.bars.size() > 0) {
    const auto time = self.bars.time();
    text += ", " + format_time_short(time.front()) + " to " + format_time_short(time.back());
  }
  return text + ")";
}

}  // namespace

void bind_market(nb::module_& module) {
  nb::class_<BarsObject>(
      module, "Bars",
      "Open, high, low, close and volume of one symbol over time, checked and ready for many runs.\n\n"
      "float64 columns that lie in one piece are not copied: do not change them while the bars live.")
      .def("__init__", &construct, "data"_a, nb::kw_only(), "symbol"_a = "", "allow_missing"_a = false,
           "allow_nonpositive"_a = false, "sort"_a = false, "drop_duplicates"_a = false, "drop_bad_rows"_a = false,
           "drop_missing_rows"_a = false,
           "Takes a pandas or polars DataFrame, an Arrow table, a mapping of column names to arrays, or a path.\n\n"
           "Rows that break a rule of the data are refused with their places unless the repair is asked for.")
      .def("__len__", [](const BarsObject& self) { return self.bars.size(); })
      .def("__getitem__", &column, "name"_a,
           nb::sig("def __getitem__(self, name: str) -> numpy.typing.NDArray[typing.Any]"),
           "A column as a read-only array that shares the bars' memory.")
      .def("__repr__", &describe)
      .def(
          "slice",
          [](const BarsObject& self, std::size_t first, std::size_t count) {
            return BarsObject{self.bars.slice(first, count), nb::str("numpy"), self.path, {}};
          },
          "first"_a, "count"_a, "Bars [first, first + count), without a copy.")
      .def_prop_ro(
          "columns", [](const BarsObject& self) { return self.bars.column_names(); },
          "Names of the columns: time, open, high, low, close, volume, then further ones.")
      .def_prop_ro("symbol", [](const BarsObject& self) { return self.bars.symbol(); })
      .def_prop_ro(
          "time_zone", [](const BarsObject& self) { return self.bars.time_zone(); },
          "The zone in which the data were given; times are UTC inside.")
      .def_prop_ro(
          "path", [](const BarsObject& self) { return self.path; }, "The file they were read from, or ''.")
      .def_prop_ro(
          "notes", [](const BarsObject& self) { return self.notes; },
          "What was assumed, left out or repaired, one sentence each.")
      .def_prop_ro(
          "fingerprint", [](const BarsObject& self) { return self.bars.fingerprint().hex(); },
          "Hash of the content: equal data have equal fingerprints everywhere.");
}

}  // namespace peak::python
