// Database: a table of a SQLite file as columns; see peak/io/database.hpp for who runs the queries.
#pragma once

#include "io/selection.hpp"
#include "peak/io/database.hpp"

namespace peak::io {

inline constexpr std::string_view kDatabaseHead{"SQLite format 3\0", 16};

/// options.table, or the only table that there is. kInvalidArgument where that is not clear or it is not there,
/// kUnsupported without a runner.
Result<LoadedTable> read_database(const std::string& path, const ReadOptions& options, const ChooseColumns& choose);

}  // namespace peak::io
