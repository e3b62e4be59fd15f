#include "trade_batches.hpp"

#include <algorithm>
#include <cmath>
#include <string_view>

#include "arguments.hpp"
#include "arrays.hpp"
#include "errors.hpp"
#include "peak/store/trade_rows.hpp"
#include "trade_times.hpp"

namespace nb = nanobind;

namespace peak::python {
namespace {

using store::trade_error;

[[noreturn]] void raise_fault(std::size_t row, const std::string& field, const std::string& fault) {
  raise(trade_error(row, field, fault));
}

std::string_view text_of(PyObject* value, std::size_t row, const std::string& field) {
  if (!PyUnicode_Check(value)) {
    raise_fault(row, field, value == Py_None ? "is missing" : class_name(value) + " is not text");
  }
  Py_ssize_t size = 0;
  const char* text = PyUnicode_AsUTF8AndSize(value, &size);
  if (text == nullptr) {
    PyErr_Clear();
    raise_fault(row, field, "is not valid Unicode");
  }
  return {text, static_cast<std::size_t>(size)};
}

/// A number of any kind but bool and text.
double number_at(PyObject* value, std::size_t row, const std::string& field) {
  if (PyFloat_CheckExact(value)) return PyFloat_AS_DOUBLE(value);
  if (value == Py_None) raise_fault(row, field, "is missing");
  if (!PyBool_Check(value) && PyNumber_Check(value)) {
    const double number = PyFloat_AsDouble(value);
    if (number != -1.0 || PyErr_Occurred() == nullptr) return number;
    PyErr_Clear();
  }
  raise_fault(row, field, nb::cast<std::string>(nb::repr(value)) + " is not a number");
}

nb::object number_object(PyObject* value, double number) {
  return PyFloat_CheckExact(value) ? nb::borrow(value) : nb::steal(PyFloat_FromDouble(number));
}

nb::object other_object(PyObject* value, std::size_t row, const std::string& field) {
  if (value == Py_None || PyLong_Check(value) || PyFloat_Check(value) || PyUnicode_Check(value) ||
      PyBytes_Check(value)) {
    return nb::borrow(value);
  }
  raise_fault(row, field, class_name(value) + " cannot be stored; give a number, text, bytes or None");
}

using Check = DictTrades::Check;

Check check_of(const std::string& field) {
  if (field == "symbol") return Check::kSymbol;
  if (field == "side") return Check::kSide;
  if (field == "quantity") return Check::kQuantity;
  if (field == "price") return Check::kPrice;
  if (field == "timestamp") return Check::kTime;
  if (field == "fees") return Check::kOptionalNumber;
  return field == "strategy" || field == "tag" ? Check::kOptionalText : Check::kAny;
}

nb::object checked_number(const std::string& field, Check check, PyObject* value, std::size_t row) {
  const double number = number_at(value, row, field);
  if (!std::isfinite(number) || (check == Check::kQuantity && !(number > 0))) {
    raise_fault(row, field, check == Check::kQuantity ? store::quantity_fault(number) : store::price_fault(number));
  }
  return number_object(value, number);
}

nb::object checked_text(const std::string& field, Check check, PyObject* value, std::size_t row) {
  const std::string_view text = text_of(value, row, field);
  if (check == Check::kSide && (text == "buy" || text == "sell")) return nb::borrow(value);
  if (std::string fault = check == Check::kSide ? store::side_fault(text) : store::symbol_fault(text); !fault.empty()) {
    raise_fault(row, field, fault);
  }
  return nb::borrow(value);
}

nb::object checked(const std::string& field, Check check, PyObject* value, std::size_t row, bool as_given) {
  switch (check) {
    case Check::kSymbol:
    case Check::kSide: return checked_text(field, check, value, row);
    case Check::kQuantity:
    case Check::kPrice: return checked_number(field, check, value, row);
    case Check::kOptionalNumber: return value == Py_None ? nb::none() : checked_number(field, check, value, row);
    case Check::kTime: return trade_time(value, row, as_given);
    case Check::kOptionalText:
      if (value != Py_None) static_cast<void>(text_of(value, row, field));
      return nb::borrow(value);
    case Check::kAny: break;
  }
  return other_object(value, row, field);
}

bool has(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// ---- columns -----------------------------------------------------------------------------------------------------

nb::object text_object(std::string_view text) {
  return nb::steal(PyUnicode_FromStringAndSize(text.data(), static_cast<Py_ssize_t>(text.size())));
}

class ColumnTrades final : public TradeSource {
 public:
  ColumnTrades(store::TradeColumns columns, bool times_as_text)
      : columns_(std::move(columns)), times_as_text_(times_as_text) {
    symbols_ = texts(columns_.symbol);
    sides_ = texts(columns_.side);
    strategies_ = texts(columns_.strategy);
    tags_ = texts(columns_.tag);
  }

  [[nodiscard]] std::size_t rows() const override { return columns_.rows(); }

  void fill(std::size_t row, PyObject* tuple, Py_ssize_t at) override {
    const auto put = [&](nb::object value) { PyTuple_SET_ITEM(tuple, at++, value.release().ptr()); };
    put(text(columns_.symbol, symbols_, row));
    put(text(columns_.side, sides_, row));
    put(nb::steal(PyFloat_FromDouble(columns_.quantity.float64s()[row])));
    put(nb::steal(PyFloat_FromDouble(columns_.price.float64s()[row])));
    put(time(columns_.timestamp.int64s()[row]));
    if (columns_.fees.size() != 0) put(optional_number(columns_.fees.float64s()[row]));
    if (columns_.strategy.size() != 0) put(text(columns_.strategy, strategies_, row));
    if (columns_.tag.size() != 0) put(text(columns_.tag, tags_, row));
  }

 private:
  using Texts = std::vector<nb::object>;

  static Texts texts(const Column& column) {
    Texts made;
    if (column.size() == 0) return made;
    for (const std::string& text : *column.dictionary()) made.push_back(text_object(text));
    return made;
  }
  static nb::object text(const Column& column, const Texts& made, std::size_t row) {
    const std::int32_t code = column.codes()[row];
    return code < 0 ? nb::none() : made[static_cast<std::size_t>(code)];
  }
  static nb::object optional_number(double value) {
    return std::isnan(value) ? nb::none() : nb::steal(PyFloat_FromDouble(value));
  }
  [[nodiscard]] nb::object time(Nanoseconds value) const {
    return times_as_text_ ? text_object(format_time(value)) : nb::steal(PyLong_FromLongLong(value));
  }

  store::TradeColumns columns_;
  bool times_as_text_;
  Texts symbols_, sides_, strategies_, tags_;
};

}  // namespace

DictTrades::DictTrades(nb::list rows, std::vector<std::string> fields, std::vector<std::string> known, bool as_given)
    : rows_(std::move(rows)), fields_(std::move(fields)), known_(std::move(known)), as_given_(as_given) {
  for (const std::string& field : fields_) {
    nb::str key(field.c_str());
    PyObject* interned = key.release().ptr();
    PyUnicode_InternInPlace(&interned);  // the keys of users' dicts are interned too: found by identity
    keys_.push_back(nb::steal<nb::str>(interned));
    checks_.push_back(check_of(field));
  }
}

std::size_t DictTrades::rows() const { return rows_.size(); }

void DictTrades::fill(std::size_t row, PyObject* tuple, Py_ssize_t at) {
  nb::object holder = nb::borrow(PyList_GET_ITEM(rows_.ptr(), static_cast<Py_ssize_t>(row)));
  if (!PyDict_Check(holder.ptr())) {
    if (!nb::hasattr(holder, "keys")) {
      raise(bad_data("trades[" + std::to_string(row) + "] is " + class_name(holder) + ", not a dict of fields"));
    }
    nb::dict copy;
    copy.update(nb::borrow<nb::dict>(holder));
    holder = copy;
  }
  Py_ssize_t found = 0;
  for (std::size_t i = 0; i < fields_.size(); ++i) {
    PyObject* value = PyDict_GetItemWithError(holder.ptr(), keys_[i].ptr());
    found += value != nullptr ? 1 : 0;
    if (value == nullptr && checks_[i] <= Check::kTime) {
      raise(store::missing_trade_field(row, fields_[i]));
    }
    nb::object item = value == nullptr ? nb::none() : checked(fields_[i], checks_[i], value, row, as_given_);
    PyTuple_SET_ITEM(tuple, at + static_cast<Py_ssize_t>(i), item.release().ptr());
  }
  if (PyDict_Size(holder.ptr()) == found) return;
  for (const nb::handle key : holder.attr("keys")()) {
    const std::string name = nb::cast<std::string>(nb::str(key));
    if (has(fields_, name)) continue;
    if (!has(known_, name)) raise(store::unknown_trade_field(row, name, known_));
    wanted = name;
    raise(bad_data("trades[" + std::to_string(row) + "]: field '" + name + "' is new"));
  }
}

std::unique_ptr<TradeSource> column_trades(nb::handle table, bool as_given, std::vector<std::string>& fields) {
  ArrowTable taken = arrow_table_of(table);
  if (!taken.notes.empty()) raise(bad_data(taken.notes.front()));
  store::TradeColumns columns = value_or_raise(store::trade_columns(taken.table));
  fields = store::required_trade_fields();
  if (columns.fees.size() != 0) fields.emplace_back("fees");
  if (columns.strategy.size() != 0) fields.emplace_back("strategy");
  if (columns.tag.size() != 0) fields.emplace_back("tag");
  return std::make_unique<ColumnTrades>(std::move(columns), as_given);
}

nb::object TradeBatches::next() {
  // sqlite3 asks for batch after batch without looking for Ctrl-C itself.
  if (PyErr_CheckSignals() != 0) throw nb::python_error();
  if (source->rows() - next_row < rows_at_once) throw nb::stop_iteration();
  const std::size_t width = fields.size();
  nb::object tuple = nb::steal(PyTuple_New(static_cast<Py_ssize_t>(width * rows_at_once)));
  for (std::size_t i = 0; i < rows_at_once; ++i) {
    source->fill(next_row++, tuple.ptr(), static_cast<Py_ssize_t>(i * width));
  }
  return tuple;
}

nb::list TradeBatches::rest() {
  nb::list list;
  for (; next_row < source->rows(); ++next_row) {
    nb::object tuple = nb::steal(PyTuple_New(static_cast<Py_ssize_t>(fields.size())));
    source->fill(next_row, tuple.ptr(), 0);
    list.append(tuple);
  }
  return list;
}

}  // namespace peak::python
