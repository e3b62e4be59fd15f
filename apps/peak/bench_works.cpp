#include "bench_works.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <utility>

#include "peak/cache/disk_cache.hpp"
#include "peak/cache/memory_cache.hpp"
#include "peak/expression/program.hpp"
#include "peak/io/read.hpp"
#include "peak/report/page.hpp"
#include "peak/sim/backtest.hpp"
#include "peak/store/trade_store.hpp"
#include "peak/strategy/builtin.hpp"
#include "peak/study/sweep.hpp"
#include "peak/trading/portfolio.hpp"
#include "peak/value/value.hpp"

namespace peak::command {
namespace {

using Call = std::function<void()>;
using Prepared = Result<Call>;

/// What the compiler must not leave out.
template <typename T>
void keep(const T& value) {
#if defined(__GNUC__) || defined(__clang__)
  asm volatile("" : : "g"(&value) : "memory");
#else
  static volatile const void* place;
  place = &value;
#endif
}

/// A folder of the system's temporary files, gone when the last that holds it is.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    static int count = 0;
    const std::string name = "peak_bench_" + std::to_string(::getpid()) + "_" + std::to_string(++count);
    path_ = (std::filesystem::temp_directory_path() / name).string();
    std::filesystem::create_directories(path_, failed_);
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path_, failed_); }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  [[nodiscard]] std::string operator/(const char* name) const { return path_ + "/" + name; }

 private:
  std::string path_;
  std::error_code failed_;
};

/// Hourly bars on a grid of cents, the same everywhere: a walk by a linear congruential generator (Knuth's MMIX) that
/// is drawn back to 100.
Result<Bars> walk(std::size_t size) {
  constexpr std::int64_t kStart = 1'577'836'800'000'000'000, kHour = 3'600'000'000'000;
  std::vector<std::int64_t> time(size);
  std::vector<double> open(size), high(size), low(size), close(size), volume(size);
  std::uint64_t random = 42;
  std::int64_t cents = 10'000;
  for (std::size_t t = 0; t < size; ++t) {
    random = random * 6364136223846793005U + 1442695040888963407U;
    const std::int64_t step = static_cast<std::int64_t>(random >> 33) % 201 - 100 - (cents - 10'000) / 200;
    const std::int64_t next = std::max<std::int64_t>(100, cents + step);
    time[t] = kStart + static_cast<std::int64_t>(t) * kHour;
    open[t] = static_cast<double>(cents) / 100;
    close[t] = static_cast<double>(next) / 100;
    high[t] = static_cast<double>(std::max(cents, next) + 5) / 100;
    low[t] = static_cast<double>(std::min(cents, next) - 5) / 100;
    volume[t] = static_cast<double>(random >> 50);
    cents = next;
  }
  return Bars::from_columns(Column::own("time", std::move(time), ColumnType::kTime),
                            Column::own("open", std::move(open)), Column::own("high", std::move(high)),
                            Column::own("low", std::move(low)), Column::own("close", std::move(close)),
                            Column::own("volume", std::move(volume)));
}

BacktestOptions with_costs() {
  BacktestOptions options;
  options.broker.commission = 0.001;
  return options;
}

Prepared one_backtest(std::size_t size) {
  PEAK_ASSIGN_OR_RETURN(const Bars bars, walk(size));
  PEAK_ASSIGN_OR_RETURN(const StrategyDefinition strategy, find_strategy("sma_cross"));
  return Call([bars, strategy] { keep(backtest(bars, strategy, with_costs())); });
}

Prepared thousand_pairs() {
  PEAK_ASSIGN_OR_RETURN(const Bars bars, walk(10'000));
  PEAK_ASSIGN_OR_RETURN(const StrategyDefinition strategy, find_strategy("sma_cross"));
  PEAK_ASSIGN_OR_RETURN(const GridAxis fast, GridAxis::parse("fast=5:54:1"));
  PEAK_ASSIGN_OR_RETURN(const GridAxis slow, GridAxis::parse("slow=60:250:10"));
  PEAK_ASSIGN_OR_RETURN(const Grid grid, Grid::make({fast, slow}));
  SweepOptions options;
  options.run = with_costs();
  return Call([bars, strategy, grid, options] { keep(sweep(bars, strategy, grid, options)); });
}

Prepared one_report() {
  PEAK_ASSIGN_OR_RETURN(const Bars bars, walk(10'000));
  PEAK_ASSIGN_OR_RETURN(const StrategyDefinition strategy, find_strategy("sma_cross"));
  PEAK_ASSIGN_OR_RETURN(BacktestResult result, backtest(bars, strategy, with_costs()));
  const auto shared = std::make_shared<const BacktestResult>(std::move(result));
  const auto folder = std::make_shared<TemporaryFolder>();
  return Call([shared, folder] { keep(write_report(*shared, *folder / "report.html")); });
}

Prepared one_indicator(const char* text) {
  PEAK_ASSIGN_OR_RETURN(const Bars bars, walk(100'000));
  const Result<expression::Expression> parsed = expression::parse(text);
  if (!parsed.ok()) return parsed.error();
  PEAK_ASSIGN_OR_RETURN(const expression::Program program, expression::Program::compile({&*parsed, 1}));
  const auto workspace = std::make_shared<expression::Workspace>();
  return Call([bars, program, workspace] { keep(program.evaluate(bars, {}, *workspace)); });
}

Prepared csv_to_bars() {
  PEAK_ASSIGN_OR_RETURN(const Bars bars, walk(10'000));
  std::string text = "time,open,high,low,close,volume\n";
  char line[160];
  for (std::size_t t = 0; t < bars.size(); ++t) {
    std::snprintf(line, sizeof line, "%lld,%.2f,%.2f,%.2f,%.2f,%.0f\n",
                  static_cast<long long>(bars.time()[t] / kNanosecondsPerSecond), bars.open()[t], bars.high()[t],
                  bars.low()[t], bars.close()[t], bars.volume()[t]);
    text += line;
  }
  return Call([text] { keep(io::read_bars_from_memory(text, "bench.csv")); });
}

Prepared hundred_positions() {
  const auto portfolio = std::make_shared<Portfolio>(1e6);
  std::vector<double> prices(100);
  for (std::size_t i = 0; i < prices.size(); ++i) {
    prices[i] = 50 + static_cast<double>(i);
    PEAK_ASSIGN_OR_RETURN(const auto symbol, portfolio->add_symbol("S" + std::to_string(i)));
    PEAK_RETURN_IF_ERROR(portfolio->apply_fill(symbol, i % 2 == 0 ? 10 : -5, prices[i]));
  }
  return Call([portfolio, prices]() mutable {
    prices[0] += 0.01;
    keep(portfolio->update_prices(prices));
    keep(portfolio->value());
  });
}

Prepared memory_hit() {
  const auto cache = std::make_shared<cache::MemoryCache>();
  static_cast<void>(cache->set("prices/BTC/USD/1h", std::make_shared<const int>(5)));
  return Call([cache] { keep(cache->get("prices/BTC/USD/1h")); });
}

/// The folder goes after the cache in it.
struct CacheInFolder {
  TemporaryFolder folder;
  std::shared_ptr<cache::DiskCache> cache;
};

Prepared folder_call(bool writes) {
  const auto place = std::make_shared<CacheInFolder>();
  PEAK_ASSIGN_OR_RETURN(place->cache, cache::DiskCache::open({.path = place->folder / "cache"}));
  PEAK_ASSIGN_OR_RETURN(value::Encoded encoded, value::encode(value::Bytes{std::string(100, 'x')}));
  const auto shared = std::make_shared<const value::Encoded>(std::move(encoded));
  keep(place->cache->set("key", *shared));
  if (writes) return Call([place, shared] { keep(place->cache->set("key", *shared)); });
  return Call([place] { keep(place->cache->get("key")); });
}

Prepared thousand_trades() {
  const auto folder = std::make_shared<TemporaryFolder>();
  PEAK_ASSIGN_OR_RETURN(store::TradeStore opened, store::TradeStore::open(*folder / "trades.db"));
  // Declared after the folder, so that the file is closed before it goes.
  struct Place {
    std::shared_ptr<TemporaryFolder> folder;
    store::TradeStore store;
  };
  const auto place = std::make_shared<Place>(Place{folder, std::move(opened)});
  std::vector<store::TradeRow> rows(1000);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    rows[i].symbol = i % 2 == 0 ? "BTC/USD" : "ETH/USD";
    rows[i].side = "buy";
    rows[i].quantity = 1;
    rows[i].price = 100 + static_cast<double>(i);
    rows[i].timestamp = 1'600'000'000'000'000'000 + static_cast<std::int64_t>(i);
  }
  return Call([place, rows] { keep(place->store.insert_trades(rows)); });
}

}  // namespace

std::vector<BenchWork> bench_works() {
  std::vector<BenchWork> works = {
      {"backtest, 10,000 bars", "sma_cross with commission, from bars to every metric",
       [] { return one_backtest(10'000); }},
      {"backtest, 1,000,000 bars", "the same on more bars", [] { return one_backtest(1'000'000); }},
      {"sweep, 1,000 pairs", "sma_cross on 10,000 bars, every core, nothing reused", thousand_pairs},
      {"report page", "the HTML page of a run on 10,000 bars, written to disk", one_report},
      {"CSV, 10,000 rows", "text in memory to checked bars", csv_to_bars},
      {"portfolio of 100", "new prices for 100 positions, and the value after them", hundred_positions},
      {"cache hit in memory", "one key of level 1", memory_hit},
      {"cache hit on disk", "100 bytes of level 3", [] { return folder_call(false); }},
      {"cache write on disk", "100 bytes to level 3", [] { return folder_call(true); }},
      {"trade store, 1,000 trades", "checked rows into SQLite, one transaction", thousand_trades}};
  constexpr const char* kFormulas[] = {"sma(close, 20)",
                                       "ema(close, 20)",
                                       "rsi(close, 14)",
                                       "atr(14)",
                                       "bollinger(close, 20, 2).upper",
                                       "stddev(close, 20)",
                                       "macd(close, 12, 26, 9).histogram",
                                       "stochastic(14, 3).k"};
  for (const char* formula : kFormulas) {
    works.push_back({formula, "100,000 bars", [formula] { return one_indicator(formula); }});
  }
  return works;
}

}  // namespace peak::command
