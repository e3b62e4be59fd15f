#include "peak/store/database_files.hpp"

#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

#include "peak/io/database.hpp"
#include "peak/store/schema.hpp"
#include "store/sqlite/connection.hpp"

namespace peak::store {
namespace {

constexpr int kBusyTimeoutMs = 5'000;

void add_cell(sqlite3_stmt* row, int column, CellTable& cells) {
  switch (sqlite3_column_type(row, column)) {
    case SQLITE_INTEGER: return cells.add(std::int64_t{sqlite3_column_int64(row, column)});
    case SQLITE_FLOAT: return cells.add(sqlite3_column_double(row, column));
    case SQLITE_TEXT: {
      const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(row, column));
      return cells.add(std::string_view(text, static_cast<std::size_t>(sqlite3_column_bytes(row, column))));
    }
    case SQLITE_BLOB: return cells.add_bytes();
    default: return cells.add_missing();
  }
}

/// True if a writer was killed in the middle: SQLite must undo what it left, and may not on a file that is only read.
Result<bool> needs_recovery(Connection& connection) {
  const int code = sqlite3_exec(connection.get(), "SELECT 1 FROM sqlite_master", nullptr, nullptr, nullptr);
  if (code == SQLITE_OK) return false;
  if (sqlite3_extended_errcode(connection.get()) == SQLITE_READONLY_ROLLBACK) return true;
  return connection.error(code, "read");
}

Status run_query(const std::string& path, const std::string& sql, CellTable& cells) {
  PEAK_ASSIGN_OR_RETURN(auto connection, Connection::open(path, SQLITE_OPEN_READONLY, kBusyTimeoutMs));
  PEAK_ASSIGN_OR_RETURN(const bool recover, needs_recovery(*connection));
  if (recover) {
    PEAK_ASSIGN_OR_RETURN(connection, Connection::open(path, SQLITE_OPEN_READWRITE, kBusyTimeoutMs));
  }
  PEAK_ASSIGN_OR_RETURN(Statement statement, connection->prepare(sql));
  if (sqlite3_stmt_readonly(statement.get()) == 0)
    return invalid_argument("'" + path + "' is only read: give a query that begins with SELECT or WITH");
  std::vector<std::string> names;
  const int columns = sqlite3_column_count(statement.get());
  for (int column = 0; column < columns; ++column) names.emplace_back(sqlite3_column_name(statement.get(), column));
  cells.begin(names);
  int code = SQLITE_ROW;
  while (!cells.is_full() && (code = statement.step()) == SQLITE_ROW) {
    for (int column = 0; column < columns; ++column) add_cell(statement.get(), column, cells);
  }
  if (code != SQLITE_ROW && code != SQLITE_DONE) return connection->error(code, "read");
  return {};
}

const char* sql_type(ColumnType type) {
  switch (type) {
    case ColumnType::kFloat64: return "REAL";
    case ColumnType::kText: return "TEXT";
    default: return "INTEGER";
  }
}

void bind_cell(Statement& insert, int place, const Column& column, std::size_t row) {
  switch (column.type()) {
    case ColumnType::kFloat64: return insert.bind(place, column.float64s()[row]);
    case ColumnType::kInt64: return insert.bind(place, column.int64s()[row]);
    case ColumnType::kTime:
      return column.int64s()[row] == kNoTime ? insert.bind_null(place) : insert.bind(place, column.int64s()[row]);
    case ColumnType::kBool: return insert.bind(place, std::int64_t{column.bools()[row]});
    case ColumnType::kText: break;
  }
  const std::int32_t code = column.codes()[row];
  if (code < 0) return insert.bind_null(place);
  insert.bind(place, std::string_view((*column.dictionary())[static_cast<std::size_t>(code)]));
}

/// A table that is there may be replaced by its like only, so that no other is lost by a slip of the pen.
Status check_table(Connection& connection, const Table& rows, const std::string& table) {
  PEAK_ASSIGN_OR_RETURN(const std::int64_t owner, connection.integer("PRAGMA application_id"));
  PEAK_ASSIGN_OR_RETURN(const std::vector<TableColumns> tables, connection.tables());
  for (const TableColumns& one : tables) {
    if (one.table != table) continue;
    bool same = owner != kApplicationId && one.columns.size() == rows.columns.size();
    for (std::size_t i = 0; same && i < rows.columns.size(); ++i) same = one.columns[i] == rows.columns[i].name();
    if (same) return {};
    return invalid_argument("'" + connection.path() + "' has another table '" + table +
                            "' already; name another table or file");
  }
  return {};
}

Status create_table(Connection& connection, const Table& rows, const std::string& table) {
  std::string columns;
  for (const Column& column : rows.columns)
    columns += (columns.empty() ? "" : ", ") + quoted_name(column.name()) + " " + sql_type(column.type());
  PEAK_RETURN_IF_ERROR(connection.run("DROP TABLE IF EXISTS " + quoted_name(table)));
  return connection.run("CREATE TABLE " + quoted_name(table) + "(" + columns + ")");
}

Status write(const Table& rows, const std::string& path, const std::string& table) {
  PEAK_ASSIGN_OR_RETURN(const auto connection,
                        Connection::open(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, kBusyTimeoutMs));
  Transaction transaction(*connection);
  PEAK_RETURN_IF_ERROR(transaction.begin());
  PEAK_RETURN_IF_ERROR(check_table(*connection, rows, table));
  PEAK_RETURN_IF_ERROR(create_table(*connection, rows, table));
  std::vector<std::string> names;
  for (const Column& column : rows.columns) names.push_back(column.name());
  PEAK_ASSIGN_OR_RETURN(Statement insert, connection->prepare(insert_sql(table, names)));
  for (std::size_t row = 0; row < rows.rows(); ++row) {
    for (std::size_t i = 0; i < rows.columns.size(); ++i)
      bind_cell(insert, static_cast<int>(i) + 1, rows.columns[i], row);
    PEAK_RETURN_IF_ERROR(connection->finish(insert));
  }
  return transaction.commit();
}

}  // namespace

void read_databases() { io::set_query_runner(&run_query); }

Status write_table(const Table& rows, const std::string& path, const std::string& table) {
  if (table.empty() || table.starts_with("sqlite_")) {
    return invalid_argument("a table cannot be named '" + table + "'; name another");
  }
  if (rows.columns.empty()) return invalid_argument("there are no columns to write to '" + path + "'");
  std::error_code ignored;
  const bool is_new = !std::filesystem::exists(path, ignored);
  Status done = write(rows, path, table);
  if (!done.ok() && is_new) std::filesystem::remove(path, ignored);
  return done;
}

}  // namespace peak::store
