#include "peak/io/dataset.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstring>
#include <utility>

#include "io/load.hpp"
#include "io/path_dates.hpp"
#include "io/roles.hpp"
#include "io/source.hpp"
#include "io/table_bars.hpp"
#include "peak/base/suggest.hpp"
#include "peak/io/read.hpp"
#include "peak/market/adjust.hpp"
#include "peak/table/rows.hpp"

namespace peak::io {
namespace {

/// Bars of one symbol in one file.
struct SymbolPart {
  std::string symbol;
  Bars bars;
};

bool is_date(std::string_view word) {
  return (word.size() == 8 || word.size() == 6) &&
         std::all_of(word.begin(), word.end(), [](unsigned char c) { return std::isdigit(c) != 0; });
}

/// The symbol that a path tells: symbol=SPY in it, else the file's name without dates, else the folder's.
std::string symbol_in(const std::string& path) {
  if (const std::size_t at = path.rfind("symbol="); at != std::string::npos) {
    return path.substr(at + 7, path.find('/', at) - at - 7);
  }
  std::string name(file_name(path));
  name = name.substr(0, name.find('.', 1));
  std::string kept;
  bool has_words = false;
  for (std::size_t start = 0; start <= name.size();) {
    const std::size_t end = std::min(name.find('_', start), name.size());
    const std::string word = name.substr(start, end - start);
    if (!is_date(word)) {
      kept += (kept.empty() ? "" : "_") + word;
      has_words = has_words || (word != "trade" && word != "quote");
    }
    start = end + 1;
  }
  if (has_words) return kept;
  const std::size_t slash = path.find_last_of('/');
  const std::string folder = slash == std::string::npos ? "" : path.substr(0, slash);
  return folder.empty() ? name : std::string(file_name(folder));
}

bool is_wanted(const std::string& symbol, const ReadOptions& options) {
  return options.symbols.empty() ||
         std::find(options.symbols.begin(), options.symbols.end(), symbol) != options.symbols.end();
}

/// Bars of a table that is part of a file: under its roles' names.
Result<Bars> bars_of_rows(const Table& table, const Detected& detected, const ReadOptions& options) {
  Table named;
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    const std::string& role = detected.columns[i].role;
    named.columns.push_back(role.empty() ? table.columns[i] : table.columns[i].renamed(role));
  }
  if (named.find("close") == nullptr) {  // one column of numbers beside the time
    std::size_t numbers = 0, place = 0;
    for (std::size_t i = 0; i < named.columns.size(); ++i) {
      if (holds_numbers(named.columns[i])) ++numbers, place = i;
    }
    if (numbers == 1) named.columns[place] = named.columns[place].renamed("close");
  }
  PEAK_ASSIGN_OR_RETURN(Bars bars, Bars::from_table(named, options.checks));
  return options.price_scale ? scaled(bars, *options.price_scale) : bars;
}

Status add_long(const LoadedTable& loaded, const std::string& column, const ReadOptions& options,
                std::vector<SymbolPart>& parts) {
  PEAK_ASSIGN_OR_RETURN(const std::vector<Table> tables, split_by_text(loaded.table, column));
  for (const Table& table : tables) {
    const Column& names = *table.find(column);
    const std::string symbol = (*names.dictionary())[static_cast<std::size_t>(names.codes()[0])];
    if (!is_wanted(symbol, options)) continue;
    auto bars = bars_of_rows(table, loaded.detected, options);
    if (!bars.ok()) return std::move(bars).error().within("'" + symbol + "'");
    parts.push_back({symbol, std::move(*bars)});
  }
  return {};
}

Status add_wide(const LoadedTable& loaded, const ReadOptions& options, std::vector<SymbolPart>& parts) {
  const Column* time = nullptr;
  for (std::size_t i = 0; i < loaded.table.columns.size(); ++i) {
    if (loaded.detected.columns[i].role == "time") time = &loaded.table.columns[i];
  }
  Detected time_and_close;
  time_and_close.columns = {{"time", ColumnType::kTime, 0, "time"}, {"close", ColumnType::kFloat64, 0, "close"}};
  for (const Column& column : loaded.table.columns) {
    if (!holds_numbers(column) || &column == time || !is_wanted(column.name(), options)) continue;
    const Column prices = column.as_float64();
    std::vector<std::size_t> rows;
    for (std::size_t row = 0; row < prices.size(); ++row) {
      if (!std::isnan(prices.float64s()[row])) rows.push_back(row);
    }
    if (rows.empty()) continue;
    Table table;
    table.columns = {take_rows(*time, rows).renamed("time"), take_rows(prices, rows).renamed("close")};
    auto bars = bars_of_rows(table, time_and_close, options);
    if (!bars.ok()) return std::move(bars).error().within("'" + column.name() + "'");
    parts.push_back({column.name(), std::move(*bars)});
  }
  return {};
}

/// A table of times and several columns of numbers, none of which is a price by its name, nor a bid or ask.
bool is_wide(const LoadedTable& loaded) {
  if (has_role(loaded.detected, "close") || has_role(loaded.detected, "open") || !has_role(loaded.detected, "time"))
    return false;
  std::size_t numbers = 0;
  for (const Column& column : loaded.table.columns) {
    std::string name = column.name();
    for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    if (name.starts_with("bid") || name.starts_with("ask") || name == "offer" || name.starts_with("column_"))
      return false;
    numbers += holds_numbers(column) ? 1U : 0U;
  }
  return numbers >= 2;
}

Status add_file(const std::string& path, const ReadOptions& options, std::vector<SymbolPart>& parts) {
  PEAK_ASSIGN_OR_RETURN(const Source source, open_source(path, options));
  const auto told = [&](Error error) { return error.message.starts_with(path) ? error : error.within(path); };
  auto loaded = load_table(source, options, true);
  if (!loaded.ok()) return told(std::move(loaded).error());
  if (loaded->table.rows() == 0 && (options.start || options.end)) return {};
  Status added;
  if (const std::string column = symbol_column(loaded->table); !column.empty() && has_role(loaded->detected, "time")) {
    added = add_long(*loaded, column, options, parts);
  } else if (is_wide(*loaded)) {
    added = add_wide(*loaded, options, parts);
  } else {
    auto bars = bars_of(source, *std::move(loaded), options);
    if (!bars.ok()) return told(std::move(bars).error());
    parts.push_back({options.symbol.empty() ? symbol_in(path) : options.symbol, std::move(bars->bars)});
  }
  return added.ok() ? added : Status(told(std::move(added).error()));
}

/// Files that cannot hold what is asked for, by their names, are not opened. A file of many symbols has any name.
bool is_outside(const std::string& path, const ReadOptions& options) {
  if (!options.symbols.empty() && path.rfind("symbol=") != std::string::npos && !is_wanted(symbol_in(path), options))
    return true;
  const PathDates dates = dates_in_path(path);
  return (options.start && dates.last < *options.start) || (options.end && dates.first > *options.end);
}

/// Every symbol that was asked for is there.
Status check_symbols(const ReadOptions& options, const std::vector<Bars>& found) {
  std::vector<std::string> names;
  for (const Bars& bars : found) names.push_back(bars.symbol());
  for (const std::string& symbol : options.symbols) {
    if (std::find(names.begin(), names.end(), symbol) != names.end()) continue;
    return bad_data("no bars of '" + symbol + "' were found" + suggestion(symbol, names));
  }
  return {};
}

Column joined(const std::vector<const Bars*>& parts, const std::string& name) {
  if (name == "time") {
    std::vector<std::int64_t> times;
    for (const Bars* bars : parts) times.insert(times.end(), bars->time().begin(), bars->time().end());
    return Column::own(name, std::move(times), ColumnType::kTime);
  }
  std::vector<double> values;
  for (const Bars* bars : parts) {
    const auto more = bars->find(name)->float64s();
    values.insert(values.end(), more.begin(), more.end());
  }
  return Column::own(name, std::move(values));
}

/// Parts of one symbol as one, in the order of their times; columns that all of them have.
Result<Bars> join(std::vector<const Bars*> parts, const std::string& symbol, const ReadOptions& options) {
  if (parts.size() == 1) {
    Bars bars = *parts.front();
    bars.set_symbol(symbol);
    return bars;
  }
  std::stable_sort(parts.begin(), parts.end(),
                   [](const Bars* a, const Bars* b) { return a->time()[0] < b->time()[0]; });
  Table table;
  for (const std::string& name : parts.front()->column_names()) {
    const bool in_all =
        std::all_of(parts.begin(), parts.end(), [&](const Bars* bars) { return bars->find(name) != nullptr; });
    if (in_all) table.columns.push_back(joined(parts, name));
  }
  auto bars = Bars::from_table(table, options.checks);
  if (!bars.ok())
    return std::move(bars).error().within("'" + symbol + "', put together of " + std::to_string(parts.size()) +
                                          " files");
  bars->set_symbol(symbol);
  bars->set_time_zone(parts.front()->time_zone());
  return bars;
}

}  // namespace

std::string symbol_column(const Table& table) {
  for (const char* name : kSymbolNames) {
    const Column* column = table.find(name);
    if (column != nullptr && column->type() == ColumnType::kText && column->dictionary()->size() > 1)
      return column->name();
  }
  return {};
}

std::vector<SymbolRows> rows_by_symbol(const Table& table) {
  std::vector<SymbolRows> symbols;
  const Column* names = table.find(symbol_column(table));
  if (names == nullptr) return symbols;
  for (std::vector<std::size_t>& rows : rows_by_text(*names)) {
    SymbolRows one;
    one.symbol = (*names->dictionary())[static_cast<std::size_t>(names->codes()[rows.front()])];
    for (const Column& column : table.columns) one.table.columns.push_back(take_rows(column, rows));
    one.rows = std::move(rows);
    symbols.push_back(std::move(one));
  }
  return symbols;
}

Result<std::vector<Table>> split_by_text(const Table& table, const std::string& column) {
  const Column* names = table.find(column);
  if (names == nullptr || names->type() != ColumnType::kText)
    return invalid_argument("there is no column of texts '" + column + "'");
  std::vector<Table> tables;
  for (const auto& chosen : rows_by_text(*names)) {
    Table part;
    for (const Column& one : table.columns) part.columns.push_back(take_rows(one, chosen));
    tables.push_back(std::move(part));
  }
  return tables;
}

Result<std::vector<Bars>> read_dataset(std::span<const std::string> paths, const ReadOptions& options) {
  PEAK_ASSIGN_OR_RETURN(const std::vector<std::string> files, dataset_files(paths));
  std::vector<SymbolPart> parts;
  for (const std::string& file : files) {
    if (!is_outside(file, options)) PEAK_RETURN_IF_ERROR(add_file(file, options, parts));
  }
  std::erase_if(parts, [&](const SymbolPart& part) { return !is_wanted(part.symbol, options); });
  std::vector<Bars> result;
  std::vector<bool> used(parts.size(), false);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (used[i]) continue;
    std::vector<const Bars*> same;
    for (std::size_t k = i; k < parts.size(); ++k) {
      if (parts[k].symbol != parts[i].symbol || parts[k].bars.size() == 0) continue;
      used[k] = true;
      same.push_back(&parts[k].bars);
    }
    if (same.empty()) continue;
    PEAK_ASSIGN_OR_RETURN(Bars bars, join(std::move(same), parts[i].symbol, options));
    result.push_back(std::move(bars));
  }
  PEAK_RETURN_IF_ERROR(check_symbols(options, result));
  if (result.empty()) return bad_data("no bars were found in " + std::to_string(files.size()) + " files");
  return result;
}

}  // namespace peak::io
