// Index advice: which index a slow query wants, from its text and SQLite's plan.
//
// The advice is a guess made from the columns that the query compares, sorts and groups by; whoever gives it to a user
// first asks SQLite's planner, on a copy of the schema, whether it would use the index (TradeStore::profile, Python's
// QueryProfiler).
//
// Threads: pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "peak/store/schema.hpp"

namespace peak::store {

/// A table as the advice needs it.
struct TableColumns {
  std::string table;
  std::vector<std::string> columns;
};

/// What one line of EXPLAIN QUERY PLAN says of a table.
struct PlanStep {
  std::string table;    ///< or its alias, as the plan names it
  bool scan = false;    ///< every row is read; else rows are searched by an index or key
  std::string index{};  ///< the index that is used; empty if none
};

/// A step of "SCAN trades", "SEARCH t USING INDEX i (symbol=?)", also in the words of SQLite before 3.36; none for
/// lines about sorting, subqueries and the like.
[[nodiscard]] std::optional<PlanStep> parse_plan_step(std::string_view detail);

/// "USE TEMP B-TREE FOR ORDER BY": rows are sorted that an index would deliver in order.
[[nodiscard]] bool is_sort_step(std::string_view detail) noexcept;

/// The table of `tables` that `name` stands for in the query: itself, or the table that the query gives this alias.
[[nodiscard]] std::optional<std::string> resolve_table(std::string_view sql, std::string_view name,
                                                       const std::vector<TableColumns>& tables);

/// Indexes on `table` that may help the query, the most promising first: columns compared for equality, then the first
/// compared with < > BETWEEN, or those of ORDER BY and GROUP BY.
[[nodiscard]] std::vector<IndexDefinition> index_candidates(std::string_view sql, const TableColumns& table);

}  // namespace peak::store
