// TradeBatches: trades checked and made into the parameters of INSERT statements for Python's sqlite3, many rows to a
// statement: that takes less time than sqlite3 needs for rows that are tuples already.
//
// Threads: to be used with the GIL held.
#pragma once

#include <nanobind/nanobind.h>

#include <memory>
#include <string>
#include <vector>

namespace peak::python {

/// Where rows come from.
class TradeSource {
 public:
  TradeSource() = default;
  virtual ~TradeSource() = default;
  TradeSource(const TradeSource&) = delete;
  TradeSource& operator=(const TradeSource&) = delete;
  [[nodiscard]] virtual std::size_t rows() const = 0;
  /// Puts new references to the row's values into tuple[at...]; raises what is wrong with the row.
  virtual void fill(std::size_t row, PyObject* tuple, Py_ssize_t at) = 0;
};

/// Rows of dicts. `fields` are the columns to write, `known` all that the table has.
struct DictTrades final : TradeSource {
  DictTrades(nanobind::list rows, std::vector<std::string> fields, std::vector<std::string> known, bool as_given);
  [[nodiscard]] std::size_t rows() const override;
  void fill(std::size_t row, PyObject* tuple, Py_ssize_t at) override;

  /// What a field must be; those up to kTime must be there.
  enum class Check : unsigned char { kSymbol, kSide, kQuantity, kPrice, kTime, kOptionalNumber, kOptionalText, kAny };

  /// A column of the table that a row has and `fields` lack: begin again with it.
  std::string wanted;

 private:
  nanobind::list rows_;
  std::vector<std::string> fields_, known_;
  std::vector<nanobind::str> keys_;
  std::vector<Check> checks_;
  bool as_given_;  ///< times are stored as they come, since the table is not one of ours
};

/// Columns of a frame or Arrow table.
[[nodiscard]] std::unique_ptr<TradeSource> column_trades(nanobind::handle table, bool as_given,
                                                         std::vector<std::string>& fields);

/// Iterates over the parameters of statements of `rows_at_once` rows; rest() are the rows that fill no statement.
struct TradeBatches {
  std::unique_ptr<TradeSource> source;
  std::vector<std::string> fields;
  std::size_t rows_at_once = 1;
  std::size_t next_row = 0;

  [[nodiscard]] nanobind::object next();
  [[nodiscard]] nanobind::list rest();
};

}  // namespace peak::python
