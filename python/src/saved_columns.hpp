// Saved columns: how rows, bars and instruments of a saved run become arrays, and are read back with every check.
//
// Threads: to be called with the GIL held.
#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>

#include <cmath>
#include <initializer_list>
#include <limits>
#include <memory>
#include <string>
#include <type_traits>
#include <vector>

#include "arguments.hpp"
#include "arrays.hpp"
#include "errors.hpp"
#include "peak/market/bars.hpp"
#include "peak/market/other_symbols.hpp"
#include "peak/trading/instrument.hpp"
#include "peak/trading/order.hpp"

namespace peak::python {

namespace nb = nanobind;

[[noreturn]] inline void damaged(const std::string& what) { raise(bad_data("the saved run is damaged: " + what)); }

template <typename Member>
void put_number(Member& member, double value, const char* name) {
  if constexpr (std::is_integral_v<Member>) {
    const bool fits = value >= static_cast<double>(std::numeric_limits<Member>::min()) &&
                      value < static_cast<double>(std::numeric_limits<Member>::max()) + 1;
    if (!fits || value != std::floor(value)) damaged(std::string("'") + name + "' is no number that can stand there");
  }
  member = static_cast<Member>(value);
}

template <typename Row>
struct RowColumn {
  const char* name;
  double (*get)(const Row&);
  void (*set)(Row&, double);
};

template <typename Row>
void save_rows(nb::dict& columns, const std::string& table, const std::vector<Row>& rows,
               const std::initializer_list<RowColumn<Row>>& parts) {
  for (const RowColumn<Row>& part : parts) {
    std::vector<double> values;
    values.reserve(rows.size());
    for (const Row& row : rows) values.push_back(part.get(row));
    columns[(table + "/" + part.name).c_str()] = numpy_array(std::move(values));
  }
}

/// The entry of a dictionary, or DataError.
inline nb::object entry(const nb::dict& mapping, const std::string& name) {
  if (!mapping.contains(name.c_str())) damaged("'" + name + "' is missing");
  return mapping[name.c_str()];
}

inline Column floats(const nb::dict& columns, const std::string& name) {
  Column column = column_of(name, entry(columns, name));
  if (column.type() != ColumnType::kFloat64) damaged("'" + name + "' holds no numbers");
  return column;
}

template <typename Row>
nb::object integers(const std::vector<Row>& rows, std::int64_t Row::*member) {
  std::vector<std::int64_t> values;
  values.reserve(rows.size());
  for (const Row& row : rows) values.push_back(row.*member);
  return numpy_array(std::move(values));
}

template <typename Row>
void load_integers(const nb::dict& columns, const std::string& name, std::vector<Row>& rows,
                   std::int64_t Row::*member) {
  const Column column = column_of(name, entry(columns, name));
  if (column.type() != ColumnType::kInt64 || column.size() != rows.size()) {
    damaged("'" + name + "' is not a column of whole numbers as long as its table");
  }
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i].*member = column.int64s()[i];
}

template <typename Row>
std::vector<Row> load_rows(const nb::dict& columns, const std::string& table,
                           const std::initializer_list<RowColumn<Row>>& parts) {
  std::vector<Row> rows(floats(columns, table + "/" + parts.begin()->name).size());
  for (const RowColumn<Row>& part : parts) {
    const Column column = floats(columns, table + "/" + part.name);
    if (column.size() != rows.size()) damaged("the columns of " + table + " differ in length");
    for (std::size_t i = 0; i < rows.size(); ++i) part.set(rows[i], column.float64s()[i]);
  }
  return rows;
}

inline void check_bar(std::int64_t bar, std::size_t bars) {
  if (bar < kNoBar || bar >= static_cast<std::int64_t>(bars)) damaged("a bar number lies outside of the data");
}

inline std::string text(const nb::dict& texts, const char* name) {
  return nb::cast<std::string>(nb::str(entry(texts, name)));
}
inline double number(const nb::dict& numbers, const char* name) { return number_of(entry(numbers, name), name); }

/// Under `prefix` and the columns' names.
void save_bars(nb::dict& columns, const std::string& prefix, const Bars& bars);
Bars load_bars(const nb::dict& columns, const std::string& prefix);

/// The symbols beside the data that formulas read, under "others/".
void save_others(nb::dict& state, nb::dict& columns, const OtherSymbols* others, Nanoseconds bar_length);
/// None where none were saved.
struct SavedOthers {
  std::shared_ptr<const OtherSymbols> symbols;
  Nanoseconds bar_length = 0;
};
SavedOthers load_others(const nb::dict& state, const nb::dict& columns);

/// Funding and actions, under `prefix`.
void save_series(nb::dict& columns, const std::string& prefix, const Instrument& instrument);
void load_series(const nb::dict& columns, const std::string& prefix, Instrument& instrument);

}  // namespace peak::python
