#include "series_files.hpp"

#include <utility>

#include "peak/io/read.hpp"
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
}

Status load_series(const SeriesFiles& files, const io::ReadOptions& reading, BacktestOptions& run) {
  const io::ReadOptions times = times_of(reading);
  if (!files.funding.empty()) {
    PEAK_ASSIGN_OR_RETURN(const io::LoadedTable loaded, io::read_table(files.funding, times));
    auto funding = funding_from(loaded.table);
    if (!funding.ok()) return funding.error().within(files.funding);
    run.broker.funding = std::move(*funding);
  }
  if (!files.actions.empty()) {
    PEAK_ASSIGN_OR_RETURN(const io::LoadedTable loaded, io::read_table(files.actions, times));
    auto actions = actions_from(loaded.table);
    if (!actions.ok()) return actions.error().within(files.actions);
    run.broker.actions = std::move(*actions);
  }
  if (!files.detail.empty()) {
    PEAK_ASSIGN_OR_RETURN(io::LoadedBars loaded, io::read_bars(files.detail, reading));
    run.detail = std::move(loaded.bars);
  }
  if (!files.benchmark.empty()) {
    PEAK_ASSIGN_OR_RETURN(io::LoadedBars loaded, io::read_bars(files.benchmark, times));
    run.benchmark = std::move(loaded.bars);
  }
  return {};
}

}  // namespace peak::command
