#include "peak/report/explanation.hpp"
#include "report/json_sections.hpp"

namespace peak {
namespace {

using report::JsonWriter;

void write_optional(JsonWriter& json, const char* name, const ExplainedLine& line, const std::optional<double>& value) {
  json.key(name);
  if (!value) return json.null();
  line.is_signal ? json.boolean(*value != 0) : json.number(*value);
}

void write_lines(JsonWriter& json, const std::vector<ExplainedLine>& lines) {
  json.key("lines");
  json.begin_array();
  for (const ExplainedLine& line : lines) {
    json.begin_object(JsonWriter::Layout::kOneLine);
    json.text("name", line.name);
    json.text("formula", line.formula);
    write_optional(json, "value", line, line.value);
    write_optional(json, "value_before", line, line.value_before);
    json.end_object();
  }
  json.end_array();
}

void write_life(JsonWriter& json, const std::vector<OrderEvent>& life) {
  json.key("life");
  json.begin_array();
  for (const OrderEvent& event : life) {
    json.begin_object(JsonWriter::Layout::kOneLine);
    json.text("event", order_event_name(event.kind));
    json.integer("bar", event.bar);
    report::text_or_null(json, "reason", reason_name(event.reason));
    if (event.kind == OrderEventKind::kFill) {
      json.number("quantity", event.quantity);
      json.number("price", event.price);
      json.number("fee", event.fee);
    }
    json.end_object();
  }
  json.end_array();
}

void write_fill(JsonWriter& json, const ExplainedFill& fill, const BacktestResult& result) {
  json.begin_object();
  json.integer("order_id", fill.order);
  json.key("order");
  report::write_order(json, fill.record, result);
  write_lines(json, fill.lines);
  write_life(json, fill.life);
  json.text("rule", fill.rule);
  json.number("quantity", fill.quantity);
  report::number_or_null(json, "market_price", fill.market_price);
  json.number("price", fill.record.price);
  report::number_or_null(json, "slippage", fill.slippage);
  json.number("fee", fill.fee);
  report::number_or_null(json, "cash_before", fill.cash_before);
  report::number_or_null(json, "cash_after", fill.cash_after);
  json.end_object();
}

}  // namespace

std::string explanation_json(const BacktestResult& result, const Explanation& explanation, int indent) {
  JsonWriter json({.indent = indent});
  json.begin_object();
  json.integer("trade_id", static_cast<std::int64_t>(explanation.trade));
  json.key("trade");
  report::write_trade(json, report::trade_records(result)[explanation.trade],
                      result.symbol_of(explanation.record.symbol));
  json.key("fills");
  json.begin_array();
  for (const ExplainedFill& fill : explanation.fills) write_fill(json, fill, result);
  json.end_array();
  json.end_object();
  return json.take();
}

}  // namespace peak
