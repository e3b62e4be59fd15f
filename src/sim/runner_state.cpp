#include "sim/runner_state.hpp"

namespace peak::sim {
namespace {

// What is written of a request, once for both ways: `io` has number, choice (an enumeration and its last value), flag
// and count. A member added to OrderRequest belongs here, and the version of the state goes up.
template <class Request, class Io>
void visit(Request& request, Io& io) {
  const auto level = [&](auto& stop) {
    io.choice(stop.kind, StopKind::kPrice);
    io.number(stop.value);
  };
  io.count(request.symbol);
  io.choice(request.action, OrderAction::kSell);
  io.choice(request.type, OrderType::kTrailing);
  io.choice(request.time_in_force, TimeInForce::kGtd);
  io.flag(request.reduce_only);
  io.flag(request.target);
  io.choice(request.size.kind, SizingKind::kEqual);
  io.number(request.size.amount);
  io.number(request.limit);
  io.number(request.stop);
  level(request.trail);
  level(request.stop_loss);
  level(request.take_profit);
  level(request.trailing_stop);
  io.time(request.good_till);
  io.count(request.oco_group);
  io.count(request.tag);
}

struct Writing {
  StateWriter& writer;
  void number(double value) { writer.number(value); }
  void time(std::int64_t value) { writer.integer(value); }
  void flag(bool value) { writer.integer(value ? 1 : 0); }
  void count(std::uint32_t value) { writer.integer(value); }
  template <typename E>
  void choice(E value, E) {
    writer.integer(static_cast<std::int64_t>(value));
  }
};

struct Reading {
  StateReader& reader;
  bool valid = true;
  void number(double& value) { value = reader.number(); }
  void time(std::int64_t& value) { value = reader.integer(); }
  void flag(bool& value) { value = within(1) != 0; }
  void count(std::uint32_t& value) { value = static_cast<std::uint32_t>(within(0xFFFFFFFF)); }
  template <typename E>
  void choice(E& value, E last) {
    value = static_cast<E>(within(static_cast<std::int64_t>(last)));
  }
  std::int64_t within(std::int64_t last) {
    const std::int64_t value = reader.integer();
    if (value >= 0 && value <= last) return value;
    valid = false;
    return 0;
  }
};

}  // namespace

void write(StateWriter& writer, const OrderRequest& request) {
  Writing writing{writer};
  visit(request, writing);
}

bool read(StateReader& reader, OrderRequest& request) {
  Reading reading{reader};
  visit(request, reading);
  return reading.valid && reader.ok();
}

}  // namespace peak::sim
