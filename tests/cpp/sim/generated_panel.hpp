// Random panels, weights and options for the tests that compare the engines of target weights.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "peak/market/panel.hpp"
#include "peak/sim/target_weights.hpp"

namespace peak::testing {

/// Bars with equal open, high, low and close of each row.
inline Bars bars_of(const std::string& symbol, std::vector<Nanoseconds> time, std::vector<double> open,
                    std::vector<double> close) {
  std::vector<double> high(open), low(open);
  for (std::size_t i = 0; i < open.size(); ++i) {
    high[i] = std::fmax(open[i], close[i]);
    low[i] = std::fmin(open[i], close[i]);
  }
  Bars bars = Bars::from_columns(Column::own("time", std::move(time), ColumnType::kTime),
                                 Column::own("open", std::move(open)), Column::own("high", std::move(high)),
                                 Column::own("low", std::move(low)), Column::own("close", std::move(close)), Column())
                  .value();
  bars.set_symbol(symbol);
  return bars;
}

struct GeneratedPanel {
  Panel panel;
  TargetWeights targets;
  BrokerOptions broker;
  std::vector<Instrument> instruments;
};

class PanelMaker {
 public:
  explicit PanelMaker(std::uint64_t seed) : random_(seed) {}

  GeneratedPanel make() {
    GeneratedPanel made;
    const std::size_t symbols = 2 + pick(5), stamps = 1 + pick(60);
    const std::size_t gap = pick(2) == 0 ? 0 : 2 + pick(8);
    wild_ = pick(6) == 0;
    std::vector<Bars> series;
    for (std::size_t s = 0; s < symbols; ++s) series.push_back(bars(s, stamps, gap));
    made.panel = Panel::create(std::move(series), {.mixed = true}).value();
    made.broker = options();
    for (std::size_t s = 0; s < symbols; ++s) made.instruments.push_back(instrument(made.panel, s));
    weights(made);
    return made;
  }

  std::size_t pick(std::size_t below) { return std::uniform_int_distribution<std::size_t>(0, below - 1)(random_); }
  double uniform() { return std::uniform_real_distribution<double>(0, 1)(random_); }

 private:
  Bars bars(std::size_t s, std::size_t stamps, std::size_t gap) {
    std::vector<Nanoseconds> time;
    std::vector<double> open, close;
    double price = 100;
    const double tick = wild_ ? 8 : 0.25;
    for (std::size_t t = 0; t < stamps; ++t) {
      if (gap != 0 && pick(gap) == 0 && (t + 1 < stamps || !time.empty())) continue;
      time.push_back(static_cast<Nanoseconds>(t) * kNanosecondsPerDay);
      open.push_back(price = std::fmax(0.25, price + tick * (static_cast<double>(pick(25)) - 12)));
      close.push_back(price = std::fmax(0.25, price + tick * (static_cast<double>(pick(25)) - 12)));
    }
    return bars_of("S" + std::to_string(s), std::move(time), std::move(open), std::move(close));
  }

  BrokerOptions options() {
    BrokerOptions options;
    options.cash = pick(3) == 0 ? 500 : 100'000;
    options.commission = pick(2) == 0 ? 0 : 0.002;
    options.slippage = pick(3) == 0 ? 0.001 : 0;
    options.fill = pick(3) == 0 ? FillTiming::kSameClose : FillTiming::kNextOpen;
    if (pick(3) == 0) options.size_step = pick(2) == 0 ? 1 : 0.1;
    options.finalize = pick(4) == 0;
    if (pick(5) == 0) options.fees.per_order = 1;
    if (pick(5) == 0) options.fees.per_unit = 0.01;
    if (pick(5) == 0) options.fees.minimum = 2;
    if (pick(6) == 0) options.fees.tiers = {{0, 0.003, 0.002}, {20'000, 0.001, 0}};
    if (pick(6) == 0) options.impact.spread = 0.5;
    return options;
  }

  Instrument instrument(const Panel& panel, std::size_t s) {
    Instrument instrument;
    instrument.symbol = panel.symbol(s);
    if (pick(6) == 0) instrument.multiplier = 5;
    if (pick(6) == 0) instrument.tick_size = 0.25;
    if (pick(6) == 0) instrument.minimum_notional = 300;
    std::size_t day = pick(20);
    for (std::size_t i = pick(3); i-- > 0; day += pick(20)) {
      const std::size_t kind = pick(7);
      const auto time = static_cast<Nanoseconds>(day) * kNanosecondsPerDay;
      if (kind < 3) instrument.actions.push_back({time, CorporateActionKind::kSplit, pick(2) == 0 ? 2.0 : 0.5});
      if (kind >= 3 && kind < 6) instrument.actions.push_back({time, CorporateActionKind::kDividend, 1.25});
      if (kind != 6) continue;
      instrument.actions.push_back({time, CorporateActionKind::kDelisting, 40});
      break;
    }
    return instrument;
  }

  void weights(GeneratedPanel& made) {
    const std::size_t every = 1 + pick(8), symbols = made.panel.symbols();
    const bool shorts = pick(2) == 0;
    const double gross = pick(3) == 0 ? 1.4 : 1.0;
    for (std::size_t t = pick(3); t < made.panel.size(); t += every) {
      made.targets.stamps.push_back(t);
      for (std::size_t s = 0; s < symbols; ++s) {
        double weight = gross * uniform() * 2 / static_cast<double>(symbols);
        if (pick(4) == 0) weight = 0;
        if (shorts && pick(2) == 0) weight = -weight;
        if (pick(8) == 0) weight = std::numeric_limits<double>::quiet_NaN();
        made.targets.weights.push_back(weight);
      }
    }
  }

  std::mt19937_64 random_;
  bool wild_ = false;
};

}  // namespace peak::testing
