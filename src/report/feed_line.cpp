#include "report/feed_line.hpp"

#include <cmath>

#include "report/json_writer.hpp"

namespace peak::report {
namespace {

/// A fill of this bar: an order's whole, or a part of it.
struct BarFill {
  OrderAction action = OrderAction::kBuy;
  OrderPurpose purpose = OrderPurpose::kEnter;
  OrderType type = OrderType::kMarket;
  FillRule rule = FillRule::kNone;
  double quantity = 0, price = 0, fee = 0;
};

void write_level(JsonWriter& json, std::string_view name, const StopLevel& level) {
  json.key(name);
  if (!level.is_set()) {
    json.null();
  } else if (level.kind == StopKind::kPrice) {
    json.number(level.value);
  } else {
    json.text(format_stop_level(level));
  }
}

void write_order(JsonWriter& json, const WorkingOrder& order, double units) {
  const OrderRequest& request = order.request;
  const bool buys = request.target ? units > 0 : request.action == OrderAction::kBuy;
  json.begin_object();
  json.key("id");
  order.id == kNoOrder ? json.null() : json.integer(order.id);
  json.text("action", buys ? "buy" : "sell");
  json.text("type", order_type_name(request.type));
  json.text("size", request.reduce_only && !request.target ? "all" : format_sizing(request.size));
  json.number("quantity", std::fabs(units));
  json.number("limit", request.limit);
  json.number("stop", request.stop);
  write_level(json, "sl", request.stop_loss);
  write_level(json, "tp", request.take_profit);
  write_level(json, "trailing_stop", request.trailing_stop);
  json.boolean("reduce_only", request.reduce_only);
  json.end_object();
}

void write_fill(JsonWriter& json, const BarFill& fill) {
  json.begin_object();
  json.text("action", order_action_name(fill.action));
  json.text("purpose", order_purpose_name(fill.purpose));
  json.text("type", order_type_name(fill.type));
  json.number("quantity", fill.quantity);
  json.number("price", fill.price);
  json.number("fee", fill.fee);
  json.text("rule", fill_rule_name(fill.rule));
  json.end_object();
}

void write_rejected(JsonWriter& json, const Order& order) {
  json.begin_object();
  json.text("action", order_action_name(order.action));
  json.text("purpose", order_purpose_name(order.purpose));
  json.text("status", order_status_name(order.status));
  json.text("reason", reason_name(order.reason));
  json.end_object();
}

}  // namespace

FeedLines::FeedLines(const Runner& runner)
    : runner_(&runner), records_(runner.context().broker().records().orders.size()) {
  note_parts();
}

FeedLines::Part FeedLines::part_before(std::int64_t decision_bar, bool closes) const {
  for (const Part& part : parts_) {
    if (part.decision_bar == decision_bar && part.closes == closes) return part;
  }
  return {};
}

void FeedLines::note_parts() {
  parts_.clear();
  for (const WorkingOrder& order : runner_->context().broker().working_orders()) {
    if (order.filled == 0) continue;
    parts_.push_back(
        {order.decision_bar, order.purpose == OrderPurpose::kExit, order.filled, order.filled_value, order.fee});
  }
}

std::string FeedLines::line_of(std::span<const WorkingOrder> orders) {
  const Context& context = runner_->context();
  const Broker& broker = context.broker();
  const std::int64_t bar = context.bar();
  std::vector<BarFill> fills;
  std::vector<const Order*> rejected;
  // A price is the fill's own; of a part that follows others it is what the order's mean price leaves for it.
  const auto add_fill = [&](BarFill fill, std::int64_t decision_bar, double value) {
    const Part before = part_before(decision_bar, fill.purpose == OrderPurpose::kExit);
    if (before.quantity > 0) {
      if (!(fill.quantity > before.quantity)) return;
      fill.quantity -= before.quantity;
      fill.price = (value - before.value) / fill.quantity;
      fill.fee -= before.fee;
    }
    fills.push_back(fill);
  };
  const std::vector<Order>& records = broker.records().orders;
  for (; records_ < records.size(); ++records_) {
    const Order& order = records[records_];
    if (order.quantity == 0) rejected.push_back(&order);
    if (order.quantity == 0 || order.fill_bar != bar) continue;
    add_fill({order.action, order.purpose, order.type, order.fill_rule, order.quantity, order.price, order.fee},
             order.decision_bar, order.quantity * order.price);
  }
  for (const WorkingOrder& order : broker.working_orders()) {
    if (order.filled == 0 || order.fill_bar != bar) continue;
    add_fill({order.request.action, order.purpose, order.request.type, order.fill_rule, order.filled, order.fill_price,
              order.fee},
             order.decision_bar, order.filled_value);
  }
  note_parts();

  JsonWriter json({.indent = 0});
  json.begin_object();
  json.text("time", format_time(context.time()));
  json.integer("bar", bar);
  json.key("orders");
  json.begin_array();
  for (std::size_t i = 0; i < orders.size(); ++i) write_order(json, orders[i], runner_->decided_units()[i]);
  json.end_array();
  json.key("fills");
  json.begin_array();
  for (const BarFill& fill : fills) write_fill(json, fill);
  json.end_array();
  json.key("rejected");
  json.begin_array();
  for (const Order* order : rejected) write_rejected(json, *order);
  json.end_array();
  json.number("position", context.position());
  json.number("cash", context.cash());
  json.number("equity", context.equity());
  json.end_object();
  return json.take() + "\n";
}

}  // namespace peak::report
