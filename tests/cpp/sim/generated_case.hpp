// Random bars, signals and broker options for the tests that compare engines. Prices lie on a tick grid with many ties,
// gaps and reversals, because that is where engines differ.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <utility>
#include <vector>

#include "peak/base/bits.hpp"
#include "peak/market/bars.hpp"
#include "peak/sim/simulation.hpp"

namespace peak::testing {

struct GeneratedCase {
  Bars bars;
  Bits entries, exits, short_entries, short_exits;
  BrokerOptions broker;

  [[nodiscard]] SignalViews views() const {
    return {entries.view(), exits.view(), short_entries.view(), short_exits.view()};
  }
};

class CaseMaker {
 public:
  explicit CaseMaker(std::uint64_t seed) : random_(seed) {}

  GeneratedCase make() {
    GeneratedCase made;
    const std::size_t size = pick(5) == 0 ? pick(3) : 1 + pick(400);
    made.bars = bars(size);
    const double density = pick(3) == 0 ? 0.5 : 0.05;
    made.entries = signal(size, density);
    made.exits = signal(size, density);
    if (pick(2) == 0) {
      made.short_entries = signal(size, density);
      if (pick(2) == 0) made.short_exits = signal(size, density);
    }
    made.broker = broker();
    return made;
  }

 private:
  std::size_t pick(std::size_t below) { return std::uniform_int_distribution<std::size_t>(0, below - 1)(random_); }
  double uniform() { return std::uniform_real_distribution<double>(0, 1)(random_); }

  Bits signal(std::size_t size, double density) {
    Bits bits(size);
    for (std::size_t i = 0; i < size; ++i) {
      if (uniform() < density) bits.set(i);
    }
    return bits;
  }

  BrokerOptions broker() {
    BrokerOptions options;
    options.cash = pick(4) == 0 ? 100.0 : 10'000.0;
    options.commission = pick(2) == 0 ? 0.0 : 0.002;
    options.slippage = pick(3) == 0 ? 0.0005 : 0.0;
    options.fill = pick(2) == 0 ? FillTiming::kNextOpen : FillTiming::kSameClose;
    const SizingKind kinds[] = {SizingKind::kAllIn, SizingKind::kAllIn, SizingKind::kUnits, SizingKind::kValue,
                                SizingKind::kFraction};
    options.size.kind = kinds[pick(5)];
    options.size.amount = options.size.kind == SizingKind::kFraction ? 0.25 + 0.75 * uniform() : 1 + 5'000 * uniform();
    if (options.size.kind == SizingKind::kUnits) options.size.amount = static_cast<double>(1 + pick(60));
    const double steps[] = {1.0, 0.1, 1e-6};
    if (pick(2) == 0) options.size_step = steps[pick(3)];
    options.accumulate = pick(4) == 0;
    options.finalize = pick(4) == 0;
    options.execution = pick(6) == 0 ? Execution::kBacktestingPy : Execution::kRuleBook;
    if (pick(2) == 0) add_stops(options);
    if (pick(4) == 0) add_costs(options);
    if (pick(4) == 0) add_sizes(options);
    return options;
  }

  StopLevel level() {
    switch (pick(4)) {
      case 0: return StopLevel::distance(static_cast<double>(1 + pick(8)));
      case 1: return StopLevel::atr(0.5 + 2 * uniform());
      case 2: return StopLevel::fraction(0.25 / static_cast<double>(1 + pick(32)));
      default: return {};
    }
  }

  void add_stops(BrokerOptions& options) {
    options.stops.stop_loss = level();
    options.stops.take_profit = level();
    if (pick(2) == 0) options.stops.trailing_stop = level();
    options.stops.atr_period = static_cast<int>(1 + pick(5));
    options.limit_fill = pick(3) == 0 ? LimitFill::kThrough : LimitFill::kTouch;
    options.ambiguity = pick(3) == 0 ? Ambiguity::kBest : Ambiguity::kWorst;
  }

  void add_costs(BrokerOptions& options) {
    if (pick(2) == 0) options.fees.per_order = uniform();
    if (pick(2) == 0) options.fees.per_unit = 0.01;
    if (pick(2) == 0) options.fees.minimum = 1;
    if (pick(3) == 0) options.fees.maker = 0.0001;
    if (pick(3) == 0) options.fees.tiers = {{0, 0.003, 0.002}, {20'000, 0.001, 0}};
    if (pick(3) == 0) options.impact.spread = 0.5;
    if (pick(3) == 0) options.instrument.tick_size = 0.25;
    if (pick(4) == 0) options.instrument.multiplier = 5;
    if (pick(4) == 0) options.margin.leverage = 3;
    if (pick(4) == 0) options.risk.max_position = 0.4;
    if (pick(4) == 0) options.instrument.minimum_notional = 500;
  }

  void add_sizes(BrokerOptions& options) {
    options.size_lookback = static_cast<int>(2 + pick(6));
    switch (pick(4)) {
      case 0: options.size = {SizingKind::kVolatility, 0.3}; break;
      case 1: options.size = {SizingKind::kKelly, 0.5}; break;
      case 2: options.size = {SizingKind::kEqual, 1}; break;
      default: options.stops.stop_loss = StopLevel::fraction(0.05); options.size = Sizing::risk(0.02);
    }
  }

  Bars bars(std::size_t size) {
    const double tick = pick(2) == 0 ? 0.25 : 0.01;
    const std::size_t step = pick(8) == 0 ? 40 : 3;  // a wild series ruins shorts
    const bool gaps = pick(5) == 0;
    std::vector<Nanoseconds> time(size);
    std::vector<double> open(size), high(size), low(size), close(size), volume(size, 1.0);
    std::int64_t ticks = 400;
    const auto move = [&] {
      ticks += static_cast<std::int64_t>(pick(2 * step + 1)) - static_cast<std::int64_t>(step);
      ticks = std::max<std::int64_t>(ticks, 1);
      return static_cast<double>(ticks) * tick;
    };
    for (std::size_t i = 0; i < size; ++i) {
      time[i] = static_cast<Nanoseconds>(i) * kNanosecondsPerDay;
      open[i] = move();
      close[i] = pick(4) == 0 ? open[i] : move();
      high[i] = std::max(open[i], close[i]) + static_cast<double>(pick(3)) * tick;
      low[i] = std::max(tick, std::min(open[i], close[i]) - static_cast<double>(pick(3)) * tick);
      const double missing = std::numeric_limits<double>::quiet_NaN();
      if (gaps && pick(10) == 0) open[i] = missing;
      if (gaps && pick(10) == 0) close[i] = missing;
    }
    return Bars::from_columns(Column::own("time", std::move(time), ColumnType::kTime),
                              Column::own("open", std::move(open)), Column::own("high", std::move(high)),
                              Column::own("low", std::move(low)), Column::own("close", std::move(close)),
                              Column::own("volume", std::move(volume)))
        .value();
  }

  std::mt19937_64 random_;
};

}  // namespace peak::testing
