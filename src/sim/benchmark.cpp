// Benchmarks: what a run is compared with, on the stamps of its bars.
#include <cmath>
#include <cstddef>
#include <string>

#include "peak/market/periods.hpp"
#include "peak/sim/backtest.hpp"

namespace peak {
namespace {

std::string every(const Bars& bars) { return std::to_string(modal_step(bars.time()) / kNanosecondsPerSecond) + " s"; }

Result<Buffer<double>> closes_of_another(const Bars& bars, const Bars& other) {
  const bool has_steps = bars.size() > 1 && other.size() > 1;
  if (has_steps && modal_step(bars.time()) != modal_step(other.time())) {
    return invalid_argument("the benchmark has a bar about every " + every(other) + ", the data about every " +
                            every(bars) + "; resample one of them first");
  }
  Buffer<double> closes(bars.size());
  double last = kMissingPrice;
  std::size_t next = 0, shared = 0;
  for (std::size_t t = 0; t < bars.size(); ++t) {
    for (; next < other.size() && other.time()[next] <= bars.time()[t]; ++next) {
      if (!std::isnan(other.close()[next])) last = other.close()[next];
      shared += other.time()[next] == bars.time()[t];
    }
    closes[t] = last;
  }
  if (shared == 0 && bars.size() != 0) {
    return bad_data("the benchmark has no bar at any of the data's times (the data begin at " +
                    format_time(bars.time().front()) +
                    (other.size() == 0 ? std::string(", the benchmark is empty")
                                       : ", the benchmark at " + format_time(other.time().front())) +
                    "): are its times in another zone?");
  }
  return closes;
}

// One unit bought at the first close: splits change how many there are, dividends and a last price are kept as cash.
Buffer<double> held(const Bars& bars, const std::vector<CorporateAction>& actions) {
  Buffer<double> worth(bars.size());
  double units = 1, cash = 0;
  std::size_t next = 0;
  for (std::size_t t = 0; t < bars.size(); ++t) {
    for (; next < actions.size() && actions[next].time <= bars.time()[t]; ++next) {
      if (t == 0) continue;
      const CorporateAction& action = actions[next];
      if (action.kind == CorporateActionKind::kSplit) {
        units *= action.value;
        continue;
      }
      cash += units * action.value;
      if (action.kind == CorporateActionKind::kDelisting) units = 0;
    }
    worth[t] = units == 0 ? cash : cash + units * bars.close()[t];
  }
  return worth;
}

}  // namespace

Result<Buffer<double>> benchmark_closes(const Bars& bars, const BacktestOptions& options,
                                        const Instrument& instrument) {
  if (options.benchmark) return closes_of_another(bars, *options.benchmark);
  if (instrument.actions.empty()) return Buffer<double>();
  return held(bars, instrument.actions);
}

}  // namespace peak
