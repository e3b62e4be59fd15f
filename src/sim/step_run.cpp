// A context that grows by a bar at a time: columns and lines are vectors, the pointers of the context follow them.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <functional>
#include <optional>
#include <utility>

#include "peak/expression/stepper.hpp"
#include "peak/indicators/atr.hpp"
#include "peak/market/adjust.hpp"
#include "peak/sim/runner.hpp"
#include "peak/trading/settings.hpp"
#include "sim/completion.hpp"
#include "sim/runner_state.hpp"
#include "sim/signal_decision.hpp"
#include "sim/volatility.hpp"

namespace peak::sim {
namespace {

constexpr std::string_view kMagic = "peak runner";
constexpr std::int64_t kStateVersion = 2;
constexpr const char* kPriceNames[] = {"open", "high", "low", "close", "volume"};

/// Two numbers have the same text only if they are the same.
std::string exact(double value) {
  char text[40];
  std::snprintf(text, sizeof text, "%.17g", value);
  return text;
}

std::string shown(double value) {
  char text[40];
  std::snprintf(text, sizeof text, "%g", value);
  return text;
}

}  // namespace

struct StepRun::State {
  BacktestOptions options;
  BrokerOptions broker_options;
  std::optional<Broker> broker;
  std::optional<expression::Stepper> stepper;
  std::optional<indicators::Atr> atr;
  std::vector<std::string> further_names;

  std::vector<Nanoseconds> time;
  std::vector<double> prices[5];  // open, high, low, close, volume
  std::vector<Split> splits;
  std::vector<double> charted[5];  // prices in the units of the last bar (decided case 8.5); empty without splits
  std::vector<std::vector<double>> further;
  std::vector<std::vector<double>> lines;
  std::function<Result<expression::Stepper>()> new_stepper;
  std::vector<const std::vector<double>*> stepper_columns;
  std::vector<double> stepper_values;
  std::vector<bool> defined;  // lines that have been, since the start
  std::vector<double> equity, returns;
  std::vector<bool> in_position;
};

StepRun::StepRun() : state_(std::make_unique<State>()) {}
StepRun::~StepRun() = default;

Status StepRun::open(const BacktestOptions& options, const BrokerOptions& broker, std::vector<std::string> further) {
  PEAK_RETURN_IF_ERROR(check_options(options));
  State& state = *state_;
  state.options = options;
  state.broker_options = broker;
  if (broker.execution != Execution::kRuleBook) {
    return invalid_argument("execution 'backtesting.py' is for comparison: a feed does not know which bar is its last");
  }
  if (options.detail || options.benchmark) {
    return invalid_argument(std::string(options.detail ? "detail" : "benchmark") +
                            " belongs to runs over bars that are all there; a feed brings one bar at a time");
  }
  if (state.broker_options.periods_per_year == 0) {
    state.broker_options.periods_per_year = options.periods_per_year.value_or(0);
  }
  if (broker.size.kind == SizingKind::kVolatility && state.broker_options.periods_per_year == 0) {
    return invalid_argument(
        "a size by volatility needs periods_per_year: a feed does not tell how many bars a year has");
  }
  for (std::size_t i = 0; i < further.size(); ++i) {
    const bool is_known =
        std::find(std::begin(kPriceNames), std::end(kPriceNames), further[i]) != std::end(kPriceNames);
    const bool twice = std::find(further.begin(), further.begin() + static_cast<std::ptrdiff_t>(i), further[i]) !=
                       further.begin() + static_cast<std::ptrdiff_t>(i);
    if (!is_known && !twice && !further[i].empty() && further[i] != "time") continue;
    return invalid_argument("'" + further[i] + "' cannot be a further column: it is empty, a price, or named twice");
  }
  state.further_names = std::move(further);
  state.further.resize(state.further_names.size());
  state.splits = broker.instrument.splits();
  PEAK_ASSIGN_OR_RETURN(state.broker, Broker::create(state.broker_options));
  broker_ = &*state.broker;
  given_ = options.parameters;
  keeps_journal_ = true;
  if (broker.stops.needs_atr()) state.atr.emplace(broker.stops.atr_period);
  return {};
}

Status StepRun::start() {
  PEAK_RETURN_IF_ERROR(check_init());
  State& state = *state_;
  state.lines.resize(formulas_.size());
  state.defined.resize(formulas_.size());
  if (formulas_.empty()) return {};
  PEAK_ASSIGN_OR_RETURN(const auto program, expression::Program::compile(formulas_));
  const expression::ParameterValues values = values_of_parameters(program);
  state.new_stepper = [program, values, like = bars()] { return expression::Stepper::create(program, like, values); };
  PEAK_ASSIGN_OR_RETURN(state.stepper, state.new_stepper());
  for (const std::string& name : state.stepper->columns()) {
    const auto price = std::find(std::begin(kPriceNames), std::end(kPriceNames), name);
    if (price != std::end(kPriceNames)) {
      const auto which = static_cast<std::size_t>(price - std::begin(kPriceNames));
      state.stepper_columns.push_back(state.splits.empty() ? &state.prices[which] : &state.charted[which]);
    } else {
      const auto place = std::find(state.further_names.begin(), state.further_names.end(), name);
      state.stepper_columns.push_back(&state.further[static_cast<std::size_t>(place - state.further_names.begin())]);
    }
  }
  state.stepper_values.resize(state.stepper_columns.size());
  return {};
}

Status StepRun::check(const LiveBar& bar) const {
  const State& state = *state_;
  if (!state.time.empty() && bar.time <= state.time.back()) {
    return bad_data("the bar of " + format_time(bar.time) + " does not come after the last one, of " +
                    format_time(state.time.back()) + ": push each bar once, when it is complete, in order");
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
  if (bar.further.size() != state.further_names.size()) {
    return invalid_argument("the bar of " + format_time(bar.time) + " has " + std::to_string(bar.further.size()) +
                            " further values, but the runner was made with " +
                            std::to_string(state.further_names.size()) + " further columns");
  }
  return {};
}

void StepRun::append(const LiveBar& bar) {
  State& state = *state_;
  state.time.push_back(bar.time);
  const double prices[] = {bar.open, bar.high, bar.low, bar.close, bar.volume};
  for (std::size_t i = 0; i < 5; ++i) state.prices[i].push_back(prices[i]);
  for (std::size_t i = 0; i < state.further.size(); ++i) state.further[i].push_back(bar.further[i]);
  time_ = state.time.data();
  open_ = state.prices[0].data();
  high_ = state.prices[1].data();
  low_ = state.prices[2].data();
  close_ = state.prices[3].data();
  volume_ = state.prices[4].data();
  ++bar_;
}

// From a split on what came before is seen in other units: what looks back begins anew and goes through it again.
void StepRun::take_splits() {
  State& state = *state_;
  if (state.splits.empty()) return;
  const std::size_t last = state.time.size() - 1;
  for (std::size_t i = 0; i < 5; ++i) state.charted[i].push_back(state.prices[i].back());
  if (last == 0 || units_between(state.splits, state.time[last - 1], state.time[last]) == 1) return;
  const std::vector<double> units = units_at(state.time, state.splits, last);
  for (std::size_t i = 0; i < 5; ++i) {
    for (std::size_t t = 0; t < last; ++t) {
      state.charted[i][t] = i == 4 ? state.prices[i][t] * units[t] : state.prices[i][t] / units[t];
    }
  }
  if (state.atr) state.atr.emplace(state.broker_options.stops.atr_period);
  if (state.stepper) {
    if (Result<expression::Stepper> made = state.new_stepper(); made.ok()) state.stepper = std::move(made).value();
  }
  for (std::size_t t = 0; t < last; ++t) {
    if (state.atr) static_cast<void>(state.atr->update(state.charted[1][t], state.charted[2][t], state.charted[3][t]));
    if (state.stepper) push_columns(t);
  }
}

void StepRun::push_columns(std::size_t t) {
  State& state = *state_;
  for (std::size_t i = 0; i < state.stepper_columns.size(); ++i) {
    state.stepper_values[i] = (*state.stepper_columns[i])[t];
  }
  state.stepper->push(state.time[t], state.stepper_values);
}

void StepRun::step_lines() {
  State& state = *state_;
  if (!state.stepper) return;
  push_columns(state.time.size() - 1);
  for (std::size_t i = 0; i < state.lines.size(); ++i) {
    const double value = state.stepper->value(i);
    state.lines[i].push_back(value);
    lines_[i] = state.lines[i].data();
    if (!std::isnan(value)) state.defined[i] = true;
  }
}

void StepRun::set_inputs(BarPrices& prices) {
  State& state = *state_;
  if (state.atr) prices.atr = state.atr->update(prices.high, prices.low, prices.close);
  if (state.broker_options.size.kind != SizingKind::kVolatility) return;
  const std::vector<double>& close = state.splits.empty() ? state.prices[3] : state.charted[3];
  prices.volatility =
      volatility_at(close, close.size() - 1, static_cast<std::size_t>(state.broker_options.size_lookback),
                    state.broker_options.periods_per_year);
}

Status StepRun::begin(const LiveBar& bar) {
  PEAK_RETURN_IF_ERROR(check(bar));
  append(bar);
  take_splits();
  step_lines();
  BarPrices prices{bar.open, bar.high, bar.low, bar.close, bar.volume};
  set_inputs(prices);
  broker_->begin(bar.time, prices);
  asks_ = true;
  if (warm_up_) {
    asks_ = bar_ >= *warm_up_;
  } else {
    for (std::size_t i = 0; i < formulas_.size(); ++i) asks_ = asks_ && (state_->defined[i] || !delays(formulas_[i]));
  }
  return {};
}

std::vector<WorkingOrder> StepRun::end() {
  State& state = *state_;
  std::vector<WorkingOrder> decided;
  for (const WorkingOrder& order : broker_->working_orders()) {
    if (order.decision_bar == bar_) decided.push_back(order);
  }
  broker_->end();
  state.equity.push_back(broker_->equity());
  state.returns.push_back(broker_->bar_return());
  state.in_position.push_back(broker_->in_position());
  return decided;
}

void StepRun::decide(const Line (&signals)[4]) {
  const BarSignals now{is_true(signals[0]), is_true(signals[1]), is_true(signals[2]), is_true(signals[3])};
  decide_signals(now, *broker_);
}

Bars StepRun::bars() const {
  const State& state = *state_;
  const auto column = [&](std::size_t i) { return Column::own(kPriceNames[i], state.prices[i]); };
  std::vector<Column> further;
  for (std::size_t i = 0; i < state.further.size(); ++i) {
    further.push_back(Column::own(state.further_names[i], state.further[i]));
  }
  const bool has_volume = std::any_of(state.prices[4].begin(), state.prices[4].end(), [](double v) { return v == v; });
  auto bars =
      Bars::from_columns(Column::own("time", state.time, ColumnType::kTime), column(0), column(1), column(2), column(3),
                         has_volume || state.time.empty() ? column(4) : Column(), std::move(further));
  return bars.ok() ? std::move(*bars) : Bars();
}

BacktestResult StepRun::result(const std::string& name, bool by_code) const {
  const State& state = *state_;
  BacktestResult result;
  result.bars = bars();
  result.strategy.name = name;
  result.parameters = used_;
  result.broker = state.broker_options;
  if (auto benchmark = benchmark_closes(result.bars, state.options, result.broker.instrument); benchmark.ok()) {
    result.benchmark = std::move(*benchmark);
  }
  Broker broker = *state.broker;  // which goes on from here; this copy comes to its end
  result.simulation = broker.finish();
  result.simulation.tags = tags_;
  result.simulation.equity = Buffer<double>(std::span<const double>(state.equity));
  result.simulation.returns = Buffer<double>(std::span<const double>(state.returns));
  result.simulation.in_position = Bits(state.in_position.size());
  for (std::size_t t = 0; t < state.in_position.size(); ++t) {
    if (state.in_position[t]) result.simulation.in_position.set(t);
  }
  if (bar_ >= 0) {
    const auto last = static_cast<std::size_t>(bar_);
    result.simulation.equity[last] = broker.equity();
    result.simulation.returns[last] = broker.bar_return();
    if (!broker.in_position()) result.simulation.in_position.reset(last);
  }
  complete(result, state.options, by_code ? DecidedBy::kCode : DecidedBy::kSignals);
  return result;
}

// --- State ----------------------------------------------------------------------------------------------------------

std::string StepRun::options_text() const {
  const BrokerOptions& broker = state_->broker_options;
  std::string text = "cash=" + exact(broker.cash) + " commission=" + exact(broker.commission) +
                     " slippage=" + exact(broker.slippage) + " fill=" + fill_timing_name(broker.fill) +
                     " size=" + format_sizing(broker.size) + " size_step=" + exact(broker.size_step.value_or(0)) +
                     " accumulate=" + (broker.accumulate ? "true" : "false");
  for (const auto& [setting, value] : changed_settings(broker)) text += " " + std::string(setting->name) + "=" + value;
  for (const FundingRate& paid : broker.instrument.funding) {
    text += " funding@" + std::to_string(paid.time) + "=" + exact(paid.rate);
  }
  for (const CorporateAction& action : broker.instrument.actions) {
    text += std::string(" ") + corporate_action_name(action.kind) + "@" + std::to_string(action.time) + "=" +
            exact(action.value);
  }
  for (const auto& [name, value] : used_) text += " " + name + "=" + exact(value);
  return text;
}

std::string StepRun::save(std::string_view identity, std::string_view notes) const {
  const State& state = *state_;
  StateWriter writer;
  writer.text(kMagic);
  writer.integer(kStateVersion);
  writer.integer(kEngineSemanticsVersion);
  writer.text(identity);
  writer.text(options_text());
  writer.integer(static_cast<std::int64_t>(state.further_names.size()));
  for (const std::string& name : state.further_names) writer.text(name);
  writer.integer(static_cast<std::int64_t>(state.time.size()));
  for (std::size_t t = 0; t < state.time.size(); ++t) {
    writer.integer(state.time[t]);
    for (const std::vector<double>& column : state.prices) writer.number(column[t]);
    for (const std::vector<double>& column : state.further) writer.number(column[t]);
  }
  writer.integer(static_cast<std::int64_t>(journal_.size()));
  for (const Deed& deed : journal_) {
    writer.integer(deed.bar);
    writer.integer(static_cast<std::int64_t>(deed.kind));
    writer.integer(deed.order);
    write(writer, deed.request);
  }
  writer.integer(static_cast<std::int64_t>(tags_.size()));
  for (const std::string& tag : tags_) writer.text(tag);
  writer.text(notes);
  return std::move(writer).finish();
}

void StepRun::repeat_deeds(std::size_t& next) {
  for (; next < journal_.size() && journal_[next].bar == bar_; ++next) {
    const Deed& deed = journal_[next];
    switch (deed.kind) {
      case DeedKind::kSubmit: broker_->submit(deed.request); break;
      case DeedKind::kCancel: broker_->cancel(deed.order); break;
      case DeedKind::kReplace: broker_->replace(deed.order, deed.request); break;
      case DeedKind::kProtect: broker_->protect(0, deed.request.stop, deed.request.limit); break;
    }
  }
}

Result<std::string> StepRun::restore(std::string_view bytes, std::string_view identity,
                                     const std::function<void()>& decide) {
  if (bar_ >= 0) return invalid_argument("a state is restored into a new runner, before its first bar");
  const Error damaged = bad_data("the state of the runner is cut or damaged: its checksum does not fit");
  StateReader reader(bytes);
  if (!reader.ok()) return damaged;
  if (reader.text() != kMagic) return bad_data("these bytes are not the state of a runner");
  if (const std::int64_t version = reader.integer(); version != kStateVersion) {
    return unsupported("the state of the runner has version " + std::to_string(version) +
                       ", this program reads version " + std::to_string(kStateVersion));
  }
  if (const std::int64_t version = reader.integer(); version != kEngineSemanticsVersion) {
    return unsupported("the state of the runner is of version " + std::to_string(version) +
                       " of the rule book's engine, this program has version " +
                       std::to_string(kEngineSemanticsVersion));
  }
  if (const std::string_view saved = reader.text(); saved != identity) {
    return invalid_argument("the state is of another strategy: '" + std::string(saved) + "', not '" +
                            std::string(identity) + "'");
  }
  if (const std::string_view saved = reader.text(); saved != options_text()) {
    return invalid_argument("the state is of a run with other options: saved with " + std::string(saved) + "; now " +
                            options_text());
  }
  State& state = *state_;
  std::vector<std::string> names;
  for (std::size_t left = reader.count(8); left > 0; --left) names.emplace_back(reader.text());
  if (names != state.further_names) return invalid_argument("the state is of a run with other further columns");

  std::vector<LiveBar> saved_bars(reader.count(8 * (6 + names.size())));
  for (LiveBar& bar : saved_bars) {
    bar.time = reader.integer();
    for (double* price : {&bar.open, &bar.high, &bar.low, &bar.close, &bar.volume}) *price = reader.number();
    for (std::size_t i = 0; i < names.size(); ++i) bar.further.push_back(reader.number());
  }
  std::vector<Deed> deeds(reader.count(16));
  std::int64_t bar_before = 0;
  for (Deed& deed : deeds) {
    deed.bar = reader.integer();
    const std::int64_t kind = reader.integer();
    deed.order = reader.integer();
    const bool valid = kind >= 0 && kind <= static_cast<std::int64_t>(DeedKind::kProtect) &&
                       read(reader, deed.request) && deed.bar >= bar_before &&
                       deed.bar < static_cast<std::int64_t>(saved_bars.size());
    if (!valid) return damaged;
    deed.kind = static_cast<DeedKind>(kind);
    bar_before = deed.bar;
  }
  std::vector<std::string> tags;
  for (std::size_t left = reader.count(8); left > 0; --left) tags.emplace_back(reader.text());
  std::string notes(reader.text());
  if (!reader.at_end()) return damaged;
  Nanoseconds before = 0;
  for (std::size_t t = 0; t < saved_bars.size(); ++t) {
    if (t > 0 && saved_bars[t].time <= before) return damaged;
    before = saved_bars[t].time;
    PEAK_RETURN_IF_ERROR(check(saved_bars[t]));
  }
  journal_ = std::move(deeds);
  for (const std::string& tag : tags) static_cast<void>(tag_of(tag));
  std::size_t next = 0;
  for (const LiveBar& bar : saved_bars) {
    PEAK_RETURN_IF_ERROR(begin(bar));
    if (decide) {
      decide();
    } else {
      repeat_deeds(next);
    }
    end();
  }
  return notes;
}

}  // namespace peak::sim
