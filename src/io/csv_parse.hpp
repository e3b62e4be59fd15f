// CSV parse: the quick way through a whole file, once it is known what each column holds.
//
// One pass over the bytes, one cell after the other straight into its column; a cell that is not what its column holds
// stops the pass and is told with its line, so that the caller can decide what that means.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "io/csv_layout.hpp"
#include "io/time_format.hpp"
#include "peak/base/status.hpp"
#include "peak/table/column.hpp"

namespace peak::io {

enum class CellKind : unsigned char {
  kFloat,
  kInteger,
  kTime,
  kText,
  kDate,     ///< first of two time columns; the column gets the whole time
  kSkipped,  ///< read over; gives no column
  kClock,    ///< the second of them, next to the first or further right; gives no column of its own
};

struct ColumnPlan {
  std::string name;
  CellKind kind = CellKind::kFloat;
  TimeParser time;  ///< for kTime and kDate
};

/// A cell that does not fit its column.
struct Misfit {
  std::size_t column = 0;
  std::size_t line = 0;
  std::string text;
};

struct ParsedCsv {
  std::vector<Column> columns;       ///< one for each plan that is neither kClock nor kSkipped
  std::vector<std::size_t> missing;  ///< missing cells of each of them
  std::vector<Nanoseconds> last;     ///< of each plan: TimeParser::previous() behind the last row
  std::optional<Misfit> misfit;      ///< set: columns are not to be used
};

/// How often the byte is there.
[[nodiscard]] std::size_t count_of(char c, std::string_view bytes) noexcept;

/// Large texts are read in parts, by as many threads as the machine has; the outcome is the same.
/// kBadData for rows with too few or too many cells and for an open quote.
Result<ParsedCsv> parse_csv(std::string_view bytes, const CsvLayout& layout, const std::vector<ColumnPlan>& plans);

}  // namespace peak::io
