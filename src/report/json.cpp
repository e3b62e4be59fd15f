#include "peak/report/json.hpp"

#include <cmath>

#include "peak/trading/settings.hpp"
#include "report/json_sections.hpp"
#include "report/json_writer.hpp"
#include "report/trade_record.hpp"

namespace peak {
namespace report {

namespace {
using Layout = JsonWriter::Layout;
}

void time_or_null(JsonWriter& json, std::string_view name, Nanoseconds time) {
  json.key(name);
  if (time == kNoTime) return json.null();
  json.text(format_time(time));
}

void bar_or_null(JsonWriter& json, std::string_view name, std::int64_t bar) {
  json.key(name);
  if (bar == kNoBar) return json.null();
  json.integer(bar);
}

void text_or_null(JsonWriter& json, std::string_view name, std::string_view value) {
  json.key(name);
  if (value.empty()) return json.null();
  json.text(value);
}

void number_or_null(JsonWriter& json, std::string_view name, double value) {
  json.key(name);
  json.number(value);
}

void write_trade(JsonWriter& json, const TradeRecord& record, const std::string& symbol) {
  const Trade& trade = record.trade;
  const bool open = is_open(trade);
  json.begin_object(Layout::kOneLine);
  text_or_null(json, "symbol", symbol);
  json.text("side", side_name(trade.side));
  json.number("quantity", trade.quantity);
  json.integer("entry_bar", trade.entry_bar);
  time_or_null(json, "entry_time", record.entry_time);
  json.number("entry_price", trade.entry_price);
  bar_or_null(json, "exit_bar", open ? kNoBar : trade.exit_bar);
  time_or_null(json, "exit_time", record.exit_time);
  json.key("exit_price");
  open ? json.null() : json.number(trade.exit_price);
  json.number("fees", record.fees);
  json.number("pnl", trade.pnl);
  json.number("return", trade.return_fraction);
  json.integer("bars", record.bars);
  json.number("mae", record.excursion.mae);
  json.number("mfe", record.excursion.mfe);
  text_or_null(json, "exit_reason", exit_reason_name(trade.exit_reason));
  json.boolean("ambiguous", trade.ambiguous);
  json.text("status", trade_status_name(trade.status));
  json.number("income", trade.income);
  text_or_null(json, "tag", record.tag);
  json.end_object();
}

void write_order(JsonWriter& json, const Order& order, const BacktestResult& result) {
  const Bars& bars = result.bars;
  json.begin_object(Layout::kOneLine);
  if (result.panel != nullptr) json.text("symbol", result.symbol_of(order.symbol));
  bar_or_null(json, "decision_bar", order.decision_bar);
  time_or_null(json, "decision_time", time_of_bar(bars, order.decision_bar));
  bar_or_null(json, "fill_bar", order.fill_bar);
  time_or_null(json, "fill_time", time_of_bar(bars, order.fill_bar));
  json.text("action", order_action_name(order.action));
  json.text("purpose", order_purpose_name(order.purpose));
  json.text("side", side_name(order.side));
  json.text("status", order_status_name(order.status));
  text_or_null(json, "reason", reason_name(order.reason));
  json.number("quantity", order.quantity);
  json.key("price");
  order.fill_bar == kNoBar ? json.null() : json.number(order.price);
  json.number("fee", order.fee);
  json.text("type", order_type_name(order.type));
  text_or_null(json, "tag", tag_of(result.simulation, order));
  json.end_object();
}

namespace {

void write_data(JsonWriter& json, const BacktestResult& result, const std::string& path) {
  const Bars& bars = result.bars;
  const auto last = static_cast<std::int64_t>(bars.size()) - 1;
  json.key("data");
  json.begin_object();
  text_or_null(json, "path", path);
  text_or_null(json, "symbol", bars.symbol());
  json.integer("rows", last + 1);
  time_or_null(json, "start", time_of_bar(bars, 0));
  time_or_null(json, "end", time_of_bar(bars, last));
  json.text("time_zone", bars.time_zone());
  const Panel* panel = result.panel.get();
  json.text("fingerprint", (panel != nullptr ? panel->fingerprint() : bars.fingerprint()).hex());
  if (panel != nullptr) {
    json.key("symbols");
    json.begin_array(Layout::kOneLine);
    for (std::size_t s = 0; s < panel->symbols(); ++s) json.text(panel->symbol(s));
    json.end_array();
  }
  json.end_object();
}

void write_series(JsonWriter& json, const Instrument& instrument) {
  if (!instrument.funding.empty()) {
    json.key("funding");
    json.begin_object();
    json.integer("rates", static_cast<std::int64_t>(instrument.funding.size()));
    time_or_null(json, "start", instrument.funding.front().time);
    time_or_null(json, "end", instrument.funding.back().time);
    json.end_object();
  }
  if (instrument.actions.empty()) return;
  json.key("actions");
  json.begin_array();
  for (const CorporateAction& action : instrument.actions) {
    json.begin_object(Layout::kOneLine);
    time_or_null(json, "time", action.time);
    json.text("kind", corporate_action_name(action.kind));
    json.number("value", action.value);
    json.end_object();
  }
  json.end_array();
}

void write_broker(JsonWriter& json, const BrokerOptions& broker) {
  json.key("broker");
  json.begin_object();
  json.number("cash", broker.cash);
  json.number("commission", broker.commission);
  json.number("slippage", broker.slippage);
  json.text("fill", fill_timing_name(broker.fill));
  json.text("size", format_sizing(broker.size));
  json.key("size_step");
  broker.size_step ? json.number(*broker.size_step) : json.null();
  json.boolean("accumulate", broker.accumulate);
  json.boolean("finalize", broker.finalize);
  json.text("execution", execution_name(broker.execution));
  for (const auto& [setting, text] : changed_settings(broker)) json.text(setting->name, text);
  write_series(json, broker.instrument);
  json.end_object();
}

void write_metrics(JsonWriter& json, const Metrics& metrics) {
  json.key("metrics");
  json.begin_object();
  for (const MetricInfo& info : metric_infos()) json.number(info.name, metrics[info.metric]);
  json.end_object();
  json.key("undefined_metrics");
  json.begin_object();
  for (const MetricInfo& info : metric_infos()) {
    const std::string_view reason = undefined_reason(metrics, info.metric);
    if (!reason.empty()) json.text(info.name, reason);
  }
  json.end_object();
}

void write_conventions(JsonWriter& json, const BacktestResult& result, bool definitions) {
  json.key("conventions");
  json.begin_object();
  json.text("name", metrics_convention_name(result.convention));
  json.number("periods_per_year", result.periods.value);
  json.text("periods_per_year_reason", result.periods.reason);
  json.number("risk_free", result.risk_free);
  if (definitions) {
    json.key("definitions");
    json.begin_object();
    for (const MetricInfo& info : metric_infos()) json.text(info.name, info.convention);
    json.end_object();
  }
  json.end_object();
}

void write_signals(JsonWriter& json, const SignalCounts& signals) {
  json.key("signals");
  json.begin_object();
  json.integer("entries", signals.entries);
  json.integer("exits", signals.exits);
  json.integer("short_entries", signals.short_entries);
  json.integer("short_exits", signals.short_exits);
  json.integer("conflicts", signals.conflicts);
  json.integer("ignored", signals.ignored);
  json.end_object();
}

void write_lists(JsonWriter& json, const BacktestResult& result, const JsonOptions& options) {
  if (options.trades) {
    json.key("trades");
    json.begin_array();
    for (const TradeRecord& record : trade_records(result)) {
      write_trade(json, record, result.symbol_of(record.trade.symbol));
    }
    json.end_array();
  }
  if (options.orders) {
    json.key("orders");
    json.begin_array();
    for (const Order& order : result.simulation.orders) write_order(json, order, result);
    json.end_array();
  }
}

}  // namespace

std::string_view undefined_reason(const Metrics& metrics, Metric metric) {
  if (const char* reason = metrics.reasons[static_cast<std::size_t>(metric)]) return reason;
  return std::isfinite(metrics[metric]) ? "" : "the value is not finite";
}

void write_result(JsonWriter& json, const BacktestResult& result, const JsonOptions& options) {
  json.begin_object();
  json.text("strategy", result.strategy.name);
  json.key("params");
  json.begin_object();
  for (const auto& [name, value] : result.parameters) json.number(name, value);
  json.end_object();
  if (result.strategy.rebalance) json.text("rebalance", format_rebalance(*result.strategy.rebalance));
  write_data(json, result, options.data_path);
  write_broker(json, result.broker);
  write_metrics(json, result.metrics);
  write_conventions(json, result, options.definitions);
  write_signals(json, result.simulation.signals);
  json.key("unfilled_orders");
  json.begin_object();
  for (const auto& [reason, count] : result.unfilled_orders()) json.integer(reason_name(reason), count);
  json.end_object();
  json.key("warnings");
  json.begin_array();
  for (const std::string& warning : result.warnings) json.text(warning);
  json.end_array();
  json.text("fingerprint", result.fingerprint().hex());
  json.text("engine_version", engine_version());
  json.integer("engine_semantics", kEngineSemanticsVersion);
  if (!options.command.empty()) {
    json.key("command");
    json.begin_array(Layout::kOneLine);
    for (const std::string& word : options.command) json.text(word);
    json.end_array();
  }
  write_lists(json, result, options);
  json.end_object();
}

}  // namespace report

std::string to_json(const BacktestResult& result, const JsonOptions& options) {
  report::JsonWriter json({.indent = options.indent});
  report::write_result(json, result, options);
  return json.take();
}

const char* engine_version() noexcept { return PEAK_VERSION; }

}  // namespace peak
