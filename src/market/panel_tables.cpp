// Panels from tables: bars of many symbols below each other, or their closes side by side.
#include <cmath>
#include <unordered_map>
#include <utility>

#include "peak/base/suggest.hpp"
#include "peak/market/panel.hpp"
#include "peak/table/rows.hpp"

namespace peak {
namespace {

std::string column_list(const Table& table) {
  std::string names;
  for (const Column& column : table.columns) names += (names.empty() ? "'" : ", '") + column.name() + "'";
  return names.empty() ? "no columns" : names;
}

Result<const Column*> symbol_column_of(const Table& table, std::string_view wanted) {
  if (!wanted.empty()) {
    const Column* column = table.find(wanted);
    if (column != nullptr && column->type() == ColumnType::kText) return column;
    return bad_data("there is no text column '" + std::string(wanted) +
                    "' to tell symbols apart; there are: " + column_list(table));
  }
  for (const char* name : {"symbol", "ticker", "asset"}) {
    const Column* column = table.find(name);
    if (column != nullptr && column->type() == ColumnType::kText) return column;
  }
  return bad_data("no column tells symbols apart (symbol, ticker, asset); there are: " + column_list(table));
}

}  // namespace

Result<Panel> Panel::from_long(const Table& table, std::string_view symbol_column, const BarChecks& checks,
                               const PanelRules& rules) {
  PEAK_ASSIGN_OR_RETURN(const Column* symbols, symbol_column_of(table, symbol_column));
  std::vector<std::int32_t> order;
  std::unordered_map<std::int32_t, std::vector<std::size_t>> rows;
  for (std::size_t row = 0; row < symbols->size(); ++row) {
    const std::int32_t code = symbols->codes()[row];
    if (code < 0) return bad_data("row " + std::to_string(row) + " has no " + symbols->name());
    auto [place, is_new] = rows.try_emplace(code);
    if (is_new) order.push_back(code);
    place->second.push_back(row);
  }
  if (order.empty()) return bad_data("the data hold no rows");
  std::vector<Bars> series;
  for (const std::int32_t code : order) {
    const std::string& symbol = (*symbols->dictionary())[static_cast<std::size_t>(code)];
    Table own;
    for (const Column& column : table.columns) {
      if (&column != symbols) own.columns.push_back(take_rows(column, rows[code]));
    }
    auto bars = Bars::from_table(own, checks);
    if (!bars.ok()) return bars.error().within("symbol '" + symbol + "'");
    bars->set_symbol(symbol);
    series.push_back(std::move(*bars));
  }
  return create(std::move(series), rules);
}

Result<Panel> Panel::from_wide(const Table& table, const BarChecks& checks, const PanelRules& rules) {
  const Column* time = nullptr;
  for (const Column& column : table.columns) {
    if (column.type() == ColumnType::kTime) {
      time = &column;
      break;
    }
  }
  if (time == nullptr) return bad_data("a table of closes needs a column of times; there are: " + column_list(table));
  std::vector<Bars> series;
  for (const Column& column : table.columns) {
    if (&column == time || column.name().empty()) continue;
    if (column.type() == ColumnType::kText || column.type() == ColumnType::kTime) {
      return bad_data("column '" + column.name() +
                      "' holds no numbers; a table of closes has a column of numbers for each symbol");
    }
    const Column values = column.as_float64();
    std::vector<std::size_t> rows;
    for (std::size_t row = 0; row < values.size(); ++row) {
      if (!std::isnan(values.float64s()[row])) rows.push_back(row);
    }
    if (rows.empty()) return bad_data("symbol '" + column.name() + "' has no close at all; leave it out");
    const bool whole = rows.size() == values.size();
    Table own;
    own.columns.push_back(whole ? time->renamed("time") : take_rows(*time, rows).renamed("time"));
    own.columns.push_back(whole ? values.renamed("close") : take_rows(values, rows).renamed("close"));
    auto bars = Bars::from_table(own, checks);
    if (!bars.ok()) return bars.error().within("symbol '" + column.name() + "'");
    bars->set_symbol(column.name());
    series.push_back(std::move(*bars));
  }
  if (series.empty()) return bad_data("a table of closes has a column of numbers for each symbol; here there is none");
  return create(std::move(series), rules);
}

}  // namespace peak
