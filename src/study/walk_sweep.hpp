// WalkSweep: the planner's fast way, for strategies that are all in or flat, long, with proportional costs.
//
//     tile of the grid -> shared columns and signals, each once -> block of time by block -> each combination's fills
//     -> SweptWalk -> row
//
// Threads: a WalkSweep belongs to one thread, which uses the pool.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "peak/study/sweep.hpp"
#include "study/combination.hpp"
#include "study/price_sums.hpp"
#include "study/rows.hpp"
#include "study/shared_values.hpp"
#include "study/stretches.hpp"
#include "study/swept_walk.hpp"

namespace peak::study {

class WalkSweep {
 public:
  /// None when the strategy, the options, the metrics or the data are not such; `why` tells then.
  static std::optional<WalkSweep> make(const Bars& bars, const StrategyDefinition& strategy, const Grid& grid,
                                       const AxisRoles& roles, const SweepOptions& options, double periods_per_year,
                                       std::string& why);

  /// What became of the rows given to run(): those computed, and those that run_general must do because their
  /// combination fails or leaves the walk's range. After a stop some are in neither.
  struct Outcome {
    std::vector<std::uint64_t> finished, left;
  };
  /// Computes `rows` of the grid (all of one tile) into `out`, at `first` + the grid's row. A stop is kCancelled.
  /// `on_done` is told how many rows were finished, by any thread.
  Status run(std::span<const std::uint64_t> rows, const Rows& out, std::uint64_t first, const ParallelOptions& parallel,
             const std::function<void(std::size_t)>& on_done, Outcome& outcome);

  /// How many values of each axis to take at a time, so that what is shared fits the memory set aside for it.
  [[nodiscard]] std::vector<std::uint64_t> tile_sizes() const;
  [[nodiscard]] const SharedValues& shared() const noexcept { return *shared_; }
  [[nodiscard]] std::string describe() const;

 private:
  static constexpr std::uint8_t kDone = 1, kLeft = 2;  // of a combination that has been walked
  struct Combination {
    std::uint64_t row;
    std::uint32_t first, second;  // places of the shared values: two columns, or entry and exit
    WalkTerms terms;
  };
  WalkSweep() = default;
  Status compute_shared(const ParallelOptions& parallel);
  std::optional<Combination> combination_of(std::uint64_t row, std::vector<std::uint64_t>& indices);
  void walk_protected(std::span<const Combination> combinations, const Rows& out, std::uint64_t first,
                      std::span<std::uint8_t> outcomes, const StopToken& stop) const;
  [[nodiscard]] SweptSums sums_of(std::uint64_t row, const Rows& out) const;
  std::uint8_t write_row(const SweptWalk& trades, std::uint64_t row, const Rows& out) const;
  [[nodiscard]] bool takes(std::size_t axis, std::uint64_t index) const;
  void walk(std::span<const Combination> combinations, const Rows& out, std::uint64_t first,
            std::span<std::uint8_t> outcomes, const StopToken& stop) const;

  const Bars* bars_ = nullptr;
  const Grid* grid_ = nullptr;
  const AxisRoles* roles_ = nullptr;
  const StrategyDefinition* strategy_ = nullptr;
  WalkTerms base_;  // what combinations share
  const SweepOptions* options_ = nullptr;
  double periods_per_year_ = 0;
  std::shared_ptr<PriceSums> prices_;
  bool priced_ = false;                         // they are filled: the first run has begun to walk
  std::shared_ptr<const Stretches> stretches_;  // made by the first run
  bool with_downside_ = false;
  std::shared_ptr<SharedValues> shared_;
  bool crossing_ = false;  // entry and exit are the two crossings of one pair of columns
  bool has_exit_ = false;
  bool protected_ = false;                       // by a stop loss or a target
  std::vector<double WalkTerms::*> axis_terms_;  // what an axis sets; null for a parameter of the strategy
  std::optional<std::size_t> fill_axis_;         // that says when orders fill
  mutable std::vector<std::vector<std::uint8_t>> taken_values_;  // of each axis: 1 if a run takes the value, 2 if not
};

}  // namespace peak::study
