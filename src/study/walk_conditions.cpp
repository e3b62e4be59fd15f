#include "study/walk_conditions.hpp"

#include <bit>

#include "study/walk_totals.hpp"

namespace peak::study {

std::string walk_obstacle(const BrokerOptions& broker, const BacktestOptions& run, std::span<const Metric> metrics) {
  BrokerOptions without_stops = broker;
  without_stops.stops = {};
  const Stops& stops = broker.stops;
  if (stops.trailing_stop.is_set()) return "stops trail";
  if (!walk_knows(stops.stop_loss) || !walk_knows(stops.take_profit)) return "stops are not fractions of the price";
  if (broker.limit_fill != LimitFill::kTouch || broker.ambiguity != Ambiguity::kWorst) {
    return "targets fill in another way than at a touch after the stop";
  }
  if (!without_stops.is_plain()) {
    return "the broker has costs or limits beyond commission, slippage, stop loss and target";
  }
  if (broker.size.kind != SizingKind::kAllIn) return "positions are not all in";
  if (broker.size_step) return "units come in steps";
  if (broker.accumulate) return "positions are added to";
  if (broker.finalize) return "the last position is closed at the end";
  if (broker.execution != Execution::kRuleBook) return "another program's rules at the end of data are asked for";
  if (run.convention != MetricsConvention::kPeakTrade) return "another program's metrics are asked for";
  if (run.engine != Engine::kFast) return "the reference engine is asked for";
  if (run.detail) return "finer bars decide what happens inside a bar";
  for (const Metric metric : metrics) {
    if (!totals_tell(metric)) return std::string("the metric ") + metric_info(metric).name + " needs every bar";
  }
  return {};
}

std::size_t find_decisions(const LongSignals& signals, std::size_t begin, std::size_t end, bool held,
                           std::uint32_t* out) {
  std::uint32_t* to = out;
  std::size_t bar = begin;
  while (bar < end) {
    const std::size_t w = bar / 64;
    const std::uint64_t leaves = signals.exit.word(w);
    const std::uint64_t acts = (held ? leaves : signals.entry.word(w) & ~leaves) >> (bar % 64) << (bar % 64);
    if (acts == 0) {
      bar = (w + 1) * 64;
      continue;
    }
    bar = w * 64 + static_cast<std::size_t>(std::countr_zero(acts));
    if (bar >= end) break;
    *to++ = static_cast<std::uint32_t>(bar++);
    held = !held;
  }
  return static_cast<std::size_t>(to - out);
}

}  // namespace peak::study
