// Database: SQLite files among the files of prices, read by a SQLite that somebody else brings.
//
// The library links no SQLite (two copies of it on one file in one process break its locks): the command and C++
// programs bring theirs with store::read_databases() (store/database_files.hpp), Python its sqlite3 module. They only
// run a query; which table, which columns and what they mean is decided here, as for every other file.
//
// Threads    set the runner before the first use; functions may run beside each other.
#pragma once

#include <string>

#include "peak/base/status.hpp"
#include "peak/io/options.hpp"
#include "peak/io/read.hpp"
#include "peak/table/cell_table.hpp"

namespace peak::io {

/// Runs one query on the database `path`, which is opened for reading only, and hands over its columns and cells. It
/// stops when the cells are full. Errors name the path.
using QueryRunner = Status (*)(const std::string& path, const std::string& sql, CellTable& cells);

void set_query_runner(QueryRunner runner);

/// True if the file begins as SQLite databases do.
[[nodiscard]] bool is_database_file(const std::string& path);

}  // namespace peak::io
