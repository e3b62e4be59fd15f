// Database range: the times asked for as a condition of SQL, so that a database leaves other rows where they are.
//
// Threads: pure functions.
#pragma once

#include <string>

#include "peak/io/options.hpp"
#include "peak/table/column.hpp"

namespace peak::io {

/// A condition that holds for every row whose time lies from options.start to options.end, and for some about them, or
/// for whose time is of another kind than the others'; an index on the column serves it. `samples` are some of the
/// column's cells, `column` is its name as SQL takes it. Empty where the cells are neither whole numbers of units since
/// 1970 nor texts that begin with year, month and day, for which order of texts is order of times.
[[nodiscard]] std::string range_condition(const Column& samples, const std::string& column, const ReadOptions& options);

}  // namespace peak::io
