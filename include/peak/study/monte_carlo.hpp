// Monte Carlo: what else could have happened, drawn at random from what did.
//
//     Result<MonteCarlo> cone = monte_carlo(run, {.method = MonteCarloMethod::kReturns, .paths = 2000});
//     cone->max_drawdown.at(0.05);           // one path in twenty falls deeper
//
// Methods   kReturns: the run's returns of bars in random pieces (stationary bootstrap), compounded.
//           kTrades: the closed trades in random order, each once; what is earned stays the same, the way there does
//           not. kTradesAgain: as many closed trades drawn with repetition. kPrices: the market itself in random
//           pieces: each bar keeps its shape and its step from the close before; the strategy runs on every new market
//           (monte_carlo_prices).
// Trades    a trade counts by its profit as a fraction of the equity before its entry.
// Threads   runs on ThreadPool::shared(); equal seeds give the same bytes for any number of threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "peak/base/status.hpp"
#include "peak/market/bars.hpp"
#include "peak/parallel/stop_token.hpp"
#include "peak/sim/backtest.hpp"
#include "peak/strategy/definition.hpp"

namespace peak {

enum class MonteCarloMethod : unsigned char { kReturns, kTrades, kTradesAgain, kPrices };
/// "returns", "trades", "trades_again", "prices".
[[nodiscard]] const char* monte_carlo_method_name(MonteCarloMethod method) noexcept;
[[nodiscard]] Result<MonteCarloMethod> parse_monte_carlo_method(std::string_view text);

struct MonteCarloOptions {
  MonteCarloMethod method = MonteCarloMethod::kReturns;
  std::size_t paths = 1000;
  double mean_length = 0;  ///< of the pieces, in bars; 0: the square root of the bars
  std::uint64_t seed = 1;
  double ruin = 0.5;         ///< a path is ruined when it loses this fraction of the cash at the start
  std::size_t points = 200;  ///< of the cone, at most; fewer where there are fewer bars or trades
  unsigned threads = 0;      ///< at most so many; 0: every core that may be used
  StopToken stop = {};
  std::function<void(std::size_t done, std::size_t total)> progress = {};  ///< called by one thread at a time
};

/// One number of every path.
struct PathDistribution {
  double actual = 0;  ///< of what did happen
  double mean = 0;
  std::vector<double> sorted;  ///< of the paths where it is defined, ascending
  /// The value below which this share of the paths lies, between neighbours in proportion; NaN without paths.
  [[nodiscard]] double at(double share) const noexcept;
  /// The share of paths below `value`.
  [[nodiscard]] double share_below(double value) const noexcept;
};

/// Equity at one moment, over all paths.
struct ConePoint {
  std::size_t step = 0;                                        ///< bars (or trades) passed
  double actual = 0;                                           ///< NaN where the actual run has no such step
  double low = 0, lower = 0, median = 0, upper = 0, high = 0;  ///< 5, 25, 50, 75 and 95 % of the paths lie below
};

struct MonteCarlo {
  MonteCarloMethod method = MonteCarloMethod::kReturns;
  std::size_t paths = 0;
  std::size_t steps = 0;   ///< of a path: bars, or trades
  double mean_length = 0;  ///< of pieces, in bars; 0 for trades
  std::uint64_t seed = 0;
  double cash = 0;
  double ruin = 0;
  PathDistribution final_equity, total_return, max_drawdown, sharpe;  ///< Sharpe ratios only of bars, not of trades
  double loss_probability = 0;  ///< share of paths that end below the cash at the start
  double ruin_probability = 0;  ///< share of paths that were ever `ruin` below it
  std::vector<ConePoint> cone;
  std::size_t failed_paths = 0;  ///< markets on which the strategy could not run
};

/// kReturns, kTrades or kTradesAgain from a run. Fails without a path, without bars or closed trades, on shares out of
/// range and when it is stopped.
[[nodiscard]] Result<MonteCarlo> monte_carlo(const BacktestResult& run, const MonteCarloOptions& options = {});

/// kPrices: the strategy on resampled markets.
[[nodiscard]] Result<MonteCarlo> monte_carlo_prices(const Bars& bars, const StrategyDefinition& strategy,
                                                    const BacktestOptions& run, const MonteCarloOptions& options = {});

}  // namespace peak
