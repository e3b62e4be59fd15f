// Bar lines: bars as text that comes a line at a time, as from a pipe: CSV under a header, or one JSON object to a
// line.
//
//     PEAK_ASSIGN_OR_RETURN(BarLines lines, BarLines::create(options));
//     PEAK_ASSIGN_OR_RETURN(const std::optional<BarLine> bar, lines.read("2024-01-02,10,11,9,10.5,1000"));
//
// Columns  are found by the usual names (roles.hpp) or by the options; without open, high or low these are the close,
//          without volume it is missing. Lines of JSON may have their members in any order.
// Times    the first bar shows how they are written (ISO 8601, other dates, a number since 1970), all others follow it.
//          Where they carry no zone it is that of the options, else UTC. Dates of which day and month cannot be told
//          apart are refused without options.date_order: no later line could mend a first bar that was taken wrongly.
// Errors   begin with the line's number, from 1, and say what is wrong; the line is then not taken.
// Threads  a value; one thread.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "io/roles.hpp"
#include "io/time_format.hpp"
#include "peak/base/status.hpp"
#include "peak/io/options.hpp"

namespace peak::io {

/// A bar of a line; NaN for what is missing. What the numbers may be is the taker's to say.
struct BarLine {
  Nanoseconds time = 0;
  double open = 0, high = 0, low = 0, close = 0, volume = 0;
  std::vector<double> further = {};  ///< of the further columns, in their order
};

class BarLines {
 public:
  /// Heeds roles, date_order, time_unit, time_zone, and of CSV delimiter and column_names (names for lines without a
  /// header). `further`: lower-case names of columns beside prices and volume that every line must have.
  /// kInvalidArgument for a zone that is not known.
  [[nodiscard]] static Result<BarLines> create(const ReadOptions& options, std::vector<std::string> further = {});

  /// The next line, with or without its line end. Nothing for an empty line, the header, and the header once more.
  [[nodiscard]] Result<std::optional<BarLine>> read(std::string_view line);
  /// The last bar that whoever takes them has: of a local time that clocks show twice, a first line after it is the
  /// second.
  void go_on_after(Nanoseconds last) noexcept { before_ = last; }
  /// Lines that were read.
  [[nodiscard]] std::size_t line() const noexcept { return line_; }

 private:
  BarLines() = default;
  Result<std::optional<BarLine>> take(std::string_view line);
  Result<std::optional<BarLine>> take_row(std::string_view line);
  Result<std::optional<BarLine>> take_object(std::string_view line);
  Status take_header(const std::vector<std::string>& cells);
  Status settle_columns();
  Status settle_time(const std::vector<std::string>& cells);
  Result<BarLine> bar_of(const std::vector<std::string>& cells);
  [[nodiscard]] Result<Nanoseconds> time_of(const std::vector<std::string>& cells);
  [[nodiscard]] Result<double> number_of(const std::vector<std::string>& cells, std::size_t column) const;

  ReadOptions options_;
  std::vector<std::string> further_;
  TimeZone zone_;
  std::size_t line_ = 0;
  std::optional<Format> format_;  // after the first line
  char delimiter_ = ',';
  std::vector<std::string> header_;
  std::vector<std::string> names_;  // of the columns or members; of JSON those of the last line
  Roles roles_;
  std::vector<std::size_t> further_places_;
  std::optional<TimeFormat> time_format_;  // after the first bar
  std::string time_name_, clock_name_;     // clock_name_ is empty where one column has all of the time
  Nanoseconds before_ = kNoTime;           // for hours that clocks show twice
};

}  // namespace peak::io
