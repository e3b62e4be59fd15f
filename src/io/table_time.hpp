// Table time: finds the time column of a table that came without one (JSON, Parquet) and turns it into times.
#pragma once

#include "io/time_format.hpp"
#include "peak/base/status.hpp"
#include "peak/io/read.hpp"

namespace peak::io {

/// Names the roles of the table's columns in loaded.detected, converts the time column if it holds numbers or text, and
/// joins a date and a clock. A table without times stays as it is.
Status settle_table(LoadedTable& loaded, const ReadOptions& options);

/// How the cells of a column of times tell them; kNone for one that holds times already, or none.
TimeFormat time_format_of(const Column& column, const ReadOptions& options);

/// Fills in what follows from a finished table: rows, order, first and last stamp.
void summarise(LoadedTable& loaded);

}  // namespace peak::io
