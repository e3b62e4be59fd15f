#include "saved_columns.hpp"

#include <nanobind/stl/vector.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace peak::python {
namespace {

const std::initializer_list<RowColumn<FundingRate>>& funding_columns() {
  static const std::initializer_list<RowColumn<FundingRate>> kColumns = {
      {"rate", [](const FundingRate& row) { return row.rate; },
       [](FundingRate& row, double value) { row.rate = value; }}};
  return kColumns;
}

const std::initializer_list<RowColumn<CorporateAction>>& action_columns() {
  static const std::initializer_list<RowColumn<CorporateAction>> kColumns = {
      {"kind", [](const CorporateAction& row) { return static_cast<double>(row.kind); },
       [](CorporateAction& row, double value) {
         if (!(value >= 0 && value <= static_cast<double>(kLastCorporateActionKind))) damaged("an unknown action");
         row.kind = static_cast<CorporateActionKind>(static_cast<int>(value));
       }},
      {"value", [](const CorporateAction& row) { return row.value; },
       [](CorporateAction& row, double value) { row.value = value; }}};
  return kColumns;
}

}  // namespace

void save_bars(nb::dict& columns, const std::string& prefix, const Bars& bars) {
  for (const std::string& name : bars.column_names()) {
    const Column* column = bars.find(name);
    if (column == nullptr || column->size() != bars.size()) continue;
    const std::string key = prefix + name;
    if (column->type() == ColumnType::kFloat64) {
      const auto values = column->float64s();
      columns[key.c_str()] = numpy_array(std::vector<double>(values.begin(), values.end()));
    } else {
      const auto values = column->int64s();
      columns[key.c_str()] = numpy_array(std::vector<std::int64_t>(values.begin(), values.end()));
    }
  }
}

Bars load_bars(const nb::dict& columns, const std::string& prefix) {
  Column parts[6];
  std::vector<Column> extra;
  const char* const kNames[] = {"time", "open", "high", "low", "close", "volume"};
  for (const auto& [key, values] : columns) {
    const auto name = nb::cast<std::string>(key);
    if (!name.starts_with(prefix)) continue;
    const std::string own = name.substr(prefix.size());
    Column column = column_of(own, values, own == "time");
    const auto* const at =
        std::find_if(std::begin(kNames), std::end(kNames), [&](const char* known) { return own == known; });
    if (at == std::end(kNames)) {
      extra.push_back(std::move(column));
    } else {
      parts[at - std::begin(kNames)] = std::move(column);
    }
  }
  return value_or_raise(
      Bars::from_columns(parts[0], parts[1], parts[2], parts[3], parts[4], parts[5], std::move(extra)));
}

void save_others(nb::dict& state, nb::dict& columns, const OtherSymbols* others, Nanoseconds bar_length) {
  if (others == nullptr) return;
  nb::list names, zones, lengths;
  for (std::size_t k = 0; k < others->size(); ++k) {
    names.append(others->series(k).symbol());
    zones.append(others->series(k).time_zone());
    lengths.append(others->bar_length(k));
    save_bars(columns, "others/" + std::to_string(k) + "/", others->series(k));
  }
  state["others"] = names;
  state["others_zones"] = zones;
  state["others_bar_lengths"] = lengths;
  state["bar_length"] = bar_length;
}

SavedOthers load_others(const nb::dict& state, const nb::dict& columns) {
  if (!state.contains("others")) return {};
  const nb::list names(entry(state, "others")), zones(entry(state, "others_zones"));
  const auto lengths = nb::cast<std::vector<std::int64_t>>(entry(state, "others_bar_lengths"));
  if (zones.size() != names.size() || lengths.size() != names.size()) damaged("a symbol is missing");
  std::vector<Bars> series;
  for (std::size_t k = 0; k < names.size(); ++k) {
    series.push_back(load_bars(columns, "others/" + std::to_string(k) + "/"));
    series.back().set_symbol(nb::cast<std::string>(nb::str(names[k])));
    series.back().set_time_zone(nb::cast<std::string>(nb::str(zones[k])));
  }
  return {value_or_raise(OtherSymbols::create(std::move(series), lengths)),
          nb::cast<std::int64_t>(entry(state, "bar_length"))};
}

void save_series(nb::dict& columns, const std::string& prefix, const Instrument& instrument) {
  save_rows(columns, prefix + "funding", instrument.funding, funding_columns());
  columns[(prefix + "funding/time").c_str()] = integers(instrument.funding, &FundingRate::time);
  save_rows(columns, prefix + "actions", instrument.actions, action_columns());
  columns[(prefix + "actions/time").c_str()] = integers(instrument.actions, &CorporateAction::time);
}

void load_series(const nb::dict& columns, const std::string& prefix, Instrument& instrument) {
  instrument.funding = load_rows(columns, prefix + "funding", funding_columns());
  load_integers(columns, prefix + "funding/time", instrument.funding, &FundingRate::time);
  instrument.actions = load_rows(columns, prefix + "actions", action_columns());
  load_integers(columns, prefix + "actions/time", instrument.actions, &CorporateAction::time);
}

}  // namespace peak::python
