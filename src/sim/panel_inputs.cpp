#include "sim/panel_inputs.hpp"

#include <algorithm>
#include <utility>

namespace peak::sim {

Result<std::vector<Instrument>> instruments_of(const Panel& panel, const BrokerOptions& options,
                                               const std::vector<Instrument>& given) {
  std::vector<Instrument> instruments = given;
  if (instruments.empty()) instruments.assign(panel.symbols(), options.instrument);
  if (instruments.size() != panel.symbols()) {
    return invalid_argument(std::to_string(instruments.size()) + " instruments for " + std::to_string(panel.symbols()) +
                            " symbols; give one for each, in their order");
  }
  for (std::size_t s = 0; s < instruments.size(); ++s) {
    if (instruments[s].symbol.empty()) instruments[s].symbol = panel.symbol(s);
    if (instruments[s].symbol == panel.symbol(s)) continue;
    if (given.empty()) {
      instruments[s].symbol = panel.symbol(s);
      continue;
    }
    return invalid_argument("instrument " + std::to_string(s) + " is '" + instruments[s].symbol +
                            "', but the panel's symbol there is '" + panel.symbol(s) + "'");
  }
  return instruments;
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

PanelRecord::PanelRecord(std::size_t stamps, std::size_t symbols)
    : equity_(stamps), returns_(stamps), in_position_(stamps), units_(symbols, 0.0) {}

void PanelRecord::note_holdings(std::int64_t bar, const Broker& broker) {
  for (std::uint32_t s = 0; s < units_.size(); ++s) {
    const double units = broker.position(s).units;
    if (units == units_[s]) continue;
    units_[s] = units;
    holdings_.push_back({bar, s, units});
  }
}

void PanelRecord::take(std::size_t t, const Broker& broker) {
  equity_[t] = broker.equity();
  returns_[t] = broker.bar_return();
  if (broker.in_position()) in_position_.set(t);
  note_holdings(static_cast<std::int64_t>(t), broker);
}

Simulation PanelRecord::finish(Broker& broker, std::size_t count) {
  Simulation run = broker.finish();
  if (count != 0) {
    equity_[count - 1] = broker.equity();
    returns_[count - 1] = broker.bar_return();
    if (!broker.in_position()) in_position_.reset(count - 1);
    const auto last = static_cast<std::int64_t>(count - 1);
    for (const HoldingChange& before : reopened(holdings_, last)) units_[before.symbol] = before.units;
    note_holdings(last, broker);
  }
  if (count != equity_.size()) {
    equity_ = Buffer<double>(std::span<const double>(equity_).first(count));
    returns_ = Buffer<double>(std::span<const double>(returns_).first(count));
    Bits shorter(count);
    for (std::size_t t = 0; t < count; ++t) {
      if (in_position_[t]) shorter.set(t);
    }
    in_position_ = std::move(shorter);
  }
  run.equity = std::move(equity_);
  run.returns = std::move(returns_);
  run.in_position = std::move(in_position_);
  run.holdings = std::move(holdings_);
  return run;
}

}  // namespace peak::sim
