// A context over many symbols that grows by a stamp at a time: each symbol has its columns and lines as vectors, and
// the pointers of its context follow them.
#include <algorithm>
#include <cmath>
#include <deque>
#include <limits>
#include <unordered_map>
#include <utility>

#include "peak/sim/order_place.hpp"
#include "peak/sim/panel_runner.hpp"
#include "sim/completion.hpp"
#include "sim/live_series.hpp"
#include "sim/panel_inputs.hpp"
#include "sim/panel_result.hpp"
#include "sim/runner_state.hpp"
#include "sim/separate_accounts.hpp"
#include "sim/signal_decision.hpp"
#include "sim/symbol_view.hpp"

namespace peak::sim {
namespace {

constexpr std::string_view kPanelMagic = "peak panel runner";
constexpr std::int64_t kPanelStateVersion = 1;

}  // namespace

struct PanelStepRun::State {
  /// A line of a symbol and the stepper's output that it shows.
  struct ShownLine {
    std::size_t line = 0, output = 0;
  };

  PanelOptions options;
  BrokerOptions broker_options;  // of all; with separate accounts those of one
  BrokerOptions of_strategy;     // what the strategy sets
  StrategyDefinition strategy;
  expression::ParameterValues parameters;
  std::vector<Instrument> instruments;
  Rebalance rebalance;
  std::vector<std::string> further_names;
  bool by_code = true, shares = true;

  std::deque<SymbolView> views;  // and one more, of unknown symbols
  std::optional<Broker> nobody;  // takes what is done to unknown symbols
  std::vector<Broker> brokers;   // one, or one for each symbol
  std::vector<PanelRecord> records;
  std::deque<LiveSeries> series;
  std::vector<Nanoseconds> time;
  std::vector<BarPrices> now;

  std::optional<expression::PanelStepper> stepper;
  std::vector<std::vector<const std::vector<double>*>> columns;  // of the stepper, by symbol
  std::vector<double> values;                                    // of this stamp, for the stepper
  std::vector<std::vector<ShownLine>> shown;                     // by symbol
  std::vector<std::vector<std::vector<double>>> lines;           // by symbol
  std::vector<std::vector<bool>> defined;                        // lines that have been, since the start
  std::vector<std::optional<std::size_t>> signals;               // the output of each of the four
  TargetWeights targets;                                         // what was decided so far
  std::vector<double> weights;                                   // given ones
  bool of_weights = false;
  std::size_t noted = 0;  // deeds whose stamp has ended

  [[nodiscard]] Broker& broker_of(std::size_t symbol) { return shares ? brokers.front() : brokers[symbol]; }
};

PanelStepRun::PanelStepRun() : state_(std::make_unique<State>()) {}
PanelStepRun::~PanelStepRun() = default;

Status PanelStepRun::open(std::vector<std::string> symbols, const PanelOptions& options, StrategyDefinition strategy,
                          std::vector<std::string> further) {
  State& state = *state_;
  PEAK_RETURN_IF_ERROR(check_options(options.run));
  if (symbols.empty()) return invalid_argument("a runner over many symbols needs their names");
  state.options = options;
  state.strategy = std::move(strategy);
  state.of_strategy = state.strategy.broker.applied_to(BrokerOptions{});
  state.broker_options = options.run.broker.applied_to(state.of_strategy);
  if (state.broker_options.periods_per_year == 0) {
    state.broker_options.periods_per_year = options.run.periods_per_year.value_or(0);
  }
  PEAK_RETURN_IF_ERROR(check_feed_options(options.run, state.broker_options));
  if (options.detail != nullptr) {
    return invalid_argument("detail belongs to runs over bars that are all there; a feed brings one bar at a time");
  }
  PEAK_RETURN_IF_ERROR(check_further_columns(further));
  PEAK_ASSIGN_OR_RETURN(state.instruments, instruments_of(symbols, state.broker_options, options.instruments));
  state.further_names = std::move(further);
  state.by_code = !state.strategy.entry && !state.strategy.short_entry;
  state.shares = options.cash_sharing || state.strategy.weight.has_value();
  if (!state.shares && state.by_code) {
    return unsupported(
        "separate cash for a strategy written as code or for weights: they see all symbols and have one "
        "account");
  }
  if (state.shares) {
    PEAK_ASSIGN_OR_RETURN(Broker broker, Broker::create(state.broker_options, state.instruments));
    state.brokers.push_back(std::move(broker));
    state.records.emplace_back(symbols.size());
  } else {
    state.broker_options.cash /= static_cast<double>(symbols.size());
    for (const Instrument& instrument : state.instruments) {
      BrokerOptions one = state.broker_options;
      one.instrument = instrument;
      PEAK_ASSIGN_OR_RETURN(Broker broker, Broker::create(std::move(one)));
      state.brokers.push_back(std::move(broker));
      state.records.emplace_back(1);
    }
  }
  broker_ = &state.brokers.front();
  PEAK_ASSIGN_OR_RETURN(state.nobody, Broker::create(BrokerOptions{}));
  for (std::uint32_t s = 0; s < symbols.size(); ++s) {
    if (symbols[s].empty()) return invalid_argument("symbol " + std::to_string(s) + " has no name");
    if (numbers_.contains(symbols[s])) return invalid_argument("symbol '" + symbols[s] + "' is there twice");
    state.series.emplace_back(state.broker_options, state.instruments[s].splits(), state.further_names);
    SymbolView& view = state.views.emplace_back();
    view.root_ = &state.views.front();
    view.symbol_ = s;
    view.broker_ = &state.broker_of(s);
    add_view(view, symbols[s]);
  }
  SymbolView& unknown = state.views.emplace_back();
  unknown.root_ = &state.views.front();
  unknown.broker_ = &*state.nobody;
  unknown_ = &unknown;
  state.views.front().given_ = options.run.parameters;
  state.views.front().keeps_journal_ = true;
  state.now.resize(symbols.size());
  state.lines.resize(symbols.size());
  state.defined.resize(symbols.size());
  state.shown.resize(symbols.size());
  return {};
}

Status PanelStepRun::start_stepper(std::span<const expression::Expression> formulas, expression::Evaluated evaluated,
                                   const expression::ParameterValues& parameters) {
  State& state = *state_;
  if (formulas.empty()) return {};
  expression::PanelLayout layout;
  layout.symbols = views_.size();
  layout.further_columns = state.further_names;
  layout.periods_per_year = state.broker_options.periods_per_year;
  for (const Instrument& instrument : state.instruments) {
    layout.begins_anew = layout.begins_anew || !instrument.splits().empty();
  }
  PEAK_ASSIGN_OR_RETURN(state.stepper, expression::PanelStepper::create(formulas, evaluated, layout, parameters));
  state.columns.resize(views_.size());
  for (std::size_t s = 0; s < views_.size(); ++s) {
    for (const std::string& name : state.stepper->columns()) state.columns[s].push_back(state.series[s].seen(name));
  }
  state.values.resize(views_.size() * state.stepper->columns().size());
  return {};
}

Status PanelStepRun::start() {
  State& state = *state_;
  PEAK_RETURN_IF_ERROR(status_);
  SymbolView& root = state.views.front();
  std::vector<expression::Expression> formulas;
  std::unordered_map<const expression::Node*, std::size_t> known;
  for (std::size_t s = 0; s < views_.size(); ++s) {
    const SymbolView& view = state.views[s];
    for (std::size_t i = 0; i < view.formulas_.size(); ++i) {
      const expression::Expression& formula = view.formulas_[i];
      if (!formula.ok()) continue;
      for (const auto& [name, value] : parameters_of(formula)) static_cast<void>(root.parameter(name, value));
      const auto [found, is_new] = known.emplace(&formula.node(), formulas.size());
      if (is_new) formulas.push_back(formula);
      state.shown[s].push_back({i, found->second});
    }
    state.lines[s].resize(view.formulas_.size());
    state.defined[s].resize(view.formulas_.size());
  }
  for (const SymbolView& view : state.views) PEAK_RETURN_IF_ERROR(view.check_init());
  if (warm_up_ && *warm_up_ < 0) {
    return invalid_argument("the strategy's warm-up is " + std::to_string(*warm_up_) +
                            " stamps, but must be 0 or more");
  }
  state.parameters = root.used_;
  return start_stepper(formulas, expression::Evaluated::kOnOwnBars, state.parameters);
}

Status PanelStepRun::start_formulas() {
  State& state = *state_;
  const StrategyDefinition& strategy = state.strategy;
  PEAK_ASSIGN_OR_RETURN(state.parameters, strategy.resolve(state.options.run.parameters));
  if (strategy.weight) {
    const expression::Expression weight[] = {*strategy.weight};
    state.weights.clear();
    PEAK_RETURN_IF_ERROR(start_weights({}));
    return start_stepper(weight, expression::Evaluated::kAtStamps, state.parameters);
  }
  if (state.options.rebalance) return invalid_argument("a schedule is for weights; signals decide at every stamp");
  std::vector<expression::Expression> formulas;
  for (const auto* part : {&strategy.entry, &strategy.exit, &strategy.short_entry, &strategy.short_exit}) {
    state.signals.push_back(*part ? std::optional<std::size_t>(formulas.size()) : std::nullopt);
    if (!*part) continue;
    PEAK_RETURN_IF_ERROR((*part)->status());
    formulas.push_back(**part);
  }
  return start_stepper(formulas, expression::Evaluated::kOnOwnBars, state.parameters);
}

Status PanelStepRun::start_weights(std::vector<double> weights) {
  State& state = *state_;
  state.of_weights = true;
  state.weights = std::move(weights);
  state.rebalance = state.options.rebalance.value_or(state.strategy.rebalance.value_or(Rebalance{}));
  if (state.rebalance.last) {
    return invalid_argument("rebalance '" + format_rebalance(state.rebalance) +
                            "': only the next stamp tells a feed that one was the last of its period; take its first "
                            "stamp, without ':last'");
  }
  for (std::size_t s = 0; s < state.weights.size(); ++s) {
    if (std::isinf(state.weights[s])) return invalid_argument("the weight of '" + names_[s] + "' is infinite");
  }
  return {};
}

Status PanelStepRun::check(std::span<const SymbolBar> bars, Nanoseconds before) const {
  if (bars.empty()) return invalid_argument("a push without bars: give the bars that the stamp has");
  std::vector<std::uint8_t> seen(views_.size(), 0);
  for (const SymbolBar& given : bars) {
    if (given.symbol >= views_.size()) {
      return invalid_argument("symbol " + std::to_string(given.symbol) + " of a runner over " +
                              std::to_string(views_.size()) + " symbols; they count from 0");
    }
    const std::string place = "symbol '" + names_[given.symbol] + "'";
    if (std::exchange(seen[given.symbol], std::uint8_t{1}) != 0) {
      return invalid_argument(place + " has two bars in one push; push each stamp once");
    }
    if (given.bar.time != bars.front().bar.time) {
      return bad_data("the bars of one push must be of one time, but " + place + " has " + format_time(given.bar.time) +
                      " and another " + format_time(bars.front().bar.time));
    }
    if (const Status checked = state_->series[given.symbol].check(given.bar); !checked.ok()) {
      return checked.error().within(place);
    }
  }
  if (bars.front().bar.time > before) return {};
  return bad_data("the bars of " + format_time(bars.front().bar.time) + " do not come after the last ones, of " +
                  format_time(before) + ": push each stamp once, when it is complete, in order");
}

void PanelStepRun::append(const SymbolBar& given) {
  State& state = *state_;
  const std::size_t s = given.symbol;
  LiveSeries& series = state.series[s];
  if (series.append(given.bar)) begin_anew(s);
  SymbolView& view = state.views[s];
  view.time_ = series.time().data();
  view.open_ = series.prices(0).data();
  view.high_ = series.prices(1).data();
  view.low_ = series.prices(2).data();
  view.close_ = series.prices(3).data();
  view.volume_ = series.prices(4).data();
  ++view.bar_;
  present_[s] = 1;
  state.now[s] = series.inputs();
  for (std::size_t i = 0; i < (state.stepper ? state.columns[s].size() : 0); ++i) {
    state.values[s * state.columns[s].size() + i] = state.columns[s][i]->back();
  }
}

void PanelStepRun::begin_anew(std::size_t symbol) {
  State& state = *state_;
  if (!state.stepper) return;
  const std::span<const Nanoseconds> time(state.series[symbol].time());
  state.stepper->begin_anew(symbol, time.first(time.size() - 1), state.columns[symbol]);
}

void PanelStepRun::step_lines(std::size_t symbol) {
  State& state = *state_;
  for (const PanelStepRun::State::ShownLine& shown : state.shown[symbol]) {
    const double value = state.stepper->value(shown.output, symbol);
    std::vector<double>& line = state.lines[symbol][shown.line];
    line.push_back(value);
    state.views[symbol].lines_[shown.line] = line.data();
    if (!std::isnan(value)) state.defined[symbol][shown.line] = true;
  }
}

void PanelStepRun::note_ready() {
  State& state = *state_;
  ready_.clear();
  for (std::uint32_t s = 0; s < views_.size(); ++s) {
    if (present_[s] == 0) continue;
    const SymbolView& view = state.views[s];
    bool ready = !view.warm_up_ || view.bar_ >= *view.warm_up_;
    for (std::size_t i = 0; i < view.formulas_.size() && !view.warm_up_; ++i) {
      ready = ready && (state.defined[s][i] || !SymbolView::delays(view.formulas_[i]));
    }
    if (ready) ready_.push_back(s);
  }
  asks_ = warm_up_ ? bar_ >= *warm_up_ : asks_ || !ready_.empty();
}

Status PanelStepRun::begin(std::span<const SymbolBar> bars) {
  State& state = *state_;
  PEAK_RETURN_IF_ERROR(check(bars, state.time.empty() ? std::numeric_limits<Nanoseconds>::min() : state.time.back()));
  ++bar_;
  time_ = bars.front().bar.time;
  state.time.push_back(time_);
  std::fill(present_.begin(), present_.end(), std::uint8_t{0});
  for (BarPrices& prices : state.now) {
    prices = {};
    prices.present = false;
  }
  for (const SymbolBar& given : bars) append(given);
  if (state.stepper) state.stepper->push(time_, present_, state.values);
  for (std::size_t s = 0; s < views_.size(); ++s) {
    if (present_[s] != 0) step_lines(s);
  }
  if (state.shares) {
    broker_->begin(time_, state.now);
  } else {
    for (std::size_t s = 0; s < views_.size(); ++s) {
      if (present_[s] != 0) state.brokers[s].begin(time_, state.now[s]);
    }
  }
  note_ready();
  return {};
}

void PanelStepRun::decide() {
  State& state = *state_;
  if (state.of_weights) {
    const auto stamp = static_cast<std::size_t>(bar_);
    if (!state.rebalance.decides(stamp, stamp == 0 ? 0 : state.time[stamp - 1], time_)) return;
    state.targets.stamps.push_back(stamp);
    for (std::size_t s = 0; s < views_.size(); ++s) {
      double weight = state.stepper ? state.stepper->value(0, s) : state.weights[s];
      if (state.stepper && std::isnan(weight)) weight = 0;
      state.targets.weights.push_back(weight);
    }
    return submit_targets(state.targets.row(state.targets.stamps.size() - 1, views_.size()), *broker_);
  }
  for (std::uint32_t s = 0; s < views_.size(); ++s) {
    if (present_[s] == 0) continue;
    const auto is_true = [&](std::size_t i) {
      return state.signals[i] && state.stepper->value(*state.signals[i], s) == 1;
    };
    decide_signals({is_true(0), is_true(1), is_true(2), is_true(3)}, state.broker_of(s), state.shares ? s : 0);
  }
}

// Told as it stands before the close's own fills. A symbol with an account of its own shares it with none.
double PanelStepRun::units_told(const WorkingOrder& order, const Broker& broker, std::size_t symbol) const {
  const std::span<const Instrument> instruments = broker.instruments();
  const Instrument& instrument = instruments[instruments.size() == 1 ? 0 : symbol];
  return units_at_close(order, {broker, close_of(symbol), units_of(symbol), static_cast<double>(instruments.size()),
                                instrument.multiplier, instrument.size_step.value_or(0)});
}

Result<std::vector<WorkingOrder>> PanelStepRun::end() {
  State& state = *state_;
  std::vector<WorkingOrder> decided;
  decided_units_.clear();
  for (std::size_t i = 0; i < state.brokers.size(); ++i) {
    if (!state.shares && present_[i] == 0) continue;
    Broker& broker = state.brokers[i];
    for (const WorkingOrder& order : broker.working_orders()) {
      if (order.decision_bar != broker.bar()) continue;
      decided.push_back(order);
      if (!state.shares) decided.back().request.symbol = static_cast<std::uint32_t>(i);
      decided_units_.push_back(units_told(order, broker, decided.back().request.symbol));
    }
    broker.end();
    state.records[i].take(broker);
  }
  std::vector<Deed>& journal = state.views.front().journal_;  // bars of symbols become stamps
  for (; state.noted < journal.size(); ++state.noted) journal[state.noted].bar = bar_;
  if (!status_.ok()) return std::exchange(status_, Status()).error();
  return decided;
}

// --- Result ---------------------------------------------------------------------------------------------------------

Simulation PanelStepRun::simulation(const Panel& panel) const {
  const State& state = *state_;
  const auto finished = [&](std::size_t i) {
    Broker broker = state.brokers[i];  // which goes on from here; this copy comes to its end
    PanelRecord record = state.records[i];
    return record.finish(broker);
  };
  if (state.shares) {
    Simulation run = finished(0);
    run.tags = state.views.front().tags_;
    return run;
  }
  SeparateAccounts accounts(panel);
  for (std::uint32_t s = 0; s < views_.size(); ++s) {
    accounts.add(s, finished(s), state.broker_options.cash, state.instruments[s]);
  }
  return std::move(accounts).together(state.broker_options.cash * static_cast<double>(views_.size()));
}

Result<BacktestResult> PanelStepRun::result() const {
  const State& state = *state_;
  std::vector<Bars> series;
  for (std::size_t s = 0; s < views_.size(); ++s) {
    series.push_back(state.series[s].bars());
    series.back().set_symbol(names_[s]);
  }
  PEAK_ASSIGN_OR_RETURN(Panel panel, Panel::create(std::move(series), {.mixed = true, .takes_empty = true}));
  const auto shared = std::make_shared<const Panel>(std::move(panel));
  PEAK_ASSIGN_OR_RETURN(BacktestResult result, start_panel_result(shared, state.options, state.of_strategy));
  result.strategy = state.strategy;
  if (state.of_weights) result.strategy.rebalance = state.stepper ? state.rebalance : state.options.rebalance;
  if (state.by_code && !state.of_weights) result.strategy.lines = lines_of_views(state.views, names_);
  result.parameters = state.parameters;
  const DecidedBy by = state.by_code ? DecidedBy::kCode : DecidedBy::kSignals;
  PEAK_RETURN_IF_ERROR(finish_panel_result(result, simulation(*shared), state.options, by));
  if (state.of_weights) warn_of_weights(result, state.targets);
  return result;
}

double PanelStepRun::cash_of_all() const {
  double cash = 0;
  for (const Broker& broker : state_->brokers) cash += broker.cash();
  return cash;
}

double PanelStepRun::equity_of_all() const {
  const State& state = *state_;
  if (bar_ < 0) return cash_of_all();
  double equity = 0;
  for (std::size_t i = 0; i < state.brokers.size(); ++i) {
    const bool has_begun = state.shares || state.views[i].bar_ >= 0;
    equity += has_begun ? state.brokers[i].equity() : state.brokers[i].cash();
  }
  return equity;
}

double PanelStepRun::units_of(std::size_t symbol) const {
  const auto place = static_cast<std::uint32_t>(state_->shares ? symbol : 0);
  return broker_of(symbol).position(place).units;
}

const Broker& PanelStepRun::broker_of(std::size_t symbol) const { return state_->broker_of(symbol); }

Bars PanelStepRun::empty_bars() const { return LiveSeries(state_->broker_options, {}, state_->further_names).bars(); }

// --- State ----------------------------------------------------------------------------------------------------------

std::string PanelStepRun::options_text() const {
  const State& state = *state_;
  std::string text = feed_options_text(state.broker_options) + " cash_sharing=" + (state.shares ? "true" : "false") +
                     " periods_per_year=" + exact_text(state.broker_options.periods_per_year);
  if (state.of_weights) text += " rebalance=" + format_rebalance(state.rebalance);
  for (const double weight : state.weights) text += " weight=" + exact_text(weight);
  for (const auto& [name, value] : state.parameters) text += " " + name + "=" + exact_text(value);
  for (const Instrument& instrument : state.instruments) {
    text += " " + instrument.symbol + ":" + exact_text(instrument.size_step.value_or(0)) + "," +
            exact_text(instrument.tick_size) + "," + exact_text(instrument.multiplier) + "," +
            exact_text(instrument.minimum_notional) + "," + exact_text(instrument.minimum_quantity) +
            instrument_text(instrument);
  }
  return text;
}

std::string PanelStepRun::save(std::string_view identity, std::string_view notes) const {
  const State& state = *state_;
  StateWriter writer;
  write(writer, {kPanelMagic, kPanelStateVersion, identity, options_text()});
  write(writer, names_);
  write(writer, state.further_names);
  writer.integer(static_cast<std::int64_t>(state.time.size()));
  std::vector<std::size_t> rows(views_.size(), 0);
  for (const Nanoseconds time : state.time) {
    std::vector<std::size_t> present;
    for (std::size_t s = 0; s < views_.size(); ++s) {
      const std::vector<Nanoseconds>& own = state.series[s].time();
      if (rows[s] < own.size() && own[rows[s]] == time) present.push_back(s);
    }
    writer.integer(static_cast<std::int64_t>(present.size()));
    for (const std::size_t s : present) {
      writer.integer(static_cast<std::int64_t>(s));
      state.series[s].write(writer, rows[s]++);
    }
  }
  write(writer, state.views.front().journal_);
  write(writer, state.views.front().tags_);
  writer.text(notes);
  return std::move(writer).finish();
}

Result<std::vector<std::vector<SymbolBar>>> PanelStepRun::read_stamps(StateReader& reader) const {
  const std::size_t further = state_->further_names.size(), size = 8 + LiveSeries::written_size(further);
  std::vector<std::vector<SymbolBar>> stamps(reader.count(8 + size));
  Nanoseconds before = std::numeric_limits<Nanoseconds>::min();
  for (std::vector<SymbolBar>& bars : stamps) {
    bars.resize(reader.count(size));
    std::int64_t symbol_before = -1;
    for (SymbolBar& given : bars) {
      const std::int64_t symbol = reader.integer();
      if (symbol <= symbol_before || symbol >= static_cast<std::int64_t>(views_.size())) return damaged_state();
      symbol_before = symbol;
      given.symbol = static_cast<std::uint32_t>(symbol);
      given.bar = LiveSeries::read(reader, further);
    }
    if (!reader.ok() || !check(bars, before).ok()) return damaged_state();
    before = bars.front().bar.time;
  }
  return stamps;
}

Result<std::string> PanelStepRun::restore(std::string_view bytes, std::string_view identity) {
  State& state = *state_;
  if (bar_ >= 0) return invalid_argument("a state is restored into a new runner, before its first stamp");
  StateReader reader(bytes);
  PEAK_RETURN_IF_ERROR(check_head(reader, {kPanelMagic, kPanelStateVersion, identity, options_text()}));
  if (read_texts(reader) != names_) return invalid_argument("the state is of a run over other symbols");
  if (read_texts(reader) != state.further_names) {
    return invalid_argument("the state is of a run with other further columns");
  }
  PEAK_ASSIGN_OR_RETURN(const auto stamps, read_stamps(reader));
  std::vector<Deed> deeds;
  if (!read(reader, stamps.size(), views_.size(), deeds)) return damaged_state();
  const std::vector<std::string> tags = read_texts(reader);
  std::string notes(reader.text());
  const bool decides_itself = !state.by_code || state.of_weights;
  const bool has_deeds = !deeds.empty() || !tags.empty() || !notes.empty();
  if (!reader.at_end() || (decides_itself && has_deeds)) return damaged_state();
  SymbolView& root = state.views.front();
  root.journal_ = std::move(deeds);
  state.noted = root.journal_.size();
  for (const std::string& tag : tags) static_cast<void>(root.tag_of(tag));
  std::size_t next = 0;
  for (const std::vector<SymbolBar>& bars : stamps) {
    PEAK_RETURN_IF_ERROR(begin(bars));
    if (decides_itself) decide();
    for (; next < root.journal_.size() && root.journal_[next].bar == bar_; ++next) {
      repeat(root.journal_[next], *broker_);
    }
    PEAK_RETURN_IF_ERROR(end());
  }
  return notes;
}

}  // namespace peak::sim
