#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "arguments.hpp"
#include "bars.hpp"
#include "bindings.hpp"
#include "errors.hpp"
#include "peak/base/suggest.hpp"
#include "peak/io/module.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace peak::python {
namespace {

template <typename T, typename Name>
std::optional<T> choice(const std::optional<std::string>& text, const char* option, std::initializer_list<T> values,
                        Name name) {
  if (!text) return std::nullopt;
  std::vector<std::string> known;
  for (const T value : values) {
    if (*text == name(value)) return value;
    known.emplace_back(name(value));
  }
  raise_value_error(std::string(option) + " '" + *text + "' is not known" + suggestion(*text, known));
}

void set_roles(io::ColumnRoles& roles, nb::handle mapping) {
  if (mapping.is_none()) return;
  const std::vector<std::pair<std::string, std::string*>> known = {
      {"time", &roles.time},    {"time_of_day", &roles.time_of_day},
      {"open", &roles.open},    {"high", &roles.high},
      {"low", &roles.low},      {"close", &roles.close},
      {"volume", &roles.volume}};
  for (const nb::handle pair : mapping.attr("items")()) {
    const auto role = nb::cast<std::string>(nb::str(pair[0]));
    const auto at = std::find_if(known.begin(), known.end(), [&](const auto& entry) { return entry.first == role; });
    if (at == known.end()) {
      std::vector<std::string> names;
      for (const auto& entry : known) names.push_back(entry.first);
      raise_value_error("columns: there is no role '" + role + "'" + suggestion(role, names));
    }
    *at->second = nb::cast<std::string>(nb::str(pair[1]));
  }
}

std::optional<char> delimiter_of(const std::optional<std::string>& text) {
  if (!text) return std::nullopt;
  if (text->size() != 1) raise_value_error("delimiter must be one character, not '" + *text + "'");
  return text->front();
}

BarsObject read(nb::handle path, nb::handle columns, std::optional<std::string> format,
                std::optional<std::string> member, std::optional<std::string> delimiter, std::optional<bool> header,
                std::optional<std::size_t> skip_lines, std::optional<std::vector<std::string>> column_names,
                std::optional<std::string> date_order, std::optional<std::string> time_unit,
                const std::string& time_zone, const std::string& date, const std::string& symbol, bool allow_missing,
                bool allow_nonpositive, bool sort, bool drop_duplicates, bool drop_bad_rows, bool drop_missing_rows) {
  io::ReadOptions options;
  set_roles(options.roles, columns);
  options.format =
      choice(format, "format", {io::Format::kCsv, io::Format::kJson, io::Format::kParquet, io::Format::kArrowIpc},
             io::format_name);
  options.member = member.value_or("");
  options.delimiter = delimiter_of(delimiter);
  options.header = header;
  options.skip_lines = skip_lines;
  if (column_names) options.column_names = *column_names;
  options.date_order = choice(
      date_order, "date_order",
      {io::DateOrder::kYearMonthDay, io::DateOrder::kMonthDayYear, io::DateOrder::kDayMonthYear}, io::date_order_name);
  options.time_unit = choice(
      time_unit, "time_unit",
      {io::TimeUnit::kSeconds, io::TimeUnit::kMilliseconds, io::TimeUnit::kMicroseconds, io::TimeUnit::kNanoseconds},
      io::time_unit_name);
  options.time_zone = time_zone;
  options.date = date;
  options.symbol = symbol;
  options.checks.allow_missing = allow_missing;
  options.checks.allow_nonpositive = allow_nonpositive;
  options.checks.repairs = {.sort = sort,
                            .drop_duplicates = drop_duplicates,
                            .drop_bad_rows = drop_bad_rows,
                            .drop_missing_rows = drop_missing_rows};
  if (!is_path(path)) raise_type_error("path must be a path, not " + class_name(path));
  return read_file(path_of(path), options);
}

}  // namespace

void bind_io(nb::module_& module) {
  module.def(
      "read_bars", &read, "path"_a, nb::kw_only(), "columns"_a = nb::none(), "format"_a = nb::none(),
      "member"_a = nb::none(), "delimiter"_a = nb::none(), "header"_a = nb::none(), "skip_lines"_a = nb::none(),
      "column_names"_a = nb::none(), "date_order"_a = nb::none(), "time_unit"_a = nb::none(), "time_zone"_a = "",
      "date"_a = "", "symbol"_a = "", "allow_missing"_a = false, "allow_nonpositive"_a = false, "sort"_a = false,
      "drop_duplicates"_a = false, "drop_bad_rows"_a = false, "drop_missing_rows"_a = false,
      nb::sig(
          "def read_bars(path: str | os.PathLike[str], *, columns: collections.abc.Mapping[str, str] | None = None, "
          "format: str | None = None, member: str | None = None, delimiter: str | None = None, "
          "header: bool | None = None, skip_lines: int | None = None, "
          "column_names: collections.abc.Sequence[str] | None = None, date_order: str | None = None, "
          "time_unit: str | None = None, time_zone: str = '', date: str = '', symbol: str = '', "
          "allow_missing: bool = False, allow_nonpositive: bool = False, sort: bool = False, "
          "drop_duplicates: bool = False, drop_bad_rows: bool = False, drop_missing_rows: bool = False) -> Bars"),
      "Reads CSV, JSON candles, Parquet or Arrow files, also inside gzip or zip.\n\n"
      "What is not told is found out: `columns` maps roles (time, time_of_day, open, high, low, close, volume) to\n"
      "names in the file (or '#3'), `format` is csv, json, parquet or arrow_ipc, `date_order` is year_month_day,\n"
      "month_day_year or day_month_year, `time_unit` is s, ms, us or ns, `time_zone` is the zone of times without "
      "one.");
  module.def("set_arrow_module_path", &io::set_arrow_module_path, "path"_a);
  module.def(
      "arrow_module_path", [] { return value_or_raise(io::arrow_module_path()); },
      "Where libpeak_io was loaded from; NotImplementedError with the remedy if it cannot be.");
}

}  // namespace peak::python
