#include "peak/study/columns.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>

#include "peak/base/buffer.hpp"
#include "peak/market/periods.hpp"
#include "peak/parallel/thread_pool.hpp"
#include "study/column_lanes.hpp"
#include "study/rows.hpp"
#include "study/stride_prices.hpp"
#include "study/trade_walk.hpp"
#include "study/walk_conditions.hpp"

namespace peak {
namespace {

using study::kColumnLanes;
using study::LongSignals;
using study::StridePrices;
using study::TradeWalk;
using study::WalkTerms;
using study::WalkTotals;

// A fill of the walk costs as much as so many bars of a column in lanes.
constexpr std::size_t kBarsForFill = 24;

class Columns {
 public:
  Columns(const Bars& bars, std::span<const SignalViews> columns, const ColumnsOptions& options, ColumnsResult& result)
      : bars_(bars), columns_(columns), options_(options), result_(result) {}

  Status run() {
    PEAK_RETURN_IF_ERROR(check());
    result_.columns = columns_.size();
    result_.metrics = options_.metrics;
    result_.values.resize(columns_.size() * options_.metrics.size());
    result_.periods = periods_per_year(bars_.time(), options_.run.periods_per_year);
    const BrokerOptions broker = options_.run.broker.applied_to(BrokerOptions{});
    PEAK_ASSIGN_OR_RETURN(const std::string why, plan(broker));
    if (!why.empty()) {
      result_.plan = "each column as a run of its own, because " + why + "\n";
      for (std::size_t column = 0; column < columns_.size(); ++column) alone_.push_back(column);
      return run_alone();
    }
    terms_ = {broker.cash, broker.commission, broker.slippage, broker.fill == FillTiming::kNextOpen};
    with_trades_ = std::any_of(options_.metrics.begin(), options_.metrics.end(), needs_trades);
    PEAK_RETURN_IF_ERROR(walk_seldom());
    PEAK_RETURN_IF_ERROR(walk_often());
    const std::size_t seldom = columns_.size() - often_.size();
    result_.plan = std::to_string(seldom) + " columns as walks over their trades, " + std::to_string(often_.size()) +
                   " in lanes of vectors, bar by bar\n";
    return run_alone();
  }

 private:
  Status check() const {
    if (columns_.empty()) return invalid_argument("there is no column of signals; give at least one");
    if (options_.metrics.empty()) return invalid_argument("columns need at least one metric");
    if (!options_.run.parameters.empty()) {
      return invalid_argument("parameter '" + options_.run.parameters.begin()->first +
                              "' was given, but signals given as arrays have no parameters");
    }
    for (std::size_t column = 0; column < columns_.size(); ++column) {
      const SignalViews& signals = columns_[column];
      for (const BitView& view : {signals.entries, signals.exits, signals.short_entries, signals.short_exits}) {
        if (view.words == nullptr || view.size == bars_.size()) continue;
        return invalid_argument("column " + std::to_string(column) + " has signals for " + std::to_string(view.size) +
                                " bars, but the data have " + std::to_string(bars_.size()));
      }
    }
    return {};
  }

  // Why runs must be made one by one, or nothing; then the prices are there.
  Result<std::string> plan(const BrokerOptions& broker) {
    std::string why = study::walk_obstacle(broker, options_.run, options_.metrics);
    if (!why.empty()) return why;
    if (broker.stops.any()) return std::string("there are stops or targets");
    const auto goes_short = [](const SignalViews& signals) {
      const BitView& view = signals.short_entries;
      return std::any_of(view.words, view.words + bit_words(view.size), [](std::uint64_t word) { return word != 0; });
    };
    if (std::any_of(columns_.begin(), columns_.end(), goes_short)) return std::string("a column goes short");
    if (!broker.validate().ok()) return std::string("the broker's options are out of range");
    const bool with_downside = std::any_of(options_.metrics.begin(), options_.metrics.end(), [](Metric metric) {
      return metric == Metric::kSortino || metric == Metric::kDownsideRisk;
    });
    PEAK_ASSIGN_OR_RETURN(prices_,
                          StridePrices::make(bars_, broker.fill == FillTiming::kNextOpen, with_downside, parallel()));
    if (!prices_) return std::string("prices are missing, zero or below, or move fourfold within a bar");
    return why;
  }

  // Beside equity, falls, sums of returns and squares, and the number of trades.
  static bool needs_trades(Metric metric) {
    switch (metric) {
      case Metric::kWinRate:
      case Metric::kProfitFactor:
      case Metric::kExpectancy:
      case Metric::kExposure:
      case Metric::kFees:
      case Metric::kSortino:
      case Metric::kDownsideRisk: return true;
      default: return false;
    }
  }

  // Columns that trade seldom, as far as their number of fills shows; the others are noted.
  Status walk_seldom() {
    enum class Outcome : std::uint8_t { kLeft, kDone, kOften };
    std::vector<Outcome> outcomes(columns_.size(), Outcome::kLeft);
    const std::size_t size = bars_.size(), most = size / kBarsForFill;
    PEAK_RETURN_IF_ERROR(parallel_for(
        columns_.size(),
        [&](std::size_t column) {
          thread_local std::vector<std::uint32_t> fills;
          fills.resize(most + kDecisionBars);
          const std::size_t count = find_fills(column, most, fills);
          if (count > most) {
            outcomes[column] = Outcome::kOften;
            return;
          }
          TradeWalk walk(terms_);
          walk.advance(*prices_, std::span<const std::uint32_t>(fills.data(), count), size);
          if (!walk.good()) return;
          write(column, walk.totals(bars_.close()[size - 1]));
          outcomes[column] = Outcome::kDone;
        },
        one_by_one()));
    for (std::size_t column = 0; column < columns_.size(); ++column) {
      if (outcomes[column] == Outcome::kOften) often_.push_back(column);
      if (outcomes[column] == Outcome::kLeft) alone_.push_back(column);
    }
    return {};
  }

  // The bars of a column's fills, as long as there are at most `most`; else some more than that.
  std::size_t find_fills(std::size_t column, std::size_t most, std::vector<std::uint32_t>& fills) const {
    const std::size_t lag = terms_.at_open ? 1 : 0, end = bars_.size() - lag;
    const LongSignals signals = signals_of(column);
    std::size_t count = 0;
    for (std::size_t begin = 0; begin < end && count <= most; begin += kDecisionBars) {
      count += study::find_decisions(signals, begin, std::min(begin + kDecisionBars, end), count % 2 == 1,
                                     fills.data() + count);
    }
    for (std::size_t i = 0; i < count; ++i) fills[i] += static_cast<std::uint32_t>(lag);
    return count;
  }

  Status walk_often() {
    const std::size_t groups = (often_.size() + kColumnLanes - 1) / kColumnLanes;
    std::vector<std::vector<std::size_t>> left(groups);
    PEAK_RETURN_IF_ERROR(parallel_for(
        groups,
        [&](std::size_t group) {
          const std::size_t first = group * kColumnLanes, count = std::min(kColumnLanes, often_.size() - first);
          std::vector<LongSignals> signals;
          for (std::size_t i = 0; i < count; ++i) signals.push_back(signals_of(often_[first + i]));
          const auto totals = walk_column_lanes(bars_, signals, terms_, with_trades_, options_.stop);
          for (std::size_t i = 0; i < count; ++i) {
            if (totals[i]) {
              write(often_[first + i], *totals[i]);
            } else {
              left[group].push_back(often_[first + i]);
            }
          }
        },
        one_by_one()));
    for (const auto& columns : left) alone_.insert(alone_.end(), columns.begin(), columns.end());
    return {};
  }

  Status run_alone() {
    std::vector<Status> outcomes(alone_.size());
    PEAK_RETURN_IF_ERROR(parallel_for(
        alone_.size(), [&](std::size_t i) { outcomes[i] = run_column(alone_[i]); }, one_by_one()));
    for (std::size_t i = 0; i < alone_.size(); ++i) {
      if (outcomes[i].ok()) continue;
      return outcomes[i].error().within("column " + std::to_string(alone_[i]));
    }
    return {};
  }

  Status run_column(std::size_t column) {
    PEAK_ASSIGN_OR_RETURN(const BacktestResult run, backtest_signals(bars_, columns_[column], options_.run));
    for (std::size_t i = 0; i < options_.metrics.size(); ++i) {
      result_.values[column * options_.metrics.size() + i] = study::shown_value(run.metrics, options_.metrics[i]);
    }
    return {};
  }

  void write(std::size_t column, const WalkTotals& totals) {
    for (std::size_t i = 0; i < options_.metrics.size(); ++i) {
      result_.values[column * options_.metrics.size() + i] =
          metric_of(totals, options_.metrics[i], bars_.size(), result_.periods.value, options_.run.risk_free);
    }
  }

  [[nodiscard]] LongSignals signals_of(std::size_t column) const {
    return {columns_[column].entries, columns_[column].exits};
  }
  [[nodiscard]] ParallelOptions parallel() const {
    return {.max_threads = options_.threads, .grain = 0, .stop = options_.stop};
  }
  [[nodiscard]] ParallelOptions one_by_one() const {
    return {.max_threads = options_.threads, .grain = 1, .stop = options_.stop};
  }

  static constexpr std::size_t kDecisionBars = 4096;  // that are looked at before fills are counted again

  const Bars& bars_;
  std::span<const SignalViews> columns_;
  const ColumnsOptions& options_;
  ColumnsResult& result_;
  WalkTerms terms_;
  bool with_trades_ = false;
  std::optional<StridePrices> prices_;
  std::vector<std::size_t> often_, alone_;  // columns in lanes, and those that are runs of their own
};

}  // namespace

std::vector<Metric> default_column_metrics() {
  return {Metric::kTotalReturn, Metric::kSharpe, Metric::kMaxDrawdown, Metric::kTrades};
}

std::size_t ColumnsResult::column_of(Metric metric) const noexcept {
  return static_cast<std::size_t>(std::find(metrics.begin(), metrics.end(), metric) - metrics.begin());
}

Result<ColumnsResult> backtest_columns(const Bars& bars, std::span<const SignalViews> columns,
                                       const ColumnsOptions& options) {
  ColumnsResult result;
  PEAK_RETURN_IF_ERROR(Columns(bars, columns, options, result).run());
  return result;
}

}  // namespace peak
