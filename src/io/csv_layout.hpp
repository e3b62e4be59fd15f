// CSV layout: where the table in a text begins and how its cells are parted, found from the first lines.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "peak/base/status.hpp"
#include "peak/io/options.hpp"

namespace peak::io {

struct CsvLayout {
  char delimiter = ',';
  bool byte_order_mark = false;
  bool header = false;
  bool trailing_delimiter = false;  ///< each row ends with a delimiter and nothing after it
  bool split_time = false;          ///< the header names one time column, the rows have a date and a clock
  std::vector<std::string> names;   ///< one for each column; empty where the file gives none
  std::vector<std::string> comment_lines;
  std::size_t data_offset = 0;  ///< of the first row's first byte
  std::size_t data_line = 1;    ///< and its line, from 1
};

/// kBadData if one of the lines, of which the first is number `line`, is longer than options.max_line_bytes.
Status check_line_lengths(std::string_view bytes, std::size_t line, const ReadOptions& options);

/// kBadData for a text without a table, kInvalidArgument for options that contradict it.
Result<CsvLayout> find_csv_layout(std::string_view bytes, const ReadOptions& options);

}  // namespace peak::io
