// TradeStore: trades, positions, the account's history and saved backtests in one SQLite file.
//
//     auto store = peak::store::TradeStore::open("trades.db");
//     store->insert_trades(rows);                         // all of them or none
//     store->optimize();                                  // indexes and statistics
//     auto profile = store->profile("SELECT * FROM trades WHERE symbol = 'SPY'");
//
// Link     PeakTrade::trade_store (libpeak_store and SQLite); libpeak itself knows no SQLite.
// File     in WAL mode: readers do not wait for the writer nor it for them, and a killed process loses at most what it
//          had not committed. Every call that changes something is one transaction.
// Failure  kNotFound, kIo (locked by another program for longer than busy_timeout_ms, read-only, disk full), kBadData
//          (not a SQLite file, damaged, from a newer Peak Trade, bad rows), kInvalidArgument (SQL that does not parse).
//          A file that is refused is not changed.
// Threads  one store belongs to one thread at a time; several stores, in any processes, may be open on one file.
//          Never open a file through this and through Python's sqlite3 in one process: see schema.hpp.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "peak/base/status.hpp"
#include "peak/sim/backtest.hpp"
#include "peak/store/schema.hpp"
#include "peak/store/trade_rows.hpp"
#include "peak/store/value.hpp"

namespace peak::store {

struct OpenOptions {
  bool create = true;          ///< make the file, or the tables that it lacks; else the file must be there
  bool read_only = false;      ///< refuse every change; the file must be there
  int busy_timeout_ms = 5000;  ///< how long to wait for another writer
};

/// The rows of a query.
struct QueryRows {
  std::vector<std::string> columns;
  std::vector<std::vector<Value>> rows;
};

/// An index that a query lacks, and what it was worth on a copy of the file.
struct MissingIndex {
  IndexDefinition index;
  std::string sql;                      ///< the statement that makes it
  double seconds_before = 0;            ///< best of some runs on the copy
  double seconds_after = 0;             ///< the same with the index
  std::int64_t rows_scanned_after = 0;  ///< by full scans, with the index
};

struct QueryProfile {
  std::string sql;
  double seconds = 0;  ///< of running it to its last row
  bool slow = false;   ///< seconds >= the threshold
  std::int64_t rows_returned = 0;
  std::int64_t rows_scanned = 0;  ///< rows read by full scans of tables, as SQLite counted them
  std::int64_t steps = 0;         ///< operations of SQLite's virtual machine
  bool sorts = false;             ///< rows were sorted because no index gives them in order
  std::vector<std::string> plan;  ///< the lines of EXPLAIN QUERY PLAN
  std::vector<MissingIndex> missing_indexes;
};

struct ProfileOptions {
  double slow_seconds = 0.1;
  bool measure_indexes = true;  ///< try missing indexes on a copy beside the system's temporary files
};

struct Optimization {
  std::vector<std::string> created;          ///< names of the indexes made
  std::vector<std::string> present;          ///< "trades(symbol)": served by an index that was there
  std::vector<std::string> missing_tables;   ///< tables that the file does not have
  std::vector<std::string> missing_columns;  ///< "trades.timestamp": the table has no such column
  std::vector<std::string> analyzed;         ///< tables whose statistics were taken
};

/// A saved backtest, as lists show it.
struct RunSummary {
  std::int64_t id = 0;
  Nanoseconds created_at = kNoTime;
  std::string name, strategy, parameters, fingerprint, symbol, data_path;
  Nanoseconds start = kNoTime, end = kNoTime;
  std::int64_t bars = 0, trades = 0;
  std::optional<double> final_equity, total_return, sharpe, max_drawdown;  ///< none: undefined
};

struct SavedRun {
  RunSummary summary;
  std::string document;  ///< the JSON object of report/json.hpp
};

struct SaveRunOptions {
  std::string name{};       ///< of the run, for lists; empty: the strategy's
  std::string data_path{};  ///< where the bars came from, as the user gave it
  /// Words of the command line that made the run, with which it can be run again; empty: made otherwise.
  std::vector<std::string> command{};
};

class Connection;  ///< an open file; private to src/store/sqlite

class TradeStore {
 public:
  [[nodiscard]] static Result<TradeStore> open(const std::string& path, const OpenOptions& options = {});
  TradeStore(TradeStore&&) noexcept;
  TradeStore& operator=(TradeStore&&) noexcept;
  TradeStore(const TradeStore&) = delete;
  TradeStore& operator=(const TradeStore&) = delete;
  ~TradeStore();

  /// How many were written: all, or none and an error that names row and field.
  [[nodiscard]] Result<std::int64_t> insert_trades(std::span<const TradeRow> trades);
  [[nodiscard]] Result<std::int64_t> insert_trades(const TradeColumns& trades);

  /// Sets the last price of positions; how many there were. Symbols that are not held are passed over.
  [[nodiscard]] Result<std::int64_t> update_prices(std::span<const std::pair<std::string, double>> prices);

  /// Saves a run; the id. A run that is there already (same fingerprint and name) keeps its id and its row.
  [[nodiscard]] Result<std::int64_t> save_run(const BacktestResult& result, const SaveRunOptions& options = {});
  /// Newest first; `limit` 0 gives all.
  [[nodiscard]] Result<std::vector<RunSummary>> runs(std::int64_t limit = 0);
  /// kNotFound if there is none.
  [[nodiscard]] Result<SavedRun> run(std::int64_t id);

  /// The rows of a query that changes nothing; others are refused.
  [[nodiscard]] Result<QueryRows> query(const std::string& sql, std::span<const Value> parameters = {});

  [[nodiscard]] Result<QueryProfile> profile(const std::string& sql, std::span<const Value> parameters = {},
                                             const ProfileOptions& options = {});

  /// Makes the recommended indexes that are not there and takes statistics. Doing it again makes nothing.
  [[nodiscard]] Result<Optimization> optimize();

  /// The recommended indexes that optimize() would make: those whose columns are there and that no index serves.
  [[nodiscard]] Result<std::vector<IndexDefinition>> lacking_indexes();

  /// What is wrong with the file, one sentence each; none: it is whole.
  [[nodiscard]] Result<std::vector<std::string>> check_integrity();

  /// A copy of the present state at `path`, whole or not at all, while others read and write.
  [[nodiscard]] Status backup(const std::string& path);

  [[nodiscard]] int schema_version() const noexcept;
  [[nodiscard]] const std::string& path() const noexcept;

 private:
  explicit TradeStore(std::unique_ptr<Connection> connection);
  std::unique_ptr<Connection> connection_;
};

}  // namespace peak::store
