#include "series_files.hpp"

#include <utility>

#include "input_data.hpp"
#include "peak/io/read.hpp"
#include "peak/market/other_symbols.hpp"
#include "peak/trading/instrument_series.hpp"
#include "setters.hpp"

namespace peak::command {
namespace {

Option series_option(const char* name, const char* description, const std::shared_ptr<SeriesFiles>& files,
                     std::string& place) {
  return {.name = name,
          .value = "FILE",
          .description = description,
          .set = text_setter(files, place),
          .completion = Completion::kFile,
          .group = "Input"};
}

/// How times are read, and nothing that names the columns of the prices.
io::ReadOptions times_of(const io::ReadOptions& reading) {
  io::ReadOptions options;
  options.time_zone = reading.time_zone;
  options.date_order = reading.date_order;
  return options;
}

Status add_other(SeriesFiles& files, const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == text.npos || equals == 0 || equals + 1 == text.size()) {
    return invalid_argument("--with: '" + text + "' is not SYMBOL=FILE, such as SPY=spy.csv");
  }
  const std::string name = text.substr(0, equals);
  for (const auto& [known, path] : files.others) {
    if (known == name) return invalid_argument("--with " + name + " is given 2 times");
  }
  files.others.emplace_back(name, text.substr(equals + 1));
  return {};
}

}  // namespace

void add_series_options(std::vector<Option>& options, const std::shared_ptr<SeriesFiles>& files) {
  options.push_back(series_option("--funding", "funding rates of a perpetual contract: columns time and rate", files,
                                  files->funding));
  options.push_back(series_option("--actions",
                                  "splits and dividends, for prices as they were: columns time, kind and value, or "
                                  "time, split and dividend",
                                  files, files->actions));
  options.push_back(series_option(
      "--detail", "finer bars of the same market: they decide the order of prices inside a bar", files, files->detail));
  options.push_back(
      series_option("--benchmark", "prices to compare with (buying and holding the data)", files, files->benchmark));
  options.push_back({.name = "--with",
                     .value = "SYMBOL=FILE",
                     .description = "prices of another symbol, which formulas read by name: symbol(\"SPY\", close)",
                     .set = [files](const std::string& text) { return add_other(*files, text); },
                     .group = "Input",
                     .repeated = true});
}

Result<std::vector<Bars>> read_others(const SeriesFiles& files, const io::ReadOptions& reading) {
  std::vector<Bars> others;
  for (const auto& [name, path] : files.others) {
    auto loaded = input_data(io::read_bars(path, times_of(reading)));
    if (!loaded.ok()) return std::move(loaded).error().within("--with " + name);
    others.push_back(std::move(loaded->bars));
    others.back().set_symbol(name);
  }
  return others;
}

Result<Bars> beside_others(Bars bars, const SeriesFiles& files, const io::ReadOptions& reading) {
  PEAK_ASSIGN_OR_RETURN(std::vector<Bars> others, read_others(files, reading));
  return with_others(std::move(bars), std::move(others));
}

Status load_series(const SeriesFiles& files, const io::ReadOptions& reading, BacktestOptions& run) {
  const io::ReadOptions times = times_of(reading);
  if (!files.funding.empty()) {
    PEAK_ASSIGN_OR_RETURN(const io::LoadedTable loaded, input_data(io::read_table(files.funding, times)));
    auto funding = funding_from(loaded.table);
    if (!funding.ok()) return funding.error().within(files.funding);
    run.broker.funding = std::move(*funding);
  }
  if (!files.actions.empty()) {
    PEAK_ASSIGN_OR_RETURN(const io::LoadedTable loaded, input_data(io::read_table(files.actions, times)));
    auto actions = actions_from(loaded.table);
    if (!actions.ok()) return actions.error().within(files.actions);
    run.broker.actions = std::move(*actions);
  }
  if (!files.detail.empty()) {
    PEAK_ASSIGN_OR_RETURN(io::LoadedBars loaded, input_data(io::read_bars(files.detail, reading)));
    run.detail = std::move(loaded.bars);
  }
  if (!files.benchmark.empty()) {
    PEAK_ASSIGN_OR_RETURN(io::LoadedBars loaded, input_data(io::read_bars(files.benchmark, times)));
    run.benchmark = std::move(loaded.bars);
  }
  return {};
}

}  // namespace peak::command
