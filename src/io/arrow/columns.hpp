// Columns: Arrow arrays as columns of the engine.
//
// float64, int64 and nanosecond arrays in one chunk without nulls are not copied: the column keeps the array alive.
// Everything else is converted once, into memory that the column owns.
// Threads: pure functions.
#pragma once

#include <arrow/type_fwd.h>

#include <string>

#include "peak/base/status.hpp"
#include "peak/io/read.hpp"

namespace peak::io {

/// The columns of `table` in their order, with the zone of its timestamps and notes for columns that are left out
/// (nested and other types that a table of the engine cannot hold). `source` names the file in errors.
Result<LoadedTable> load_columns(const arrow::Table& table, const std::string& source);

/// An Arrow failure as ours: out of memory, a system error, or (most often) damaged data.
Error arrow_error(const arrow::Status& status, const std::string& source);

}  // namespace peak::io
