// CSV records: the plain reading of delimited text, record by record, quotes and all (RFC 4180).
//
// This is the readable reader, for samples, for rare second looks, and for the words of error messages; the quick one
// for whole files is csv_parse. Both agree on what a record is: lines end with LF, CR LF or a lone CR; blank lines are
// no records; a cell that starts with a quote goes to the closing one ("" is a quote inside) and may hold line ends;
// blanks around cells do not count; with a blank as delimiter, several are one.
#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace peak::io {

/// Cells of a record beyond this many are read over: no table is so wide, but a damaged file may look as if.
inline constexpr std::size_t kMostCells = 20'000;

class CsvRecords {
 public:
  /// Starts at `offset`, where line number `line` (from 1) begins.
  CsvRecords(std::string_view bytes, char delimiter, std::size_t offset = 0, std::size_t line = 1)
      : bytes_(bytes), at_(offset), line_(line), next_line_(line), delimiter_(delimiter) {}

  /// The next record's cells, valid until the next call; false at the end.
  bool next(std::vector<std::string_view>& cells);

  [[nodiscard]] std::size_t line() const noexcept { return line_; }            ///< where the last record began
  [[nodiscard]] std::size_t record_offset() const noexcept { return start_; }  ///< its first byte
  [[nodiscard]] std::size_t offset() const noexcept { return at_; }            ///< behind it
  [[nodiscard]] std::size_t next_line() const noexcept { return next_line_; }
  [[nodiscard]] bool quote_is_open() const noexcept { return quote_is_open_; }  ///< the last cell has no closing quote
  /// The last record's bytes without its line end.
  [[nodiscard]] std::string_view text() const noexcept;

 private:
  void skip_blank_lines();
  std::string_view quoted_cell();
  std::string_view plain_cell();
  [[nodiscard]] bool at_line_end() const noexcept { return bytes_[at_] == '\n' || bytes_[at_] == '\r'; }
  [[nodiscard]] bool is_blank(char c) const noexcept { return (c == ' ' || c == '\t') && c != delimiter_; }
  void end_line() noexcept;

  std::string_view bytes_;
  std::size_t at_, start_ = 0;
  std::size_t line_, next_line_;
  char delimiter_;
  bool quote_is_open_ = false;
  std::deque<std::string> unquoted_;  ///< cells that had doubled quotes in them
};

}  // namespace peak::io
