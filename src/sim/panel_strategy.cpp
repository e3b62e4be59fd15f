#include "peak/sim/panel_strategy.hpp"

#include <algorithm>
#include <cmath>
#include <deque>
#include <unordered_map>
#include <utility>

#include "peak/base/suggest.hpp"
#include "peak/expression/functions.hpp"
#include "peak/expression/panel_program.hpp"
#include "sim/detail.hpp"
#include "sim/panel_inputs.hpp"
#include "sim/panel_result.hpp"
#include "sim/symbol_view.hpp"

namespace peak {

Line PanelContext::indicator(const expression::Expression& formula) {
  std::size_t most = 0;
  for (const Context* view : views_) most = std::max(most, view->line_count());
  Line line;
  for (Context* view : views_) {
    while (view->line_count() < most) static_cast<void>(view->column("close"));  // one number for all symbols
    line = view->indicator(formula);
  }
  return line;
}

Context& PanelContext::operator[](std::string_view symbol) {
  if (const auto found = numbers_.find(symbol); found != numbers_.end()) return *views_[found->second];
  if (status_.ok()) {
    status_ = not_found("the strategy names '" + std::string(symbol) + "', which the data do not have" +
                        suggestion(symbol, names_));
  }
  return *unknown_;
}

void PanelContext::add_view(Context& view, const std::string& name) {
  numbers_.emplace(name, static_cast<std::uint32_t>(views_.size()));
  views_.push_back(&view);
  names_.push_back(name);
  present_.push_back(0);
}

void PanelContext::target_weights(std::span<const double> weights) {
  if (weights.size() != views_.size()) {
    if (status_.ok()) {
      status_ = invalid_argument("target_weights got " + std::to_string(weights.size()) + " weights for " +
                                 std::to_string(views_.size()) + " symbols; give one for each");
    }
    return;
  }
  std::vector<OrderId> replaced;
  for (const WorkingOrder& order : broker_->working_orders()) {
    if (order.request.target && !std::isnan(weights[order.request.symbol])) replaced.push_back(order.id);
  }
  for (const OrderId order : replaced) cancel(order);
  for (std::uint32_t s = 0; s < weights.size(); ++s) {
    if (std::isnan(weights[s]) || (weights[s] == 0 && broker_->position(s).flat())) continue;
    views_[s]->target_weight(weights[s]);
  }
}

namespace sim {

std::vector<std::pair<std::string, expression::Expression>> lines_of_views(const std::deque<SymbolView>& views,
                                                                           const std::vector<std::string>& symbols) {
  struct Declared {
    std::string name;
    expression::Expression formula;
    std::vector<std::size_t> by;
  };
  std::vector<Declared> all;
  std::unordered_map<std::string, std::size_t> known;  // by text: parameters were put in anew for each
  for (std::size_t s = 0; s < symbols.size(); ++s) {
    for (auto& [name, formula] : views[s].declared_lines()) {
      const auto [found, is_new] = known.emplace(name + " = " + to_text(formula), all.size());
      if (is_new) all.push_back({name, formula, {}});
      all[found->second].by.push_back(s);
    }
  }
  std::vector<std::pair<std::string, expression::Expression>> lines;
  for (const Declared& line : all) {
    if (line.by.size() == symbols.size()) {
      lines.emplace_back(line.name, line.formula);
      continue;
    }
    if (compares_symbols(line.formula)) continue;  // what others cannot read
    for (const std::size_t s : line.by) {
      lines.emplace_back(line.name + "_" + symbols[s], expression::symbol(symbols[s], line.formula));
    }
  }
  return lines;
}

struct PanelRun::State {
  PanelOptions options;
  BacktestResult result;
  std::optional<Broker> broker, nobody;   // `nobody` takes what is done to unknown symbols
  std::deque<SymbolView> views;           // and one more, of unknown symbols
  std::shared_ptr<const Panel> formulas;  // the panel as they see it
  std::optional<PanelInputs> inputs;
  std::optional<PanelRecord> record;
  std::optional<PanelDetail> detail;
  std::deque<std::vector<double>> lines;  // memory of what is no column
  std::vector<std::int64_t> first_ready;  // by symbol: its own bar from which on its lines are known
};

PanelRun::PanelRun() : state_(std::make_unique<State>()) {}
PanelRun::~PanelRun() = default;

Status PanelRun::open(std::shared_ptr<const Panel> panel, const PanelOptions& options) {
  State& state = *state_;
  if (!options.cash_sharing) {
    return unsupported("separate cash for a strategy written as code: it sees all symbols and has one account");
  }
  PEAK_ASSIGN_OR_RETURN(state.result, start_panel_result(panel, options, BrokerOptions{}));
  state.options = options;
  panel_ = std::move(panel);
  state.formulas = formula_panel(panel_, state.result.instruments);
  PEAK_ASSIGN_OR_RETURN(state.broker, Broker::create(state.result.broker, state.result.instruments));
  PEAK_ASSIGN_OR_RETURN(state.nobody, Broker::create(BrokerOptions{}));
  broker_ = &*state.broker;
  for (std::uint32_t s = 0; s < panel_->symbols(); ++s) {
    const Bars& bars = panel_->series(s);
    SymbolView& view = state.views.emplace_back();
    view.root_ = &state.views.front();
    view.symbol_ = s;
    view.broker_ = broker_;
    view.time_ = bars.time().data();
    view.open_ = bars.open().data();
    view.high_ = bars.high().data();
    view.low_ = bars.low().data();
    view.close_ = bars.close().data();
    view.volume_ = bars.has_volume() ? bars.volume().data() : nullptr;
    add_view(view, panel_->symbol(s));
  }
  state.views.front().given_ = options.run.parameters;
  SymbolView& unknown = state.views.emplace_back();
  unknown.root_ = &state.views.front();
  unknown.broker_ = &*state.nobody;
  unknown.time_ = panel_->time().data();
  unknown_ = &unknown;
  return {};
}

Status PanelRun::start() {
  State& state = *state_;
  PEAK_RETURN_IF_ERROR(status_);
  SymbolView& root = state.views.front();
  for (const SymbolView& view : state.views) {
    for (const expression::Expression& formula : view.formulas_) {
      if (!formula.ok()) continue;
      for (const auto& [name, value] : parameters_of(formula)) static_cast<void>(root.parameter(name, value));
    }
  }
  for (const SymbolView& view : state.views) PEAK_RETURN_IF_ERROR(view.check_init());
  if (warm_up_ && *warm_up_ < 0) {
    return invalid_argument("the strategy's warm-up is " + std::to_string(*warm_up_) +
                            " stamps, but must be 0 or more");
  }
  PEAK_RETURN_IF_ERROR(compute_lines());
  derive_warm_up();
  state.inputs.emplace(*state.formulas, state.result.broker);
  state.record.emplace(panel_->symbols(), panel_->size());
  state.detail.emplace(*panel_, state.options.detail.get());
  return {};
}

// A formula that several symbols have declared, or that compares them, is computed for all in one go.
Status PanelRun::compute_lines() {
  State& state = *state_;
  struct Place {
    std::uint32_t symbol;
    std::size_t line;
  };
  std::vector<std::pair<expression::Expression, std::vector<Place>>> wanted;
  std::unordered_map<const expression::Node*, std::size_t> known;
  for (std::uint32_t s = 0; s < views_.size(); ++s) {
    SymbolView& view = state.views[s];
    for (std::size_t i = 0; i < view.formulas_.size(); ++i) {
      const expression::Expression& formula = view.formulas_[i];
      if (formula.node().operation == expression::Operation::kColumn) {
        const Column* column = panel_->series(s).find(formula.node().name);
        if (column == nullptr || column->type() != ColumnType::kFloat64) {
          return not_found("symbol '" + panel_->symbol(s) + "' has no column '" + formula.node().name + "'" +
                           suggestion(formula.node().name, panel_->series(s).column_names()));
        }
        view.lines_[i] = column->float64s().data();
        continue;
      }
      const auto [found, is_new] = known.emplace(&formula.node(), wanted.size());
      if (is_new) wanted.push_back({formula, {}});
      wanted[found->second].second.push_back({s, i});
    }
  }
  const expression::ParameterValues& values = state.views.front().used_;
  for (const auto& [formula, places] : wanted) {
    expression::ParameterValues used;
    for (const auto& parameter : parameters_of(formula)) used[parameter.first] = values.at(parameter.first);
    std::vector<std::uint32_t> only;
    if (places.size() == 1 && !compares_symbols(formula)) only.push_back(places.front().symbol);
    PEAK_ASSIGN_OR_RETURN(auto columns, expression::evaluate_columns(*state.formulas, formula, used,
                                                                     state.result.broker.periods_per_year, only));
    for (const Place& place : places) {
      state.lines.push_back(std::move(columns[place.symbol]));
      state.views[place.symbol].lines_[place.line] = state.lines.back().data();
    }
  }
  return {};
}

void PanelRun::derive_warm_up() {
  State& state = *state_;
  state.first_ready.assign(views_.size(), 0);
  std::int64_t first = size();
  for (std::uint32_t s = 0; s < views_.size(); ++s) {
    const SymbolView& view = state.views[s];
    const auto bars = static_cast<std::int64_t>(panel_->series(s).size());
    std::int64_t& ready = state.first_ready[s];
    for (std::size_t i = 0; i < view.formulas_.size(); ++i) {
      if (!SymbolView::delays(view.formulas_[i])) continue;  // by the class whose friend this is
      std::int64_t defined = 0;
      while (defined < bars && std::isnan(view.lines_[i][defined])) ++defined;
      ready = std::max(ready, defined);
    }
    if (view.warm_up_) ready = *view.warm_up_;
    if (ready < bars) {
      const Nanoseconds time = panel_->series(s).time()[static_cast<std::size_t>(ready)];
      first = std::min(first, static_cast<std::int64_t>(panel_->stamp_at(time)));
    }
  }
  first_bar_ = warm_up_.value_or(first);
}

void PanelRun::begin(std::int64_t t) {
  State& state = *state_;
  const auto stamp = static_cast<std::size_t>(t);
  bar_ = t;
  time_ = panel_->time()[stamp];
  state.detail->give(stamp, *broker_);
  broker_->begin(time_, state.inputs->at(stamp));
  ready_.clear();
  for (std::uint32_t s = 0; s < views_.size(); ++s) {
    const std::int64_t row = panel_->row(s, stamp);
    state.views[s].bar_ = row;
    present_[s] = panel_->has_bar(s, stamp) ? 1 : 0;
    if (row >= state.first_ready[s] && present_[s] != 0) ready_.push_back(s);
  }
}

void PanelRun::end() {
  broker_->end();
  state_->record->take(*broker_);
}

Result<BacktestResult> PanelRun::finish(std::int64_t count, const std::string& name) {
  State& state = *state_;
  BacktestResult result = std::move(state.result);
  const auto stamps = static_cast<std::size_t>(count);
  if (count != size()) result.bars = result.bars.slice(0, stamps);
  result.strategy.name = name;
  result.strategy.lines = lines_of_views(state.views, names_);
  result.parameters = state.views.front().used_;
  Simulation run = state.record->finish(*broker_);
  run.tags = state.views.front().tags_;
  PEAK_RETURN_IF_ERROR(finish_panel_result(result, std::move(run), state.options, DecidedBy::kCode));
  return result;
}

}  // namespace sim
}  // namespace peak
