#include "io/table_bars.hpp"

#include <algorithm>

#include "io/number.hpp"
#include "io/roles.hpp"
#include "io/source.hpp"

namespace peak::io {
namespace {

constexpr const char* kPrices[] = {"open", "high", "low", "close"};

std::vector<std::string> names_of(const Table& table) {
  std::vector<std::string> names;
  for (const Column& column : table.columns) names.push_back(column.name());
  return names;
}

/// What was noted on the way may explain what is missing.
std::string joined(const std::vector<std::string>& notes) {
  std::string text;
  for (const std::string& note : notes) text += "; " + note;
  return text;
}

/// The columns of quote bars, bid_open ... ask_close, in pairs; null if one is missing.
const Column* quote(const Table& table, const char* side, const char* price) {
  const Column* column = table.find(std::string(side) + "_" + price);
  return column != nullptr && holds_numbers(*column) ? column : nullptr;
}

/// Open, high, low and close halfway between bid and ask.
std::vector<Column> middle_prices(const Table& table) {
  std::vector<Column> result;
  for (const char* price : kPrices) {
    const Column *bid = quote(table, "bid", price), *ask = quote(table, "ask", price);
    if (bid == nullptr || ask == nullptr) return {};
    const Column bids = bid->as_float64(), asks = ask->as_float64();
    std::vector<double> middle(bids.size());
    for (std::size_t i = 0; i < middle.size(); ++i) middle[i] = (bids.float64s()[i] + asks.float64s()[i]) / 2;
    result.push_back(Column::own(price, std::move(middle)));
  }
  return result;
}

/// The only column of numbers that is not the time.
std::optional<std::size_t> only_number(const LoadedTable& loaded) {
  std::optional<std::size_t> found;
  for (std::size_t i = 0; i < loaded.table.columns.size(); ++i) {
    if (!holds_numbers(loaded.table.columns[i]) || !loaded.detected.columns[i].role.empty()) continue;
    if (found) return std::nullopt;
    found = i;
  }
  return found;
}

/// The first cell of a text column that is no number, with its row.
std::string first_text(const Column& column) {
  for (std::size_t row = 0; column.type() == ColumnType::kText && row < column.size(); ++row) {
    const std::int32_t code = column.codes()[row];
    double number = 0;
    if (code < 0) continue;
    const std::string& text = (*column.dictionary())[static_cast<std::size_t>(code)];
    if (!is_missing(text) && !parse_whole_number(text, number)) {
      return ", such as '" + text.substr(0, 80) + "' in row " + std::to_string(row);
    }
  }
  return {};
}

Status check_prices(const LoadedTable& loaded) {
  for (std::size_t i = 0; i < loaded.detected.columns.size(); ++i) {
    const DetectedColumn& column = loaded.detected.columns[i];
    if (column.role.empty() || column.role == "time" || holds_numbers(loaded.table.columns[i])) continue;
    return bad_data("column '" + column.name + "' should hold numbers (" + column.role + ") but holds " +
                    column_type_name(column.type) + first_text(loaded.table.columns[i]));
  }
  return {};
}

/// How a caller names the column of a role, in each way of calling.
std::string how_to_name(const std::string& role) {
  return ". Name it: --" + role + "-column NAME (command), columns={'" + role + "': NAME} (Python), roles." + role +
         " (C++)";
}

}  // namespace

bool has_role(const Detected& detected, std::string_view role) {
  return std::any_of(detected.columns.begin(), detected.columns.end(),
                     [&](const DetectedColumn& column) { return column.role == role; });
}

bool holds_numbers(const Column& column) noexcept {
  return column.type() == ColumnType::kFloat64 || column.type() == ColumnType::kInt64;
}

Result<Table> bar_table(LoadedTable& loaded, const ReadOptions& options) {
  Detected& detected = loaded.detected;
  if (loaded.table.rows() == 0 && (options.start || options.end)) return bad_data("no rows lie in the time asked for");
  if (loaded.table.rows() == 0) {
    return bad_data("the table has columns (" + quoted_names(names_of(loaded.table)) + ") but no rows");
  }
  PEAK_RETURN_IF_ERROR(check_prices(loaded));
  if (!has_role(detected, "time")) {
    return bad_data("no column of times was found; there are: " + quoted_names(names_of(loaded.table)) +
                    how_to_name("time") + joined(detected.notes));
  }
  Table table;
  if (!has_role(detected, "close")) {
    table.columns = middle_prices(loaded.table);
    if (!table.columns.empty()) {
      detected.notes.emplace_back("open, high, low and close are the middle of bid and ask");
    } else if (const auto only = only_number(loaded)) {
      detected.columns[*only].role = "close";
      detected.notes.push_back("the only column of numbers, '" + detected.columns[*only].name + "', is taken as close");
    } else {
      return bad_data("no column of closing prices was found; there are: " + quoted_names(names_of(loaded.table)) +
                      how_to_name("close"));
    }
  }
  const bool made = !table.columns.empty();
  for (std::size_t i = 0; i < loaded.table.columns.size(); ++i) {
    const Column& column = loaded.table.columns[i];
    const std::string& role = detected.columns[i].role;
    const bool taken = role.empty() && (column.name() == "time" || Table{table.columns}.find(column.name()) != nullptr);
    if (taken || (made && !role.empty() && role != "time" && role != "volume")) continue;
    table.columns.push_back(role.empty() ? column : column.renamed(role));
  }
  if (!options.roles.close.empty() || has_role(detected, "open") || made) return table;
  detected.notes.emplace_back("there is one price only: open, high and low are taken to be close");
  return table;
}

std::string symbol_of(const std::string& path) {
  std::string name(file_name(path));
  name = name.substr(0, name.find('.', 1));
  return name;
}

}  // namespace peak::io
