// Profiling a query: its time, its plan, and on a copy what a missing index would be worth.
#include <algorithm>
#include <chrono>

#include "peak/store/trade_store.hpp"
#include "store/sqlite/connection.hpp"

namespace peak::store {
namespace {

/// An index that saves less than this share of the time is not worth its upkeep.
constexpr double kWorthwhile = 0.9;
/// How often a query is run to find its time: the best of many for a short one, which other programs disturb easily.
constexpr int kRuns = 3, kRunsOfShort = 12;
constexpr double kShort = 0.02;

struct Measured {
  double seconds = 0;
  std::int64_t rows = 0, scanned = 0, steps = 0;
};

Result<Statement> prepared(Connection& connection, const std::string& sql, std::span<const Value> parameters) {
  PEAK_ASSIGN_OR_RETURN(Statement statement, connection.prepare(sql));
  if (sqlite3_stmt_readonly(statement.get()) == 0) {
    return invalid_argument("this SQL changes the database; only queries are profiled");
  }
  for (std::size_t i = 0; i < parameters.size(); ++i) statement.bind_value(static_cast<int>(i) + 1, parameters[i]);
  return statement;
}

Result<Measured> measure(Connection& connection, const std::string& sql, std::span<const Value> parameters) {
  PEAK_ASSIGN_OR_RETURN(Statement statement, prepared(connection, sql, parameters));
  Measured found;
  const int columns = sqlite3_column_count(statement.get());
  const auto begin = std::chrono::steady_clock::now();
  int code = 0;
  while ((code = statement.step()) == SQLITE_ROW) {
    // Values are decoded as a reader would have them decoded.
    for (int i = 0; i < columns; ++i) static_cast<void>(sqlite3_column_bytes(statement.get(), i));
    ++found.rows;
  }
  found.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  if (code != SQLITE_DONE) return connection.error(code);
  found.scanned = sqlite3_stmt_status(statement.get(), SQLITE_STMTSTATUS_FULLSCAN_STEP, 0);
  found.steps = sqlite3_stmt_status(statement.get(), SQLITE_STMTSTATUS_VM_STEP, 0);
  return found;
}

Result<Measured> best_of_runs(Connection& connection, const std::string& sql, std::span<const Value> parameters) {
  PEAK_ASSIGN_OR_RETURN(Measured best, measure(connection, sql, parameters));
  for (int run = 1; run < (best.seconds < kShort ? kRunsOfShort : kRuns); ++run) {
    PEAK_ASSIGN_OR_RETURN(const Measured next, measure(connection, sql, parameters));
    if (next.seconds < best.seconds) best = next;
  }
  return best;
}

Result<std::vector<std::string>> plan_of(Connection& connection, const std::string& sql,
                                         std::span<const Value> parameters) {
  PEAK_ASSIGN_OR_RETURN(Statement statement, prepared(connection, "EXPLAIN QUERY PLAN " + sql, parameters));
  std::vector<std::string> lines;
  int code = 0;
  constexpr int kDetail = 3;
  while ((code = statement.step()) == SQLITE_ROW) lines.push_back(statement.text(kDetail));
  if (code != SQLITE_DONE) return connection.error(code);
  return lines;
}

/// Tables that the plan reads from end to end, or, when it sorts, every table in it.
std::vector<TableColumns> tables_wanting(const std::string& sql, const std::vector<std::string>& plan, bool sorts,
                                         const std::vector<TableColumns>& tables) {
  std::vector<TableColumns> found;
  for (const std::string& line : plan) {
    const std::optional<PlanStep> step = parse_plan_step(line);
    if (!step || !(step->scan || sorts)) continue;
    const std::optional<std::string> name = resolve_table(sql, step->table, tables);
    if (!name) continue;
    const auto known = [&](const TableColumns& table) { return table.table == *name; };
    if (std::any_of(found.begin(), found.end(), known)) continue;
    found.push_back(*std::find_if(tables.begin(), tables.end(), known));
  }
  return found;
}

/// The index's worth on the copy; nothing if the planner does not use it or it saves too little.
Result<std::optional<MissingIndex>> tried(Connection& copy, const IndexDefinition& index, const std::string& sql,
                                          std::span<const Value> parameters, double seconds_before) {
  const std::string name = index_name(index);
  MissingIndex missing;
  missing.index = index;
  missing.sql = create_index_sql(index);
  missing.seconds_before = seconds_before;
  PEAK_RETURN_IF_ERROR(copy.run(missing.sql));
  PEAK_ASSIGN_OR_RETURN(const std::vector<std::string> plan, plan_of(copy, sql, parameters));
  const bool used = std::any_of(plan.begin(), plan.end(), [&](const std::string& line) {
    const auto step = parse_plan_step(line);
    return step && step->index == name;
  });
  Measured after;
  if (used) {
    PEAK_ASSIGN_OR_RETURN(after, best_of_runs(copy, sql, parameters));
  }
  PEAK_RETURN_IF_ERROR(copy.run("DROP INDEX " + quoted_name(name)));
  if (!used || after.seconds > seconds_before * kWorthwhile) return std::optional<MissingIndex>();
  missing.seconds_after = after.seconds;
  missing.rows_scanned_after = after.scanned;
  return std::optional<MissingIndex>(std::move(missing));
}

Result<std::vector<MissingIndex>> missing_indexes(Connection& connection, const std::string& sql,
                                                  std::span<const Value> parameters,
                                                  const std::vector<TableColumns>& wanting) {
  std::vector<MissingIndex> found;
  if (wanting.empty()) return found;
  PEAK_ASSIGN_OR_RETURN(const std::unique_ptr<Connection> copy,
                        Connection::open("", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, 0));
  PEAK_RETURN_IF_ERROR(copy_database(connection, *copy));
  PEAK_ASSIGN_OR_RETURN(const Measured before, best_of_runs(*copy, sql, parameters));
  for (const TableColumns& table : wanting) {
    PEAK_ASSIGN_OR_RETURN(const auto present, connection.indexes(table.table));
    std::optional<MissingIndex> best;
    for (const IndexDefinition& index : index_candidates(sql, table)) {
      if (std::find(present.begin(), present.end(), index.columns) != present.end()) continue;
      PEAK_ASSIGN_OR_RETURN(const auto worth, tried(*copy, index, sql, parameters, before.seconds));
      if (worth && (!best || worth->seconds_after < best->seconds_after)) best = worth;
    }
    if (best) found.push_back(std::move(*best));
  }
  return found;
}

}  // namespace

Result<QueryProfile> TradeStore::profile(const std::string& sql, std::span<const Value> parameters,
                                         const ProfileOptions& options) {
  QueryProfile profile;
  profile.sql = sql;
  // First of all, since EXPLAIN alone does not notice what other connections have changed in the schema.
  PEAK_ASSIGN_OR_RETURN(const std::vector<TableColumns> tables, connection_->tables());
  PEAK_ASSIGN_OR_RETURN(profile.plan, plan_of(*connection_, sql, parameters));
  PEAK_ASSIGN_OR_RETURN(const Measured measured, measure(*connection_, sql, parameters));
  profile.seconds = measured.seconds;
  profile.slow = measured.seconds >= options.slow_seconds;
  profile.rows_returned = measured.rows;
  profile.rows_scanned = measured.scanned;
  profile.steps = measured.steps;
  profile.sorts = std::any_of(profile.plan.begin(), profile.plan.end(), is_sort_step);
  if (!options.measure_indexes) return profile;
  const std::vector<TableColumns> wanting = tables_wanting(sql, profile.plan, profile.sorts, tables);
  PEAK_ASSIGN_OR_RETURN(profile.missing_indexes, missing_indexes(*connection_, sql, parameters, wanting));
  return profile;
}

}  // namespace peak::store
