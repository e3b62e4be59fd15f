#include "saved.hpp"

#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <limits>
#include <set>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "arguments.hpp"
#include "arrays.hpp"
#include "errors.hpp"
#include "peak/strategy/file.hpp"
#include "peak/trading/settings.hpp"
#include "saved_columns.hpp"
#include "saved_panel.hpp"

namespace nb = nanobind;

namespace peak::python {
namespace {

// Trades and orders are saved by column. Enumerations go as their numbers: the file carries the version of the engine's
// meaning, and another version is refused.
#define PEAK_NUMBER(Row, member)                                                                                        \
  {                                                                                                                     \
#member,                                                                                                            \
        [](const Row&                                                                                                   \
               row) { return static_cast<double>(row.member); },                                                        \
                                                              [](Row & row,                                             \
                                                                 double                                                 \
                                                                     value) { put_number(row.member, value, #member); } \
  }
#define PEAK_CHOICE(Row, member, last)                                                                        \
  {                                                                                                           \
#member, [](const Row& row) { return static_cast<double>(row.member); }, [](Row& row, double value) {       \
     if (!(value >= 0 && value <= static_cast<double>(last))) damaged(std::string("an unknown ") + #member); \
     row.member = static_cast<decltype(row.member)>(static_cast<int>(value));                              \
   } \
  }

const std::initializer_list<RowColumn<Trade>>& trade_columns() {
  static const std::initializer_list<RowColumn<Trade>> kColumns = {PEAK_CHOICE(Trade, side, Side::kShort),
                                                                   PEAK_CHOICE(Trade, status, TradeStatus::kOpen),
                                                                   PEAK_CHOICE(Trade, exit_reason, kLastExitReason),
                                                                   PEAK_NUMBER(Trade, ambiguous),
                                                                   PEAK_NUMBER(Trade, quantity),
                                                                   PEAK_NUMBER(Trade, entry_bar),
                                                                   PEAK_NUMBER(Trade, exit_bar),
                                                                   PEAK_NUMBER(Trade, entry_price),
                                                                   PEAK_NUMBER(Trade, exit_price),
                                                                   PEAK_NUMBER(Trade, entry_fee),
                                                                   PEAK_NUMBER(Trade, exit_fee),
                                                                   PEAK_NUMBER(Trade, pnl),
                                                                   PEAK_NUMBER(Trade, return_fraction),
                                                                   PEAK_NUMBER(Trade, income),
                                                                   PEAK_NUMBER(Trade, symbol),
                                                                   PEAK_NUMBER(Trade, tag)};
  return kColumns;
}

const std::initializer_list<RowColumn<Order>>& order_columns() {
  static const std::initializer_list<RowColumn<Order>> kColumns = {PEAK_NUMBER(Order, decision_bar),
                                                                   PEAK_NUMBER(Order, fill_bar),
                                                                   PEAK_CHOICE(Order, action, OrderAction::kSell),
                                                                   PEAK_CHOICE(Order, purpose, kLastOrderPurpose),
                                                                   PEAK_CHOICE(Order, side, Side::kShort),
                                                                   PEAK_CHOICE(Order, status, kLastOrderStatus),
                                                                   PEAK_CHOICE(Order, reason, kLastReason),
                                                                   PEAK_NUMBER(Order, quantity),
                                                                   PEAK_NUMBER(Order, price),
                                                                   PEAK_NUMBER(Order, fee),
                                                                   PEAK_CHOICE(Order, type, OrderType::kTrailing),
                                                                   PEAK_CHOICE(Order, fill_rule, FillRule::kMark),
                                                                   PEAK_NUMBER(Order, ambiguous),
                                                                   PEAK_NUMBER(Order, symbol),
                                                                   PEAK_NUMBER(Order, request)};
  return kColumns;
}

// OrderRequest::good_till is a column of its own: a double does not hold every nanosecond.
const std::initializer_list<RowColumn<OrderRequest>>& request_columns() {
  using R = OrderRequest;
  static const std::initializer_list<RowColumn<R>> kColumns = {PEAK_NUMBER(R, symbol),
                                                               PEAK_CHOICE(R, action, OrderAction::kSell),
                                                               PEAK_CHOICE(R, type, OrderType::kTrailing),
                                                               PEAK_CHOICE(R, time_in_force, TimeInForce::kGtd),
                                                               PEAK_NUMBER(R, reduce_only),
                                                               PEAK_NUMBER(R, target),
                                                               PEAK_CHOICE(R, size.kind, SizingKind::kEqual),
                                                               PEAK_NUMBER(R, size.amount),
                                                               PEAK_NUMBER(R, limit),
                                                               PEAK_NUMBER(R, stop),
                                                               PEAK_CHOICE(R, trail.kind, StopKind::kPrice),
                                                               PEAK_NUMBER(R, trail.value),
                                                               PEAK_CHOICE(R, stop_loss.kind, StopKind::kPrice),
                                                               PEAK_NUMBER(R, stop_loss.value),
                                                               PEAK_CHOICE(R, take_profit.kind, StopKind::kPrice),
                                                               PEAK_NUMBER(R, take_profit.value),
                                                               PEAK_CHOICE(R, trailing_stop.kind, StopKind::kPrice),
                                                               PEAK_NUMBER(R, trailing_stop.value),
                                                               PEAK_NUMBER(R, oco_group),
                                                               PEAK_NUMBER(R, tag)};
  return kColumns;
}

const std::initializer_list<RowColumn<OrderEvent>>& event_columns() {
  static const std::initializer_list<RowColumn<OrderEvent>> kColumns = {
      PEAK_NUMBER(OrderEvent, order),
      PEAK_NUMBER(OrderEvent, bar),
      PEAK_CHOICE(OrderEvent, kind, OrderEventKind::kRejected),
      PEAK_CHOICE(OrderEvent, reason, kLastReason),
      PEAK_CHOICE(OrderEvent, fill_rule, FillRule::kMark),
      PEAK_NUMBER(OrderEvent, quantity),
      PEAK_NUMBER(OrderEvent, price),
      PEAK_NUMBER(OrderEvent, fee)};
  return kColumns;
}
#undef PEAK_NUMBER
#undef PEAK_CHOICE

void save_broker(nb::dict& numbers, nb::dict& texts, const BrokerOptions& broker) {
  numbers["cash"] = broker.cash;
  numbers["commission"] = broker.commission;
  numbers["slippage"] = broker.slippage;
  numbers["size_step"] = broker.size_step.value_or(0.0);
  numbers["accumulate"] = broker.accumulate ? 1.0 : 0.0;
  numbers["finalize"] = broker.finalize ? 1.0 : 0.0;
  texts["fill"] = fill_timing_name(broker.fill);
  texts["size"] = format_sizing(broker.size);
  texts["execution"] = execution_name(broker.execution);
  for (const auto& [setting, text] : changed_settings(broker)) texts[setting->name] = text;
}

BrokerOptions load_broker(const nb::dict& numbers, const nb::dict& texts) {
  BrokerOptions broker;
  broker.cash = number(numbers, "cash");
  broker.commission = number(numbers, "commission");
  broker.slippage = number(numbers, "slippage");
  if (const double step = number(numbers, "size_step"); step != 0) broker.size_step = step;
  broker.accumulate = number(numbers, "accumulate") != 0;
  broker.finalize = number(numbers, "finalize") != 0;
  broker.fill = value_or_raise(parse_fill_timing(text(texts, "fill")));
  broker.size = value_or_raise(parse_sizing(text(texts, "size")));
  broker.execution = value_or_raise(parse_execution(text(texts, "execution")));
  for (const BrokerSetting& setting : broker_settings()) {
    if (texts.contains(setting.name)) check(setting.set(broker, text(texts, setting.name)));
  }
  check(broker.validate());
  return broker;
}

void save_instrument(nb::dict& columns, nb::dict& numbers, nb::dict& texts, const Instrument& instrument) {
  numbers["lot_size"] = instrument.size_step.value_or(0.0);
  texts["instrument"] = instrument.symbol;
  save_series(columns, "", instrument);
}

void load_instrument(const nb::dict& columns, const nb::dict& numbers, const nb::dict& texts, Instrument& instrument) {
  if (const double step = number(numbers, "lot_size"); step != 0) instrument.size_step = step;
  instrument.symbol = text(texts, "instrument");
  load_series(columns, "", instrument);
  check(instrument.validate());
}

Hash128 hash_of(const std::string& hex) {
  if (hex.size() != 32 || hex.find_first_not_of("0123456789abcdef") != hex.npos) damaged("'detail' is no hash");
  Hash128 hash;
  hash.high = std::stoull(hex.substr(0, 16), nullptr, 16);
  hash.low = std::stoull(hex.substr(16), nullptr, 16);
  return hash;
}

struct CountField {
  const char* name;
  std::int64_t SignalCounts::*member;
};
constexpr CountField kCounts[] = {{"entries", &SignalCounts::entries},
                                  {"exits", &SignalCounts::exits},
                                  {"short_entries", &SignalCounts::short_entries},
                                  {"short_exits", &SignalCounts::short_exits},
                                  {"conflicts", &SignalCounts::conflicts},
                                  {"ignored", &SignalCounts::ignored}};

void save_simulation(nb::dict& columns, nb::dict& numbers, const Simulation& run) {
  columns["equity"] = numpy_array(std::vector<double>(run.equity.begin(), run.equity.end()));
  columns["returns"] = numpy_array(std::vector<double>(run.returns.begin(), run.returns.end()));
  std::vector<std::uint8_t> held(run.in_position.size());
  for (std::size_t i = 0; i < held.size(); ++i) held[i] = run.in_position[i] ? 1 : 0;
  columns["in_position"] = numpy_array(std::move(held));
  save_rows(columns, "trades", run.trades, trade_columns());
  save_rows(columns, "orders", run.orders, order_columns());
  save_rows(columns, "requests", run.requests, request_columns());
  columns["requests/good_till"] = integers(run.requests, &OrderRequest::good_till);
  save_rows(columns, "events", run.events, event_columns());
  for (const CountField& field : kCounts) numbers[field.name] = run.signals.*field.member;
  numbers["final_cash"] = run.final_cash;
  numbers["final_units"] = run.final_units;
  numbers["fees"] = run.fees;
  numbers["traded_value"] = run.traded_value;
  numbers["ruin_bar"] = run.ruin_bar;
  numbers["interest"] = run.interest;
  numbers["margin_calls"] = run.margin_calls;
  numbers["risk_stops"] = run.risk_stops;
}

Simulation load_simulation(const nb::dict& columns, const nb::dict& numbers, std::size_t bars) {
  Simulation run;
  run.equity = Buffer<double>(floats(columns, "equity").float64s());
  run.returns = Buffer<double>(floats(columns, "returns").float64s());
  run.in_position = bits_of(entry(columns, "in_position"), "in_position");
  if (run.equity.size() != bars || run.returns.size() != bars || run.in_position.size() != bars) {
    damaged("equity and data differ in length");
  }
  run.trades = load_rows(columns, "trades", trade_columns());
  run.orders = load_rows(columns, "orders", order_columns());
  run.requests = load_rows(columns, "requests", request_columns());
  load_integers(columns, "requests/good_till", run.requests, &OrderRequest::good_till);
  run.events = load_rows(columns, "events", event_columns());
  for (const Trade& trade : run.trades) {
    check_bar(trade.entry_bar, bars);
    check_bar(trade.exit_bar, bars);
    if (trade.entry_bar == kNoBar || (trade.status == TradeStatus::kClosed && trade.exit_bar < trade.entry_bar)) {
      damaged("a trade has no place in time");
    }
  }
  for (const Order& order : run.orders) {
    check_bar(order.decision_bar, bars);
    check_bar(order.fill_bar, bars);
    if (order.request < -1 || order.request >= static_cast<std::int64_t>(run.requests.size())) {
      damaged("the terms of an order are missing");
    }
  }
  for (const OrderEvent& event : run.events) {
    check_bar(event.bar, bars);
    if (event.order < 0 || event.order >= static_cast<OrderId>(run.orders.size())) damaged("an event has no order");
  }
  for (const CountField& field : kCounts)
    run.signals.*field.member = static_cast<std::int64_t>(number(numbers, field.name));
  run.final_cash = number(numbers, "final_cash");
  run.final_units = number(numbers, "final_units");
  run.fees = number(numbers, "fees");
  run.traded_value = number(numbers, "traded_value");
  run.ruin_bar = static_cast<std::int64_t>(number(numbers, "ruin_bar"));
  check_bar(run.ruin_bar, bars);
  run.interest = number(numbers, "interest");
  run.margin_calls = static_cast<std::int64_t>(number(numbers, "margin_calls"));
  run.risk_stops = static_cast<std::int64_t>(number(numbers, "risk_stops"));
  return run;
}

/// Reasons are static texts in Metrics; those from files are kept for ever, each once.
const char* kept(std::string reason) {
  static std::set<std::string>& reasons = *new std::set<std::string>;
  return reasons.insert(std::move(reason)).first->c_str();
}

Metrics load_metrics(const nb::dict& columns, const nb::dict& reasons) {
  const Column values = floats(columns, "metrics");
  if (values.size() != kMetricCount) damaged("it holds another number of metrics than this version knows");
  Metrics metrics;
  for (const MetricInfo& info : metric_infos()) {
    const auto at = static_cast<std::size_t>(info.metric);
    if (reasons.contains(info.name)) {
      metrics.set_undefined(info.metric, kept(nb::cast<std::string>(nb::str(nb::object(reasons[info.name])))));
    } else if (std::isfinite(values.float64s()[at])) {
      metrics.set(info.metric, values.float64s()[at]);
    } else {
      damaged(std::string("metric '") + info.name + "' has neither value nor reason");
    }
  }
  return metrics;
}

bool has_signals(const StrategyDefinition& strategy) {
  return strategy.entry || strategy.exit || strategy.short_entry || strategy.short_exit || strategy.weight;
}

/// What a strategy written as code declared: names with formulas.
nb::list saved_lines(const StrategyDefinition& strategy) {
  nb::list lines;
  for (const auto& [name, formula] : strategy.lines) {
    nb::list line;
    line.append(name);
    line.append(to_text(formula));
    lines.append(line);
  }
  return lines;
}

void load_lines(nb::handle lines, StrategyDefinition& strategy) {
  for (const nb::handle line : lines) {
    const auto pair = nb::cast<std::vector<std::string>>(line);
    if (pair.size() != 2) damaged("a line of the strategy is no name with a formula");
    strategy.lines.emplace_back(pair[0], value_or_raise(expression::parse(pair[1])));
  }
}

}  // namespace

nb::dict state_of(const ResultObject& result) {
  const BacktestResult& run = result.run;
  nb::dict columns, numbers, texts, params, reasons;
  save_bars(columns, "bars/", run.bars);
  save_broker(numbers, texts, run.broker);
  save_instrument(columns, numbers, texts, run.broker.instrument);
  columns["benchmark"] = numpy_array(std::vector<double>(run.benchmark.begin(), run.benchmark.end()));
  texts["detail"] = run.detail ? run.detail->hex() : "";
  save_simulation(columns, numbers, run.simulation);
  columns["metrics"] = numpy_array(std::vector<double>(run.metrics.values.begin(), run.metrics.values.end()));
  for (const auto& [name, value] : run.parameters) params[name.c_str()] = value;
  for (const MetricInfo& info : metric_infos()) {
    if (const char* reason = run.metrics.reason(info.metric)) reasons[info.name] = reason;
  }
  numbers["periods_per_year"] = run.periods.value;
  numbers["risk_free"] = run.risk_free;
  texts["periods_reason"] = run.periods.reason;
  texts["convention"] = metrics_convention_name(run.convention);
  texts["symbol"] = run.bars.symbol();
  texts["time_zone"] = run.bars.time_zone();
  texts["data_path"] = result.data_path;
  texts["strategy_path"] = result.strategy_path;
  texts["strategy_name"] = run.strategy.name;
  texts["strategy"] = has_signals(run.strategy) ? to_toml(run.strategy) : "";
  nb::list warnings;
  for (const std::string& warning : run.warnings) warnings.append(warning);
  nb::dict state;
  state["columns"] = columns;
  state["numbers"] = numbers;
  state["texts"] = texts;
  state["params"] = params;
  state["reasons"] = reasons;
  state["warnings"] = warnings;
  nb::list tags;
  for (const std::string& tag : run.simulation.tags) tags.append(tag);
  state["tags"] = tags;
  if (!has_signals(run.strategy)) state["lines"] = saved_lines(run.strategy);
  if (run.panel != nullptr) {
    save_panel(state, run);
  } else {
    save_others(state, columns, run.bars.others(), run.bars.bar_length());
  }
  return state;
}

ResultObject result_of(const nb::dict& state) {
  const auto columns = nb::cast<nb::dict>(entry(state, "columns"));
  const auto numbers = nb::cast<nb::dict>(entry(state, "numbers"));
  const auto texts = nb::cast<nb::dict>(entry(state, "texts"));
  ResultObject result;
  BacktestResult& run = result.run;
  run.bars = load_bars(columns, "bars/");
  run.bars.set_symbol(text(texts, "symbol"));
  run.bars.set_time_zone(text(texts, "time_zone"));
  const std::string strategy = text(texts, "strategy");
  if (!strategy.empty()) run.strategy = value_or_raise(parse_strategy(strategy, "<saved run>"));
  run.strategy.name = text(texts, "strategy_name");
  if (state.contains("lines")) load_lines(entry(state, "lines"), run.strategy);
  run.parameters = parameters_of(entry(state, "params"));
  run.broker = load_broker(numbers, texts);
  load_instrument(columns, numbers, texts, run.broker.instrument);
  run.benchmark = Buffer<double>(floats(columns, "benchmark").float64s());
  if (!run.benchmark.empty() && run.benchmark.size() != run.bars.size()) damaged("benchmark and data differ in length");
  if (const std::string detail = text(texts, "detail"); !detail.empty()) {
    run.detail = hash_of(detail);
  }
  run.periods = {number(numbers, "periods_per_year"), text(texts, "periods_reason")};
  run.risk_free = number(numbers, "risk_free");
  run.convention = value_or_raise(parse_metrics_convention(text(texts, "convention")));
  run.simulation = load_simulation(columns, numbers, run.bars.size());
  run.metrics = load_metrics(columns, nb::cast<nb::dict>(entry(state, "reasons")));
  for (const nb::handle warning : entry(state, "warnings"))
    run.warnings.push_back(nb::cast<std::string>(nb::str(warning)));
  for (const nb::handle tag : entry(state, "tags")) {
    run.simulation.tags.push_back(nb::cast<std::string>(nb::str(tag)));
  }
  if (state.contains("symbols")) {
    load_panel(state, run);
  } else if (SavedOthers others = load_others(state, columns); others.symbols != nullptr) {
    run.bars.set_others(std::move(others.symbols), others.bar_length);
  }
  result.data_path = text(texts, "data_path");
  result.strategy_path = text(texts, "strategy_path");
  result.origin = nb::str("file");
  return result;
}

}  // namespace peak::python
