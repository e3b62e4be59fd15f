// CellTable: a table made of cells whose types are known only one by one, as a database gives its rows.
//
// Types      a column of whole numbers is int64; with a missing one float64, if each is one; numbers float64; as soon
// as
//            a cell is text all are text (numbers as the shortest text that reads back). Whole numbers that a double
//            does not hold (nanoseconds since 1970) beside missing or broken ones become text as well, so that none
//            changes. Cells of bytes make a column be left out, with a note.
// Missing    NaN, code -1. A column without any value is float64.
// Threads    one at a time.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "peak/base/status.hpp"
#include "peak/table/column.hpp"

namespace peak {

class CellTable {
 public:
  /// A table that would take more than `max_bytes` is refused.
  explicit CellTable(std::size_t max_bytes) : max_bytes_(max_bytes) {}

  /// The columns' names; once, before the first cell.
  void begin(const std::vector<std::string>& names);

  /// Cells from the left to the right, row after row.
  void add_missing();
  void add(std::int64_t value);
  void add(double value);
  void add(std::string_view value);
  void add_bytes();

  /// True once max_bytes is passed: whoever adds cells may stop.
  [[nodiscard]] bool is_full() const noexcept { return bytes_ > max_bytes_; }

  /// kBadData when it is full. `notes` gets a sentence for each column that is left out.
  [[nodiscard]] Result<Table> finish(std::vector<std::string>& notes) &&;

 private:
  enum class Kind : unsigned char { kNothing, kWhole, kNumber, kText, kBytes };
  struct Cells {
    std::string name;
    Kind kind = Kind::kNothing;
    bool has_missing = false;
    std::vector<std::int64_t> whole;  ///< of kWhole, 0 where missing
    std::vector<double> numbers;
    std::vector<std::int32_t> codes;
    std::vector<std::size_t> missing_rows;  ///< while the kind is kWhole
    std::size_t rows = 0;
    std::vector<std::string> dictionary;
    std::unordered_map<std::string, std::int32_t> code_by_text;
  };

  Cells& next(std::size_t bytes);
  static void become_numbers(Cells& cells);
  static void become_text(Cells& cells);
  static void put_missing(Cells& cells);
  void put_text(Cells& cells, std::string_view text);

  std::vector<Cells> columns_;
  std::size_t at_ = 0, bytes_ = 0, max_bytes_;
};

}  // namespace peak
