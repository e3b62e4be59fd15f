#include "sim/live_series.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <utility>

#include "peak/market/adjust.hpp"
#include "peak/trading/settings.hpp"
#include "sim/volatility.hpp"

namespace peak::sim {
namespace {

constexpr const char* kPriceNames[] = {"open", "high", "low", "close", "volume"};

std::string shown(double value) {
  char text[40];
  std::snprintf(text, sizeof text, "%g", value);
  return text;
}

}  // namespace

std::string exact_text(double value) {
  char text[40];
  std::snprintf(text, sizeof text, "%.17g", value);
  return text;
}

Status check_further_columns(const std::vector<std::string>& names) {
  for (std::size_t i = 0; i < names.size(); ++i) {
    const bool is_known = std::find(std::begin(kPriceNames), std::end(kPriceNames), names[i]) != std::end(kPriceNames);
    const auto end = names.begin() + static_cast<std::ptrdiff_t>(i);
    const bool twice = std::find(names.begin(), end, names[i]) != end;
    if (!is_known && !twice && !names[i].empty() && names[i] != "time") continue;
    return invalid_argument("'" + names[i] + "' cannot be a further column: it is empty, a price, or named twice");
  }
  return {};
}

Status check_feed_options(const BacktestOptions& options, const BrokerOptions& broker) {
  if (broker.execution != Execution::kRuleBook) {
    return invalid_argument("execution 'backtesting.py' is for comparison: a feed does not know which bar is its last");
  }
  if (options.detail || options.benchmark) {
    return invalid_argument(std::string(options.detail ? "detail" : "benchmark") +
                            " belongs to runs over bars that are all there; a feed brings one bar at a time");
  }
  if (broker.size.kind == SizingKind::kVolatility && broker.periods_per_year == 0) {
    return invalid_argument(
        "a size by volatility needs periods_per_year: a feed does not tell how many bars a year has");
  }
  return {};
}

std::string feed_options_text(const BrokerOptions& broker) {
  std::string text = "cash=" + exact_text(broker.cash) + " commission=" + exact_text(broker.commission) +
                     " slippage=" + exact_text(broker.slippage) + " fill=" + fill_timing_name(broker.fill) +
                     " size=" + format_sizing(broker.size) + " size_step=" + exact_text(broker.size_step.value_or(0)) +
                     " accumulate=" + (broker.accumulate ? "true" : "false");
  for (const auto& [setting, value] : changed_settings(broker)) text += " " + std::string(setting->name) + "=" + value;
  return text + instrument_text(broker.instrument);
}

std::string instrument_text(const Instrument& instrument) {
  std::string text;
  for (const FundingRate& paid : instrument.funding) {
    text += " funding@" + std::to_string(paid.time) + "=" + exact_text(paid.rate);
  }
  for (const CorporateAction& action : instrument.actions) {
    text += std::string(" ") + corporate_action_name(action.kind) + "@" + std::to_string(action.time) + "=" +
            exact_text(action.value);
  }
  return text;
}

LiveSeries::LiveSeries(const BrokerOptions& options, std::vector<Split> splits, std::vector<std::string> further_names)
    : options_(&options),
      splits_(std::move(splits)),
      further_names_(std::move(further_names)),
      further_(further_names_.size()) {
  if (options.stops.needs_atr()) atr_.emplace(options.stops.atr_period);
}

const std::vector<double>* LiveSeries::seen(const std::string& name) const noexcept {
  const auto price = std::find(std::begin(kPriceNames), std::end(kPriceNames), name);
  if (price != std::end(kPriceNames)) {
    const auto which = static_cast<std::size_t>(price - std::begin(kPriceNames));
    return splits_.empty() ? &prices_[which] : &charted_[which];
  }
  const auto place = std::find(further_names_.begin(), further_names_.end(), name);
  if (place == further_names_.end()) return nullptr;
  return &further_[static_cast<std::size_t>(place - further_names_.begin())];
}

Status LiveSeries::check(const LiveBar& bar) const {
  if (!time_.empty() && bar.time <= time_.back()) {
    return bad_data("the bar of " + format_time(bar.time) + " does not come after the last one, of " +
                    format_time(time_.back()) + ": push each bar once, when it is complete, in order");
  }
  for (const auto& [name, price] :
       {std::pair{"open", bar.open}, {"high", bar.high}, {"low", bar.low}, {"close", bar.close}}) {
    if (std::isfinite(price) && price > 0) continue;
    return bad_data("the bar of " + format_time(bar.time) + " has the " + name + " " + shown(price) +
                    ", but prices must be numbers above 0");
  }
  if (bar.high < bar.low) {
    return bad_data("the bar of " + format_time(bar.time) + " has a high of " + shown(bar.high) + " below its low of " +
                    shown(bar.low));
  }
  if (bar.further.size() != further_names_.size()) {
    return invalid_argument("the bar of " + format_time(bar.time) + " has " + std::to_string(bar.further.size()) +
                            " further values, but the runner was made with " + std::to_string(further_names_.size()) +
                            " further columns");
  }
  return {};
}

// From a split on what came before is seen in other units: what looks back begins anew and goes through it again.
bool LiveSeries::append(const LiveBar& bar) {
  time_.push_back(bar.time);
  const double given[] = {bar.open, bar.high, bar.low, bar.close, bar.volume};
  for (std::size_t i = 0; i < 5; ++i) prices_[i].push_back(given[i]);
  for (std::size_t i = 0; i < further_.size(); ++i) further_[i].push_back(bar.further[i]);
  if (splits_.empty()) return false;
  const std::size_t last = time_.size() - 1;
  for (std::size_t i = 0; i < 5; ++i) charted_[i].push_back(given[i]);
  if (last == 0 || units_between(splits_, time_[last - 1], time_[last]) == 1) return false;
  const std::vector<double> units = units_at(time_, splits_, last);
  for (std::size_t i = 0; i < 5; ++i) {
    for (std::size_t t = 0; t < last; ++t) {
      charted_[i][t] = i == 4 ? prices_[i][t] * units[t] : prices_[i][t] / units[t];
    }
  }
  if (atr_) {
    atr_.emplace(options_->stops.atr_period);
    for (std::size_t t = 0; t < last; ++t) {
      static_cast<void>(atr_->update(charted_[1][t], charted_[2][t], charted_[3][t]));
    }
  }
  return true;
}

BarPrices LiveSeries::inputs() {
  BarPrices now{prices_[0].back(), prices_[1].back(), prices_[2].back(), prices_[3].back(), prices_[4].back()};
  if (atr_) now.atr = atr_->update(now.high, now.low, now.close);
  if (options_->size.kind != SizingKind::kVolatility) return now;
  const std::vector<double>& close = splits_.empty() ? prices_[3] : charted_[3];
  now.volatility = volatility_at(close, close.size() - 1, static_cast<std::size_t>(options_->size_lookback),
                                 options_->periods_per_year);
  return now;
}

Bars LiveSeries::bars() const {
  const auto column = [&](std::size_t i) { return Column::own(kPriceNames[i], prices_[i]); };
  std::vector<Column> further;
  for (std::size_t i = 0; i < further_.size(); ++i) further.push_back(Column::own(further_names_[i], further_[i]));
  const bool has_volume = std::any_of(prices_[4].begin(), prices_[4].end(), [](double v) { return v == v; });
  auto bars = Bars::from_columns(Column::own("time", time_, ColumnType::kTime), column(0), column(1), column(2),
                                 column(3), has_volume || time_.empty() ? column(4) : Column(), std::move(further));
  return bars.ok() ? std::move(*bars) : Bars();
}

void LiveSeries::write(StateWriter& writer, std::size_t t) const {
  writer.integer(time_[t]);
  for (const std::vector<double>& column : prices_) writer.number(column[t]);
  for (const std::vector<double>& column : further_) writer.number(column[t]);
}

LiveBar LiveSeries::read(StateReader& reader, std::size_t further) {
  LiveBar bar;
  bar.time = reader.integer();
  for (double* price : {&bar.open, &bar.high, &bar.low, &bar.close, &bar.volume}) *price = reader.number();
  for (std::size_t i = 0; i < further; ++i) bar.further.push_back(reader.number());
  return bar;
}

}  // namespace peak::sim
