// A sweep written down for the Python package, where a library of Python's does what the command cannot.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "peak/base/status.hpp"
#include "peak/study/sweep.hpp"

namespace peak::command {

struct SweepJob {
  std::string option;     ///< of the command, for messages: "--cluster"
  std::string module;     ///< what Python runs: "peaktrade._cluster_job"
  std::string package;    ///< what must be installed for it: "peaktrade[ray]"
  std::string in_python;  ///< what takes more than the option does: "peaktrade.sweep(..., cluster=...)"
  std::span<const SweepMarket> markets;
  const StrategyDefinition& strategy;
  std::span<const GridAxis> axes;
  const GridOptions& grid;
  const SweepOptions& options;
  std::vector<std::pair<std::string, std::string>> texts{};     ///< what only this module reads
  std::vector<std::pair<std::string, std::uint64_t>> counts{};  ///< likewise
};

/// Writes job.json and the markets it names into `folder`. Fails on series beside the prices, which jobs do not carry.
[[nodiscard]] Status write_sweep_job(const std::string& folder, const SweepJob& job);

/// Runs the job that was written there, with python3 on the PATH or the interpreter that PEAK_PYTHON names; it shows
/// progress and what goes wrong on standard error. A stop is kCancelled.
[[nodiscard]] Status run_sweep_job(const std::string& folder, const SweepJob& job);

}  // namespace peak::command
