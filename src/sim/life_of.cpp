#include <cstddef>

#include "peak/sim/simulation.hpp"

namespace peak {

std::vector<OrderEvent> life_of(const Simulation& simulation, OrderId id) {
  std::vector<OrderEvent> life;
  if (id < 0 || static_cast<std::size_t>(id) >= simulation.orders.size()) return life;
  for (const OrderEvent& event : simulation.events) {
    if (event.order == id) life.push_back(event);
  }
  if (!life.empty()) return life;
  const Order& order = simulation.orders[static_cast<std::size_t>(id)];
  OrderEvent event;
  event.order = id;
  event.bar = order.decision_bar;
  life.push_back(event);
  event.reason = order.reason;
  if (order.quantity > 0) {
    event.bar = order.fill_bar;
    event.kind = OrderEventKind::kFill;
    event.fill_rule = order.fill_rule;
    event.quantity = order.quantity;
    event.price = order.price;
    event.fee = order.fee;
    life.push_back(event);
  } else if (order.status != OrderStatus::kFilled && order.status != OrderStatus::kWorking) {
    event.kind = order.status == OrderStatus::kExpired    ? OrderEventKind::kExpired
                 : order.status == OrderStatus::kRejected ? OrderEventKind::kRejected
                                                          : OrderEventKind::kCancelled;
    life.push_back(event);
  }
  return life;
}

}  // namespace peak
