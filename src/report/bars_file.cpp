#include "peak/report/bars_file.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string_view>
#include <utility>
#include <vector>

#include "peak/base/time.hpp"
#include "peak/io/write.hpp"
#include "report/csv_text.hpp"
#include "report/json_writer.hpp"
#include "report/whole_file.hpp"

namespace peak {
namespace {

constexpr std::size_t kPieceBytes = std::size_t{1} << 20;

void add_cell(report::CsvText& csv, const Column& column, std::size_t row) {
  switch (column.type()) {
    case ColumnType::kFloat64: csv.number(column.float64s()[row]); break;
    case ColumnType::kInt64: csv.text(std::to_string(column.int64s()[row])); break;
    case ColumnType::kTime: csv.time(column.int64s()[row]); break;
    case ColumnType::kBool: csv.boolean(column.bools()[row] != 0); break;
    case ColumnType::kText: {
      const std::int32_t code = column.codes()[row];
      csv.text(code < 0 ? std::string_view() : (*column.dictionary())[static_cast<std::size_t>(code)]);
      break;
    }
  }
}

Status write_csv(const Table& table, const std::string& path) {
  PEAK_ASSIGN_OR_RETURN(auto file, report::WholeFile::create(path));
  report::CsvText csv;
  for (const Column& column : table.columns) csv.text(column.name());
  csv.end_line();
  for (std::size_t row = 0; row < table.rows(); ++row) {
    for (const Column& column : table.columns) add_cell(csv, column, row);
    csv.end_line();
    if (csv.size() > kPieceBytes) PEAK_RETURN_IF_ERROR(file.append(csv.take()));
  }
  PEAK_RETURN_IF_ERROR(file.append(csv.take()));
  return file.commit();
}

/// A whole number keeps a point, so that readers do not take its column for one of whole numbers; what JSON has no
/// number for is text.
void add_number(report::JsonWriter& json, double value) {
  if (std::isnan(value)) return json.null();
  if (std::isinf(value)) return json.text(value > 0 ? "inf" : "-inf");
  std::string text;
  report::append_number(text, value);
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  json.verbatim(text);
}

void add_cell(report::JsonWriter& json, const Column& column, std::size_t row) {
  switch (column.type()) {
    case ColumnType::kFloat64: return add_number(json, column.float64s()[row]);
    case ColumnType::kInt64: return json.integer(column.int64s()[row]);
    case ColumnType::kTime: {
      const Nanoseconds time = column.int64s()[row];
      return time == kNoTime ? json.null() : json.text(format_time(time));
    }
    case ColumnType::kBool: return json.boolean(column.bools()[row] != 0);
    case ColumnType::kText: break;
  }
  const std::int32_t code = column.codes()[row];
  if (code < 0) return json.null();
  json.text((*column.dictionary())[static_cast<std::size_t>(code)]);
}

Status write_json(const Table& table, const std::string& path) {
  PEAK_ASSIGN_OR_RETURN(auto file, report::WholeFile::create(path));
  report::JsonWriter json({.indent = 1});
  json.begin_array();
  for (std::size_t row = 0; row < table.rows(); ++row) {
    json.begin_object(report::JsonWriter::Layout::kOneLine);
    for (const Column& column : table.columns) {
      json.key(column.name());
      add_cell(json, column, row);
    }
    json.end_object();
    if (json.size() > kPieceBytes) PEAK_RETURN_IF_ERROR(file.append(json.take()));
  }
  json.end_array();
  PEAK_RETURN_IF_ERROR(file.append(json.take() + "\n"));
  return file.commit();
}

}  // namespace

Status write_table(const Table& table, const std::string& path) {
  if (path.ends_with(".csv")) return write_csv(table, path);
  if (path.ends_with(".json")) return write_json(table, path);
  const io::TablePart part = [&](std::uint64_t first, std::uint64_t count) -> Result<Table> {
    Table rows;
    for (const Column& column : table.columns) {
      rows.columns.push_back(column.slice(static_cast<std::size_t>(first), static_cast<std::size_t>(count)));
    }
    return rows;
  };
  if (path.ends_with(".parquet")) return io::write_parquet(path, table.rows(), part);
  if (path.ends_with(".arrow") || path.ends_with(".feather")) return io::write_arrow(path, table.rows(), part);
  return invalid_argument(
      "'" + path + "': the ending tells the format; write to a name that ends in .csv, .json, .parquet or .arrow");
}

Table table_of(const Bars& bars) {
  Table table;
  for (const std::string& name : bars.column_names()) {
    const Column& column = *bars.find(name);
    table.columns.push_back(name == "time" ? Column(name, column.int64s(), column.owner(), ColumnType::kTime) : column);
  }
  return table;
}

Table table_of(const Panel& panel) {
  std::vector<std::string> names;
  std::vector<std::int64_t> time;
  std::vector<std::int32_t> symbols;
  for (std::size_t s = 0; s < panel.symbols(); ++s) {
    const Bars& bars = panel.series(s);
    for (const std::string& name : bars.column_names()) {
      if (name != "time" && std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
    }
    time.insert(time.end(), bars.time().begin(), bars.time().end());
    symbols.insert(symbols.end(), bars.size(), static_cast<std::int32_t>(s));
  }
  Table table;
  table.columns.push_back(Column::own("time", std::move(time), ColumnType::kTime));
  table.columns.push_back(Column::own("symbol", std::move(symbols), panel.symbol_names()));
  for (const std::string& name : names) {
    std::vector<double> values;
    for (std::size_t s = 0; s < panel.symbols(); ++s) {
      const Bars& bars = panel.series(s);
      const Column* own = bars.find(name);
      if (own == nullptr) {
        values.insert(values.end(), bars.size(), std::numeric_limits<double>::quiet_NaN());
        continue;
      }
      const Column numbers = own->as_float64();
      values.insert(values.end(), numbers.float64s().begin(), numbers.float64s().end());
    }
    table.columns.push_back(Column::own(name, std::move(values)));
  }
  return table;
}

}  // namespace peak
