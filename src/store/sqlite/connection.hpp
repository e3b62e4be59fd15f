// Connection and Statement: SQLite's handles with their owners, and its codes as errors of this library.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "peak/base/status.hpp"
#include "peak/store/index_advice.hpp"
#include "peak/store/trade_store.hpp"

namespace peak::store {

/// A prepared statement. Text that is bound must live until the step.
class Statement {
 public:
  explicit Statement(sqlite3_stmt* handle) : handle_(handle) {}

  void bind(int place, std::int64_t value) { sqlite3_bind_int64(get(), place, value); }
  void bind(int place, double value) { sqlite3_bind_double(get(), place, value); }  // NaN becomes NULL
  void bind(int place, std::string_view value) {
    sqlite3_bind_text64(get(), place, value.data(), value.size(), SQLITE_STATIC, SQLITE_UTF8);
  }
  void bind_null(int place) { sqlite3_bind_null(get(), place); }
  void bind(int place, const std::optional<double>& value) { value ? bind(place, *value) : bind_null(place); }
  void bind_value(int place, const Value& value);

  /// SQLITE_ROW, SQLITE_DONE or an error's code.
  int step() { return sqlite3_step(get()); }
  int reset() { return sqlite3_reset(get()); }

  [[nodiscard]] std::int64_t integer(int column) const { return sqlite3_column_int64(get(), column); }
  [[nodiscard]] double number(int column) const { return sqlite3_column_double(get(), column); }
  [[nodiscard]] std::string text(int column) const;
  [[nodiscard]] bool is_null(int column) const { return sqlite3_column_type(get(), column) == SQLITE_NULL; }
  [[nodiscard]] std::optional<double> optional_number(int column) const {
    return is_null(column) ? std::nullopt : std::optional<double>(number(column));
  }
  [[nodiscard]] Value value(int column) const;
  [[nodiscard]] sqlite3_stmt* get() const noexcept { return handle_.get(); }

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* handle) const noexcept { sqlite3_finalize(handle); }
  };
  std::unique_ptr<sqlite3_stmt, Finalize> handle_;
};

class Connection {
 public:
  /// `path` empty: a private database in temporary space, gone when closed.
  [[nodiscard]] static Result<std::unique_ptr<Connection>> open(const std::string& path, int flags,
                                                                int busy_timeout_ms);

  [[nodiscard]] Status run(const std::string& sql);
  [[nodiscard]] Result<Statement> prepare(const std::string& sql);
  /// The first column of the first row.
  [[nodiscard]] Result<std::int64_t> integer(const std::string& sql);
  /// A step that must end the statement.
  [[nodiscard]] Status finish(Statement& statement);

  /// What SQLite says of `code`, with the file's name and the remedy.
  [[nodiscard]] Error error(int code, std::string_view doing = {}) const;

  /// The tables that users made, with their columns.
  [[nodiscard]] Result<std::vector<TableColumns>> tables();
  /// Each index of a table as its columns; an expression's column is empty. A primary key counts as an index.
  [[nodiscard]] Result<std::vector<std::vector<std::string>>> indexes(const std::string& table);

  [[nodiscard]] sqlite3* get() const noexcept { return handle_.get(); }
  [[nodiscard]] const std::string& path() const noexcept { return path_; }

  int schema_version = 0;

 private:
  struct Close {
    void operator()(sqlite3* handle) const noexcept { sqlite3_close_v2(handle); }
  };
  Connection(std::string path, sqlite3* handle) : path_(std::move(path)), handle_(handle) {}
  std::string path_;
  std::unique_ptr<sqlite3, Close> handle_;
};

/// A transaction that is undone unless it is committed.
class Transaction {
 public:
  explicit Transaction(Connection& connection) : connection_(connection) {}
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  /// Waits for other writers here rather than in the middle.
  [[nodiscard]] Status begin();
  [[nodiscard]] Status commit();

 private:
  Connection& connection_;
  bool open_ = false;
};

/// Copies every page of `from` to `to` while others may write.
[[nodiscard]] Status copy_database(Connection& from, Connection& to);

}  // namespace peak::store
