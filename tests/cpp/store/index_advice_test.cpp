#include "peak/store/index_advice.hpp"

#include <gtest/gtest.h>

namespace peak::store {
namespace {

const TableColumns kTrades = {"trades", {"id", "symbol", "side", "quantity", "price", "timestamp"}};
const TableColumns kRuns = {"runs", {"id", "name", "symbol"}};

using Columns = std::vector<std::string>;

Columns best(const char* sql, const TableColumns& table = kTrades) {
  const std::vector<IndexDefinition> found = index_candidates(sql, table);
  return found.empty() ? Columns() : found.front().columns;
}

TEST(PlanStep, ReadsBothWordings) {
  // The words of SQLite 3.40 and of 3.35 for the same plan.
  for (const char* detail : {"SCAN t", "SCAN TABLE trades AS t"}) {
    EXPECT_EQ(parse_plan_step(detail)->table, "t");
    EXPECT_TRUE(parse_plan_step(detail)->scan);
  }
  const auto search = parse_plan_step("SEARCH trades USING INDEX idx_trades_symbol (symbol=?)");
  EXPECT_FALSE(search->scan);
  EXPECT_EQ(search->index, "idx_trades_symbol");
  EXPECT_EQ(parse_plan_step("SCAN trades USING COVERING INDEX i")->index, "i");
  EXPECT_EQ(parse_plan_step("SEARCH trades USING INTEGER PRIMARY KEY (rowid=?)")->index, "");
  EXPECT_FALSE(parse_plan_step("USE TEMP B-TREE FOR ORDER BY"));
  EXPECT_FALSE(parse_plan_step("SCAN CONSTANT ROW"));
  EXPECT_TRUE(is_sort_step("USE TEMP B-TREE FOR ORDER BY"));
}

TEST(Candidates, TakeComparedColumnsThenOrder) {
  EXPECT_EQ(best("SELECT * FROM trades WHERE symbol = ?"), (Columns{"symbol"}));
  EXPECT_EQ(best("SELECT * FROM trades WHERE timestamp BETWEEN 1 AND 2 AND symbol = 'x'"),
            (Columns{"symbol", "timestamp"}));
  EXPECT_EQ(best("SELECT * FROM trades WHERE ? < timestamp"), (Columns{"timestamp"}));
  EXPECT_EQ(best("select * from TRADES where Symbol in ('a') order by TIMESTAMP desc limit 5"),
            (Columns{"symbol", "timestamp"}));
  EXPECT_EQ(best("SELECT symbol, sum(quantity) FROM trades GROUP BY symbol"), (Columns{"symbol"}));
  EXPECT_EQ(best("SELECT * FROM trades"), Columns());
  EXPECT_EQ(best("SELECT price = 3 /* symbol = 1 */ FROM trades -- side = 2"), (Columns{"price"}));
  EXPECT_EQ(best("SELECT * FROM trades WHERE side = 'symbol = 1'"), (Columns{"side"}));
}

TEST(Candidates, KeepTablesApart) {
  const char* sql = "SELECT * FROM trades t JOIN runs AS r ON t.symbol = r.symbol WHERE r.name = ? AND t.price > 3";
  EXPECT_EQ(best(sql), (Columns{"symbol", "price"}));
  EXPECT_EQ(best(sql, kRuns), (Columns{"symbol", "name"}));
  EXPECT_EQ(*resolve_table(sql, "t", {kTrades, kRuns}), "trades");
  EXPECT_EQ(*resolve_table(sql, "r", {kTrades, kRuns}), "runs");
  EXPECT_FALSE(resolve_table(sql, "x", {kTrades, kRuns}));
}

TEST(Candidates, TakeAnyText) {
  for (const char* sql : {"", "'", "\"", "[", "/*", "--", "?", "a.", ".",
                          "SELECT 'a''b' FROM trades WHERE \"symbol\"=1", "= = =", "order by", "trades as", "trades"}) {
    static_cast<void>(index_candidates(sql, kTrades));
    static_cast<void>(resolve_table(sql, "t", {kTrades}));
  }
}

TEST(Schema, QuotesNames) {
  EXPECT_EQ(create_index_sql({"a\"b", {"x y", "z"}}),
            "CREATE INDEX IF NOT EXISTS \"idx_a\"\"b_x y_z\" ON \"a\"\"b\"(\"x y\", \"z\")");
  EXPECT_EQ(insert_sql("t", {"a", "b"}, 2), "INSERT INTO \"t\"(\"a\", \"b\") VALUES (?,?),(?,?)");
}

}  // namespace
}  // namespace peak::store
