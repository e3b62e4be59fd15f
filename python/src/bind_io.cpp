#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <iterator>

#include "arguments.hpp"
#include "bars.hpp"
#include "bindings.hpp"
#include "errors.hpp"
#include "peak/base/suggest.hpp"
#include "peak/io/module.hpp"
#include "peak/io/time_bound.hpp"
#include "peak/io/write.hpp"
#include "peak/report/bars_file.hpp"
#include "rows.hpp"

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

/// One argument by name, and how it is put into the options.
struct ReadingArgument {
  const char* name;
  void (*put)(io::ReadOptions& options, nb::handle value, const char* name);
};

void put_text(std::string& place, nb::handle value, const char* name) {
  place = optional_text(value, name).value_or("");
}
void put_flag(bool& place, nb::handle value, const char* name) { place = optional_flag(value, name).value_or(false); }

template <typename T>
T cast_or_raise(nb::handle value, const char* name, const char* wanted) {
  T result{};
  if (!nb::try_cast(value, result))
    raise_type_error(std::string(name) + " must be " + wanted + ", not " + class_name(value));
  return result;
}

void put_size(std::size_t& place, nb::handle value, const char* name) {
  if (value.is_none()) return;
  place = cast_or_raise<std::size_t>(value, name, "a whole number from 1");
  if (place == 0) raise_value_error(std::string(name) + " must be at least 1");
}

void put_texts(std::vector<std::string>& place, nb::handle value, const char* name) {
  if (value.is_none()) return;
  if (PyUnicode_Check(value.ptr())) raise_type_error(std::string(name) + " must be several texts, not one");
  place = cast_or_raise<std::vector<std::string>>(value, name, "a list of texts");
}

/// A text as in peak/io/time_bound.hpp, a date, or a datetime (without a zone: UTC), also pandas' and numpy's.
void put_bound(std::optional<Nanoseconds>& place, nb::handle value, const char* name, bool is_end) {
  if (value.is_none()) return;
  const bool is_text = PyUnicode_Check(value.ptr());
  const bool is_date = nb::hasattr(value, "isoformat"), is_numpy = is_of_package(value, "numpy");
  if (!is_text && !is_date && !is_numpy)
    raise_type_error(std::string(name) + " must be a time or a text, not " + class_name(value));
  const nb::object text = is_date ? value.attr("isoformat")() : nb::object(nb::str(value));
  // A datetime is a moment; a text and a date name a whole year, month, day, hour, minute or second.
  const bool is_moment = is_numpy || nb::hasattr(value, "hour");
  auto time = io::parse_time_bound(nb::cast<std::string>(text), is_end && !is_moment);
  if (!time.ok()) raise(std::move(time).error().within(name));
  place = *time;
}

using Options = io::ReadOptions;
using Value = nb::handle;
constexpr ReadingArgument kReadingArguments[] = {
    {"columns", [](Options& o, Value v, const char*) { set_roles(o.roles, v); }},
    {"format",
     [](Options& o, Value v, const char* name) {
       o.format = choice(
           optional_text(v, name), name,
           {io::Format::kCsv, io::Format::kJson, io::Format::kParquet, io::Format::kArrowIpc, io::Format::kSqlite},
           io::format_name);
     }},
    {"member", [](Options& o, Value v, const char* name) { put_text(o.member, v, name); }},
    {"delimiter", [](Options& o, Value v, const char* name) { o.delimiter = delimiter_of(optional_text(v, name)); }},
    {"header", [](Options& o, Value v, const char* name) { o.header = optional_flag(v, name); }},
    {"skip_lines",
     [](Options& o, Value v, const char* name) {
       if (!v.is_none()) o.skip_lines = cast_or_raise<std::size_t>(v, name, "a whole number from 0");
     }},
    {"column_names",
     [](Options& o, Value v, const char* name) {
       if (!v.is_none()) o.column_names = cast_or_raise<std::vector<std::string>>(v, name, "a list of texts");
     }},
    {"date_order",
     [](Options& o, Value v, const char* name) {
       o.date_order = choice(optional_text(v, name), name,
                             {io::DateOrder::kYearMonthDay, io::DateOrder::kMonthDayYear, io::DateOrder::kDayMonthYear},
                             io::date_order_name);
     }},
    {"time_unit",
     [](Options& o, Value v, const char* name) {
       o.time_unit = choice(optional_text(v, name), name,
                            {io::TimeUnit::kSeconds, io::TimeUnit::kMilliseconds, io::TimeUnit::kMicroseconds,
                             io::TimeUnit::kNanoseconds},
                            io::time_unit_name);
     }},
    {"time_zone", [](Options& o, Value v, const char* name) { put_text(o.time_zone, v, name); }},
    {"date", [](Options& o, Value v, const char* name) { put_text(o.date, v, name); }},
    {"table", [](Options& o, Value v, const char* name) { put_text(o.table, v, name); }},
    {"select", [](Options& o, Value v, const char* name) { put_texts(o.select, v, name); }},
    {"symbols", [](Options& o, Value v, const char* name) { put_texts(o.symbols, v, name); }},
    {"start", [](Options& o, Value v, const char* name) { put_bound(o.start, v, name, false); }},
    {"end", [](Options& o, Value v, const char* name) { put_bound(o.end, v, name, true); }},
    {"price_scale",
     [](Options& o, Value v, const char* name) {
       if (!v.is_none()) o.price_scale = cast_or_raise<double>(v, name, "a number");
     }},
    {"symbol", [](Options& o, Value v, const char* name) { put_text(o.symbol, v, name); }},
    {"max_bytes", [](Options& o, Value v, const char* name) { put_size(o.max_bytes, v, name); }},
    {"max_line_bytes", [](Options& o, Value v, const char* name) { put_size(o.max_line_bytes, v, name); }},
    {"allow_missing", [](Options& o, Value v, const char* name) { put_flag(o.checks.allow_missing, v, name); }},
    {"allow_nonpositive", [](Options& o, Value v, const char* name) { put_flag(o.checks.allow_nonpositive, v, name); }},
    {"sort", [](Options& o, Value v, const char* name) { put_flag(o.checks.repairs.sort, v, name); }},
    {"drop_duplicates",
     [](Options& o, Value v, const char* name) { put_flag(o.checks.repairs.drop_duplicates, v, name); }},
    {"drop_bad_rows", [](Options& o, Value v, const char* name) { put_flag(o.checks.repairs.drop_bad_rows, v, name); }},
    {"drop_missing_rows",
     [](Options& o, Value v, const char* name) { put_flag(o.checks.repairs.drop_missing_rows, v, name); }},
};

BarsObject read(nb::handle path, const nb::kwargs& arguments) {
  nb::dict reading;
  std::string folder;
  for (const auto& [name, value] : arguments) {
    if (nb::cast<std::string>(name) != "cache") {
      reading[name] = value;
    } else if (!value.is_none()) {
      if (!is_path(value)) raise_type_error("cache must be the path of a folder, not " + class_name(value));
      folder = path_of(value);
    }
  }
  const io::ReadOptions options = reading_options(reading);
  if (!is_path(path)) raise_type_error("path must be a path, not " + class_name(path));
  return read_file(path_of(path), options, folder);
}

void write(const BarsObject& bars, nb::handle path) {
  if (!is_path(path)) raise_type_error("path must be a path, not " + class_name(path));
  const std::string target = path_of(path);
  static_cast<void>(with_arrow(target, [&]() -> Result<bool> {
    PEAK_RETURN_IF_ERROR(write_table(table_of(bars.bars), target));
    return true;
  }));
}

void write_parquet_of(nb::handle table, const std::string& path, io::ParquetPacking packing) {
  const nb::object capsule = table.attr("__arrow_c_stream__")();
  auto* const stream = static_cast<ArrowArrayStream*>(PyCapsule_GetPointer(capsule.ptr(), "arrow_array_stream"));
  if (stream == nullptr) throw nb::python_error();
  static_cast<void>(with_arrow(path, [&]() -> Result<bool> {
    PEAK_RETURN_IF_ERROR(io::write_parquet(path, *stream, packing));
    return true;
  }));
}

}  // namespace

io::ReadOptions reading_options(nb::handle arguments) {
  io::ReadOptions options;
  for (const auto& [key, value] : nb::borrow<nb::dict>(arguments)) {
    const auto name = nb::cast<std::string>(key);
    const auto* const end = std::end(kReadingArguments);
    const auto* const found = std::find_if(std::begin(kReadingArguments), end,
                                           [&](const ReadingArgument& entry) { return name == entry.name; });
    if (found == end) {
      std::vector<std::string> known;
      for (const ReadingArgument& entry : kReadingArguments) known.emplace_back(entry.name);
      raise_type_error("there is no argument '" + name + "'" + suggestion(name, known));
    }
    found->put(options, value, found->name);
  }
  return options;
}

void bind_io(nb::module_& module) {
  module.def(
      "read_bars", &read, "path"_a, "arguments"_a,
      nb::sig(
          "def read_bars(path: str | os.PathLike[str], *, columns: collections.abc.Mapping[str, str] | None = None, "
          "format: str | None = None, member: str | None = None, delimiter: str | None = None, "
          "header: bool | None = None, skip_lines: int | None = None, "
          "column_names: collections.abc.Sequence[str] | None = None, date_order: str | None = None, "
          "time_unit: str | None = None, time_zone: str = '', date: str = '', symbol: str = '', table: str = '', "
          "select: collections.abc.Sequence[str] | None = None, "
          "symbols: collections.abc.Sequence[str] | None = None, start: typing.Any = None, end: typing.Any = None, "
          "price_scale: float | None = None, max_bytes: int | None = None, max_line_bytes: int | None = None, "
          "allow_missing: bool = False, allow_nonpositive: bool = False, sort: bool = False, "
          "drop_duplicates: bool = False, drop_bad_rows: bool = False, drop_missing_rows: bool = False, "
          "cache: str | os.PathLike[str] | None = None) -> Bars"),
      "Reads CSV, JSON candles, Parquet or Arrow files, also inside gzip, zstd or zip, and tables of SQLite.\n\n"
      "What is not told is found out: `columns` maps roles (time, time_of_day, open, high, low, close, volume) to\n"
      "names in the file (or '#3'), `format` is csv, json, parquet or arrow_ipc, `date_order` is year_month_day,\n"
      "month_day_year or day_month_year, `time_unit` is s, ms, us or ns, `time_zone` is the zone of times without\n"
      "one, `table` a table of a SQLite file or a query. `start` and `end` (2024, 2024-03-05 14:30, a datetime) and\n"
      "`select`, names of columns beside prices and volume, read a part; `price_scale` multiplies prices.\n"
      "What unpacks to more than `max_bytes` (4 GiB) is refused, and text with a line above `max_line_bytes` (16 "
      "MiB).\n"
      "`cache` names a cache folder that keeps the bars: unless the file has changed they come from there next time.");
  module.def("write_bars", &write, "bars"_a, "path"_a,
             nb::sig("def write_bars(bars: Bars, path: str | os.PathLike[str]) -> None"),
             "Writes bars as CSV, JSON, Parquet or Arrow, by the ending of the path.");
  module.def(
      "write_parquet",
      [](nb::handle table, const std::string& path, const std::string& compression, std::uint64_t rows_of_a_group,
         std::vector<std::string> dictionaries, std::vector<std::pair<std::string, std::string>> encodings,
         bool decimals_as_integers) {
        write_parquet_of(
            table, path,
            {compression, rows_of_a_group, std::move(dictionaries), std::move(encodings), decimals_as_integers});
      },
      "table"_a, "path"_a, "compression"_a, "rows_of_a_group"_a, "dictionaries"_a, "encodings"_a,
      "decimals_as_integers"_a,
      "Writes what gives an Arrow stream as Parquet, columns packed on all cores; peaktrade.core.serialization.");
  module.def("set_arrow_module_path", &io::set_arrow_module_path, "path"_a);
  module.def(
      "arrow_module_path", [] { return value_or_raise(io::arrow_module_path()); },
      "Where libpeak_io was loaded from; NotImplementedError with the remedy if it cannot be.");
}

}  // namespace peak::python
