#include "peak/trading/instrument_series.hpp"

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <optional>
#include <string>

#include "peak/base/suggest.hpp"
#include "trading/number_text.hpp"

namespace peak {
namespace {

const Column* find_any(const Table& table, std::initializer_list<const char*> names) {
  for (const char* name : names) {
    if (const Column* column = table.find(name)) return column;
  }
  return nullptr;
}

std::string names_of(const Table& table) {
  std::string names;
  for (const Column& column : table.columns) names += (names.empty() ? "" : ", ") + column.name();
  return names.empty() ? "none" : names;
}

bool has_numbers(const Column& column) {
  return column.type() == ColumnType::kFloat64 || column.type() == ColumnType::kInt64;
}

Error bad_row(const char* what, std::size_t row, const std::string& fault) {
  return bad_data(std::string(what) + ", row " + std::to_string(row + 1) + ": " + fault);
}

/// The stamps of the rows; none missing.
Result<std::span<const Nanoseconds>> times_of(const Table& table, const char* what) {
  const Column* time = find_any(table, {"time", "date", "datetime", "timestamp", "start"});
  if (time == nullptr || time->type() != ColumnType::kTime) {
    const auto of_times = std::find_if(table.columns.begin(), table.columns.end(),
                                       [](const Column& column) { return column.type() == ColumnType::kTime; });
    time = of_times == table.columns.end() ? nullptr : &*of_times;
  }
  if (time == nullptr) {
    return bad_data(std::string(what) + ": no column of times; name it 'time' (there are: " + names_of(table) + ")");
  }
  const std::span<const Nanoseconds> times = time->int64s();
  for (std::size_t row = 0; row < times.size(); ++row) {
    if (times[row] == kNoTime) return bad_row(what, row, "the time is missing");
  }
  return times;
}

const Column* rates_in(const Table& table) {
  if (const Column* rates = find_any(table, {"rate", "funding_rate", "fundingrate", "funding rate", "funding"})) {
    return rates;
  }
  const Column* only = nullptr;
  for (const Column& column : table.columns) {
    if (!has_numbers(column)) continue;
    if (only != nullptr) return nullptr;
    only = &column;
  }
  return only;
}

template <typename Row>
void sort_by_time(std::vector<Row>& rows) {
  std::stable_sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) { return a.time < b.time; });
}

constexpr const char* kActions = "corporate actions";

Result<CorporateActionKind> kind_of(std::string_view text, std::size_t row) {
  std::vector<std::string> known;
  for (int i = 0; i <= static_cast<int>(kLastCorporateActionKind); ++i) {
    known.emplace_back(corporate_action_name(static_cast<CorporateActionKind>(i)));
    if (text == known.back()) return static_cast<CorporateActionKind>(i);
  }
  return bad_row(kActions, row, "unknown kind '" + std::string(text) + "'" + suggestion(text, known));
}

Result<std::vector<CorporateAction>> actions_by_row(std::span<const Nanoseconds> times, const Column& kinds,
                                                    const Column* values) {
  if (kinds.type() != ColumnType::kText || values == nullptr || !has_numbers(*values)) {
    return bad_data(
        "corporate actions: beside 'kind', a column of words, there must be a column of numbers 'value' (the ratio "
        "of a split, the money per unit of a dividend, the last price of a delisting)");
  }
  const Column numbers = values->as_float64();
  std::vector<CorporateAction> actions;
  for (std::size_t row = 0; row < times.size(); ++row) {
    const std::int32_t code = kinds.codes()[row];
    if (code < 0) return bad_row(kActions, row, "the kind is missing");
    PEAK_ASSIGN_OR_RETURN(const CorporateActionKind kind,
                          kind_of((*kinds.dictionary())[static_cast<std::size_t>(code)], row));
    const double value = numbers.float64s()[row];
    if (std::isnan(value)) return bad_row(kActions, row, "the value is missing");
    actions.push_back({times[row], kind, value});
  }
  return actions;
}

Status add_column(std::span<const Nanoseconds> times, const Column* column, CorporateActionKind kind, double nothing,
                  std::vector<CorporateAction>& actions) {
  if (column == nullptr) return {};
  if (!has_numbers(*column)) return bad_data("corporate actions: column '" + column->name() + "' holds no numbers");
  const Column numbers = column->as_float64();
  for (std::size_t row = 0; row < times.size(); ++row) {
    const double value = numbers.float64s()[row];
    if (!std::isnan(value) && value != 0 && value != nothing) actions.push_back({times[row], kind, value});
  }
  return {};
}

}  // namespace

Result<std::vector<FundingRate>> funding_from(const Table& table) {
  constexpr const char* kWhat = "funding rates";
  PEAK_ASSIGN_OR_RETURN(const std::span<const Nanoseconds> times, times_of(table, kWhat));
  const Column* column = rates_in(table);
  if (column == nullptr || !has_numbers(*column)) {
    return bad_data(std::string(kWhat) + ": no column of numbers named 'rate' (there are: " + names_of(table) + ")");
  }
  const Column rates = column->as_float64();
  std::vector<FundingRate> funding;
  for (std::size_t row = 0; row < times.size(); ++row) {
    const double rate = rates.float64s()[row];
    if (std::isnan(rate)) return bad_row(kWhat, row, "the rate is missing");
    funding.push_back({times[row], rate});
  }
  sort_by_time(funding);
  for (std::size_t i = 1; i < funding.size(); ++i) {
    if (funding[i].time != funding[i - 1].time) continue;
    return bad_data(std::string(kWhat) + ": two rates at " + format_time(funding[i].time) + ", " +
                    trading::shown(funding[i - 1].rate) + " and " + trading::shown(funding[i].rate));
  }
  return funding;
}

Result<std::vector<CorporateAction>> actions_from(const Table& table) {
  PEAK_ASSIGN_OR_RETURN(const std::span<const Nanoseconds> times, times_of(table, kActions));
  std::vector<CorporateAction> actions;
  if (const Column* kinds = find_any(table, {"kind", "action", "type"})) {
    PEAK_ASSIGN_OR_RETURN(actions, actions_by_row(times, *kinds, find_any(table, {"value", "amount", "ratio"})));
  } else {
    const Column* dividends = find_any(table, {"dividend", "dividends", "ex-dividend", "ex_dividend"});
    const Column* splits = find_any(table, {"split", "splits", "split_ratio", "split ratio", "stock splits"});
    const Column* delistings = find_any(table, {"delisting"});
    if (dividends == nullptr && splits == nullptr && delistings == nullptr) {
      return bad_data(
          "corporate actions: neither columns 'kind' and 'value' nor columns 'split' and 'dividend' (there are: " +
          names_of(table) + ")");
    }
    PEAK_RETURN_IF_ERROR(add_column(times, dividends, CorporateActionKind::kDividend, 0, actions));
    PEAK_RETURN_IF_ERROR(add_column(times, splits, CorporateActionKind::kSplit, 1, actions));
    PEAK_RETURN_IF_ERROR(add_column(times, delistings, CorporateActionKind::kDelisting, 0, actions));
  }
  sort_by_time(actions);
  return actions;
}

}  // namespace peak
