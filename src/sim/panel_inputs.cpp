#include "sim/panel_inputs.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace peak::sim {

Result<std::vector<Instrument>> instruments_of(const std::vector<std::string>& symbols, const BrokerOptions& options,
                                               const std::vector<Instrument>& given) {
  std::vector<Instrument> instruments = given;
  if (instruments.empty()) instruments.assign(symbols.size(), options.instrument);
  if (instruments.size() != symbols.size()) {
    return invalid_argument(std::to_string(instruments.size()) + " instruments for " + std::to_string(symbols.size()) +
                            " symbols; give one for each, in their order");
  }
  for (std::size_t s = 0; s < instruments.size(); ++s) {
    if (instruments[s].symbol.empty()) instruments[s].symbol = symbols[s];
    if (instruments[s].symbol == symbols[s]) continue;
    if (given.empty()) {
      instruments[s].symbol = symbols[s];
      continue;
    }
    return invalid_argument("instrument " + std::to_string(s) + " is '" + instruments[s].symbol +
                            "', but the panel's symbol there is '" + symbols[s] + "'");
  }
  return instruments;
}

void submit_targets(std::span<const double> weights, Broker& broker) {
  for (std::uint32_t s = 0; s < weights.size(); ++s) {
    if (std::isnan(weights[s])) continue;
    if (!broker.working_orders().empty()) broker.cancel_all(s);
    if (weights[s] == 0 && broker.position(s).flat()) continue;
    broker.submit(OrderRequest::target_order(s, Sizing::fraction(weights[s])));
  }
}

PanelInputs::PanelInputs(const Panel& panel, const BrokerOptions& options) : panel_(panel), now_(panel.symbols()) {
  inputs_.reserve(panel.symbols());
  for (std::size_t s = 0; s < panel.symbols(); ++s) {
    const auto splits = panel.series(s).splits();
    inputs_.emplace_back(panel.series(s), options, std::vector<Split>(splits.begin(), splits.end()));
  }
}

std::span<const BarPrices> PanelInputs::at(std::size_t t) {
  for (std::size_t s = 0; s < now_.size(); ++s) {
    if (panel_.has_bar(s, t)) {
      now_[s] = inputs_[s].at(static_cast<std::size_t>(panel_.row(s, t)));
    } else {
      now_[s] = {};
      now_[s].present = false;
    }
  }
  return now_;
}

std::vector<HoldingChange> reopened(std::vector<HoldingChange>& holdings, std::int64_t bar) {
  std::vector<HoldingChange> before;
  while (!holdings.empty() && holdings.back().bar == bar) {
    const std::uint32_t symbol = holdings.back().symbol;
    holdings.pop_back();
    const auto last = std::find_if(holdings.rbegin(), holdings.rend(),
                                   [symbol](const HoldingChange& change) { return change.symbol == symbol; });
    before.push_back({bar, symbol, last == holdings.rend() ? 0 : last->units});
  }
  return before;
}

PanelRecord::PanelRecord(std::size_t symbols, std::size_t stamps) : units_(symbols, 0.0) {
  equity_.reserve(stamps);
  returns_.reserve(stamps);
  in_position_.reserve(stamps);
}

void PanelRecord::note_holdings(std::int64_t bar, const Broker& broker) {
  for (std::uint32_t s = 0; s < units_.size(); ++s) {
    const double units = broker.position(s).units;
    if (units == units_[s]) continue;
    units_[s] = units;
    holdings_.push_back({bar, s, units});
  }
}

void PanelRecord::take(const Broker& broker) {
  note_holdings(static_cast<std::int64_t>(equity_.size()), broker);
  equity_.push_back(broker.equity());
  returns_.push_back(broker.bar_return());
  in_position_.push_back(broker.in_position());
}

Simulation PanelRecord::finish(Broker& broker) {
  Simulation run = broker.finish();
  if (!equity_.empty()) {
    equity_.back() = broker.equity();
    returns_.back() = broker.bar_return();
    if (!broker.in_position()) in_position_.back() = false;
    const auto last = static_cast<std::int64_t>(equity_.size() - 1);
    for (const HoldingChange& before : reopened(holdings_, last)) units_[before.symbol] = before.units;
    note_holdings(last, broker);
  }
  run.equity = Buffer<double>(std::span<const double>(equity_));
  run.returns = Buffer<double>(std::span<const double>(returns_));
  run.in_position = Bits(in_position_.size());
  for (std::size_t t = 0; t < in_position_.size(); ++t) {
    if (in_position_[t]) run.in_position.set(t);
  }
  run.holdings = std::move(holdings_);
  return run;
}

}  // namespace peak::sim
