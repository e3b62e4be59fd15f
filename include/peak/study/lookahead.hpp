// Look-ahead: does a strategy know what it cannot know?
//
// What a strategy decides on the first n bars must not change when more bars are added. The strategy runs on the whole
// data and on prefixes of it; the first bar whose decision differs is reported, and how many bars ahead it looks.
//
//     LookaheadOptions options;                       // 32 cuts, and 8 pairs of cuts one bar apart
//     Result<Lookahead> found = check_lookahead(bars, strategy, {}, options);
//     found->text();
//
// Formulas of the expression language cannot look ahead; columns of the data that were computed elsewhere, arrays of
// signals and opaque functions can. Threads: prefixes run on ThreadPool::shared(), or one after the other when
// `threads` is 1 (for callbacks into Python).
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "peak/base/status.hpp"
#include "peak/market/bars.hpp"
#include "peak/parallel/stop_token.hpp"
#include "peak/sim/backtest.hpp"
#include "peak/strategy/definition.hpp"

namespace peak {

/// What a strategy decided: for each name ("entry", "exit", "order") one value to a bar; NaN equals NaN.
using Decisions = std::map<std::string, std::vector<double>>;
/// Runs the strategy on the first `count` bars.
using DecideOnPrefix = std::function<Result<Decisions>(std::size_t count)>;

struct LookaheadOptions {
  std::size_t cuts = 32;   ///< prefixes, spread evenly over the data
  std::size_t pairs = 8;   ///< pairs of prefixes one bar apart
  bool every_bar = false;  ///< every prefix in place of those
  double tolerance = 0;    ///< relative difference up to which numbers are equal; signals must be equal
  unsigned threads = 0;    ///< at most so many; 0: every core that may be used
  StopToken stop = {};
  std::function<void(std::size_t done, std::size_t total)> progress = {};  ///< called by one thread at a time
};

/// A decision that changed when bars were added after it.
struct LookaheadFinding {
  std::string name;        ///< of the decision: "entry"
  std::size_t bar = 0;     ///< where it stands
  std::size_t prefix = 0;  ///< number of bars with which it was `then`
  double then = 0;
  double now = 0;  ///< with `known` bars
  std::size_t known = 0;
  /// How many bars after `bar` must be known for the last value; 0: not found out, or changes with any further bar.
  std::size_t bars_ahead = 0;
};

struct Lookahead {
  std::size_t bars = 0;
  std::size_t prefixes = 0;                ///< runs that were compared
  std::vector<LookaheadFinding> findings;  ///< the first of each name, by bar
  std::size_t differing_prefixes = 0;      ///< prefixes on which anything differed
  std::size_t failed_prefixes = 0;         ///< prefixes on which the strategy could not run, such as very short ones
  std::string failure;                     ///< what it said on the longest of those
  [[nodiscard]] bool clean() const noexcept { return findings.empty(); }
  /// What was found, why it is so, and what to do; times are shown when `bars` are given.
  [[nodiscard]] std::string text(const Bars* bars = nullptr) const;
};

/// The check on anything that decides. Fails if it cannot run on the whole data or on no prefix, on decisions of a
/// wrong length, with fewer than 3 bars, and when it is stopped.
[[nodiscard]] Result<Lookahead> check_lookahead(std::size_t bars, const DecideOnPrefix& decide,
                                                const LookaheadOptions& options = {});

/// The check on a strategy: its signals, and the orders of its runs (+1 a buy, -1 a sell, added up by deciding bar).
[[nodiscard]] Result<Lookahead> check_lookahead(const Bars& bars, const StrategyDefinition& strategy,
                                                const BacktestOptions& run, const LookaheadOptions& options = {});

}  // namespace peak
