// Schema: the tables of a trade store, their history and their indexes, as SQL text.
//
// Text only: nothing here links SQLite. Programs in C++ use it through TradeStore (trade_store.hpp); Python hands the
// same statements to its own sqlite3, because two copies of SQLite on one file in one process break its locks.
//
// Tables
//     trades              fills: symbol, side, quantity, price, timestamp; fees, strategy, tag
//     portfolio_history   equity by date; run_id 0 is the account itself, others are saved backtests
//     positions           what is held now, with its last price
//     runs                saved backtests: strategy, parameters, fingerprint, metrics, the whole JSON document
//     run_trades          the round trips of a saved backtest, with the columns of BacktestResult's trades
// Units     times are INTEGER nanoseconds since 1970 UTC, money and quantities REAL, fractions fractions.
// Version   PRAGMA user_version; application_id says that the file is ours. A file with tables of these names that
//           someone else made (trades(symbol, price, quantity, timestamp, side) and so on) is taken as it is.
// Threads   pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace peak::store {

/// The version that this library writes.
inline constexpr int kSchemaVersion = 2;
/// "PEAK" in ASCII, in the file's header.
inline constexpr std::int32_t kApplicationId = 0x5045414B;

/// What brings a store from version - 1 to version; run in one transaction.
struct Migration {
  int version = 0;
  std::vector<std::string> statements;
};

/// Every migration, oldest first. Statements leave tables alone that exist already.
[[nodiscard]] const std::vector<Migration>& schema_migrations();

struct IndexDefinition {
  std::string table;
  std::vector<std::string> columns;

  friend bool operator==(const IndexDefinition&, const IndexDefinition&) = default;
};

/// "idx_trades_symbol_timestamp"
[[nodiscard]] std::string index_name(const IndexDefinition& index);
/// CREATE INDEX IF NOT EXISTS "idx_trades_symbol" ON "trades"("symbol")
[[nodiscard]] std::string create_index_sql(const IndexDefinition& index);
/// A name as SQL takes it, whatever is in it.
[[nodiscard]] std::string quoted_name(const std::string& name);

/// Indexes worth having on these tables: by time, by symbol, both together, history by date, runs by fingerprint.
/// Making them pays after a large import rather than before, so a new store has none.
[[nodiscard]] const std::vector<IndexDefinition>& recommended_indexes();

/// INSERT INTO "table"("a", "b") VALUES (?, ?), with `rows` groups of placeholders.
[[nodiscard]] std::string insert_sql(const std::string& table, const std::vector<std::string>& columns,
                                     std::size_t rows = 1);

/// The columns of runs and run_trades in the order in which saved backtests are written.
[[nodiscard]] const std::vector<std::string>& run_columns();
[[nodiscard]] const std::vector<std::string>& run_trade_columns();

}  // namespace peak::store
