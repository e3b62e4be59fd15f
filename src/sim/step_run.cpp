// A context that grows by a bar at a time: columns and lines are vectors, the pointers of the context follow them.
#include <algorithm>
#include <cmath>
#include <functional>
#include <optional>
#include <utility>

#include "peak/expression/stepper.hpp"
#include "peak/sim/order_place.hpp"
#include "peak/sim/runner.hpp"
#include "sim/completion.hpp"
#include "sim/live_series.hpp"
#include "sim/runner_state.hpp"
#include "sim/signal_decision.hpp"

namespace peak::sim {
namespace {

constexpr std::string_view kMagic = "peak runner";
constexpr std::int64_t kStateVersion = 2;

}  // namespace

struct StepRun::State {
  BacktestOptions options;
  BrokerOptions broker_options;
  std::optional<Broker> broker;
  std::optional<expression::Stepper> stepper;
  std::vector<std::string> further_names;
  std::optional<LiveSeries> series;

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
  if (state.broker_options.periods_per_year == 0) {
    state.broker_options.periods_per_year = options.periods_per_year.value_or(0);
  }
  PEAK_RETURN_IF_ERROR(check_feed_options(options, state.broker_options));
  PEAK_RETURN_IF_ERROR(check_further_columns(further));
  state.further_names = std::move(further);
  state.series.emplace(state.broker_options, broker.instrument.splits(), state.further_names);
  PEAK_ASSIGN_OR_RETURN(state.broker, Broker::create(state.broker_options));
  broker_ = &*state.broker;
  given_ = options.parameters;
  keeps_journal_ = true;
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
  for (const std::string& name : state.stepper->columns()) state.stepper_columns.push_back(state.series->seen(name));
  state.stepper_values.resize(state.stepper_columns.size());
  return {};
}

Status StepRun::check(const LiveBar& bar) const { return state_->series->check(bar); }

void StepRun::append(const LiveBar& bar) {
  State& state = *state_;
  const bool begins_anew = state.series->append(bar);
  time_ = state.series->time().data();
  open_ = state.series->prices(0).data();
  high_ = state.series->prices(1).data();
  low_ = state.series->prices(2).data();
  close_ = state.series->prices(3).data();
  volume_ = state.series->prices(4).data();
  ++bar_;
  if (!begins_anew || !state.stepper) return;
  if (Result<expression::Stepper> made = state.new_stepper(); made.ok()) state.stepper = std::move(made).value();
  for (std::size_t t = 0; t + 1 < state.series->size(); ++t) push_columns(t);
}

void StepRun::push_columns(std::size_t t) {
  State& state = *state_;
  for (std::size_t i = 0; i < state.stepper_columns.size(); ++i) {
    state.stepper_values[i] = (*state.stepper_columns[i])[t];
  }
  state.stepper->push(state.series->time()[t], state.stepper_values);
}

void StepRun::step_lines() {
  State& state = *state_;
  if (!state.stepper) return;
  push_columns(state.series->size() - 1);
  for (std::size_t i = 0; i < state.lines.size(); ++i) {
    const double value = state.stepper->value(i);
    state.lines[i].push_back(value);
    lines_[i] = state.lines[i].data();
    if (!std::isnan(value)) state.defined[i] = true;
  }
}

Status StepRun::begin(const LiveBar& bar) {
  PEAK_RETURN_IF_ERROR(check(bar));
  append(bar);
  step_lines();
  broker_->begin(bar.time, state_->series->inputs());
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
  decided_units_.clear();
  for (const WorkingOrder& order : broker_->working_orders()) {
    if (order.decision_bar != bar_) continue;
    // Told as it stands before the close's own fills: they take cash and units away.
    const Instrument& instrument = broker_->instruments().front();
    decided_units_.push_back(units_at_close(
        order, {*broker_, close(), position(), 1, instrument.multiplier, instrument.size_step.value_or(0)}));
    decided.push_back(order);
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

Bars StepRun::bars() const { return state_->series->bars(); }

BacktestResult StepRun::result(const std::string& name, bool by_code) const {
  const State& state = *state_;
  BacktestResult result;
  result.bars = bars();
  result.strategy.name = name;
  if (by_code) result.strategy.lines = declared_lines();
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
  std::string text = feed_options_text(state_->broker_options);
  for (const auto& [name, value] : used_) text += " " + name + "=" + exact_text(value);
  return text;
}

std::string StepRun::save(std::string_view identity, std::string_view notes) const {
  const State& state = *state_;
  StateWriter writer;
  write(writer, {kMagic, kStateVersion, identity, options_text()});
  write(writer, state.further_names);
  writer.integer(static_cast<std::int64_t>(state.series->size()));
  for (std::size_t t = 0; t < state.series->size(); ++t) state.series->write(writer, t);
  write(writer, journal_);
  write(writer, tags_);
  writer.text(notes);
  return std::move(writer).finish();
}

void StepRun::repeat_deeds(std::size_t& next) {
  for (; next < journal_.size() && journal_[next].bar == bar_; ++next) repeat(journal_[next], *broker_);
}

Result<std::string> StepRun::restore(std::string_view bytes, std::string_view identity,
                                     const std::function<void()>& decide) {
  if (bar_ >= 0) return invalid_argument("a state is restored into a new runner, before its first bar");
  StateReader reader(bytes);
  PEAK_RETURN_IF_ERROR(check_head(reader, {kMagic, kStateVersion, identity, options_text()}));
  const State& state = *state_;
  const std::vector<std::string> names = read_texts(reader);
  if (names != state.further_names) return invalid_argument("the state is of a run with other further columns");

  std::vector<LiveBar> saved_bars(reader.count(LiveSeries::written_size(names.size())));
  for (LiveBar& bar : saved_bars) bar = LiveSeries::read(reader, names.size());
  std::vector<Deed> deeds;
  if (!read(reader, saved_bars.size(), 1, deeds)) return damaged_state();
  const std::vector<std::string> tags = read_texts(reader);
  std::string notes(reader.text());
  if (!reader.at_end()) return damaged_state();
  Nanoseconds before = 0;
  for (std::size_t t = 0; t < saved_bars.size(); ++t) {
    if (t > 0 && saved_bars[t].time <= before) return damaged_state();
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
