#include "data_panel.hpp"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "peak/base/time.hpp"
#include "peak/io/dataset.hpp"
#include "terminal.hpp"

namespace peak::command {
namespace {

constexpr std::size_t kSymbolsShown = 30;

struct Extent {
  std::size_t rows = 0;
  Nanoseconds first = kNoTime, last = kNoTime;
};

Extent extent_of(const std::vector<Bars>& symbols) {
  Extent all;
  for (const Bars& bars : symbols) {
    if (bars.size() == 0) continue;
    all.first = all.rows == 0 ? bars.time().front() : std::min(all.first, bars.time().front());
    all.last = all.rows == 0 ? bars.time().back() : std::max(all.last, bars.time().back());
    all.rows += bars.size();
  }
  return all;
}

std::int64_t file_bytes(const std::string& path) {
  std::error_code failed;
  const auto size = std::filesystem::file_size(path, failed);
  return failed ? 0 : static_cast<std::int64_t>(size);
}

}  // namespace

std::vector<Bars> symbols_of(const std::string& path, const io::ReadOptions& reading) {
  std::error_code failed;
  if (!std::filesystem::is_regular_file(path, failed)) return {};  // what was read from a pipe is gone
  Result<std::vector<Bars>> symbols = io::read_dataset(std::span<const std::string>(&path, 1), reading);
  const std::size_t least = reading.symbols.empty() ? 2 : 1;
  if (!symbols.ok() || symbols->size() < least) return {};
  return *std::move(symbols);
}

std::string symbols_text(const std::string& path, const std::vector<Bars>& symbols, const TextStyle& style) {
  const Extent all = extent_of(symbols);
  std::string text = toned(path, TextTone::kStrong, style) + "\n";
  text += "  a panel of " + std::to_string(symbols.size()) + " symbols, " + std::to_string(all.rows) + " bars, " +
          format_time_short(all.first) + " to " + format_time_short(all.last) + ", " +
          std::to_string(file_bytes(path)) + " bytes\n\n";
  TextTable table({{.title = "symbol"}, {.title = "bars", .right = true}, {.title = "first"}, {.title = "last"}});
  for (std::size_t i = 0; i < std::min(symbols.size(), kSymbolsShown); ++i) {
    const Extent one = extent_of({symbols[i]});
    table.add_row(
        {symbols[i].symbol(), std::to_string(one.rows), format_time_short(one.first), format_time_short(one.last)});
  }
  text += table.render(style);
  if (symbols.size() > kSymbolsShown)
    text += "... and " + std::to_string(symbols.size() - kSymbolsShown) + " more (--json shows all)\n";
  return text + "\n" +
         wrapped("All of them: 'peak backtest STRATEGY --data " + path +
                     "', in Python peaktrade.read_dataset or peaktrade.Panel. One of them: --symbols " +
                     symbols.front().symbol() + ", or, of a table with a column to a symbol, --close-column " +
                     symbols.front().symbol() + ".",
                 style.width, 0) +
         "\n";
}

void write_symbols(report::JsonWriter& json, const std::string& path, const std::vector<Bars>& symbols) {
  const Extent all = extent_of(symbols);
  json.begin_object();
  json.text("path", path);
  json.integer("size_bytes", file_bytes(path));
  json.integer("rows", static_cast<std::int64_t>(all.rows));
  json.text("start", format_time(all.first));
  json.text("end", format_time(all.last));
  json.key("symbols");
  json.begin_array();
  for (const Bars& bars : symbols) {
    const Extent one = extent_of({bars});
    json.begin_object(report::JsonWriter::Layout::kOneLine);
    json.text("symbol", bars.symbol());
    json.integer("rows", static_cast<std::int64_t>(one.rows));
    json.text("start", format_time(one.first));
    json.text("end", format_time(one.last));
    json.end_object();
  }
  json.end_array();
  json.end_object();
}

}  // namespace peak::command
