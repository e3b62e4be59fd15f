// A search of a space too large to sweep: combinations proposed by Optuna, through the Python package.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "peak/base/status.hpp"
#include "peak/study/sweep.hpp"

namespace peak::command {

struct Search {
  std::string method;  ///< "tpe" or "cma-es"
  Metric metric = Metric::kSharpe;
  std::uint64_t trials = 200;
};

/// What a search tried.
struct Tried {
  std::vector<std::uint64_t> places;  ///< in the product of the axes, ascending
  std::uint64_t computed = 0;         ///< rows that were not in the store before
  double elapsed_s = 0;
  bool complete = true;  ///< false after Ctrl-C
};

/// Searches the product of `axes` for the best metric; the rows of what is tried are kept in `options.store`, where
/// sweep() finds them. Equal seeds (GridOptions::seed) try the same. Needs python3 with peaktrade[optuna] on the PATH,
/// or the interpreter that PEAK_PYTHON names.
[[nodiscard]] Result<Tried> search_grid(const Search& search, std::span<const SweepMarket> markets,
                                        const StrategyDefinition& strategy, std::span<const GridAxis> axes,
                                        const GridOptions& grid, const SweepOptions& options);

}  // namespace peak::command
