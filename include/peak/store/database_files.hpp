// Database files: SQLite among the files of prices that peak::io reads, and bars written to SQLite.
//
// Link PeakTrade::trade_store. Databases are opened for reading only, whoever else writes to them.
#pragma once

#include <string>

#include "peak/base/status.hpp"
#include "peak/table/column.hpp"

namespace peak::store {

/// Makes io::read_bars, read_table and the others take SQLite files (io/database.hpp). Call it once, at the start.
void read_databases();

/// Writes rows to a table of a SQLite file, which is made where it is not there, in one transaction. A table of that
/// name is replaced if it has the same columns, and is refused otherwise, as are the tables of a trade store. Times are
/// whole nanoseconds since 1970, UTC; missing values are NULL. A file that is not SQLite is refused and stays as it is.
[[nodiscard]] Status write_table(const Table& rows, const std::string& path, const std::string& table);

}  // namespace peak::store
