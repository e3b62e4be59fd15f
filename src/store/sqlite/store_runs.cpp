// Saved backtests.
#include <chrono>

#include "peak/report/json.hpp"
#include "peak/store/run_rows.hpp"
#include "peak/store/trade_store.hpp"
#include "store/sqlite/connection.hpp"

namespace peak::store {
namespace {

constexpr const char* kSummaryColumns =
    "id, created_at, name, strategy, parameters, fingerprint, symbol, data_path, start_time, end_time, bars, trades, "
    "final_equity, total_return, sharpe, max_drawdown";

Nanoseconds now() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

RunSummary read_summary(const Statement& row) {
  RunSummary run;
  int at = 0;
  run.id = row.integer(at++);
  run.created_at = row.integer(at++);
  for (std::string* text : {&run.name, &run.strategy, &run.parameters, &run.fingerprint, &run.symbol, &run.data_path}) {
    *text = row.text(at++);
  }
  for (Nanoseconds* time : {&run.start, &run.end}) {
    *time = row.is_null(at) ? kNoTime : row.integer(at);
    ++at;
  }
  run.bars = row.integer(at++);
  run.trades = row.integer(at++);
  for (std::optional<double>* number : {&run.final_equity, &run.total_return, &run.sharpe, &run.max_drawdown}) {
    *number = row.optional_number(at++);
  }
  return run;
}

void bind_row(Statement& statement, const std::vector<Value>& row) {
  for (std::size_t i = 0; i < row.size(); ++i) statement.bind_value(static_cast<int>(i) + 1, row[i]);
}

Status write_equity(Connection& connection, std::int64_t id, const BacktestResult& result) {
  PEAK_ASSIGN_OR_RETURN(Statement statement,
                        connection.prepare(insert_sql("portfolio_history", {"run_id", "date", "equity"})));
  const auto times = result.bars.time();
  for (std::size_t bar = 0; bar < times.size(); ++bar) {
    statement.bind(1, id);
    statement.bind(2, times[bar]);
    statement.bind(3, result.simulation.equity[bar]);
    PEAK_RETURN_IF_ERROR(connection.finish(statement));
  }
  return {};
}

}  // namespace

Result<std::int64_t> TradeStore::save_run(const BacktestResult& result, const SaveRunOptions& options) {
  const std::vector<Value> row = run_row(result, now(), options.name, options.data_path, options.command);
  Transaction transaction(*connection_);
  PEAK_RETURN_IF_ERROR(transaction.begin());
  PEAK_ASSIGN_OR_RETURN(Statement known, connection_->prepare(same_run_sql()));
  known.bind_value(1, row[kRunFingerprint]);
  known.bind_value(2, row[kRunName]);
  if (known.step() == SQLITE_ROW) return known.integer(0);
  PEAK_ASSIGN_OR_RETURN(Statement statement, connection_->prepare(insert_sql("runs", run_columns())));
  bind_row(statement, row);
  PEAK_RETURN_IF_ERROR(connection_->finish(statement));
  const std::int64_t id = sqlite3_last_insert_rowid(connection_->get());
  PEAK_ASSIGN_OR_RETURN(Statement trade, connection_->prepare(insert_sql("run_trades", run_trade_columns())));
  for (std::vector<Value>& values : run_trade_rows(result)) {
    values.front() = id;
    bind_row(trade, values);
    PEAK_RETURN_IF_ERROR(connection_->finish(trade));
  }
  PEAK_RETURN_IF_ERROR(write_equity(*connection_, id, result));
  PEAK_RETURN_IF_ERROR(transaction.commit());
  return id;
}

Result<std::vector<RunSummary>> TradeStore::runs(std::int64_t limit) {
  PEAK_ASSIGN_OR_RETURN(Statement statement, connection_->prepare(std::string("SELECT ") + kSummaryColumns +
                                                                  " FROM runs ORDER BY id DESC LIMIT ?"));
  statement.bind(1, limit <= 0 ? std::int64_t{-1} : limit);
  std::vector<RunSummary> found;
  int code = 0;
  while ((code = statement.step()) == SQLITE_ROW) found.push_back(read_summary(statement));
  if (code != SQLITE_DONE) return connection_->error(code);
  return found;
}

Result<SavedRun> TradeStore::run(std::int64_t id) {
  PEAK_ASSIGN_OR_RETURN(Statement statement, connection_->prepare(std::string("SELECT ") + kSummaryColumns +
                                                                  ", document FROM runs WHERE id = ?"));
  statement.bind(1, id);
  const int code = statement.step();
  if (code == SQLITE_DONE) {
    return not_found("'" + path() + "' holds no run " + std::to_string(id) + "; 'peak runs list' shows those it holds");
  }
  if (code != SQLITE_ROW) return connection_->error(code);
  constexpr int kDocument = 16;
  return SavedRun{read_summary(statement), statement.text(kDocument)};
}

}  // namespace peak::store
