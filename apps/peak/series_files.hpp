// Series files: what lies beside the prices of a run: funding rates, corporate actions, finer bars, a benchmark.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "command.hpp"
#include "peak/base/status.hpp"
#include "peak/io/options.hpp"
#include "peak/sim/backtest.hpp"

namespace peak::command {

/// Paths; empty: none.
struct SeriesFiles {
  std::string funding, actions, detail, benchmark;
  std::vector<std::pair<std::string, std::string>> others;  ///< names of other symbols with their files
};

/// The options --funding, --actions, --detail, --benchmark and --with.
void add_series_options(std::vector<Option>& options, const std::shared_ptr<SeriesFiles>& files);

/// Reads the files into `run`, with the zone and the order of dates that `reading` has for the prices.
[[nodiscard]] Status load_series(const SeriesFiles& files, const io::ReadOptions& reading, BacktestOptions& run);

/// The other symbols, which formulas read by their names.
[[nodiscard]] Result<std::vector<Bars>> read_others(const SeriesFiles& files, const io::ReadOptions& reading);

/// `bars` with the other symbols beside them.
[[nodiscard]] Result<Bars> beside_others(Bars bars, const SeriesFiles& files, const io::ReadOptions& reading);

}  // namespace peak::command
