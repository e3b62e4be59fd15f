#include <algorithm>
#include <cmath>
#include <utility>

#include "peak/base/suggest.hpp"
#include "peak/store/trade_rows.hpp"
#include "store/sql_words.hpp"

namespace peak::store {
namespace {

/// The field that a column of a foreign table stands for; empty if it is none.
std::string field_of(const std::string& column) {
  static const std::vector<std::pair<std::string, std::string>> kOtherNames = {
      {"amount", "quantity"}, {"size", "quantity"},   {"qty", "quantity"},
      {"time", "timestamp"},  {"date", "timestamp"},  {"datetime", "timestamp"},
      {"ticker", "symbol"},   {"commission", "fees"}, {"fee", "fees"}};
  const std::string name = lower_case(column);
  for (const std::string& field : trade_fields()) {
    if (name == field) return field;
  }
  for (const auto& [other, field] : kOtherNames) {
    if (name == other) return field;
  }
  return {};
}

Column* place_of(TradeColumns& columns, const std::string& field) {
  const std::pair<const char*, Column*> places[] = {{"symbol", &columns.symbol},     {"side", &columns.side},
                                                    {"quantity", &columns.quantity}, {"price", &columns.price},
                                                    {"fees", &columns.fees},         {"timestamp", &columns.timestamp},
                                                    {"strategy", &columns.strategy}, {"tag", &columns.tag}};
  for (const auto& [name, place] : places) {
    if (field == name) return place;
  }
  return nullptr;
}

Error wrong_type(const std::string& field, const Column& column, const char* wanted) {
  return bad_data("column '" + column.name() + "' holds " + column_type_name(column.type()) + ", but field '" + field +
                  "' of a trade is " + wanted);
}

/// Text; `fault` judges each different value once.
template <typename Fault>
Status check_texts(const std::string& field, const Column& column, bool required, Fault fault) {
  if (column.type() != ColumnType::kText) return wrong_type(field, column, "text");
  std::vector<std::string> faults;
  for (const std::string& value : *column.dictionary()) faults.push_back(fault(value));
  const auto codes = column.codes();
  for (std::size_t row = 0; row < codes.size(); ++row) {
    if (codes[row] < 0) {
      if (required) return trade_error(row, field, "is missing");
    } else if (const std::string& found = faults[static_cast<std::size_t>(codes[row])]; !found.empty()) {
      return trade_error(row, field, found);
    }
  }
  return {};
}

template <typename Fault>
Status check_numbers(const std::string& field, Column& column, bool required, Fault fault) {
  if (column.type() != ColumnType::kFloat64 && column.type() != ColumnType::kInt64) {
    return wrong_type(field, column, "a number");
  }
  column = column.as_float64();
  const auto values = column.float64s();
  for (std::size_t row = 0; row < values.size(); ++row) {
    const double value = values[row];
    if (!required && std::isnan(value)) continue;
    // The sentence is made for bad values only.
    if (std::isfinite(value) && value > 0) continue;
    if (std::string found = std::isnan(value) ? "is missing" : fault(value); !found.empty()) {
      return trade_error(row, field, found);
    }
  }
  return {};
}

template <typename Value, typename Convert>
Status convert_times(Column& column, std::span<const Value> values, Convert convert) {
  std::vector<Nanoseconds> times(values.size());
  for (std::size_t row = 0; row < values.size(); ++row) {
    const Result<Nanoseconds> time = convert(values[row]);
    if (!time.ok()) return trade_error(row, "timestamp", time.error().message);
    times[row] = *time;
  }
  column = Column::own(column.name(), std::move(times), ColumnType::kTime);
  return {};
}

Status check_times(Column& column) {
  switch (column.type()) {
    case ColumnType::kTime: {
      const auto times = column.int64s();
      for (std::size_t row = 0; row < times.size(); ++row) {
        if (times[row] == kNoTime) return trade_error(row, "timestamp", "is missing");
      }
      return {};
    }
    case ColumnType::kInt64: return convert_times(column, column.int64s(), whole_time);
    case ColumnType::kFloat64: return convert_times(column, column.float64s(), seconds_time);
    case ColumnType::kText: {
      const Column::Dictionary texts = column.dictionary();
      return convert_times(column, column.codes(), [&](std::int32_t code) -> Result<Nanoseconds> {
        if (code < 0) return bad_data("is missing");
        return parse_iso_time((*texts)[static_cast<std::size_t>(code)]);
      });
    }
    case ColumnType::kBool: break;
  }
  return wrong_type("timestamp", column, "a time");
}

Status check_columns(TradeColumns& columns) {
  const auto any = [](const std::string&) { return std::string(); };
  PEAK_RETURN_IF_ERROR(check_texts("symbol", columns.symbol, true, symbol_fault));
  PEAK_RETURN_IF_ERROR(check_texts("side", columns.side, true, side_fault));
  PEAK_RETURN_IF_ERROR(check_numbers("quantity", columns.quantity, true, quantity_fault));
  PEAK_RETURN_IF_ERROR(check_numbers("price", columns.price, true, price_fault));
  PEAK_RETURN_IF_ERROR(check_times(columns.timestamp));
  if (columns.fees.size() != 0) PEAK_RETURN_IF_ERROR(check_numbers("fees", columns.fees, false, price_fault));
  if (columns.strategy.size() != 0) PEAK_RETURN_IF_ERROR(check_texts("strategy", columns.strategy, false, any));
  if (columns.tag.size() != 0) PEAK_RETURN_IF_ERROR(check_texts("tag", columns.tag, false, any));
  return {};
}

}  // namespace

Result<TradeColumns> trade_columns(const Table& table) {
  TradeColumns columns;
  std::vector<std::string> taken;
  for (const Column& column : table.columns) {
    const std::string field = field_of(column.name());
    if (field.empty()) {
      return bad_data("column '" + column.name() + "' is no field of a trade" +
                      suggestion(column.name(), trade_fields()) + "; drop or rename it");
    }
    if (std::find(taken.begin(), taken.end(), field) != taken.end()) {
      return bad_data("column '" + column.name() + "': another column is the trades' " + field + " already; drop one");
    }
    taken.push_back(field);
    *place_of(columns, field) = column;
  }
  for (const std::string& field : required_trade_fields()) {
    if (std::find(taken.begin(), taken.end(), field) != taken.end()) continue;
    std::vector<std::string> names;
    for (const Column& column : table.columns) names.push_back(column.name());
    return bad_data("the trades have no column '" + field + "'" + suggestion(field, names));
  }
  if (table.rows() != 0) PEAK_RETURN_IF_ERROR(check_columns(columns));
  return columns;
}

}  // namespace peak::store
