// SweepJob: a sweep on a thread of its own, so that Ctrl-C and progress are Python's; and the columns of its rows.
//
// Threads: to be used with the GIL held.
#pragma once

#include <nanobind/nanobind.h>

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "peak/report/sweep_file.hpp"
#include "peak/study/sweep.hpp"
#include "sweep_object.hpp"

namespace peak::python {

struct Markets {
  std::vector<SweepMarket> markets;
  nanobind::object origin;  ///< of the first
  std::vector<std::string> paths;
};

/// Each as symbol, data and the windows of its time to sweep over (none: all of it).
Markets markets_of(const nanobind::list& given);

/// What rows are of.
struct ResultRows {
  const std::vector<SweepMarket>& markets;
  const Grid& grid;
  const std::vector<Metric>& metrics;
};

/// Rows column by column: symbol and window where there are several, parameters, metrics; value(i, metric) is that of
/// rows[i].
nanobind::dict row_columns(const ResultRows& of, const std::vector<std::uint64_t>& rows,
                           const std::function<double(std::size_t i, std::size_t metric)>& value);

/// What a job is to do.
struct SweepTask {
  Markets markets;  ///< what the rows are of
  Grid grid;
  SweepOptions options;
  std::function<Result<SweepResult>(const SweepOptions&)> run;  ///< called without the GIL
  bool streams = false;                                         ///< rows are handed out as they are finished
  std::string out;                                              ///< file for all rows; empty: none
};

class SweepJob {
 public:
  explicit SweepJob(SweepTask task);
  ~SweepJob();
  SweepJob(const SweepJob&) = delete;
  SweepJob& operator=(const SweepJob&) = delete;

  bool wait(double seconds);
  void stop() { stop_.request_stop(); }
  /// The next rows that are finished, column by column; none if there are none within so long or any more.
  nanobind::object next_batch(double seconds);
  SweepProgress progress();
  SweepObject take();

 private:
  /// Rows of a sweep that is going on, with their metrics one row after the other.
  struct PartialRows {
    std::vector<std::uint64_t> rows;
    std::vector<double> values;
  };
  void add(const SweepBatch& batch);
  [[nodiscard]] nanobind::dict columns_of(const PartialRows& part) const;
  void work();

  SweepTask task_;
  std::optional<SweepFile> file_;
  StopSource stop_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool done_ = false;
  SweepProgress progress_;
  std::deque<PartialRows> parts_;
  std::optional<Result<SweepResult>> result_;
  std::thread thread_;
};

}  // namespace peak::python
