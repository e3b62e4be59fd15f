// Combination: what a place of the grid means for a run.
//
// Threads: a Combinations is constant after make().
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "peak/base/status.hpp"
#include "peak/sim/backtest.hpp"
#include "peak/strategy/definition.hpp"
#include "peak/study/sweep.hpp"

namespace peak::study {

/// Which axis sets what.
class AxisRoles {
 public:
  /// Fails on an axis that is neither a parameter nor a broker's number.
  static Result<AxisRoles> make(const StrategyDefinition& strategy, const Grid& grid);

  [[nodiscard]] bool is_parameter(std::size_t axis) const noexcept { return !numbers_[axis]; }
  /// Writes value `index` of `axis` into `options`; fails on a value that the option cannot take.
  Status set(const Grid& grid, std::size_t axis, std::uint64_t index, BacktestOptions& options) const;
  /// `common` with the values of a place in the grid's product.
  [[nodiscard]] Result<BacktestOptions> options_at(const Grid& grid, std::uint64_t place,
                                                   const BacktestOptions& common) const;

 private:
  using Setter = std::function<Status(BrokerOverrides& broker, const GridAxis& axis, std::uint64_t index)>;
  static Setter broker_setter(const std::string& name);

  std::vector<Setter> numbers_;  // empty for a parameter of the strategy
};

/// Refuses what is wrong with every combination: it is an error of the sweep, not of its rows.
[[nodiscard]] Status check_common(const StrategyDefinition& strategy, const Grid& grid, const BacktestOptions& run,
                                  const std::vector<Metric>& metrics);

}  // namespace peak::study
