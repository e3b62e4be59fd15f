// The parts of a result, each made when asked for: columns as arrays, never frames.
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "arguments.hpp"
#include "arrays.hpp"
#include "bars.hpp"
#include "errors.hpp"
#include "metrics_dict.hpp"
#include "peak/metrics/drawdown.hpp"
#include "peak/report/explanation.hpp"
#include "peak/sim/panel_backtest.hpp"
#include "results.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace peak::python {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

/// One column of numbers over rows.
template <typename Row, typename Get>
nb::object column(const std::vector<Row>& rows, Get get) {
  std::vector<decltype(get(rows.front()))> out;
  out.reserve(rows.size());
  for (const Row& row : rows) out.push_back(get(row));
  return numpy_array(std::move(out));
}

/// A column of names as a pair: the enumerators' numbers (int8), and all names up to `last` by number.
template <typename Row, typename Get, typename Enum>
nb::tuple name_column(const std::vector<Row>& rows, Get get, const char* (*name_of)(Enum), Enum last) {
  std::vector<std::int8_t> codes;
  codes.reserve(rows.size());
  auto largest = static_cast<std::int8_t>(last);
  for (const Row& row : rows) {
    codes.push_back(static_cast<std::int8_t>(get(row)));
    largest = std::max(largest, codes.back());
  }
  nb::list names;
  for (std::int8_t code = 0; code <= largest; ++code) names.append(nb::str(name_of(static_cast<Enum>(code))));
  return nb::make_tuple(numpy_array(std::move(codes)), nb::tuple(names));
}

template <typename Row>
nb::tuple side_column(const std::vector<Row>& rows) {
  return name_column(
      rows, [](const Row& row) { return row.side; }, &side_name, Side::kShort);
}

/// Tags as a pair: numbers (-1: none), and what they stand for.
template <typename Row>
nb::tuple tag_column(const Simulation& simulation, const std::vector<Row>& rows) {
  std::map<std::string, std::int64_t> numbers;
  nb::list names;
  std::vector<std::int64_t> codes;
  codes.reserve(rows.size());
  for (const Row& row : rows) {
    const std::string tag = tag_of(simulation, row);
    if (tag.empty()) {
      codes.push_back(-1);
      continue;
    }
    const auto [known, is_new] = numbers.try_emplace(tag, static_cast<std::int64_t>(numbers.size()));
    if (is_new) names.append(nb::str(tag.c_str()));
    codes.push_back(known->second);
  }
  return nb::make_tuple(numpy_array(std::move(codes)), nb::tuple(names));
}

/// What an order was given as; of a signal's, plain terms.
const OrderRequest& terms_of(const BacktestResult& run, const Order& order) {
  static const OrderRequest none;
  return order.request < 0 ? none : run.simulation.requests[static_cast<std::size_t>(order.request)];
}

/// As name_column, of the symbols of a panel.
template <typename Row>
nb::tuple symbol_column(const Panel& panel, const std::vector<Row>& rows) {
  std::vector<std::int64_t> codes;
  codes.reserve(rows.size());
  for (const Row& row : rows) codes.push_back(row.symbol);
  nb::list names;
  for (const std::string& name : panel.symbol_names()) names.append(nb::str(name.c_str()));
  return nb::make_tuple(numpy_array(std::move(codes)), nb::tuple(names));
}

Nanoseconds time_at(const BacktestResult& run, std::int64_t bar) {
  return bar < 0 ? kNoTime : run.bars.time()[static_cast<std::size_t>(bar)];
}

bool is_open(const Trade& trade) { return trade.status == TradeStatus::kOpen; }

std::int64_t bars_held(const BacktestResult& run, const Trade& trade) {
  const auto last = static_cast<std::int64_t>(run.bars.size()) - 1;
  return (is_open(trade) ? last : trade.exit_bar) - trade.entry_bar;
}

/// Times are int64 nanoseconds here (kNoTime when missing); missing bars are -1, missing prices NaN, names are pairs of
/// codes and what they mean.
nb::dict trades(const ResultObject& self) {
  const BacktestResult& run = self.run;
  const std::vector<Trade>& rows = run.simulation.trades;
  const std::vector<Excursion> extremes = excursions(run);
  nb::dict out;
  if (run.panel != nullptr) {
    out["symbol"] = symbol_column(*run.panel, rows);
  } else {
    out["symbol"] = run.bars.symbol();
  }
  out["side"] = side_column(rows);
  out["quantity"] = column(rows, [](const Trade& trade) { return trade.quantity; });
  out["entry_bar"] = column(rows, [](const Trade& trade) { return trade.entry_bar; });
  out["entry_time"] = column(rows, [&](const Trade& trade) { return time_at(run, trade.entry_bar); });
  out["entry_price"] = column(rows, [](const Trade& trade) { return trade.entry_price; });
  out["exit_bar"] = column(rows, [](const Trade& trade) { return is_open(trade) ? kNoBar : trade.exit_bar; });
  out["exit_time"] =
      column(rows, [&](const Trade& trade) { return time_at(run, is_open(trade) ? kNoBar : trade.exit_bar); });
  out["exit_price"] = column(rows, [](const Trade& trade) { return is_open(trade) ? kMissing : trade.exit_price; });
  out["fees"] = column(rows, [](const Trade& trade) { return trade.entry_fee + trade.exit_fee; });
  out["pnl"] = column(rows, [](const Trade& trade) { return trade.pnl; });
  out["return"] = column(rows, [](const Trade& trade) { return trade.return_fraction; });
  out["bars"] = column(rows, [&](const Trade& trade) { return bars_held(run, trade); });
  out["mae"] = column(extremes, [](const Excursion& extreme) { return extreme.mae; });
  out["mfe"] = column(extremes, [](const Excursion& extreme) { return extreme.mfe; });
  out["exit_reason"] = name_column(
      rows, [](const Trade& trade) { return trade.exit_reason; }, &exit_reason_name, kLastExitReason);
  out["ambiguous"] = column(rows, [](const Trade& trade) { return static_cast<std::uint8_t>(trade.ambiguous); });
  out["status"] = name_column(
      rows, [](const Trade& trade) { return trade.status; }, &trade_status_name, TradeStatus::kOpen);
  out["income"] = column(rows, [](const Trade& trade) { return trade.income; });
  out["tag"] = tag_column(run.simulation, rows);
  return out;
}

nb::dict orders(const ResultObject& self) {
  const BacktestResult& run = self.run;
  const std::vector<Order>& rows = run.simulation.orders;
  nb::dict out;
  if (run.panel != nullptr) out["symbol"] = symbol_column(*run.panel, rows);
  out["decision_bar"] = column(rows, [](const Order& order) { return order.decision_bar; });
  out["decision_time"] = column(rows, [&](const Order& order) { return time_at(run, order.decision_bar); });
  out["fill_bar"] = column(rows, [](const Order& order) { return order.fill_bar; });
  out["fill_time"] = column(rows, [&](const Order& order) { return time_at(run, order.fill_bar); });
  out["action"] = name_column(
      rows, [](const Order& order) { return order.action; }, &order_action_name, OrderAction::kSell);
  out["purpose"] = name_column(
      rows, [](const Order& order) { return order.purpose; }, &order_purpose_name, kLastOrderPurpose);
  out["side"] = side_column(rows);
  out["status"] = name_column(
      rows, [](const Order& order) { return order.status; }, &order_status_name, kLastOrderStatus);
  out["reason"] = name_column(
      rows, [](const Order& order) { return order.reason; }, &reason_name, kLastReason);
  out["quantity"] = column(rows, [](const Order& order) { return order.quantity; });
  out["price"] = column(rows, [](const Order& order) { return order.fill_bar == kNoBar ? kMissing : order.price; });
  out["fee"] = column(rows, [](const Order& order) { return order.fee; });
  out["type"] = name_column(
      rows, [](const Order& order) { return order.type; }, &order_type_name, OrderType::kTrailing);
  out["limit"] = column(rows, [&](const Order& order) { return terms_of(run, order).limit; });
  out["stop"] = column(rows, [&](const Order& order) { return terms_of(run, order).stop; });
  out["tag"] = tag_column(run.simulation, rows);
  return out;
}

nb::dict order_events(const ResultObject& self) {
  const BacktestResult& run = self.run;
  const std::vector<OrderEvent> rows = lives_of(run.simulation);
  const auto of_fill = [](const OrderEvent& event, double value) {
    return event.kind == OrderEventKind::kFill ? value : kMissing;
  };
  nb::dict out;
  out["order"] = column(rows, [](const OrderEvent& event) { return event.order; });
  out["event_bar"] = column(rows, [](const OrderEvent& event) { return event.bar; });
  out["event_time"] = column(rows, [&](const OrderEvent& event) { return time_at(run, event.bar); });
  out["event"] = name_column(
      rows, [](const OrderEvent& event) { return event.kind; }, &order_event_name, OrderEventKind::kRejected);
  out["reason"] = name_column(
      rows, [](const OrderEvent& event) { return event.reason; }, &reason_name, kLastReason);
  out["fill_rule"] = name_column(
      rows, [](const OrderEvent& event) { return event.fill_rule; }, &fill_rule_name, FillRule::kMark);
  out["quantity"] = column(rows, [&](const OrderEvent& event) { return of_fill(event, event.quantity); });
  out["price"] = column(rows, [&](const OrderEvent& event) { return of_fill(event, event.price); });
  out["fee"] = column(rows, [&](const OrderEvent& event) { return of_fill(event, event.fee); });
  return out;
}

nb::dict drawdown_columns(const ResultObject& self) {
  const BacktestResult& run = self.run;
  const std::vector<Drawdown> rows = drawdowns(run.simulation.equity, run.broker.cash);
  nb::dict out;
  out["peak_bar"] = column(rows, [](const Drawdown& fall) { return fall.peak_bar; });
  out["peak_time"] = column(rows, [&](const Drawdown& fall) { return time_at(run, fall.peak_bar); });
  out["trough_bar"] = column(rows, [](const Drawdown& fall) { return fall.trough_bar; });
  out["trough_time"] = column(rows, [&](const Drawdown& fall) { return time_at(run, fall.trough_bar); });
  out["recovery_bar"] = column(rows, [](const Drawdown& fall) { return fall.recovery_bar; });
  out["recovery_time"] = column(rows, [&](const Drawdown& fall) { return time_at(run, fall.recovery_bar); });
  out["depth"] = column(rows, [](const Drawdown& fall) { return fall.depth; });
  out["bars"] = column(rows, [](const Drawdown& fall) { return fall.bars; });
  return out;
}

nb::object in_position(const ResultObject& self) {
  const BitView bits = self.run.simulation.in_position.view();
  std::vector<std::uint8_t> out(bits.size);
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = bits[i] ? 1 : 0;
  return numpy_array(std::move(out));
}

nb::object metric(const ResultObject& self, const std::string& name) {
  const Metric which = value_or_raise(find_metric(name));
  const Metrics& metrics = self.run.metrics;
  return metrics.defined(which) ? nb::object(nb::float_(metrics[which])) : nb::none();
}

/// The metrics as another library computes them, of the same run.
nb::dict metrics_as(const ResultObject& self, const std::string& convention) {
  const BacktestResult& run = self.run;
  const MetricsConvention whose = value_or_raise(parse_metrics_convention(convention));
  return values_dict(compute_metrics_as(whose, metrics_input(run), run.bars.time()));
}

nb::dict params(const ResultObject& self) {
  nb::dict out;
  for (const auto& [name, value] : self.run.parameters) out[name.c_str()] = value;
  return out;
}

const BacktestResult& run_of(const nb::object& self) { return nb::inst_ptr<ResultObject>(self)->run; }

}  // namespace

void bind_result(nb::module_& module) {
  nb::class_<ResultObject>(module, "Result", "A run; see peaktrade.BacktestResult.")
      .def("metric", &metric, "name"_a, nb::sig("def metric(self, name: str) -> float | None"))
      .def(
          "metrics", [](const ResultObject& self) { return values_dict(self.run.metrics); },
          nb::sig("def metrics(self) -> dict[str, float | None]"))
      .def("metrics_as", &metrics_as, "convention"_a,
           nb::sig("def metrics_as(self, convention: str) -> dict[str, float | None]"))
      .def(
          "reasons", [](const ResultObject& self) { return reasons_dict(self.run.metrics); },
          nb::sig("def reasons(self) -> dict[str, str]"))
      .def(
          "equity", [](const nb::object& self) { return numpy_view(run_of(self).simulation.equity, self); },
          nb::sig("def equity(self) -> numpy.typing.NDArray[numpy.float64]"))
      .def(
          "returns", [](const nb::object& self) { return numpy_view(run_of(self).simulation.returns, self); },
          nb::sig("def returns(self) -> numpy.typing.NDArray[numpy.float64]"))
      .def(
          "times", [](const nb::object& self) { return numpy_view(run_of(self).bars.time(), self); },
          nb::sig("def times(self) -> numpy.typing.NDArray[numpy.int64]"))
      .def("in_position", &in_position, nb::sig("def in_position(self) -> numpy.typing.NDArray[numpy.bool_]"))
      .def("trades", &trades, nb::sig("def trades(self) -> dict[str, typing.Any]"))
      .def(
          "explain",
          [](const ResultObject& self, std::size_t trade, int indent, int width) {
            const Explanation explanation = value_or_raise(explain(self.run, trade));
            return std::pair(explanation_json(self.run, explanation, indent),
                             format_explanation(self.run, explanation, {.width = width}));
          },
          "trade"_a, "indent"_a, "width"_a,
          nb::sig("def explain(self, trade: int, indent: int, width: int) -> tuple[str, str]"),
          "JSON and text about one trade.")
      .def("orders", &orders, nb::sig("def orders(self) -> dict[str, typing.Any]"))
      .def("order_events", &order_events, nb::sig("def order_events(self) -> dict[str, typing.Any]"))
      .def("drawdowns", &drawdown_columns, nb::sig("def drawdowns(self) -> dict[str, typing.Any]"))
      .def_prop_ro(
          "bars",
          [](const ResultObject& self) {
            return BarsObject{self.run.bars, self.origin, self.data_path, {}};
          },
          nb::sig("def bars(self) -> Bars"))
      .def_prop_ro(
          "strategy", [](const ResultObject& self) { return self.run.strategy; },
          nb::sig("def strategy(self) -> Strategy"))
      .def_prop_ro("strategy_name", [](const ResultObject& self) { return self.run.strategy.name; })
      .def_prop_ro("params", &params, nb::sig("def params(self) -> dict[str, float]"))
      .def(
          "weights", [](const ResultObject& self) { return numpy_array(weights_over_time(self.run)); },
          nb::sig("def weights(self) -> numpy.typing.NDArray[numpy.float64]"),
          "Of a run over many symbols: what part of the equity each was, stamps times symbols.")
      .def_prop_ro("symbols",
                   [](const ResultObject& self) {
                     return self.run.panel != nullptr ? self.run.panel->symbol_names()
                                                      : std::vector<std::string>{self.run.bars.symbol()};
                   })
      .def_prop_ro("is_panel", [](const ResultObject& self) { return self.run.panel != nullptr; })
      .def_prop_ro("warnings", [](const ResultObject& self) { return self.run.warnings; })
      .def_prop_ro("periods_per_year",
                   [](const ResultObject& self) { return std::pair(self.run.periods.value, self.run.periods.reason); })
      .def_prop_ro("metrics_convention",
                   [](const ResultObject& self) { return metrics_convention_name(self.run.convention); })
      .def_prop_ro("fingerprint", [](const ResultObject& self) { return self.run.fingerprint().hex(); })
      .def_prop_ro("trade_count", [](const ResultObject& self) { return self.run.simulation.trades.size(); })
      .def_prop_ro(
          "origin", [](const ResultObject& self) { return self.origin; }, nb::sig("def origin(self) -> object"));
}

}  // namespace peak::python
