#include "sim/runner_state.hpp"

#include "peak/sim/backtest.hpp"

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

void write(StateWriter& writer, const StateHead& head) {
  writer.text(head.magic);
  writer.integer(head.version);
  writer.integer(kEngineSemanticsVersion);
  writer.text(head.identity);
  writer.text(head.options);
}

Error damaged_state() { return bad_data("the state of the runner is cut or damaged: its checksum does not fit"); }

Status check_head(StateReader& reader, const StateHead& expected) {
  if (!reader.ok()) return damaged_state();
  if (reader.text() != expected.magic) {
    return bad_data("these bytes are not the state of such a runner: '" + std::string(expected.magic) + "'");
  }
  if (const std::int64_t version = reader.integer(); version != expected.version) {
    return unsupported("the state of the runner has version " + std::to_string(version) +
                       ", this program reads version " + std::to_string(expected.version));
  }
  if (const std::int64_t version = reader.integer(); version != kEngineSemanticsVersion) {
    return unsupported("the state of the runner is of version " + std::to_string(version) +
                       " of the rule book's engine, this program has version " +
                       std::to_string(kEngineSemanticsVersion));
  }
  if (const std::string_view saved = reader.text(); saved != expected.identity) {
    return invalid_argument("the state is of another strategy: '" + std::string(saved) + "', not '" +
                            std::string(expected.identity) + "'");
  }
  if (const std::string_view saved = reader.text(); saved != expected.options) {
    return invalid_argument("the state is of a run with other options: saved with " + std::string(saved) + "; now " +
                            expected.options);
  }
  return {};
}

void write(StateWriter& writer, const std::vector<std::string>& texts) {
  writer.integer(static_cast<std::int64_t>(texts.size()));
  for (const std::string& text : texts) writer.text(text);
}

std::vector<std::string> read_texts(StateReader& reader) {
  std::vector<std::string> texts;
  for (std::size_t left = reader.count(8); left > 0; --left) texts.emplace_back(reader.text());
  return texts;
}

void write(StateWriter& writer, const std::vector<Deed>& deeds) {
  writer.integer(static_cast<std::int64_t>(deeds.size()));
  Writing writing{writer};
  for (const Deed& deed : deeds) {
    writer.integer(deed.bar);
    writer.integer(static_cast<std::int64_t>(deed.kind));
    writer.integer(deed.order);
    visit(deed.request, writing);
  }
}

bool read(StateReader& reader, std::size_t bars, std::size_t symbols, std::vector<Deed>& deeds) {
  deeds.resize(reader.count(24));
  std::int64_t before = 0;
  Reading reading{reader};
  for (Deed& deed : deeds) {
    deed.bar = reader.integer();
    const std::int64_t kind = reader.integer();
    deed.order = reader.integer();
    visit(deed.request, reading);
    const bool valid = reading.valid && reader.ok() && kind >= 0 &&
                       kind <= static_cast<std::int64_t>(DeedKind::kProtect) && deed.bar >= before &&
                       deed.bar < static_cast<std::int64_t>(bars);
    if (!valid) return false;
    deed.kind = static_cast<DeedKind>(kind);
    if (deed.kind == DeedKind::kProtect && deed.request.symbol >= symbols) return false;
    before = deed.bar;
  }
  return reader.ok();
}

}  // namespace peak::sim
