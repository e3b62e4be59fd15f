#include "peak/store/schema.hpp"

namespace peak::store {
namespace {

// Rows of history and of round trips are found by their run and keep its order, so they are stored in it.
const std::vector<std::string>& first_version() {
  static const std::vector<std::string> kStatements = {
      "CREATE TABLE IF NOT EXISTS trades (id INTEGER PRIMARY KEY, symbol TEXT NOT NULL, side TEXT NOT NULL, "
      "quantity REAL NOT NULL, price REAL NOT NULL, timestamp INTEGER NOT NULL, fees REAL, strategy TEXT, tag TEXT)",
      "CREATE TABLE IF NOT EXISTS portfolio_history (run_id INTEGER NOT NULL DEFAULT 0, date INTEGER NOT NULL, "
      "equity REAL NOT NULL, cash REAL, positions_value REAL, PRIMARY KEY (run_id, date)) WITHOUT ROWID",
      "CREATE TABLE IF NOT EXISTS positions (symbol TEXT PRIMARY KEY, quantity REAL NOT NULL, average_price REAL, "
      "current_price REAL, updated_at INTEGER)"};
  return kStatements;
}

const std::vector<std::string>& second_version() {
  static const std::vector<std::string> kStatements = {
      "CREATE TABLE IF NOT EXISTS runs (id INTEGER PRIMARY KEY, created_at INTEGER NOT NULL, name TEXT NOT NULL, "
      "strategy TEXT NOT NULL, parameters TEXT NOT NULL, fingerprint TEXT NOT NULL, symbol TEXT NOT NULL, "
      "data_path TEXT, data_fingerprint TEXT NOT NULL, start_time INTEGER, end_time INTEGER, bars INTEGER NOT NULL, "
      "trades INTEGER NOT NULL, final_equity REAL, total_return REAL, sharpe REAL, max_drawdown REAL, "
      "engine_version TEXT NOT NULL, document TEXT NOT NULL)",
      "CREATE TABLE IF NOT EXISTS run_trades (run_id INTEGER NOT NULL REFERENCES runs(id) ON DELETE CASCADE, "
      "number INTEGER NOT NULL, symbol TEXT NOT NULL, side TEXT NOT NULL, quantity REAL NOT NULL, "
      "entry_bar INTEGER NOT NULL, entry_time INTEGER NOT NULL, entry_price REAL NOT NULL, exit_bar INTEGER, "
      "exit_time INTEGER, exit_price REAL, fees REAL NOT NULL, pnl REAL, \"return\" REAL, bars INTEGER NOT NULL, "
      "mae REAL, mfe REAL, exit_reason TEXT, ambiguous INTEGER NOT NULL, status TEXT NOT NULL, "
      "PRIMARY KEY (run_id, number)) WITHOUT ROWID"};
  return kStatements;
}

}  // namespace

const std::vector<Migration>& schema_migrations() {
  static const std::vector<Migration> kMigrations = {{1, first_version()}, {2, second_version()}};
  return kMigrations;
}

std::string quoted_name(const std::string& name) {
  std::string text = "\"";
  for (const char c : name) {
    if (c == '"') text += '"';
    text += c;
  }
  return text + '"';
}

std::string index_name(const IndexDefinition& index) {
  std::string name = "idx_" + index.table;
  for (const std::string& column : index.columns) name += "_" + column;
  return name;
}

std::string create_index_sql(const IndexDefinition& index) {
  std::string sql =
      "CREATE INDEX IF NOT EXISTS " + quoted_name(index_name(index)) + " ON " + quoted_name(index.table) + "(";
  for (std::size_t i = 0; i < index.columns.size(); ++i) sql += (i == 0 ? "" : ", ") + quoted_name(index.columns[i]);
  return sql + ")";
}

const std::vector<IndexDefinition>& recommended_indexes() {
  static const std::vector<IndexDefinition> kIndexes = {{"trades", {"timestamp"}},
                                                        {"trades", {"symbol"}},
                                                        {"trades", {"symbol", "timestamp"}},
                                                        {"portfolio_history", {"date"}},
                                                        {"positions", {"symbol"}},
                                                        {"runs", {"fingerprint"}},
                                                        {"runs", {"created_at"}},
                                                        {"runs", {"strategy", "created_at"}},
                                                        {"run_trades", {"symbol", "entry_time"}}};
  return kIndexes;
}

std::string insert_sql(const std::string& table, const std::vector<std::string>& columns, std::size_t rows) {
  std::string names;
  std::string places;
  for (const std::string& column : columns) {
    names += (names.empty() ? "" : ", ") + quoted_name(column);
    places += places.empty() ? "(?" : ",?";
  }
  places += ')';
  std::string sql = "INSERT INTO " + quoted_name(table) + "(" + names + ") VALUES ";
  for (std::size_t row = 0; row < rows; ++row) sql += (row == 0 ? "" : ",") + places;
  return sql;
}

const std::vector<std::string>& run_columns() {
  static const std::vector<std::string> kColumns = {
      "created_at",       "name",         "strategy",       "parameters", "fingerprint", "symbol",       "data_path",
      "data_fingerprint", "start_time",   "end_time",       "bars",       "trades",      "final_equity", "total_return",
      "sharpe",           "max_drawdown", "engine_version", "document"};
  return kColumns;
}

const std::vector<std::string>& run_trade_columns() {
  static const std::vector<std::string> kColumns = {"run_id",     "number",     "symbol",      "side",      "quantity",
                                                    "entry_bar",  "entry_time", "entry_price", "exit_bar",  "exit_time",
                                                    "exit_price", "fees",       "pnl",         "return",    "bars",
                                                    "mae",        "mfe",        "exit_reason", "ambiguous", "status"};
  return kColumns;
}

}  // namespace peak::store
