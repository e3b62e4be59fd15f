#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "arguments.hpp"
#include "arrays.hpp"
#include "bars.hpp"
#include "bindings.hpp"
#include "errors.hpp"
#include "peak/base/suggest.hpp"
#include "peak/market/other_symbols.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace peak::python {
namespace {

void construct(BarsObject* self, nb::handle data, const std::string& symbol, bool allow_missing, bool allow_nonpositive,
               bool sort, bool drop_duplicates, bool drop_bad_rows, bool drop_missing_rows, nb::handle others,
               bool mixed) {
  BarChecks checks;
  checks.allow_missing = allow_missing;
  checks.allow_nonpositive = allow_nonpositive;
  checks.repairs = {.sort = sort,
                    .drop_duplicates = drop_duplicates,
                    .drop_bad_rows = drop_bad_rows,
                    .drop_missing_rows = drop_missing_rows};
  BarsObject made = make_bars(data, checks, symbol);
  if (!others.is_none()) made.bars = value_or_raise(with_others(made.bars, named_bars(others), {.mixed = mixed}));
  new (self) BarsObject(std::move(made));
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

/// The zone of the times of frames; "" for those of data that came without one.
std::string frame_zone(const BarsObject& self) {
  if (nb::isinstance<nb::str>(self.origin)) {
    const auto origin = nb::cast<std::string>(self.origin);
    const bool plain = origin == "numpy" || origin == "pandas";
    return plain && self.bars.time_zone() == "UTC" ? "" : self.bars.time_zone();
  }
  return nb::getattr(self.origin, "tz", nb::none()).is_none() ? "" : self.bars.time_zone();
}

/// A method that peaktrade._bars_frame does.
nb::object as_frame(const nb::object& self, const char* method) {
  const nb::object made = nb::module_::import_("peaktrade._bars_frame").attr(method);
  return made(self, frame_zone(*nb::inst_ptr<BarsObject>(self)));
}

}  // namespace

void bind_market(nb::module_& module) {
  nb::class_<BarsObject>(
      module, "Bars",
      "Open, high, low, close and volume of one symbol over time, checked and ready for many runs.\n\n"
      "float64 columns that lie in one piece are not copied: do not change them while the bars live.")
      .def("__init__", &construct, "data"_a, nb::kw_only(), "symbol"_a = "", "allow_missing"_a = false,
           "allow_nonpositive"_a = false, "sort"_a = false, "drop_duplicates"_a = false, "drop_bad_rows"_a = false,
           "drop_missing_rows"_a = false, "others"_a = nb::none(), "mixed"_a = false,
           nb::sig("def __init__(self, data: object, *, symbol: str = '', allow_missing: bool = False, "
                   "allow_nonpositive: bool = False, sort: bool = False, drop_duplicates: bool = False, "
                   "drop_bad_rows: bool = False, drop_missing_rows: bool = False, "
                   "others: collections.abc.Mapping[str, typing.Any] | None = None, mixed: bool = False) -> None"),
           "Takes a pandas or polars DataFrame, an Arrow table, a mapping of column names to arrays, or a path.\n\n"
           "Rows that break a rule of the data are refused with their places unless the repair is asked for.\n\n"
           "``others`` is a mapping of symbols to such data, which formulas read as symbol(\"SPY\", close); with "
           "``mixed`` also in other zones.")
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
      .def(
          "to_pandas", [](const nb::object& self) { return as_frame(self, "to_pandas"); },
          nb::sig("def to_pandas(self) -> typing.Any"),
          "A DataFrame of its own memory with the times as index, in the zone of the data.")
      .def(
          "to_polars", [](const nb::object& self) { return as_frame(self, "to_polars"); },
          nb::sig("def to_polars(self) -> typing.Any"), "A polars DataFrame with the column time.")
      .def(
          "to_arrow", [](const nb::object& self) { return as_frame(self, "to_arrow"); },
          nb::sig("def to_arrow(self) -> typing.Any"), "A pyarrow Table with the column time, without a copy.")
      .def(
          "__arrow_c_stream__",
          [](const nb::object& self, const nb::object& schema) {
            return as_frame(self, "to_arrow").attr("__arrow_c_stream__")(schema);
          },
          "requested_schema"_a = nb::none(),
          nb::sig("def __arrow_c_stream__(self, requested_schema: object | None = None) -> object"),
          "For every library that reads Arrow: polars.DataFrame(bars), pyarrow.table(bars), duckdb.sql(...).")
      .def("_repr_html_",
           [](const nb::object& self) {
             return nb::cast<std::string>(nb::module_::import_("peaktrade._bars_frame").attr("to_html")(self));
           })
      .def_prop_ro(
          "columns", [](const BarsObject& self) { return self.bars.column_names(); },
          "Names of the columns: time, open, high, low, close, volume, then further ones.")
      .def_prop_ro("symbol", [](const BarsObject& self) { return self.bars.symbol(); })
      .def_prop_ro(
          "others",
          [](const BarsObject& self) {
            return self.bars.others() == nullptr ? std::vector<std::string>{} : self.bars.others()->names();
          },
          "Other symbols that formulas over these bars may read.")
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
