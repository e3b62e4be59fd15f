#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "arguments.hpp"
#include "arrays.hpp"
#include "bars.hpp"
#include "bindings.hpp"
#include "errors.hpp"
#include "instruments.hpp"
#include "peak/trading/instrument_series.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace peak::python {
namespace {

/// peaktrade.Instrument. `naive`: its series has times without a zone.
struct InstrumentObject {
  Instrument instrument;
  bool naive = false;
};

struct SeriesTable {
  Table table;
  bool naive = false;
};

Column words_of(std::string name, nb::handle values) {
  std::map<std::string, std::int32_t> codes;
  std::vector<std::string> words;
  std::vector<std::int32_t> out;
  for (const nb::handle value : values) {
    if (value.is_none()) {
      out.push_back(-1);
      continue;
    }
    const auto word = nb::cast<std::string>(nb::str(value));
    const auto [at, is_new] = codes.try_emplace(word, static_cast<std::int32_t>(words.size()));
    if (is_new) words.push_back(word);
    out.push_back(at->second);
  }
  return Column::own(std::move(name), std::move(out), std::move(words));
}

/// Anything with rows of times and values as a table. Files and Arrow are read in C++, the rest is taken apart by
/// peaktrade._series.
SeriesTable series_table(nb::handle data, const char* what) {
  if (is_path(data)) return {read_table_file(path_of(data)), false};
  if (has_arrow(data) && !is_of_package(data, "pandas")) {
    ArrowTable taken = arrow_table_of(data);
    return {std::move(taken.table), taken.time_zone.empty()};
  }
  const nb::object parts = nb::module_::import_("peaktrade._series").attr("columns")(data, what);
  SeriesTable series;
  series.naive = nb::cast<bool>(parts[1]);
  for (const auto& [key, values] : nb::cast<nb::dict>(parts[0])) {
    auto name = nb::cast<std::string>(key);
    const bool is_time = name == "time";
    series.table.columns.push_back(PyList_Check(values.ptr()) ? words_of(std::move(name), values)
                                                              : column_of(std::move(name), values, is_time));
  }
  return series;
}

std::vector<FundingRate> funding_of(nb::handle data, bool& naive) {
  const SeriesTable series = series_table(data, "rate");
  naive = naive || series.naive;
  return value_or_raise(funding_from(series.table));
}

std::vector<CorporateAction> actions_of(nb::handle data, bool& naive) {
  const SeriesTable series = series_table(data, "value");
  naive = naive || series.naive;
  return value_or_raise(actions_from(series.table));
}

void construct(InstrumentObject* self, std::string symbol, nb::handle lot_size, nb::handle tick_size,
               nb::handle multiplier, nb::handle minimum_notional, nb::handle minimum_quantity, nb::handle funding,
               nb::handle actions) {
  InstrumentObject made;
  Instrument& instrument = made.instrument;
  instrument.symbol = std::move(symbol);
  instrument.size_step = optional_number(lot_size, "lot_size");
  instrument.tick_size = number_of(tick_size, "tick_size");
  instrument.multiplier = number_of(multiplier, "multiplier");
  instrument.minimum_notional = number_of(minimum_notional, "minimum_notional");
  instrument.minimum_quantity = number_of(minimum_quantity, "minimum_quantity");
  if (!funding.is_none()) instrument.funding = funding_of(funding, made.naive);
  if (!actions.is_none()) instrument.actions = actions_of(actions, made.naive);
  check(instrument.validate());
  new (self) InstrumentObject(std::move(made));
}

std::string shown(double value) { return nb::cast<std::string>(nb::repr(nb::float_(value))); }

std::string words(const InstrumentObject& self) {
  const Instrument& instrument = self.instrument;
  std::string text;
  const auto add = [&](const std::string& part) { text += (text.empty() ? "" : ", ") + part; };
  if (!instrument.symbol.empty()) add(nb::cast<std::string>(nb::repr(nb::str(instrument.symbol.c_str()))));
  if (instrument.size_step) add("lot_size=" + shown(*instrument.size_step));
  if (instrument.tick_size != 0) add("tick_size=" + shown(instrument.tick_size));
  if (instrument.multiplier != 1) add("multiplier=" + shown(instrument.multiplier));
  if (instrument.minimum_notional != 0) add("minimum_notional=" + shown(instrument.minimum_notional));
  if (instrument.minimum_quantity != 0) add("minimum_quantity=" + shown(instrument.minimum_quantity));
  const auto counted = [&](std::size_t count, const char* what) {
    if (count != 0) add(std::to_string(count) + " " + what + (count == 1 ? "" : "s"));
  };
  counted(instrument.funding.size(), "funding rate");
  counted(instrument.actions.size(), "corporate action");
  return "Instrument(" + text + ")";
}

nb::list funding_rows(const InstrumentObject& self) {
  nb::list rows;
  for (const FundingRate& paid : self.instrument.funding) rows.append(nb::make_tuple(paid.time, paid.rate));
  return rows;
}

nb::list action_rows(const InstrumentObject& self) {
  nb::list rows;
  for (const CorporateAction& action : self.instrument.actions) {
    rows.append(nb::make_tuple(action.time, corporate_action_name(action.kind), action.value));
  }
  return rows;
}

nb::object given_or_none(const nb::dict& given, const char* name) {
  return given.contains(name) ? nb::object(given[name]) : nb::object(nb::none());
}

}  // namespace

Instrument instrument_of(nb::handle value) {
  if (!nb::isinstance<InstrumentObject>(value)) {
    raise_type_error("an instrument must be a peaktrade.Instrument, not " + class_name(value));
  }
  return nb::inst_ptr<InstrumentObject>(value)->instrument;
}

bool add_instrument(BrokerOverrides& broker, const nb::dict& given) {
  bool naive = false;
  const nb::object instrument = given_or_none(given, "instrument");
  if (!instrument.is_none()) {
    if (!nb::isinstance<InstrumentObject>(instrument)) {
      raise_type_error("instrument must be a peaktrade.Instrument, not " + class_name(instrument));
    }
    const auto* object = nb::inst_ptr<InstrumentObject>(instrument);
    broker.instrument = object->instrument;
    naive = object->naive;
  }
  const nb::object funding = given_or_none(given, "funding"), actions = given_or_none(given, "actions");
  if (!funding.is_none()) broker.funding = funding_of(funding, naive);
  if (!actions.is_none()) broker.actions = actions_of(actions, naive);
  return naive;
}

void bind_instrument(nb::module_& module) {
  nb::class_<InstrumentObject>(
      module, "Instrument",
      "What is traded: its grid of sizes and prices, its multiplier, and what happens to it over time.\n\n"
      "``lot_size``: units come in multiples of it; ``tick_size``: prices do; ``multiplier``: money for one unit and "
      "one\n"
      "point of price; ``minimum_notional`` and ``minimum_quantity`` reject smaller entries. ``funding``: rates of a\n"
      "perpetual contract by time, a series, a frame, a mapping or a file; above zero the long pays. ``actions``: "
      "splits,\n"
      "dividends and a delisting, a frame or file with columns time, kind and value, or time, split and dividend.")
      .def("__init__", &construct, "symbol"_a = "", nb::kw_only(), "lot_size"_a = nb::none(), "tick_size"_a = 0.0,
           "multiplier"_a = 1.0, "minimum_notional"_a = 0.0, "minimum_quantity"_a = 0.0, "funding"_a = nb::none(),
           "actions"_a = nb::none(),
           nb::sig("def __init__(self, symbol: str = '', *, lot_size: float | None = None, tick_size: float = 0.0, "
                   "multiplier: float = 1.0, minimum_notional: float = 0.0, minimum_quantity: float = 0.0, "
                   "funding: typing.Any = None, actions: typing.Any = None) -> None"))
      .def_prop_ro("symbol", [](const InstrumentObject& self) { return self.instrument.symbol; })
      .def_prop_ro("lot_size", [](const InstrumentObject& self) { return self.instrument.size_step; })
      .def_prop_ro("tick_size", [](const InstrumentObject& self) { return self.instrument.tick_size; })
      .def_prop_ro("multiplier", [](const InstrumentObject& self) { return self.instrument.multiplier; })
      .def_prop_ro("minimum_notional", [](const InstrumentObject& self) { return self.instrument.minimum_notional; })
      .def_prop_ro("minimum_quantity", [](const InstrumentObject& self) { return self.instrument.minimum_quantity; })
      .def_prop_ro("funding", &funding_rows, nb::sig("def funding(self) -> list[tuple[int, float]]"),
                   "Rates by time, in nanoseconds since 1970.")
      .def_prop_ro("actions", &action_rows, nb::sig("def actions(self) -> list[tuple[int, str, float]]"),
                   "Corporate actions: time in nanoseconds since 1970, kind, value.")
      .def("__repr__", &words);
}

}  // namespace peak::python
