#include "peak/study/monte_carlo.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <mutex>
#include <utility>

#include "peak/base/suggest.hpp"
#include "peak/parallel/thread_pool.hpp"
#include "peak/study/stationary_bootstrap.hpp"
#include "study/price_path.hpp"
#include "study/random.hpp"

namespace peak {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

/// Equity of a path step by step, and what is told of it. Element 0 is the cash at the start.
struct Path {
  std::vector<double> equity;
  double sharpe = kNaN;
};

/// Makes path `number`; false if it could not be made.
using MakePath = std::function<bool(std::size_t number, Path& path)>;

struct PathNumbers {
  double final_equity = kNaN, max_drawdown = kNaN, sharpe = kNaN, lowest = kNaN;
};

PathNumbers numbers_of(const Path& path) {
  PathNumbers numbers{.final_equity = path.equity.back(), .max_drawdown = 0, .sharpe = path.sharpe};
  double peak = path.equity.front();
  numbers.lowest = peak;
  for (const double equity : path.equity) {
    peak = std::max(peak, equity);
    numbers.lowest = std::min(numbers.lowest, equity);
    numbers.max_drawdown = std::min(numbers.max_drawdown, equity / peak - 1.0);
  }
  return numbers;
}

double sharpe_of(std::span<const double> returns, double periods) {
  const auto n = static_cast<double>(returns.size());
  double mean = 0;
  for (const double r : returns) mean += r;
  mean /= n;
  double squares = 0;
  for (const double r : returns) squares += (r - mean) * (r - mean);
  return squares > 0 && n > 1 ? mean / std::sqrt(squares / (n - 1.0)) * std::sqrt(periods) : kNaN;
}

void fill(PathDistribution& distribution, std::vector<double> values, double actual) {
  distribution.actual = actual;
  std::erase_if(values, [](double value) { return std::isnan(value); });
  std::sort(values.begin(), values.end());
  double sum = 0;
  for (const double value : values) sum += value;
  distribution.mean = values.empty() ? kNaN : sum / static_cast<double>(values.size());
  distribution.sorted = std::move(values);
}

double quantile(std::span<const double> sorted, double share) {
  if (sorted.empty()) return kNaN;
  const double place = std::clamp(share, 0.0, 1.0) * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (sorted[above] - sorted[below]) * (place - static_cast<double>(below));
}

Status check(const MonteCarloOptions& options) {
  constexpr std::size_t kMostPaths = 10'000'000;
  if (options.paths == 0 || options.paths > kMostPaths) {
    return invalid_argument("Monte Carlo takes from 1 to 10,000,000 paths, not " + std::to_string(options.paths));
  }
  if (!(options.ruin > 0 && options.ruin <= 1)) {
    return invalid_argument("ruin is the fraction of the cash that is lost, above 0 and at most 1 (0.5 is half)");
  }
  if (!(options.mean_length >= 0) || !std::isfinite(options.mean_length)) {
    return invalid_argument("the mean length of pieces must be 0 (the square root of the bars) or a number of bars");
  }
  if (options.points < 2) return invalid_argument("a cone needs at least two points");
  return {};
}

/// Draws every path and sums up.
Status draw(MonteCarlo& result, const Path& actual, const MakePath& make, const MonteCarloOptions& options) {
  const std::size_t steps = result.steps;
  const std::size_t points = std::min(options.points, steps + 1);
  std::vector<std::size_t> at(points);
  for (std::size_t i = 0; i < points; ++i) at[i] = steps * i / (points - 1);
  std::vector<PathNumbers> numbers(options.paths);
  std::vector<double> cone(options.paths * points, kNaN);
  std::mutex mutex;
  std::size_t done = 0;
  const auto body = [&](std::size_t number) {
    thread_local Path path;
    if (make(number, path)) {
      numbers[number] = numbers_of(path);
      for (std::size_t i = 0; i < points; ++i) cone[i * options.paths + number] = path.equity[at[i]];
    }
    if (!options.progress) return;
    const std::lock_guard lock(mutex);
    options.progress(++done, options.paths);
  };
  PEAK_RETURN_IF_ERROR(parallel_for(options.paths, body, {.max_threads = options.threads, .stop = options.stop}));

  std::vector<double> finals, returns, drawdowns, sharpes;
  double losses = 0;
  double ruins = 0;
  for (const PathNumbers& path : numbers) {
    if (std::isnan(path.final_equity)) {
      ++result.failed_paths;
      continue;
    }
    finals.push_back(path.final_equity);
    returns.push_back(path.final_equity / result.cash - 1.0);
    drawdowns.push_back(path.max_drawdown);
    sharpes.push_back(path.sharpe);
    losses += path.final_equity < result.cash ? 1 : 0;
    ruins += path.lowest <= result.cash * (1.0 - options.ruin) ? 1 : 0;
  }
  if (finals.empty()) return bad_data("the strategy could not run on any of the resampled markets");
  const auto count = static_cast<double>(finals.size());
  result.loss_probability = losses / count;
  result.ruin_probability = ruins / count;
  const PathNumbers own = numbers_of(actual);
  fill(result.final_equity, std::move(finals), own.final_equity);
  fill(result.total_return, std::move(returns), own.final_equity / result.cash - 1.0);
  fill(result.max_drawdown, std::move(drawdowns), own.max_drawdown);
  fill(result.sharpe, std::move(sharpes), own.sharpe);
  for (std::size_t i = 0; i < points; ++i) {
    const auto column = cone.begin() + static_cast<std::ptrdiff_t>(i * options.paths);
    std::vector<double> values(column, column + static_cast<std::ptrdiff_t>(options.paths));
    std::erase_if(values, [](double value) { return std::isnan(value); });
    std::sort(values.begin(), values.end());
    result.cone.push_back({at[i], at[i] < actual.equity.size() ? actual.equity[at[i]] : kNaN, quantile(values, 0.05),
                           quantile(values, 0.25), quantile(values, 0.5), quantile(values, 0.75),
                           quantile(values, 0.95)});
  }
  return {};
}

MonteCarlo begin(const BacktestResult& run, const MonteCarloOptions& options, std::size_t steps) {
  MonteCarlo result;
  result.method = options.method;
  result.paths = options.paths;
  result.steps = steps;
  result.seed = options.seed;
  result.cash = run.broker.cash;
  result.ruin = options.ruin;
  return result;
}

Path path_of(const BacktestResult& run) {
  Path path;
  path.equity.push_back(run.broker.cash);
  path.equity.insert(path.equity.end(), run.simulation.equity.begin(), run.simulation.equity.end());
  path.sharpe = sharpe_of(run.simulation.returns, run.periods.value);
  return path;
}

/// What each closed trade earned, as a fraction of the equity before its entry.
Result<std::vector<double>> trade_returns(const BacktestResult& run) {
  std::vector<double> returns;
  for (const Trade& trade : run.simulation.trades) {
    if (trade.status != TradeStatus::kClosed) continue;
    const auto entry = static_cast<std::size_t>(trade.entry_bar);
    const double before = entry == 0 ? run.broker.cash : run.simulation.equity[entry - 1];
    if (before > 0) returns.push_back(trade.pnl / before);
  }
  if (returns.empty()) return invalid_argument("the run has no closed trades to draw from; draw from returns instead");
  return returns;
}

Result<MonteCarlo> from_trades(const BacktestResult& run, const MonteCarloOptions& options) {
  PEAK_ASSIGN_OR_RETURN(const std::vector<double> trades, trade_returns(run));
  MonteCarlo result = begin(run, options, trades.size());
  const auto compound = [&](std::span<const double> order, Path& path) {
    path.equity.assign(1, run.broker.cash);
    for (const double earned : order) path.equity.push_back(path.equity.back() * (1.0 + earned));
  };
  Path actual;
  compound(trades, actual);
  const auto make = [&](std::size_t number, Path& path) {
    study::Random random(study::Random(options.seed + number * 0x9E3779B97F4A7C15U).next());
    thread_local std::vector<double> order;
    order = trades;
    for (std::size_t i = order.size(); i > 0; --i) {
      if (options.method == MonteCarloMethod::kTrades) {
        std::swap(order[i - 1], order[random.below(i)]);
      } else {
        order[i - 1] = trades[random.below(trades.size())];
      }
    }
    compound(order, path);
    path.sharpe = kNaN;
    return true;
  };
  PEAK_RETURN_IF_ERROR(draw(result, actual, make, options));
  return result;
}

}  // namespace

const char* monte_carlo_method_name(MonteCarloMethod method) noexcept {
  switch (method) {
    case MonteCarloMethod::kReturns: return "returns";
    case MonteCarloMethod::kTrades: return "trades";
    case MonteCarloMethod::kTradesAgain: return "trades_again";
    case MonteCarloMethod::kPrices: return "prices";
  }
  return "returns";
}

Result<MonteCarloMethod> parse_monte_carlo_method(std::string_view text) {
  std::vector<std::string> known;
  for (const auto method : {MonteCarloMethod::kReturns, MonteCarloMethod::kTrades, MonteCarloMethod::kTradesAgain,
                            MonteCarloMethod::kPrices}) {
    known.emplace_back(monte_carlo_method_name(method));
    if (known.back() == text) return method;
  }
  const std::string given(text);
  return invalid_argument("'" + given + "' is not a method of Monte Carlo" + suggestion(given, known) +
                          "; there are returns, trades, trades_again and prices");
}

double PathDistribution::at(double share) const noexcept { return quantile(sorted, share); }

double PathDistribution::share_below(double value) const noexcept {
  const auto below = std::lower_bound(sorted.begin(), sorted.end(), value) - sorted.begin();
  return sorted.empty() ? kNaN : static_cast<double>(below) / static_cast<double>(sorted.size());
}

Result<MonteCarlo> monte_carlo(const BacktestResult& run, const MonteCarloOptions& options) {
  PEAK_RETURN_IF_ERROR(check(options));
  const Buffer<double>& returns = run.simulation.returns;
  if (returns.size() < 2) return invalid_argument("Monte Carlo needs a run over at least two bars");
  if (options.method == MonteCarloMethod::kPrices) {
    return invalid_argument("resampled prices need the strategy: use monte_carlo_prices");
  }
  if (options.method != MonteCarloMethod::kReturns) return from_trades(run, options);
  MonteCarlo result = begin(run, options, returns.size());
  const StationaryBootstrap bootstrap(returns.size(), options.mean_length, options.seed);
  result.mean_length = bootstrap.mean_length();
  const auto make = [&](std::size_t number, Path& path) {
    thread_local std::vector<double> drawn;
    drawn.clear();
    path.equity.assign(1, result.cash);
    for (const BootstrapPiece& piece : bootstrap.resample(number)) {
      for (std::size_t i = 0; i < piece.length; ++i) {
        drawn.push_back(returns[(piece.start + i) % returns.size()]);
        path.equity.push_back(path.equity.back() * (1.0 + drawn.back()));
      }
    }
    path.sharpe = sharpe_of(drawn, run.periods.value);
    return true;
  };
  PEAK_RETURN_IF_ERROR(draw(result, path_of(run), make, options));
  return result;
}

Result<MonteCarlo> monte_carlo_prices(const Bars& bars, const StrategyDefinition& strategy, const BacktestOptions& run,
                                      const MonteCarloOptions& options) {
  MonteCarloOptions checked = options;
  checked.method = MonteCarloMethod::kPrices;
  PEAK_RETURN_IF_ERROR(check(checked));
  if (bars.size() < 3) return invalid_argument("resampled prices need at least three bars");
  PEAK_ASSIGN_OR_RETURN(const BacktestResult actual, backtest(bars, strategy, run));
  for (const double close : bars.close()) {
    if (!(close > 0)) return bad_data("resampled prices need closes above zero on every bar");
  }
  BacktestOptions same = run;
  same.periods_per_year = actual.periods.value;
  MonteCarlo result = begin(actual, checked, bars.size());
  const StationaryBootstrap bootstrap(bars.size() - 1, checked.mean_length, checked.seed);
  result.mean_length = bootstrap.mean_length();
  const auto make = [&](std::size_t number, Path& path) {
    const Result<Bars> market = study::resampled_bars(bars, bootstrap.resample(number));
    if (!market.ok()) return false;
    const Result<BacktestResult> resampled = backtest(*market, strategy, same);
    if (!resampled.ok()) return false;
    path = path_of(*resampled);
    return true;
  };
  PEAK_RETURN_IF_ERROR(draw(result, path_of(actual), make, checked));
  return result;
}

}  // namespace peak
