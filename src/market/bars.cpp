#include "peak/market/bars.hpp"

#include <algorithm>
#include <array>
#include <cctype>

#include "market/bar_checks.hpp"
#include "peak/market/other_symbols.hpp"

namespace peak {
namespace {

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return result;
}

std::string names_of(const Table& table) {
  std::string names;
  for (const Column& column : table.columns) {
    names += (names.empty() ? "'" : ", '") + column.name() + "' (" + column_type_name(column.type()) + ")";
  }
  return names.empty() ? "no columns" : names;
}

Result<const Column*> find_time(const Table& table) {
  for (const char* name : {"time", "date", "datetime", "timestamp", "start"}) {
    const Column* column = table.find(name);
    if (column != nullptr && column->type() == ColumnType::kTime) return column;
  }
  for (const Column& column : table.columns) {
    if (column.type() == ColumnType::kTime) return &column;
  }
  return bad_data("bars need a column of times (time, date, datetime, timestamp); there are: " + names_of(table));
}

/// The column as numbers; an empty column if there is none of that name.
Result<Column> find_number(const Table& table, const char* name) {
  const Column* column = table.find(name);
  if (column == nullptr) return Column();
  if (column->type() == ColumnType::kText || column->type() == ColumnType::kTime) {
    return bad_data("column '" + column->name() + "' should hold numbers but holds " +
                    (column->type() == ColumnType::kText ? "text" : "times"));
  }
  return column->as_float64().renamed(name);
}

bool is_number(const Column& column) {
  return column.type() == ColumnType::kFloat64 || column.type() == ColumnType::kInt64 ||
         column.type() == ColumnType::kBool;
}

/// Numeric columns that are none of the six, under lower-case names; of equal names the first.
std::vector<Column> further_columns(const Table& table) {
  constexpr std::string_view kTaken[] = {"time", "open", "high", "low", "close", "volume"};
  std::vector<Column> extra;
  for (const Column& column : table.columns) {
    if (!is_number(column)) continue;
    std::string name = lower(column.name());
    const auto is_that = [&name](const Column& other) { return other.name() == name; };
    if (std::find(std::begin(kTaken), std::end(kTaken), name) != std::end(kTaken)) continue;
    if (std::find_if(extra.begin(), extra.end(), is_that) != extra.end()) continue;
    extra.push_back(column.as_float64().renamed(std::move(name)));
  }
  return extra;
}

Status check_lengths(const Table& table) {
  for (const Column& column : table.columns) {
    if (column.size() != table.rows()) {
      return invalid_argument("column '" + column.name() + "' has " + std::to_string(column.size()) +
                              " rows, the first column has " + std::to_string(table.rows()));
    }
  }
  return {};
}

Result<BarColumns> pick_columns(const Table& table) {
  PEAK_RETURN_IF_ERROR(check_lengths(table));
  BarColumns columns;
  PEAK_ASSIGN_OR_RETURN(const Column* time, find_time(table));
  columns.time = time->renamed("time");
  PEAK_ASSIGN_OR_RETURN(const Column close, find_number(table, "close"));
  if (close.name().empty()) return bad_data("bars need a column 'close'; there are: " + names_of(table));
  constexpr const char* kNames[] = {"open", "high", "low"};
  for (std::size_t i = 0; i < 3; ++i) {
    PEAK_ASSIGN_OR_RETURN(Column price, find_number(table, kNames[i]));
    columns.prices[i] = price.name().empty() ? close.renamed(kNames[i]) : std::move(price);
  }
  columns.prices[3] = close;
  PEAK_ASSIGN_OR_RETURN(columns.volume, find_number(table, "volume"));
  columns.extra = further_columns(table);
  return columns;
}

}  // namespace

Result<Bars> Bars::from_table(const Table& table, const BarChecks& checks, BarRepairReport* report) {
  PEAK_ASSIGN_OR_RETURN(BarColumns columns, pick_columns(table));
  const bool clean = is_clean(columns);
  if (!clean) {
    BarRepairReport repairs;
    const Status status = repair_bars(columns, checks, repairs);
    if (report != nullptr) *report = std::move(repairs);
    if (!status.ok()) return status.error();
  }
  PEAK_ASSIGN_OR_RETURN(
      Bars bars, from_columns(std::move(columns.time), std::move(columns.prices[0]), std::move(columns.prices[1]),
                              std::move(columns.prices[2]), std::move(columns.prices[3]), std::move(columns.volume),
                              std::move(columns.extra)));
  bars.has_every_price_ = clean;
  return bars;
}

Result<Bars> Bars::from_columns(Column time, Column open, Column high, Column low, Column close, Column volume,
                                std::vector<Column> extra) {
  const std::size_t size = close.size();
  if (time.type() != ColumnType::kTime && time.type() != ColumnType::kInt64) {
    return invalid_argument("the time column holds " + std::string(column_type_name(time.type())) + ", not times");
  }
  const auto fits = [size](const Column& column) {
    return column.size() == size && column.type() == ColumnType::kFloat64;
  };
  for (const Column* column : {&open, &high, &low, &close}) {
    if (!fits(*column)) return invalid_argument("price columns must be float64 and of one length");
  }
  if (time.size() != size || (volume.size() != 0 && !fits(volume)) || !std::all_of(extra.begin(), extra.end(), fits)) {
    return invalid_argument("time, volume and further columns must be as long as close, and further ones float64");
  }
  Bars bars;
  bars.time_ = std::move(time).renamed("time");
  bars.open_ = std::move(open).renamed("open");
  bars.high_ = std::move(high).renamed("high");
  bars.low_ = std::move(low).renamed("low");
  bars.close_ = std::move(close).renamed("close");
  if (volume.size() == size) bars.volume_ = std::move(volume).renamed("volume");
  bars.extra_ = std::move(extra);
  return bars;
}

const Column* Bars::find(std::string_view name) const noexcept {
  for (const Column* column : {&time_, &open_, &high_, &low_, &close_, &volume_}) {
    if (!column->name().empty() && column->name() == name) return column;
  }
  for (const Column& column : extra_) {
    if (column.name() == name) return &column;
  }
  return nullptr;
}

std::vector<std::string> Bars::column_names() const {
  std::vector<std::string> names;
  for (const Column* column : {&time_, &open_, &high_, &low_, &close_, &volume_}) {
    if (!column->name().empty()) names.push_back(column->name());
  }
  for (const Column& column : extra_) names.push_back(column.name());
  return names;
}

Bars Bars::slice(std::size_t first, std::size_t count) const {
  first = std::min(first, size());
  count = std::min(count, size() - first);
  Bars bars = *this;
  for (Column* column : {&bars.time_, &bars.open_, &bars.high_, &bars.low_, &bars.close_}) {
    *column = column->slice(first, count);
  }
  if (!volume_.name().empty()) bars.volume_ = volume_.slice(first, count);
  for (Column& column : bars.extra_) column = column.slice(first, count);
  return bars;
}

Hash128 Bars::fingerprint() const {
  Hasher hasher;
  hasher.add_integer(size());
  const auto add = [&hasher](const Column& column, const void* data) {
    hasher.add_text(column.name());
    hasher.add(data, column.size_bytes());
  };
  add(time_, time().data());
  for (const Column* column : {&open_, &high_, &low_, &close_, &volume_}) {
    if (!column->name().empty()) add(*column, column->float64s().data());
  }
  for (const Column& column : extra_) add(column, column.float64s().data());
  if (others_ != nullptr) {
    hasher.add_text("other symbols");
    hasher.add_integer(static_cast<std::uint64_t>(bar_length_));
    for (std::size_t k = 0; k < others_->size(); ++k) {
      const Hash128 one = others_->series(k).fingerprint();
      hasher.add_text(others_->series(k).symbol());
      hasher.add_integer(static_cast<std::uint64_t>(others_->bar_length(k)));
      hasher.add_integer(one.high);
      hasher.add_integer(one.low);
    }
  }
  return hasher.finish();
}

}  // namespace peak
