#include "quality/checked_rows.hpp"

#include <algorithm>
#include <cstdio>
#include <numeric>

namespace peak::quality {
namespace {

bool is_number(const Column& column) {
  return column.type() == ColumnType::kFloat64 || column.type() == ColumnType::kInt64;
}

Result<Column> time_of(const Table& table) {
  for (const char* name : {"time", "date", "datetime", "timestamp", "start"}) {
    const Column* column = table.find(name);
    if (column != nullptr && column->type() == ColumnType::kTime) return *column;
  }
  for (const Column& column : table.columns) {
    if (column.type() == ColumnType::kTime) return column;
  }
  return bad_data("there is no column of times to check");
}

Column number_of(const Table& table, std::initializer_list<const char*> names) {
  for (const char* name : names) {
    const Column* column = table.find(name);
    if (column != nullptr && is_number(*column)) return column->as_float64();
  }
  return {};
}

void order(CheckedRows& rows) {
  const auto time = rows.time.int64s();
  for (std::size_t row = 0; row < time.size(); ++row) {
    if (rows.has_time(row)) rows.ordered.push_back(row);
  }
  if (rows.ordered.size() < 2) {
    rows.unique = rows.ordered;
    return;
  }
  rows.newest_first = time[rows.ordered.front()] > time[rows.ordered.back()];
  const auto earlier = [&](std::size_t a, std::size_t b) { return time[a] < time[b]; };
  if (rows.newest_first) std::reverse(rows.ordered.begin(), rows.ordered.end());
  if (!std::is_sorted(rows.ordered.begin(), rows.ordered.end(), earlier)) {
    std::stable_sort(rows.ordered.begin(), rows.ordered.end(), earlier);
  }
  for (std::size_t i = 0; i < rows.ordered.size(); ++i) {
    const bool repeats = i + 1 < rows.ordered.size() && time[rows.ordered[i]] == time[rows.ordered[i + 1]];
    if (!repeats) rows.unique.push_back(rows.ordered[i]);
  }
}

}  // namespace

Result<CheckedRows> checked_rows(const Table& table) {
  for (const Column& column : table.columns) {
    if (column.size() == table.rows()) continue;
    return bad_data("column '" + column.name() + "' has " + std::to_string(column.size()) + " rows, the first has " +
                    std::to_string(table.rows()));
  }
  CheckedRows rows;
  PEAK_ASSIGN_OR_RETURN(rows.time, time_of(table));
  rows.prices = {number_of(table, {"open"}), number_of(table, {"high"}), number_of(table, {"low"}),
                 number_of(table, {"close", "price"})};
  rows.volume = number_of(table, {"volume", "amount"});
  rows.split = number_of(table, {"split_ratio", "split ratio", "split"});
  order(rows);
  return rows;
}

void Gathered::keep(std::size_t row, std::string words) {
  FaultPlace place{row, rows_.at(row), std::move(words)};
  if (options_.describe_row) {
    const std::string line = options_.describe_row(row);
    place.what = place.what.empty() ? line : line + " (" + place.what + ")";
  }
  finding_.first.push_back(std::move(place));
}

void Gathered::finish(std::vector<Finding>& list, std::string text, std::string remedy) {
  if (finding_.count == 0) return;
  finding_.text = with_count(std::move(text), finding_.count);
  finding_.remedy = std::move(remedy);
  list.push_back(std::move(finding_));
}

std::string with_count(std::string text, std::size_t count) {
  const std::size_t first = text.find('{'), bar = text.find('|', first), end = text.find('}', first);
  if (first == std::string::npos || bar == std::string::npos || end == std::string::npos) return text;
  const std::string words = count == 1 ? text.substr(first + 1, bar - first - 1) : text.substr(bar + 1, end - bar - 1);
  return text.replace(first, end - first + 1, std::to_string(count) + " " + words);
}

std::string number_words(double value) {
  char text[40];
  std::snprintf(text, sizeof text, "%.10g", value);
  return text;
}

}  // namespace peak::quality
