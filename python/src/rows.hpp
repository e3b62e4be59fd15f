// Rows: what a user gives as data, as a table whose rows stand as they are: unsorted, unchecked, nothing dropped.
//
// Threads: to be used with the GIL held; the table itself may be read anywhere.
#pragma once

#include <nanobind/nanobind.h>

#include <functional>
#include <string>
#include <vector>

#include "peak/io/options.hpp"
#include "peak/table/column.hpp"

namespace peak::python {

struct Rows {
  Table table;
  std::string zone;  ///< in which the times were given; empty for none
  std::function<std::string(std::size_t)> describe_row;
  std::vector<std::string> notes;
};

/// Rows of a pandas or polars frame, an Arrow table, a mapping of arrays, peaktrade.Bars, or a path, which is read with
/// `reading`.
Rows make_rows(nanobind::handle data, const io::ReadOptions& reading);

/// The arguments of peaktrade.read_bars by name; TypeError names the nearest of one that is not known.
io::ReadOptions reading_options(nanobind::handle arguments);

/// A mapping of names to arrays (times as datetime64[ns]; texts as a pair of codes and names). Numbers share the
/// table's memory.
nanobind::dict columns_of(const Table& table);

}  // namespace peak::python
