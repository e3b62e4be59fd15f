#include "peak/io/read_panel.hpp"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

#include "peak/io/read.hpp"

namespace peak::io {
namespace {

namespace fs = std::filesystem;

/// The file's name up to its first dot.
std::string symbol_in(const std::string& path) {
  const std::string name = fs::path(path).filename().string();
  return name.substr(0, name.find('.'));
}

Result<std::vector<std::string>> files_of(std::span<const std::string> paths) {
  std::vector<std::string> files;
  for (const std::string& path : paths) {
    std::error_code error;
    if (!fs::is_directory(path, error)) {
      files.push_back(path);
      continue;
    }
    std::vector<std::string> inside;
    for (fs::directory_iterator entry(path, error), end; !error && entry != end; entry.increment(error)) {
      const std::string name = entry->path().filename().string();
      if (!name.starts_with('.') && entry->is_regular_file(error)) inside.push_back(entry->path().string());
    }
    if (error) return io_error(path + ": " + error.message());
    if (inside.empty()) return not_found(path + ": there is no file in this folder");
    std::sort(inside.begin(), inside.end());
    files.insert(files.end(), inside.begin(), inside.end());
  }
  return files;
}

enum class Layout { kOneSymbol, kLong, kWide };

Layout layout_of(const Table& table) {
  for (const char* name : {"symbol", "ticker", "asset"}) {
    const Column* column = table.find(name);
    if (column != nullptr && column->type() == ColumnType::kText) return Layout::kLong;
  }
  for (const char* name : {"close", "open", "price", "bid_close", "bid"}) {
    if (table.find(name) != nullptr) return Layout::kOneSymbol;
  }
  const auto numbers = std::count_if(table.columns.begin(), table.columns.end(), [](const Column& column) {
    return column.type() == ColumnType::kFloat64 || column.type() == ColumnType::kInt64;
  });
  const bool only_numbers = std::none_of(table.columns.begin(), table.columns.end(),
                                         [](const Column& column) { return column.type() == ColumnType::kText; });
  return only_numbers && numbers >= 1 ? Layout::kWide : Layout::kOneSymbol;
}

Status add_file(const std::string& path, const ReadOptions& options, const PanelRules& rules, std::vector<Bars>& to) {
  PEAK_ASSIGN_OR_RETURN(const LoadedTable loaded, read_table(path, options));
  const Layout layout = layout_of(loaded.table);
  if (layout == Layout::kOneSymbol) {
    PEAK_ASSIGN_OR_RETURN(LoadedBars bars, read_bars(path, options));
    if (bars.bars.symbol().empty()) bars.bars.set_symbol(symbol_in(path));
    to.push_back(std::move(bars.bars));
    return {};
  }
  const auto panel = layout == Layout::kLong ? Panel::from_long(loaded.table, {}, options.checks, rules)
                                             : Panel::from_wide(loaded.table, options.checks, rules);
  if (!panel.ok()) return panel.error().within(path);
  for (std::size_t s = 0; s < panel->symbols(); ++s) to.push_back(panel->series(s));
  return {};
}

}  // namespace

Result<Panel> read_panel(std::span<const std::string> paths, const ReadOptions& options, const PanelRules& rules) {
  PEAK_ASSIGN_OR_RETURN(const std::vector<std::string> files, files_of(paths));
  std::vector<Bars> series;
  for (const std::string& file : files) PEAK_RETURN_IF_ERROR(add_file(file, options, rules, series));
  return Panel::create(std::move(series), rules);
}

Result<bool> holds_many_symbols(std::span<const std::string> paths, const ReadOptions& options) {
  if (paths.size() != 1) return paths.size() > 1;
  std::error_code error;
  if (fs::is_directory(paths.front(), error)) return true;
  PEAK_ASSIGN_OR_RETURN(const LoadedTable loaded, read_table(paths.front(), options));
  return layout_of(loaded.table) != Layout::kOneSymbol;
}

}  // namespace peak::io
