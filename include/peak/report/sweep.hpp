// Sweeps as text, JSON and files.
//
// Columns   symbol and window where there are several, then one for each parameter, then one for each metric, and
//           `error` where a combination failed. Rows are in the order of the result.
// JSON      combinations, computed, reused, elapsed_s, complete, strategy, data, broker, grid, metrics, rows, best,
//           overfitting {trials, effective_trials, deflated_sharpe, pbo, reality_check_p, spa_p, ...} or null, failed,
//           plan, engine_version, engine_semantics. Each row holds its parameters and metrics by name, numbers that are
//           not finite as null.
// Threads   pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "peak/report/text_table.hpp"
#include "peak/study/overfitting.hpp"
#include "peak/study/sweep.hpp"

namespace peak {

struct SweepReportOptions {
  Metric sort = Metric::kSharpe;             ///< by which rows are ordered for showing
  std::size_t top = 10;                      ///< rows that are shown; 0: all, in the order of the result
  std::vector<std::string> data_paths;       ///< of the markets, as the user gave them; may be empty
  const Overfitting* overfitting = nullptr;  ///< shown where it is given (sweep_overfitting.hpp)
  TextStyle style{};
};

/// What was swept, the best rows, failures. Fails if `sort` is not among the metrics.
[[nodiscard]] Result<std::string> format_sweep(const SweepResult& result, const SweepReportOptions& options = {});

/// The object, without a line break at its end.
[[nodiscard]] Result<std::string> sweep_json(const SweepResult& result, const SweepReportOptions& options = {});

/// One HTML page that needs no network: luck or skill, the best rows, a heatmap of the first two parameters that vary,
/// and the combinations as lines through their parameters and metrics (parallel coordinates).
[[nodiscard]] Status write_sweep_report(const SweepResult& result, const std::string& path,
                                        const SweepReportOptions& options = {});

/// All finished rows, as Parquet where the name ends in .parquet, else as CSV, numbers as the shortest text that reads
/// back. Memory does not grow with the rows. SweepFile (sweep_file.hpp) writes the same while a sweep goes on.
[[nodiscard]] Status write_sweep(const SweepResult& result, const std::string& path);

}  // namespace peak
