// Columns: a table of Arrow C++ as columns of the engine, by way of the Arrow C data interface (peak/table/arrow.hpp),
// so that a file's types mean the same as those of a data frame handed over in memory.
//
// Threads: pure functions.
#pragma once

#include <arrow/type_fwd.h>

#include <memory>
#include <string>

#include "peak/base/status.hpp"
#include "peak/io/read.hpp"

namespace peak::io {

/// The columns of `table` in their order, with the zone of its timestamps and notes for columns that are left out.
/// `source` names the file in errors. The table must have been validated.
Result<LoadedTable> load_columns(std::shared_ptr<arrow::Table> table, const std::string& source);

/// An Arrow failure as ours: out of memory, a system error, or (most often) damaged data.
Error arrow_error(const arrow::Status& status, const std::string& source);

}  // namespace peak::io
