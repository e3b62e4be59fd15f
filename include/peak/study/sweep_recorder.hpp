// SweepRecorder: a sweep whose runs the caller makes, such as those of strategies written in Python.
//
//     SweepRecorder recorder(markets, "mine", grid, metrics);
//     for (std::uint64_t row = 0; row < recorder.rows(); ++row) recorder.put(row, run_of(row));
//     SweepResult result = recorder.take();
//
// The result is a SweepResult like any other, but its rows cannot be run again by name: of more than 10,000 there are
// no statistics on luck that need a trial's returns.
// Threads: one thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "peak/study/sweep.hpp"

namespace peak {

class SweepRecorder {
 public:
  SweepRecorder(std::vector<SweepMarket> markets, std::string strategy, Grid grid, std::vector<Metric> metrics);

  [[nodiscard]] std::uint64_t rows() const noexcept { return result_.rows(); }
  [[nodiscard]] const SweepResult& result() const noexcept { return result_; }
  /// What row `row` came to.
  void put(std::uint64_t row, const BacktestResult& run);
  void fail(std::uint64_t row, std::string reason);
  /// The result; rows that were neither put nor failed count as not finished.
  [[nodiscard]] SweepResult take(double elapsed_s);

 private:
  SweepResult result_;
};

}  // namespace peak
