#include "store/sqlite/connection.hpp"

#include "store/sql_words.hpp"

namespace peak::store {

void Statement::bind_value(int place, const Value& value) {
  if (const auto* whole = std::get_if<std::int64_t>(&value)) return bind(place, *whole);
  if (const auto* real = std::get_if<double>(&value)) return bind(place, *real);
  if (const auto* words = std::get_if<std::string>(&value)) return bind(place, std::string_view(*words));
  bind_null(place);
}

std::string Statement::text(int column) const {
  const auto* bytes = static_cast<const char*>(sqlite3_column_blob(get(), column));
  const int size = sqlite3_column_bytes(get(), column);
  return bytes == nullptr ? std::string() : std::string(bytes, static_cast<std::size_t>(size));
}

Value Statement::value(int column) const {
  switch (sqlite3_column_type(get(), column)) {
    case SQLITE_INTEGER: return integer(column);
    case SQLITE_FLOAT: return number(column);
    case SQLITE_NULL: return std::monostate();
    default: return text(column);
  }
}

Result<std::unique_ptr<Connection>> Connection::open(const std::string& path, int flags, int busy_timeout_ms) {
  sqlite3* handle = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &handle, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
  std::unique_ptr<Connection> connection(new Connection(path, handle));
  if (handle == nullptr) return io_error("cannot open '" + path + "': out of memory");
  if (code != SQLITE_OK) return connection->error(code, "open");
  sqlite3_busy_timeout(handle, busy_timeout_ms);
  return connection;
}

Status Connection::run(const std::string& sql) {
  const int code = sqlite3_exec(get(), sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return error(code);
  return {};
}

Result<Statement> Connection::prepare(const std::string& sql) {
  sqlite3_stmt* handle = nullptr;
  const char* rest = nullptr;
  const int code = sqlite3_prepare_v2(get(), sql.c_str(), static_cast<int>(sql.size()) + 1, &handle, &rest);
  if (code != SQLITE_OK) return error(code);
  Statement statement(handle);
  if (handle == nullptr) return invalid_argument("the SQL is empty; give one statement");
  if (!sql_words(rest).empty() && !(sql_words(rest).size() == 1 && sql_words(rest)[0].is(";"))) {
    return invalid_argument("the SQL holds more than one statement; give one at a time");
  }
  return statement;
}

Result<std::int64_t> Connection::integer(const std::string& sql) {
  PEAK_ASSIGN_OR_RETURN(Statement statement, prepare(sql));
  const int code = statement.step();
  if (code == SQLITE_DONE) return std::int64_t{0};
  if (code != SQLITE_ROW) return error(code);
  return statement.integer(0);
}

Status Connection::finish(Statement& statement) {
  const int code = statement.step();
  if (code != SQLITE_DONE && code != SQLITE_ROW) return error(code);
  statement.reset();
  return {};
}

Error Connection::error(int code, std::string_view doing) const {
  const std::string file = "'" + path_ + "'";
  switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:  // the locks of the write-ahead log's index
      return io_error(file +
                      " is locked by another program that writes to it; try again when that is done, or wait "
                      "longer (--wait, timeout in Python)");
    case SQLITE_READONLY: return io_error(file + " cannot be written to: it, or its folder, is read-only");
    case SQLITE_NOTADB: return bad_data(file + " is not a SQLite database; it was not changed");
    case SQLITE_CORRUPT: return bad_data(file + " is damaged: " + sqlite3_errmsg(get()) + "; restore a backup");
    case SQLITE_FULL: return io_error(file + ": the disk is full; nothing was written");
    case SQLITE_CANTOPEN: return io_error("cannot open " + file + ": its folder is missing or may not be used");
    case SQLITE_PERM:
    case SQLITE_AUTH: return io_error(file + ": access is denied");
    case SQLITE_IOERR: return io_error(file + ": " + sqlite3_errstr(code));
    case SQLITE_CONSTRAINT: return bad_data(file + ": " + sqlite3_errmsg(get()));
    case SQLITE_ERROR:
    case SQLITE_RANGE: return invalid_argument(std::string("SQLite does not take this SQL: ") + sqlite3_errmsg(get()));
    default: break;
  }
  return io_error(file + (doing.empty() ? "" : ": cannot " + std::string(doing)) + ": " + sqlite3_errmsg(get()));
}

Result<std::vector<TableColumns>> Connection::tables() {
  PEAK_ASSIGN_OR_RETURN(
      Statement statement,
      prepare("SELECT m.name, c.name FROM sqlite_schema m JOIN pragma_table_info(m.name) c WHERE "
              "m.type = 'table' AND m.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY m.name, c.cid"));
  std::vector<TableColumns> found;
  int code = 0;
  while ((code = statement.step()) == SQLITE_ROW) {
    std::string table = statement.text(0);
    if (found.empty() || found.back().table != table) found.push_back({std::move(table), {}});
    found.back().columns.push_back(statement.text(1));
  }
  if (code != SQLITE_DONE) return error(code);
  return found;
}

Result<std::vector<std::vector<std::string>>> Connection::indexes(const std::string& table) {
  // A partial index serves some queries only, so it does not count.
  PEAK_ASSIGN_OR_RETURN(Statement statement,
                        prepare("SELECT i.name, c.name FROM pragma_index_list(?) i JOIN pragma_index_info(i.name) c "
                                "WHERE NOT i.partial ORDER BY i.seq, c.seqno"));
  statement.bind(1, std::string_view(table));
  std::vector<std::vector<std::string>> found;
  std::string last;
  int code = 0;
  while ((code = statement.step()) == SQLITE_ROW) {
    if (found.empty() || statement.text(0) != last) found.emplace_back();
    last = statement.text(0);
    found.back().push_back(statement.text(1));
  }
  if (code != SQLITE_DONE) return error(code);
  return found;
}

Transaction::~Transaction() {
  if (open_) sqlite3_exec(connection_.get(), "ROLLBACK", nullptr, nullptr, nullptr);
}

Status Transaction::begin() {
  PEAK_RETURN_IF_ERROR(connection_.run("BEGIN IMMEDIATE"));
  open_ = true;
  return {};
}

Status Transaction::commit() {
  PEAK_RETURN_IF_ERROR(connection_.run("COMMIT"));
  open_ = false;
  return {};
}

Status copy_database(Connection& from, Connection& to) {
  sqlite3_backup* copy = sqlite3_backup_init(to.get(), "main", from.get(), "main");
  if (copy == nullptr) return to.error(sqlite3_extended_errcode(to.get()), "copy to it");
  constexpr int kPagesAtOnce = 4096;  // between them other programs may write to the source
  constexpr int kPauseMs = 5;
  constexpr int kMostPauses = 2000;
  int code = SQLITE_OK;
  for (int pauses = 0; pauses < kMostPauses;) {
    code = sqlite3_backup_step(copy, kPagesAtOnce);
    if (code == SQLITE_OK) continue;
    if ((code & 0xff) != SQLITE_BUSY && (code & 0xff) != SQLITE_LOCKED) break;
    sqlite3_sleep(kPauseMs);
    ++pauses;
  }
  const int end = sqlite3_backup_finish(copy);
  if (code != SQLITE_DONE) return from.error(code, "copy it");
  if (end != SQLITE_OK) return to.error(end, "copy to it");
  return {};
}

}  // namespace peak::store
