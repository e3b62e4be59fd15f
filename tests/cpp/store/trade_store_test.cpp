#include "peak/store/trade_store.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmath>
#include <cstdio>
#include <fstream>
#include <thread>

#include "report/synthetic_result.hpp"

namespace peak::store {
namespace {

class TradeStoreTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = ::testing::TempDir() + "store_" + std::to_string(::getpid()) + "_" +
              ::testing::UnitTest::GetInstance()->current_test_info()->name();
    path_ = folder_ + ".db";
    remove();
  }
  void TearDown() override { remove(); }
  void remove() const {
    for (const char* end : {"", "-wal", "-shm", "-journal"}) std::remove((path_ + end).c_str());
    std::remove((folder_ + "_copy.db").c_str());
  }
  [[nodiscard]] TradeStore opened(const OpenOptions& options = {}) const {
    Result<TradeStore> found = TradeStore::open(path_, options);
    EXPECT_TRUE(found.ok()) << found.error().message;
    return std::move(found).value();
  }
  std::string folder_, path_;
};

std::vector<TradeRow> some_trades(std::size_t count) {
  const char* symbols[] = {"SPY", "QQQ", "BTC/USD", "O'Neil"};
  std::vector<TradeRow> rows(count);
  for (std::size_t i = 0; i < count; ++i) {
    rows[i].symbol = symbols[i % 4];
    rows[i].side = i % 2 == 0 ? "buy" : "sell";
    rows[i].quantity = 1.0 + static_cast<double>(i % 7);
    rows[i].price = 100.0 + static_cast<double>(i % 1000) * 0.01;
    rows[i].timestamp = 1'600'000'000'000'000'000 + static_cast<Nanoseconds>(i) * kNanosecondsPerSecond;
  }
  return rows;
}

std::int64_t count_of(TradeStore& store, const std::string& table = "trades") {
  const Result<QueryRows> rows = store.query("SELECT count(*) FROM " + table);
  EXPECT_TRUE(rows.ok());
  return std::get<std::int64_t>(rows->rows.at(0).at(0));
}

/// Runs SQL with SQLite itself, as another program would.
void run_sql(const std::string& path, const char* sql) {
  sqlite3* other = nullptr;
  ASSERT_EQ(sqlite3_open(path.c_str(), &other), SQLITE_OK);
  char* message = nullptr;
  EXPECT_EQ(sqlite3_exec(other, sql, nullptr, nullptr, &message), SQLITE_OK) << message;
  sqlite3_close(other);
}

TEST_F(TradeStoreTest, WritesTradesAndReadsThemBack) {
  TradeStore store = opened();
  std::vector<TradeRow> rows = some_trades(3);
  rows[0].fees = 0.25;
  rows[1].tag = "late";
  ASSERT_EQ(*store.insert_trades(rows), 3);
  const Value symbol[] = {std::string("BTC/USD")};
  const Result<QueryRows> found =
      store.query("SELECT side, quantity, price, timestamp, fees, tag FROM trades WHERE symbol = ?", symbol);
  ASSERT_TRUE(found.ok());
  const std::vector<Value> expected = {
      std::string("buy"), 3.0, 100.02, std::int64_t{1'600'000'002'000'000'000}, std::monostate(), std::monostate()};
  EXPECT_EQ(found->rows, (std::vector<std::vector<Value>>{expected}));
  EXPECT_EQ(std::get<double>(store.query("SELECT fees FROM trades WHERE symbol='SPY'")->rows[0][0]), 0.25);
}

TEST_F(TradeStoreTest, ABadRowNamesIndexAndFieldAndNothingIsWritten) {
  TradeStore store = opened();
  std::vector<TradeRow> rows = some_trades(100);
  rows[57].price = std::nan("");
  const Result<std::int64_t> done = store.insert_trades(rows);
  ASSERT_FALSE(done.ok());
  EXPECT_EQ(done.error().code, ErrorCode::kBadData);
  EXPECT_EQ(done.error().message, "trades[57], field 'price': nan is not a finite number");
  EXPECT_EQ(count_of(store), 0);
}

TEST_F(TradeStoreTest, MigratesAStoreOfTheFirstVersion) {
  std::string sql;
  for (const std::string& statement : schema_migrations().front().statements) sql += statement + ";";
  sql += "PRAGMA application_id=" + std::to_string(kApplicationId) + "; PRAGMA user_version=1;";
  sql += "INSERT INTO trades(symbol, side, quantity, price, timestamp) VALUES('SPY', 'buy', 1, 2, 3);";
  run_sql(path_, sql.c_str());
  TradeStore store = opened({.create = false});
  EXPECT_EQ(store.schema_version(), kSchemaVersion);
  EXPECT_EQ(count_of(store), 1);
  EXPECT_EQ(count_of(store, "runs"), 0);
}

TEST_F(TradeStoreTest, RefusesWhatIsNotItsOwnWithoutChangingIt) {
  const auto refused = [&](const OpenOptions& options) {
    const Result<TradeStore> found = TradeStore::open(path_, options);
    EXPECT_FALSE(found.ok());
    return found.ok() ? Error() : found.error();
  };
  EXPECT_EQ(refused({.create = false}).code, ErrorCode::kNotFound);

  std::ofstream(path_) << "symbol,side\nSPY,buy\n";
  EXPECT_EQ(refused({}).code, ErrorCode::kBadData);
  std::ifstream file(path_);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}), "symbol,side\nSPY,buy\n");
  remove();

  run_sql(path_, "CREATE TABLE x(a); PRAGMA application_id = 77");
  EXPECT_NE(refused({}).message.find("another program"), std::string::npos);
  remove();

  run_sql(path_, ("CREATE TABLE x(a); PRAGMA application_id = " + std::to_string(kApplicationId) +
                  "; PRAGMA user_version = 99")
                     .c_str());
  EXPECT_NE(refused({}).message.find("newer Peak Trade (schema 99"), std::string::npos);
  EXPECT_NE(refused({.create = false, .read_only = true}).message.find("newer"), std::string::npos);
}

TEST_F(TradeStoreTest, SaysThatTheFileIsLocked) {
  TradeStore store = opened({.busy_timeout_ms = 20});
  sqlite3* other = nullptr;
  ASSERT_EQ(sqlite3_open(path_.c_str(), &other), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(other, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr), SQLITE_OK);
  const Result<std::int64_t> done = store.insert_trades(some_trades(2));
  ASSERT_FALSE(done.ok());
  EXPECT_EQ(done.error().code, ErrorCode::kIo);
  EXPECT_NE(done.error().message.find("locked by another program"), std::string::npos);
  // WAL: reading goes on meanwhile.
  EXPECT_EQ(count_of(store), 0);
  sqlite3_close(other);
  EXPECT_TRUE(store.insert_trades(some_trades(2)).ok());
}

TEST_F(TradeStoreTest, ReadOnlyRefusesChanges) {
  ASSERT_TRUE(opened().insert_trades(some_trades(2)).ok());
  TradeStore reader = opened({.create = false, .read_only = true});
  const Result<std::int64_t> done = reader.insert_trades(some_trades(1));
  ASSERT_FALSE(done.ok());
  EXPECT_NE(done.error().message.find("read-only"), std::string::npos);
  EXPECT_EQ(count_of(reader), 2);
}

TEST_F(TradeStoreTest, QueriesAreQueries) {
  TradeStore store = opened();
  EXPECT_EQ(store.query("DELETE FROM trades").error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(store.query("SELEC 1").error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(store.query("SELECT 1; SELECT 2").error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(store.query("").error().code, ErrorCode::kInvalidArgument);
  EXPECT_TRUE(store.query("SELECT 1; -- done").ok());
}

TEST_F(TradeStoreTest, OptimizesOnceAndNamesWhatIsMissing) {
  TradeStore store = opened();
  ASSERT_TRUE(store.insert_trades(some_trades(100)).ok());
  const auto lacking = store.lacking_indexes();
  ASSERT_TRUE(lacking.ok());
  ASSERT_FALSE(lacking->empty());
  EXPECT_EQ(index_name(lacking->front()), "idx_trades_timestamp");
  const Result<Optimization> first = store.optimize();
  ASSERT_TRUE(first.ok()) << first.error().message;
  EXPECT_EQ(first->created.front(), "idx_trades_timestamp");
  EXPECT_TRUE(first->missing_tables.empty());
  // The primary key of positions serves already.
  EXPECT_NE(std::find(first->present.begin(), first->present.end(), "positions(symbol)"), first->present.end());
  const Result<Optimization> second = store.optimize();
  ASSERT_TRUE(second.ok());
  EXPECT_TRUE(second->created.empty());
  EXPECT_TRUE(store.lacking_indexes()->empty());
}

TEST_F(TradeStoreTest, IndexesTablesOfOthersInPlace) {
  run_sql(path_,
          "CREATE TABLE trades(symbol TEXT, price REAL, quantity REAL, timestamp TEXT, side TEXT);"
          "CREATE TABLE portfolio_history(date TEXT, value REAL)");
  TradeStore store = opened({.create = false});
  const Result<Optimization> done = store.optimize();
  ASSERT_TRUE(done.ok()) << done.error().message;
  EXPECT_EQ(done->created, (std::vector<std::string>{"idx_trades_timestamp", "idx_trades_symbol",
                                                     "idx_trades_symbol_timestamp", "idx_portfolio_history_date"}));
  EXPECT_EQ(done->missing_tables, (std::vector<std::string>{"positions", "runs", "run_trades"}));
  EXPECT_EQ(store.schema_version(), 0);
}

TEST_F(TradeStoreTest, ProfileTellsWhatAnIndexWouldSave) {
  TradeStore store = opened();
  ASSERT_TRUE(store.insert_trades(some_trades(20'000)).ok());
  const std::string sql = "SELECT * FROM trades WHERE timestamp BETWEEN ? AND ?";
  const Value window[] = {std::int64_t{1'600'000'100'000'000'000}, std::int64_t{1'600'000'109'000'000'000}};
  const Result<QueryProfile> profile = store.profile(sql, window);
  ASSERT_TRUE(profile.ok()) << profile.error().message;
  EXPECT_EQ(profile->rows_returned, 10);     // seconds 100 to 109
  EXPECT_EQ(profile->rows_scanned, 19'999);  // SQLite counts the steps from row to row
  ASSERT_EQ(profile->missing_indexes.size(), 1u);
  EXPECT_EQ(profile->missing_indexes[0].index, (IndexDefinition{"trades", {"timestamp"}}));
  EXPECT_LT(profile->missing_indexes[0].seconds_after, profile->missing_indexes[0].seconds_before);
  EXPECT_EQ(profile->missing_indexes[0].rows_scanned_after, 0);
  // Tried on a copy: the file itself has no index.
  EXPECT_EQ(count_of(store, "sqlite_schema WHERE type = 'index' AND tbl_name = 'trades'"), 0);
  ASSERT_TRUE(store.optimize().ok());
  EXPECT_TRUE(store.profile(sql, window)->missing_indexes.empty());
}

TEST_F(TradeStoreTest, BacksUpWhileOthersWrite) {
  TradeStore store = opened();
  ASSERT_TRUE(store.insert_trades(some_trades(5000)).ok());
  std::thread writer([&] {
    TradeStore other = opened();
    for (int i = 0; i < 20; ++i) EXPECT_TRUE(other.insert_trades(some_trades(100)).ok());
  });
  const std::string copy = folder_ + "_copy.db";
  const Status done = store.backup(copy);
  writer.join();
  ASSERT_TRUE(done.ok()) << done.error().message;
  Result<TradeStore> copied = TradeStore::open(copy, {.create = false, .read_only = true});
  ASSERT_TRUE(copied.ok()) << copied.error().message;
  EXPECT_TRUE(copied->check_integrity()->empty());
  const std::int64_t count = count_of(*copied);
  EXPECT_GE(count, 5000);
  EXPECT_EQ(count % 100, 0);  // whole transactions
}

TEST_F(TradeStoreTest, AKilledWriterLeavesWholeTransactions) {
  static_cast<void>(opened());
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    Result<TradeStore> store = TradeStore::open(path_);
    const std::vector<TradeRow> rows = some_trades(1000);
    for (;;) {
      if (!store.ok() || !store->insert_trades(rows).ok() || ::write(ready[1], "x", 1) != 1) ::_exit(1);
    }
  }
  char signal_of_life = 0;
  for (int i = 0; i < 3; ++i) ASSERT_EQ(::read(ready[0], &signal_of_life, 1), 1);
  ASSERT_EQ(::kill(child, SIGKILL), 0);
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
  ::close(ready[0]);
  ::close(ready[1]);
  TradeStore store = opened();
  EXPECT_TRUE(store.check_integrity()->empty());
  EXPECT_GE(count_of(store), 3000);
  EXPECT_EQ(count_of(store) % 1000, 0);
}

TEST_F(TradeStoreTest, FindsDamage) {
  { ASSERT_TRUE(opened().insert_trades(some_trades(5000)).ok()); }
  {
    std::fstream file(path_, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(4096 * 6);
    file << std::string(4096 * 3, '\xEE');
  }
  TradeStore store = opened({.create = false, .read_only = true});
  const Result<std::vector<std::string>> problems = store.check_integrity();
  ASSERT_TRUE(problems.ok());
  EXPECT_FALSE(problems->empty());
}

TEST_F(TradeStoreTest, UpdatesThePricesOfPositions) {
  TradeStore store = opened();
  run_sql(path_, "INSERT INTO positions(symbol, quantity) VALUES('SPY', 2), ('QQQ', 3)");
  const std::vector<std::pair<std::string, double>> prices = {{"SPY", 410.5}, {"not held", 1}, {"QQQ", 300}};
  EXPECT_EQ(*store.update_prices(prices), 2);
  EXPECT_EQ(std::get<double>(store.query("SELECT sum(current_price * quantity) FROM positions")->rows[0][0]),
            2 * 410.5 + 3 * 300);
  const std::vector<std::pair<std::string, double>> bad = {{"SPY", 1}, {"QQQ", std::nan("")}};
  EXPECT_FALSE(store.update_prices(bad).ok());
  EXPECT_EQ(std::get<double>(store.query("SELECT current_price FROM positions WHERE symbol='SPY'")->rows[0][0]), 410.5);
}

TEST_F(TradeStoreTest, SavesARunOnce) {
  TradeStore store = opened();
  const BacktestResult result = report_test::small_result();
  const Result<std::int64_t> id = store.save_run(result, {.data_path = "a.csv"});
  ASSERT_TRUE(id.ok()) << id.error().message;
  EXPECT_EQ(*store.save_run(result, {.data_path = "a.csv"}), *id);
  EXPECT_NE(*store.save_run(result, {.name = "other"}), *id);
  ASSERT_EQ(store.runs()->size(), 2u);
  EXPECT_EQ(store.runs(1)->front().name, "other");
  const RunSummary run = store.run(*id)->summary;
  EXPECT_EQ(run.fingerprint, result.fingerprint().hex());
  EXPECT_EQ(run.data_path, "a.csv");
  EXPECT_EQ(run.bars, static_cast<std::int64_t>(result.bars.size()));
  EXPECT_EQ(count_of(store, "run_trades WHERE run_id = 1"), static_cast<std::int64_t>(result.simulation.trades.size()));
  const Result<QueryRows> equity = store.query("SELECT equity FROM portfolio_history WHERE run_id = 1 ORDER BY date");
  ASSERT_EQ(equity->rows.size(), result.simulation.equity.size());
  for (std::size_t i = 0; i < equity->rows.size(); ++i) {
    EXPECT_EQ(std::get<double>(equity->rows[i][0]), result.simulation.equity[i]);
  }
  EXPECT_EQ(store.run(99).error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace peak::store
