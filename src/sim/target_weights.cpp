#include "peak/sim/target_weights.hpp"

#include <cmath>
#include <cstdint>
#include <string>
#include <utility>

#include "peak/sim/broker.hpp"
#include "sim/panel_inputs.hpp"
#include "sim/weights_run.hpp"

namespace peak {
namespace {

bool has_missing_price(const Bars& bars) {
  const auto missing = [](std::span<const double> prices) {
    std::uint64_t found = 0;  // counted without a branch: a vector at a time
    for (const double price : prices) found |= price == price ? 0U : 1U;
    return found != 0;
  };
  return !bars.has_every_price() && (missing(bars.open()) || missing(bars.close()));
}

}  // namespace

Status TargetWeights::validate(const Panel& panel) const {
  if (weights.size() != stamps.size() * panel.symbols()) {
    return invalid_argument(std::to_string(weights.size()) + " weights for " + std::to_string(stamps.size()) +
                            " stamps and " + std::to_string(panel.symbols()) +
                            " symbols: there must be one for each stamp and symbol");
  }
  for (std::size_t i = 0; i < stamps.size(); ++i) {
    if (stamps[i] >= panel.size() || (i > 0 && stamps[i] <= stamps[i - 1])) {
      return invalid_argument("weights of stamp " + std::to_string(stamps[i]) +
                              ": stamps must ascend and lie inside the panel's " + std::to_string(panel.size()));
    }
  }
  for (std::size_t i = 0; i < weights.size(); ++i) {
    if (!std::isinf(weights[i])) continue;
    const std::size_t stamp = stamps[i / panel.symbols()];
    return invalid_argument("the weight of '" + panel.symbol(i % panel.symbols()) + "' on " +
                            format_time_short(panel.time()[stamp]) + " is infinite");
  }
  return {};
}

Result<Simulation> simulate_weights_reference(const Panel& panel, const TargetWeights& targets,
                                              const BrokerOptions& options,
                                              const std::vector<Instrument>& instruments) {
  PEAK_RETURN_IF_ERROR(targets.validate(panel));
  PEAK_ASSIGN_OR_RETURN(std::vector<Instrument> all, sim::instruments_of(panel.symbol_names(), options, instruments));
  PEAK_ASSIGN_OR_RETURN(Broker broker, Broker::create(options, std::move(all)));
  sim::PanelInputs inputs(panel, options);
  sim::PanelRecord record(panel.symbols(), panel.size());
  std::size_t next = 0;
  for (std::size_t t = 0; t < panel.size(); ++t) {
    broker.begin(panel.time()[t], inputs.at(t));
    if (next < targets.stamps.size() && targets.stamps[next] == t) {
      sim::submit_targets(targets.row(next++, panel.symbols()), broker);
    }
    broker.end();
    record.take(broker);
  }
  return record.finish(broker);
}

bool target_weights_are_fast(const Panel& panel, const BrokerOptions& options,
                             const std::vector<Instrument>& instruments) {
  const RiskLimits& risk = options.risk;
  const bool plain = !options.financing.any() && options.margin.leverage == 1 && options.margin.maintenance == 0 &&
                     !risk.watches_equity() && risk.max_position == 0 && options.impact.volume_share == 0 &&
                     options.impact.impact == 0 && options.execution == Execution::kRuleBook;
  if (!plain || panel.symbols() < 2 || !options.instrument.funding.empty()) return false;
  for (const Instrument& instrument : instruments) {
    if (!instrument.funding.empty()) return false;
  }
  for (std::size_t s = 0; s < panel.symbols(); ++s) {
    if (has_missing_price(panel.series(s))) return false;
  }
  return true;
}

Result<Simulation> simulate_weights(const Panel& panel, const TargetWeights& targets, const BrokerOptions& options,
                                    const std::vector<Instrument>& instruments) {
  if (!target_weights_are_fast(panel, options, instruments)) {
    return simulate_weights_reference(panel, targets, options, instruments);
  }
  PEAK_RETURN_IF_ERROR(targets.validate(panel));
  PEAK_ASSIGN_OR_RETURN(std::vector<Instrument> all, sim::instruments_of(panel.symbol_names(), options, instruments));
  // The broker checks options and instruments, and puts the size step in its place.
  PEAK_ASSIGN_OR_RETURN(const Broker checked, Broker::create(options, std::move(all)));
  return sim::WeightsRun(panel, targets, checked.options(), checked.instruments()).run();
}

}  // namespace peak
