// History: measurements of earlier runs in one file, so that a slow change is seen.
//
// File      one JSON object to a line: time, version, machine and its measurements. A run is added by one write at the
//           end, so that programs may add beside each other; a line that a killed program left unfinished is passed
//           over.
// Machines  figures of different machines do not compare: each run names its machine, and one is compared with the
//           last of the same name.
// Threads   pure functions over a file.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "peak/base/status.hpp"
#include "peak/base/time.hpp"
#include "peak/benchmark/measurement.hpp"

namespace peak::benchmark {

struct HistoryRun {
  Nanoseconds time = 0;  ///< UTC
  std::string version;   ///< of Peak Trade
  std::string machine;   ///< processor, usable cores and SIMD level, in words
  std::vector<Measurement> measurements;
};

/// All runs of the file, oldest first; none for a file that is not there. kBadData for a file without one whole line.
[[nodiscard]] Result<std::vector<HistoryRun>> read_history(const std::string& path);

/// Adds a run at the end; the file and its folder are made if they are not there.
[[nodiscard]] Status add_to_history(const std::string& path, const HistoryRun& run);

/// The last run on `machine` that has a measurement of that name; null if there is none.
[[nodiscard]] const Measurement* last_measurement(const std::vector<HistoryRun>& runs, std::string_view machine,
                                                  std::string_view name) noexcept;

/// Where the command keeps its own: PEAK_BENCH_HISTORY if it is set, else a file in the user's cache folder; empty if
/// there is none.
[[nodiscard]] std::string default_history();

}  // namespace peak::benchmark
