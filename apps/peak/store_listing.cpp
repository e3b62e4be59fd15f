#include "store_listing.hpp"

#include "number.hpp"

namespace peak::command {

std::string value_text(const store::Value& value) {
  if (const auto* whole = std::get_if<std::int64_t>(&value)) return std::to_string(*whole);
  if (const auto* real = std::get_if<double>(&value)) return format_number(*real);
  if (const auto* words = std::get_if<std::string>(&value)) return *words;
  return {};
}

void write_value(report::JsonWriter& json, const store::Value& value) {
  if (const auto* whole = std::get_if<std::int64_t>(&value)) return json.integer(*whole);
  if (const auto* real = std::get_if<double>(&value)) return json.number(*real);
  if (const auto* words = std::get_if<std::string>(&value)) return json.text(*words);
  json.null();
}

namespace {

/// Columns of a store that hold nanoseconds.
bool is_time_column(const std::string& name) {
  return name == "timestamp" || name == "date" || name.ends_with("_time") || name.ends_with("_at");
}

std::string shown(const std::string& column, const store::Value& value) {
  const auto* whole = std::get_if<std::int64_t>(&value);
  return whole != nullptr && is_time_column(column) ? format_time(*whole) : value_text(value);
}

}  // namespace

std::string rows_text(const store::QueryRows& rows, const TextStyle& style) {
  std::vector<TextColumn> columns;
  for (std::size_t i = 0; i < rows.columns.size(); ++i) {
    const bool number = !rows.rows.empty() && !std::holds_alternative<std::string>(rows.rows.front()[i]);
    columns.push_back({.title = rows.columns[i], .right = number});
  }
  TextTable table(std::move(columns));
  for (const std::vector<store::Value>& row : rows.rows) {
    std::vector<TextCell> cells;
    for (std::size_t i = 0; i < row.size(); ++i) cells.emplace_back(shown(rows.columns[i], row[i]));
    table.add_row(std::move(cells));
  }
  return table.render(style) + std::to_string(rows.rows.size()) + (rows.rows.size() == 1 ? " row\n" : " rows\n");
}

void write_rows(report::JsonWriter& json, const store::QueryRows& rows) {
  json.begin_array();
  for (const std::vector<store::Value>& row : rows.rows) {
    json.begin_object(report::JsonWriter::Layout::kOneLine);
    for (std::size_t i = 0; i < row.size(); ++i) {
      json.key(rows.columns[i]);
      write_value(json, row[i]);
    }
    json.end_object();
  }
  json.end_array();
}

}  // namespace peak::command
