#include <algorithm>
#include <cstddef>

#include "peak/sim/simulation.hpp"

namespace peak {
namespace {

/// Of an order whose events were not kept: what its record tells.
void put_together(const Order& order, OrderId id, std::vector<OrderEvent>& life) {
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
}

std::string tag_text(const Simulation& simulation, std::uint32_t tag) {
  if (tag == 0) return {};
  return tag <= simulation.tags.size() ? simulation.tags[tag - 1] : std::to_string(tag);
}

}  // namespace

std::vector<OrderEvent> life_of(const Simulation& simulation, OrderId id) {
  std::vector<OrderEvent> life;
  if (id < 0 || static_cast<std::size_t>(id) >= simulation.orders.size()) return life;
  for (const OrderEvent& event : simulation.events) {
    if (event.order == id) life.push_back(event);
  }
  if (life.empty()) put_together(simulation.orders[static_cast<std::size_t>(id)], id, life);
  return life;
}

std::vector<OrderEvent> lives_of(const Simulation& simulation) {
  std::vector<OrderEvent> lives = simulation.events;
  std::vector<bool> kept(simulation.orders.size(), false);
  for (const OrderEvent& event : simulation.events) kept[static_cast<std::size_t>(event.order)] = true;
  for (std::size_t id = 0; id < simulation.orders.size(); ++id) {
    if (!kept[id]) put_together(simulation.orders[id], static_cast<OrderId>(id), lives);
  }
  std::stable_sort(lives.begin(), lives.end(), [](const OrderEvent& a, const OrderEvent& b) { return a.bar < b.bar; });
  return lives;
}

std::string tag_of(const Simulation& simulation, const Order& order) {
  if (order.request < 0) return {};
  return tag_text(simulation, simulation.requests[static_cast<std::size_t>(order.request)].tag);
}

std::string tag_of(const Simulation& simulation, const Trade& trade) { return tag_text(simulation, trade.tag); }

}  // namespace peak
