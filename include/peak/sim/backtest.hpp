// Backtest: the main job. Bars and a strategy in; metrics, trades, orders and equity out.
//
//     auto bars = peak::io::read_bars("spy.csv");
//     auto strategy = peak::find_strategy("sma_cross");
//     auto result = peak::backtest(bars->bars, *strategy, {});
//     double sharpe = result->metrics[peak::Metric::kSharpe];
//
// Threads: pure function; the result is a value that shares the bars' memory.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "peak/base/buffer.hpp"
#include "peak/base/status.hpp"
#include "peak/expression/program.hpp"
#include "peak/market/bars.hpp"
#include "peak/market/panel.hpp"
#include "peak/market/periods.hpp"
#include "peak/metrics/metrics.hpp"
#include "peak/sim/simulation.hpp"
#include "peak/strategy/definition.hpp"
#include "peak/trading/broker.hpp"

namespace peak {

/// Version of the meaning of a run. Changes whenever the same input may give other bits; part of every result's key.
inline constexpr int kEngineSemanticsVersion = 1;

enum class Engine : unsigned char { kFast, kReference };

struct BacktestOptions {
  BrokerOverrides broker;                  ///< over the strategy's own, over the defaults
  expression::ParameterValues parameters;  ///< over the strategy's defaults
  std::optional<double> periods_per_year;  ///< rule 10; none: from the data
  double risk_free = 0;                    ///< per year
  MetricsConvention convention = MetricsConvention::kPeakTrade;
  Engine engine = Engine::kFast;  ///< both give the same bits
  /// Finer bars of the same market, which decide the order of prices inside a bar (rule 13); none: the bar alone.
  std::optional<Bars> detail = {};
  /// Another market to compare with (alpha, beta, ...), by stamps: a bar without a close of its own there keeps the
  /// last one. None: buying and holding the same data, with its splits and dividends. Bars before its first have no
  /// benchmark; with no stamp in common the run is refused.
  std::optional<Bars> benchmark = {};
};

struct BacktestResult {
  Bars bars;  ///< of many symbols their equal-weight index: the time line, and what the run is compared with
  std::shared_ptr<const Panel> panel;      ///< of a run of many symbols (panel_backtest.hpp); null of one
  std::vector<Instrument> instruments;     ///< of a run of many symbols, in their order
  StrategyDefinition strategy;             ///< as run; only a name for given signals
  expression::ParameterValues parameters;  ///< as run, defaults included
  BrokerOptions broker;                    ///< as run
  PeriodsPerYear periods;
  double risk_free = 0;
  MetricsConvention convention = MetricsConvention::kPeakTrade;
  std::optional<Hash128> detail;  ///< hash of the finer bars that were used
  Buffer<double> benchmark;       ///< what the run is compared with, by bar; empty: the closes of `bars`
  Simulation simulation;
  Metrics metrics;
  std::vector<std::string> warnings;  ///< sentences for the user: ruin, signals that look shifted, no trades and why

  /// The name of a trade's or an order's symbol.
  [[nodiscard]] const std::string& symbol_of(std::uint32_t symbol) const noexcept {
    return panel != nullptr ? panel->symbol(symbol) : bars.symbol();
  }
  /// Orders that did not fill, by reason.
  [[nodiscard]] std::vector<std::pair<Reason, std::int64_t>> unfilled_orders() const;
  /// hash(data, canonical strategy, parameters, broker, kEngineSemanticsVersion): the identity of this run.
  [[nodiscard]] Hash128 fingerprint() const;
};

/// A strategy on bars. The result keeps the definition: one that is moved in is not copied.
[[nodiscard]] Result<BacktestResult> backtest(const Bars& bars, StrategyDefinition strategy,
                                              const BacktestOptions& options = {});

/// Given signals on bars; `name` stands for the strategy in the result. options.parameters must be empty.
[[nodiscard]] Result<BacktestResult> backtest_signals(const Bars& bars, const SignalViews& signals,
                                                      const BacktestOptions& options = {},
                                                      const std::string& name = "signals");

/// What a run of these options is compared with, by bar; empty: the bars' own closes.
[[nodiscard]] Result<Buffer<double>> benchmark_closes(const Bars& bars, const BacktestOptions& options,
                                                      const Instrument& instrument);

/// What the metrics of a run are computed from. It points into `result`.
[[nodiscard]] MetricsInput metrics_input(const BacktestResult& result);

/// Largest loss and gain while a trade was open, as fractions of the entry price, costs left out (rule 9): from the
/// bars on which the position was exposed (rule 13), the exit at its fill price.
struct Excursion {
  double mae = 0;  ///< maximum adverse excursion, <= 0
  double mfe = 0;  ///< maximum favourable excursion, >= 0
};
[[nodiscard]] std::vector<Excursion> excursions(const BacktestResult& result);

}  // namespace peak
