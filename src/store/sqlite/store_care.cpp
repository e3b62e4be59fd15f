// Looking after the file: indexes, statistics, integrity, backups; and reading it.
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "peak/store/trade_store.hpp"
#include "store/sqlite/connection.hpp"

namespace peak::store {
namespace {

std::string described(const IndexDefinition& index) {
  std::string text = index.table + "(";
  for (const std::string& column : index.columns) text += (text.back() == '(' ? "" : ", ") + column;
  return text + ")";
}

const TableColumns* find_table(const std::vector<TableColumns>& tables, const std::string& name) {
  const auto at = std::find_if(tables.begin(), tables.end(), [&](const auto& table) { return table.table == name; });
  return at == tables.end() ? nullptr : &*at;
}

void add_once(std::vector<std::string>& list, const std::string& text) {
  if (std::find(list.begin(), list.end(), text) == list.end()) list.push_back(text);
}

/// Whether the table has every column of the index; notes those that it lacks.
bool has_columns(const TableColumns& table, const IndexDefinition& index, Optimization& done) {
  bool all = true;
  for (const std::string& column : index.columns) {
    if (std::find(table.columns.begin(), table.columns.end(), column) != table.columns.end()) continue;
    add_once(done.missing_columns, index.table + "." + column);
    all = false;
  }
  return all;
}

/// Looks at every recommended index; `done` tells what is there, what is given back is not.
Result<std::vector<IndexDefinition>> wanted_indexes(Connection& connection, Optimization& done) {
  std::vector<IndexDefinition> wanted;
  PEAK_ASSIGN_OR_RETURN(const std::vector<TableColumns> tables, connection.tables());
  for (const IndexDefinition& index : recommended_indexes()) {
    const TableColumns* table = find_table(tables, index.table);
    if (table == nullptr) {
      add_once(done.missing_tables, index.table);
      continue;
    }
    if (!has_columns(*table, index, done)) continue;
    PEAK_ASSIGN_OR_RETURN(const auto present, connection.indexes(index.table));
    if (std::find(present.begin(), present.end(), index.columns) != present.end()) {
      done.present.push_back(described(index));
    } else {
      wanted.push_back(index);
    }
    add_once(done.analyzed, index.table);
  }
  return wanted;
}

}  // namespace

Result<std::vector<IndexDefinition>> TradeStore::lacking_indexes() {
  Optimization seen;
  return wanted_indexes(*connection_, seen);
}

Result<Optimization> TradeStore::optimize() {
  Optimization done;
  Transaction transaction(*connection_);
  PEAK_RETURN_IF_ERROR(transaction.begin());
  PEAK_ASSIGN_OR_RETURN(const std::vector<IndexDefinition> wanted, wanted_indexes(*connection_, done));
  for (const IndexDefinition& index : wanted) {
    PEAK_RETURN_IF_ERROR(connection_->run(create_index_sql(index)));
    done.created.push_back(index_name(index));
  }
  for (const std::string& table : done.analyzed) {
    PEAK_RETURN_IF_ERROR(connection_->run("ANALYZE " + quoted_name(table)));
  }
  PEAK_RETURN_IF_ERROR(transaction.commit());
  return done;
}

Result<std::vector<std::string>> TradeStore::check_integrity() {
  PEAK_ASSIGN_OR_RETURN(Statement statement, connection_->prepare("PRAGMA integrity_check"));
  std::vector<std::string> problems;
  int code = 0;
  while ((code = statement.step()) == SQLITE_ROW) problems.push_back(statement.text(0));
  // A file too damaged to be checked is damaged, not unreadable.
  if (code != SQLITE_DONE) {
    if ((code & 0xff) != SQLITE_CORRUPT && (code & 0xff) != SQLITE_NOTADB) return connection_->error(code);
    problems.emplace_back(sqlite3_errmsg(connection_->get()));
  }
  if (problems.size() == 1 && problems.front() == "ok") problems.clear();
  PEAK_ASSIGN_OR_RETURN(Statement orphans, connection_->prepare("PRAGMA foreign_key_check"));
  while ((code = orphans.step()) == SQLITE_ROW) {
    problems.push_back("a row of " + orphans.text(0) + " belongs to no row of " + orphans.text(2));
  }
  return problems;
}

Status TradeStore::backup(const std::string& path) {
  const std::string beside = path + ".part-" + std::to_string(::getpid());
  ::unlink(beside.c_str());
  const auto copy = [&]() -> Status {
    PEAK_ASSIGN_OR_RETURN(const std::unique_ptr<Connection> target,
                          Connection::open(beside, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, 0));
    PEAK_RETURN_IF_ERROR(copy_database(*connection_, *target));
    // One whole file: without it the copy would bring a -wal file of its own.
    return target->run("PRAGMA journal_mode = DELETE");
  };
  Status status = copy();
  if (status.ok() && std::rename(beside.c_str(), path.c_str()) != 0) {
    status = io_error("cannot write '" + path + "': " + std::strerror(errno));
  }
  if (!status.ok()) ::unlink(beside.c_str());
  return status;
}

Result<QueryRows> TradeStore::query(const std::string& sql, std::span<const Value> parameters) {
  PEAK_ASSIGN_OR_RETURN(Statement statement, connection_->prepare(sql));
  if (sqlite3_stmt_readonly(statement.get()) == 0) {
    return invalid_argument("this SQL changes the database; only queries are run here");
  }
  for (std::size_t i = 0; i < parameters.size(); ++i) statement.bind_value(static_cast<int>(i) + 1, parameters[i]);
  QueryRows found;
  const int columns = sqlite3_column_count(statement.get());
  for (int i = 0; i < columns; ++i) found.columns.emplace_back(sqlite3_column_name(statement.get(), i));
  int code = 0;
  while ((code = statement.step()) == SQLITE_ROW) {
    std::vector<Value>& row = found.rows.emplace_back();
    row.reserve(static_cast<std::size_t>(columns));
    for (int i = 0; i < columns; ++i) row.push_back(statement.value(i));
  }
  if (code != SQLITE_DONE) return connection_->error(code);
  return found;
}

}  // namespace peak::store
