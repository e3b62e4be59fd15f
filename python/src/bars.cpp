#include "bars.hpp"

#include <nanobind/stl/string.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>
#include <utility>

#include "arguments.hpp"
#include "arrays.hpp"
#include "errors.hpp"
#include "narrow_object.hpp"
#include "peak/io/module.hpp"
#include "peak/runtime/cached_bars.hpp"

namespace nb = nanobind;

namespace peak::python {
namespace {

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

bool is_time_name(const std::string& name) {
  static constexpr std::array<std::string_view, 5> kNames = {"time", "date", "datetime", "timestamp", "start"};
  return std::find(kNames.begin(), kNames.end(), lower(name)) != kNames.end();
}

/// Whole numbers as times are nanoseconds; seconds or milliseconds would all fall into the first days of 1970.
void check_epoch(const Column& time) {
  constexpr Nanoseconds kElevenDays = 1'000'000'000'000'000;
  const auto values = time.int64s();
  if (values.empty() || values.back() == 0 || values.back() > kElevenDays || values.back() < -kElevenDays) return;
  raise_value_error("column '" + time.name() +
                    "': whole numbers are taken as nanoseconds since 1970, and the last is " +
                    format_time(values.back()) +
                    "; convert seconds or milliseconds first, for instance with "
                    "values.astype('datetime64[s]')");
}

/// Columns by name; the only column of a mapping of one symbol to its frame is handled by the caller.
Table table_of(const nb::dict& mapping) {
  Table table;
  table.columns.reserve(mapping.size());
  for (const auto& [key, values] : mapping) {
    if (!PyUnicode_Check(key.ptr())) {
      raise_type_error("the keys of a mapping must be column names, not " + nb::cast<std::string>(nb::repr(key)));
    }
    auto name = nb::cast<std::string>(key);
    const bool as_time = is_time_name(name);
    table.columns.push_back(column_of(std::move(name), values, as_time));
    if (as_time && table.columns.back().type() == ColumnType::kTime) check_epoch(table.columns.back());
    if (table.columns.back().size() != table.columns.front().size()) {
      raise_value_error("columns differ in length: '" + table.columns.front().name() + "' has " +
                        std::to_string(table.columns.front().size()) + " rows, '" + table.columns.back().name() +
                        "' has " + std::to_string(table.columns.back().size()));
    }
  }
  return table;
}

BarsObject bars_of_table(const Table& table, const BarChecks& checks, nb::object origin, const std::string& zone) {
  BarsObject out;
  BarRepairReport report;
  out.bars = value_or_raise(Bars::from_table(table, checks, &report));
  out.origin = std::move(origin);
  out.notes = std::move(report.messages);
  if (!zone.empty()) out.bars.set_time_zone(zone);
  return out;
}

/// A mapping of one symbol to a frame, as data of several symbols are given.
bool is_symbol_mapping(const nb::dict& mapping) {
  if (mapping.size() == 0) return false;
  for (const auto& [key, values] : mapping) {
    if (!PyDict_Check(values.ptr()) && !nb::hasattr(values, "columns") && !nb::hasattr(values, "column_names"))
      return false;
  }
  return true;
}

BarsObject bars_of_mapping(const nb::dict& mapping, const BarChecks& checks) {
  if (is_symbol_mapping(mapping)) {
    if (mapping.size() > 1) {
      raise(unsupported("data of several symbols in one run; run them one by one, or give a mapping of one symbol"));
    }
    for (const auto& [key, values] : mapping) return make_bars(values, checks, nb::cast<std::string>(nb::str(key)));
  }
  return bars_of_table(table_of(mapping), checks, nb::str("numpy"), "");
}

/// peaktrade._frames takes a frame apart: its columns, the index that results shall carry, and the zone.
BarsObject bars_of_pandas(nb::handle frame, const BarChecks& checks) {
  const nb::object parts = nb::module_::import_("peaktrade._frames").attr("pandas_columns")(frame);
  const auto columns = nb::cast<nb::dict>(parts[0]);
  const auto zone = nb::cast<std::string>(parts[2]);
  BarsObject out = bars_of_table(table_of(columns), checks, nb::object(parts[1]), zone);
  // After a repair, or when the data were turned round, the frame's index is no longer that of the bars.
  if (!out.notes.empty()) out.origin = nb::str("pandas");
  return out;
}

BarsObject bars_of_arrow(nb::handle data, const BarChecks& checks) {
  ArrowTable table = arrow_table_of(data);
  const char* origin = is_of_package(data, "polars") ? "polars" : "arrow";
  BarsObject out = bars_of_table(table.table, checks, nb::str(origin), table.time_zone);
  out.notes.insert(out.notes.end(), table.notes.begin(), table.notes.end());
  return out;
}

[[noreturn]] void raise_no_data(nb::handle data) {
  raise_type_error(
      "data must be a pandas or polars DataFrame, an Arrow table, a mapping of column names to arrays, a path, "
      "or peaktrade.Bars, not " +
      class_name(data));
}

BarsObject bars_of(nb::handle data, const BarChecks& checks) {
  if (const BarsObject* bars = bars_object(data)) return *bars;
  if (const NarrowObject* narrow = narrow_object(data)) {
    return bars_of_table(narrow->table.widen(), checks, nb::str("file"), narrow->zone);
  }
  if (PyDict_Check(data.ptr())) return bars_of_mapping(nb::borrow<nb::dict>(data), checks);
  if (is_of_package(data, "pandas")) return bars_of_pandas(data, checks);
  if (has_arrow(data)) return bars_of_arrow(data, checks);
  if (is_path(data)) {
    io::ReadOptions options;
    options.checks = checks;
    return read_file(path_of(data), options);
  }
  raise_no_data(data);
}

}  // namespace

BarsObject make_bars(nb::handle data, const BarChecks& checks, const std::string& symbol) {
  BarsObject out = bars_of(data, checks);
  if (!symbol.empty()) out.bars.set_symbol(symbol);
  return out;
}

std::vector<Bars> named_bars(nb::handle mapping) {
  if (!PyDict_Check(mapping.ptr())) {
    raise_type_error("others must be a mapping of symbols to data, {\"SPY\": frame}, not " + class_name(mapping));
  }
  std::vector<Bars> all;
  for (const auto& [name, data] : nb::borrow<nb::dict>(mapping)) {
    const auto symbol = nb::cast<std::string>(nb::str(name));
    all.push_back(make_bars(data, {}, symbol).bars);
    all.back().set_symbol(symbol);
  }
  return all;
}

bool find_arrow(const std::string& path, const Error& error) {
  if (error.code != ErrorCode::kUnsupported || io::arrow_module_path().ok()) return false;
  const nb::module_ arrow = nb::module_::import_("peaktrade._arrow");
  if (nb::cast<bool>(arrow.attr("open_libraries")()) && io::arrow_module_path().ok()) return true;
  const auto remedy = nb::cast<std::string>(arrow.attr("remedy")());
  if (!remedy.empty()) raise(unsupported(path + ": " + remedy));
  return false;
}

Table frame_table(nb::handle data, std::string& zone, std::vector<std::string>& notes) {
  if (PyDict_Check(data.ptr())) return table_of(nb::borrow<nb::dict>(data));
  if (is_of_package(data, "pandas")) {
    const nb::object parts = nb::module_::import_("peaktrade._frames").attr("pandas_columns")(data);
    zone = nb::cast<std::string>(parts[2]);
    return table_of(nb::cast<nb::dict>(parts[0]));
  }
  if (!has_arrow(data)) raise_no_data(data);
  ArrowTable table = arrow_table_of(data);
  zone = table.time_zone;
  notes = std::move(table.notes);
  return std::move(table.table);
}

Table read_table_file(const std::string& path) {
  return with_arrow(path, [&] { return io::read_table(path); }).table;
}

BarsObject read_file(const std::string& path, const io::ReadOptions& options, const std::string& cache_folder) {
  std::string note;
  io::LoadedBars loaded = with_arrow(path, [&]() -> Result<io::LoadedBars> {
    if (cache_folder.empty()) return io::read_bars(path, options);
    PEAK_ASSIGN_OR_RETURN(runtime::CachedBars cached, runtime::read_bars_through(cache_folder, path, options));
    note = std::move(cached.note);
    return std::move(cached.loaded);
  });
  BarsObject out;
  out.bars = std::move(loaded.bars);
  out.origin = nb::str("file");
  out.path = path;
  out.notes = std::move(loaded.detected.notes);
  out.notes.insert(out.notes.end(), loaded.repairs.messages.begin(), loaded.repairs.messages.end());
  if (!note.empty()) out.notes.push_back(std::move(note));
  return out;
}

const BarsObject* bars_object(nb::handle data) {
  return nb::isinstance<BarsObject>(data) ? nb::inst_ptr<BarsObject>(data) : nullptr;
}

}  // namespace peak::python
