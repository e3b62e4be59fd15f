#include "peak/sim/class_strategy.hpp"

#include <cmath>
#include <optional>
#include <utility>

#include "sim/completion.hpp"
#include "sim/detail.hpp"
#include "sim/market_inputs.hpp"

namespace peak::sim {
namespace {

bool is_column(const expression::Expression& formula) {
  return formula.node().operation == expression::Operation::kColumn;
}

}  // namespace

struct ContextRun::State {
  Bars bars;
  BacktestOptions options;
  BrokerOptions broker_options;
  std::optional<Broker> broker;
  std::optional<MarketInputs> inputs;
  std::vector<Buffer<double>> lines;  // what is not a column of the data
  Buffer<double> equity, returns, benchmark;
  Bits in_position;
  std::optional<Detail> detail;
};

ContextRun::ContextRun() : state_(std::make_unique<State>()) {}
ContextRun::~ContextRun() = default;

Status ContextRun::open(const Bars& bars, const BacktestOptions& options) {
  PEAK_RETURN_IF_ERROR(check_options(options));
  State& state = *state_;
  state.bars = bars;
  state.options = options;
  state.broker_options = options.broker.applied_to(BrokerOptions{});
  if (state.broker_options.periods_per_year == 0) {
    state.broker_options.periods_per_year = periods_per_year(bars.time(), options.periods_per_year).value;
  }
  PEAK_ASSIGN_OR_RETURN(state.broker, Broker::create(state.broker_options));
  PEAK_ASSIGN_OR_RETURN(state.benchmark, benchmark_closes(bars, options, state.broker_options.instrument));
  if (options.detail) {
    PEAK_RETURN_IF_ERROR(check_detail(bars, *options.detail));
    state.detail.emplace(state.bars, &*state.options.detail);
  }
  broker_ = &*state.broker;
  given_ = options.parameters;
  size_ = static_cast<std::int64_t>(bars.size());
  time_ = bars.time().data();
  open_ = bars.open().data();
  high_ = bars.high().data();
  low_ = bars.low().data();
  close_ = bars.close().data();
  volume_ = bars.has_volume() ? bars.volume().data() : nullptr;
  has_inputs_ = state.broker_options.stops.needs_atr() || state.broker_options.size.kind == SizingKind::kVolatility ||
                state.detail.has_value();
  keeps_last_order_ = state.broker_options.execution == Execution::kBacktestingPy;
  return {};
}

Status ContextRun::start() {
  PEAK_RETURN_IF_ERROR(check_init());
  PEAK_RETURN_IF_ERROR(compute_lines());
  derive_warm_up();
  State& state = *state_;
  if (has_inputs_) state.inputs.emplace(state.bars, state.broker_options, state.broker_options.instrument.splits());
  const auto size = static_cast<std::size_t>(size_);
  state.equity = Buffer<double>(size);
  state.returns = Buffer<double>(size);
  state.in_position = Bits(size);
  equity_ = state.equity.data();
  returns_ = state.returns.data();
  in_position_ = state.in_position.words();
  return {};
}

Status ContextRun::compute_lines() {
  if (formulas_.empty()) return {};
  State& state = *state_;
  PEAK_ASSIGN_OR_RETURN(const auto program, expression::Program::compile(formulas_));
  const expression::ParameterValues values = values_of_parameters(program);
  expression::Workspace workspace;  // what it holds is copied out of it
  Bars as_traded = state.bars;
  as_traded.set_splits(state.broker_options.instrument.splits());
  PEAK_ASSIGN_OR_RETURN(const auto outputs, program.evaluate(as_traded, values, workspace));
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    if (is_column(formulas_[i])) {
      lines_[i] = state.bars.find(formulas_[i].node().name)->float64s().data();
      continue;
    }
    Buffer<double> line(static_cast<std::size_t>(size_));
    if (outputs[i].type == expression::ValueType::kNumber) {
      std::copy(outputs[i].numbers.begin(), outputs[i].numbers.end(), line.begin());
    } else {
      for (std::size_t t = 0; t < line.size(); ++t) {
        line[t] = outputs[i].defined[t] ? (outputs[i].truth[t] ? 1.0 : 0.0) : kMissingPrice;
      }
    }
    state.lines.push_back(std::move(line));
    lines_[i] = state.lines.back().data();
  }
  return {};
}

void ContextRun::derive_warm_up() {
  if (warm_up_) {
    first_bar_ = *warm_up_;
    return;
  }
  for (std::size_t i = 0; i < formulas_.size(); ++i) {
    if (!delays(formulas_[i])) continue;
    std::int64_t defined = 0;
    while (defined < size_ && std::isnan(lines_[i][defined])) ++defined;
    first_bar_ = std::max(first_bar_, defined);
  }
}

void ContextRun::add_inputs(std::int64_t t, BarPrices& prices) const {
  const auto at = static_cast<std::size_t>(t);
  if (state_->detail) {
    if (const auto inside = state_->detail->of(at); !inside.empty()) broker_->set_detail(0, inside);
  }
  prices.atr = state_->inputs->atr_at(at);
  prices.volatility = state_->inputs->volatility_at(at);
}

BacktestResult ContextRun::finish(std::int64_t count, const std::string& name) {
  State& state = *state_;
  const auto bars = static_cast<std::size_t>(count);
  BacktestResult result;
  result.bars = count == size_ ? state.bars : state.bars.slice(0, bars);
  result.strategy.name = name;
  result.strategy.lines = declared_lines();
  result.parameters = used_;
  result.broker = state.broker_options;
  if (state.options.detail) result.detail = state.options.detail->fingerprint();
  if (!state.benchmark.empty()) result.benchmark = Buffer<double>(std::span<const double>(state.benchmark).first(bars));
  result.simulation = broker_->finish();
  result.simulation.tags = tags_;
  if (count != 0) {
    equity_[count - 1] = broker_->equity();
    returns_[count - 1] = broker_->bar_return();
    if (!broker_->in_position()) state.in_position.reset(bars - 1);
  }
  if (count == size_) {
    result.simulation.equity = std::move(state.equity);
    result.simulation.returns = std::move(state.returns);
    result.simulation.in_position = std::move(state.in_position);
  } else {
    result.simulation.equity = Buffer<double>(std::span<const double>(state.equity).first(bars));
    result.simulation.returns = Buffer<double>(std::span<const double>(state.returns).first(bars));
    result.simulation.in_position = Bits(bars);
    for (std::size_t t = 0; t < bars; ++t) {
      if (state.in_position[t]) result.simulation.in_position.set(t);
    }
  }
  complete(result, state.options, DecidedBy::kCode);
  return result;
}

}  // namespace peak::sim
