#include "saved_panel.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "saved_columns.hpp"

namespace peak::python {
namespace {

const std::initializer_list<RowColumn<Instrument>>& instrument_columns() {
  static const std::initializer_list<RowColumn<Instrument>> kColumns = {
      {"lot_size", [](const Instrument& row) { return row.size_step.value_or(0); },
       [](Instrument& row, double value) {
         if (value != 0) row.size_step = value;
       }},
      {"tick_size", [](const Instrument& row) { return row.tick_size; },
       [](Instrument& row, double value) { row.tick_size = value; }},
      {"multiplier", [](const Instrument& row) { return row.multiplier; },
       [](Instrument& row, double value) { row.multiplier = value; }},
      {"minimum_notional", [](const Instrument& row) { return row.minimum_notional; },
       [](Instrument& row, double value) { row.minimum_notional = value; }},
      {"minimum_quantity", [](const Instrument& row) { return row.minimum_quantity; },
       [](Instrument& row, double value) { row.minimum_quantity = value; }}};
  return kColumns;
}

const std::initializer_list<RowColumn<HoldingChange>>& holding_columns() {
  static const std::initializer_list<RowColumn<HoldingChange>> kColumns = {
      {"bar", [](const HoldingChange& row) { return static_cast<double>(row.bar); },
       [](HoldingChange& row, double value) { put_number(row.bar, value, "bar"); }},
      {"symbol", [](const HoldingChange& row) { return static_cast<double>(row.symbol); },
       [](HoldingChange& row, double value) { put_number(row.symbol, value, "symbol"); }},
      {"units", [](const HoldingChange& row) { return row.units; },
       [](HoldingChange& row, double value) { row.units = value; }}};
  return kColumns;
}

std::string prefix_of(std::size_t s) { return "panel/" + std::to_string(s) + "/"; }

template <typename Row>
void check_symbols(const std::vector<Row>& rows, std::size_t symbols) {
  for (const Row& row : rows) {
    if (row.symbol >= symbols) damaged("a symbol is missing");
  }
}

}  // namespace

void save_panel(nb::dict& state, const BacktestResult& run) {
  auto columns = nb::cast<nb::dict>(entry(state, "columns"));
  nb::list symbols, zones;
  for (std::size_t s = 0; s < run.panel->symbols(); ++s) {
    const Bars& bars = run.panel->series(s);
    symbols.append(bars.symbol());
    zones.append(bars.time_zone());
    save_bars(columns, prefix_of(s), bars);
    save_series(columns, "instruments/" + std::to_string(s) + "/", run.instruments[s]);
  }
  save_rows(columns, "instruments", run.instruments, instrument_columns());
  save_rows(columns, "holdings", run.simulation.holdings, holding_columns());
  state["symbols"] = symbols;
  state["zones"] = zones;
  state["mixed"] = run.panel->mixed();
  save_others(state, columns, run.panel->others(), 0);
}

void load_panel(const nb::dict& state, BacktestResult& run) {
  const auto columns = nb::cast<nb::dict>(entry(state, "columns"));
  const nb::list symbols(entry(state, "symbols")), zones(entry(state, "zones"));
  run.instruments = load_rows(columns, "instruments", instrument_columns());
  if (zones.size() != symbols.size() || run.instruments.size() != symbols.size()) damaged("a symbol is missing");
  std::vector<Bars> series;
  for (std::size_t s = 0; s < symbols.size(); ++s) {
    Bars bars = load_bars(columns, prefix_of(s));
    bars.set_symbol(nb::cast<std::string>(nb::str(symbols[s])));
    bars.set_time_zone(nb::cast<std::string>(nb::str(zones[s])));
    run.instruments[s].symbol = bars.symbol();
    load_series(columns, "instruments/" + std::to_string(s) + "/", run.instruments[s]);
    check(run.instruments[s].validate());
    series.push_back(std::move(bars));
  }
  const bool mixed = !state.contains("mixed") || nb::cast<bool>(state["mixed"]);
  Panel made = value_or_raise(Panel::create(std::move(series), {.mixed = mixed}));
  if (const SavedOthers others = load_others(state, columns); others.symbols != nullptr) {
    std::vector<Bars> beside;
    for (std::size_t k = 0; k < others.symbols->size(); ++k) beside.push_back(others.symbols->series(k));
    made = value_or_raise(made.with_others(std::move(beside)));
  }
  auto panel = std::make_shared<Panel>(std::move(made));
  const auto time = run.bars.time();
  if (time.size() > panel->size() || !std::equal(time.begin(), time.end(), panel->time().begin())) {
    damaged("the symbols have other times than the run");
  }
  run.panel = std::move(panel);
  run.simulation.holdings = load_rows(columns, "holdings", holding_columns());
  for (const HoldingChange& change : run.simulation.holdings) check_bar(change.bar, run.bars.size());
  check_symbols(run.simulation.holdings, symbols.size());
  check_symbols(run.simulation.trades, symbols.size());
  check_symbols(run.simulation.orders, symbols.size());
}

}  // namespace peak::python
