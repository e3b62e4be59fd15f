// SQLite files among the files of prices: bars that go in come out, and what is refused stays as it is.
#include "peak/store/database_files.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <random>

#include "peak/io/dataset.hpp"
#include "peak/io/read.hpp"
#include "peak/store/trade_store.hpp"

namespace peak::store {
namespace {

Table some_bars(std::size_t rows) {
  std::vector<std::int64_t> times(rows);
  std::vector<double> prices(rows);
  for (std::size_t i = 0; i < rows; ++i) {
    times[i] = 1'600'000'000'123'456'789 + static_cast<std::int64_t>(i) * 60 * kNanosecondsPerSecond;
    prices[i] = 100.0 + static_cast<double>(i % 100) / 100;
  }
  Table table;
  table.columns.push_back(Column::own("time", std::move(times), ColumnType::kTime));
  for (const char* name : {"open", "high", "low", "close"}) table.columns.push_back(Column::own(name, prices));
  table.columns.push_back(Column::own("volume", std::vector<std::int64_t>(rows, 7)));
  return table;
}

/// Options with a few members set.
template <typename Set>
io::ReadOptions with(const Set& set) {
  io::ReadOptions options;
  set(options);
  return options;
}

class DatabaseFiles : public ::testing::Test {
 protected:
  void SetUp() override {
    read_databases();
    folder_ =
        std::filesystem::temp_directory_path() / ("peak_databases_" + std::to_string(::getpid()) + "_" +
                                                  ::testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::create_directories(folder_);
    path_ = (folder_ / "bars.db").string();
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  void run_sql(const char* sql) const {
    sqlite3* other = nullptr;
    ASSERT_EQ(sqlite3_open(path_.c_str(), &other), SQLITE_OK);
    sqlite3_exec(other, "PRAGMA synchronous = OFF", nullptr, nullptr, nullptr);
    char* message = nullptr;
    EXPECT_EQ(sqlite3_exec(other, sql, nullptr, nullptr, &message), SQLITE_OK) << message;
    sqlite3_close(other);
  }
  std::filesystem::path folder_;
  std::string path_;
};

void expect_error(const Result<io::LoadedBars>& loaded, ErrorCode code, const char* words) {
  ASSERT_FALSE(loaded.ok());
  EXPECT_EQ(error_code_name(loaded.error().code), std::string(error_code_name(code))) << loaded.error().message;
  EXPECT_NE(loaded.error().message.find(words), std::string::npos) << loaded.error().message;
}

TEST_F(DatabaseFiles, BarsComeBackWithTheSameBits) {
  const Table table = some_bars(3000);
  ASSERT_TRUE(write_table(table, path_, "bars").ok());
  const auto bars = io::read_bars(path_);
  ASSERT_TRUE(bars.ok()) << bars.error().message;
  EXPECT_EQ(bars->bars.fingerprint().hex(), Bars::from_table(table)->fingerprint().hex());
  EXPECT_EQ(bars->detected.format, io::Format::kSqlite);
  EXPECT_EQ(bars->detected.member, "bars");
  // As a query, a part of the columns and of the times.
  const auto query =
      io::read_bars(path_, with([&](auto& o) { o.table = "SELECT * FROM bars WHERE close >= 100.5 ORDER BY time"; }));
  ASSERT_TRUE(query.ok()) << query.error().message;
  EXPECT_EQ(query->bars.size(), 1500U);
  const auto part = io::read_table(path_, with([&](auto& o) {
                                     o.select = {"close"};
                                     o.end = 1'600'000'000'123'456'789;
                                   }));
  ASSERT_TRUE(part.ok()) << part.error().message;
  EXPECT_EQ(part->table.columns.size(), 2U);
  EXPECT_EQ(part->table.rows(), 1U);
}

TEST_F(DatabaseFiles, TablesOfOthersAreReadAsTheyAre) {
  run_sql(
      "CREATE TABLE \"odd \"\"name\"(Date TEXT, Close REAL, note BLOB);"
      "INSERT INTO \"odd \"\"name\" VALUES ('2024-01-02', 1.5, x'00'), ('2024-01-03', 2, NULL);"
      "CREATE TABLE other(a INTEGER);");
  expect_error(io::read_bars(path_), ErrorCode::kInvalidArgument, "holds 2 tables");
  expect_error(io::read_bars(path_, with([&](auto& o) { o.table = "othr"; })), ErrorCode::kInvalidArgument,
               "did you mean 'other'?");
  const auto bars = io::read_bars(path_, with([&](auto& o) { o.table = "odd \"name"; }));
  ASSERT_TRUE(bars.ok()) << bars.error().message;
  EXPECT_EQ(bars->bars.size(), 2U);
  EXPECT_EQ(bars->bars.close()[1], 2.0);
  EXPECT_FALSE(bars->detected.notes.empty());
}

std::vector<std::int64_t> times_of(const Table& table) {
  const auto times = table.find("time")->int64s();
  return {times.begin(), times.end()};
}

std::vector<double> numbers_of(const Table& table, const char* name) {
  const Column column = table.find(name)->as_float64();
  return {column.float64s().begin(), column.float64s().end()};
}

/// A query is run as it is given, and what is asked for taken out of all its rows: that is what a table's must equal.
TEST_F(DatabaseFiles, APartOfTheTimesIsThatPartOfAllRows) {
  struct Kind {
    const char* name;
    const char* cell;
    bool is_text;
  };
  // 400 stamps, six hours apart, from 2020-01-01 00:00 = 1'577'836'800 s.
  const Kind kinds[] = {
      {"seconds", "1577836800 + i * 21600", false},
      {"milliseconds", "(1577836800 + i * 21600) * 1000", false},
      {"nanoseconds", "(1577836800 + i * 21600) * 1000000000", false},
      {"newest first", "1577836800 + (399 - i) * 21600", false},
      {"ISO", "strftime('%Y-%m-%dT%H:%M:%SZ', 1577836800 + i * 21600, 'unixepoch')", true},
      {"with a blank", "datetime(1577836800 + i * 21600, 'unixepoch')", true},
      {"with a zone", "datetime(1577836800 + i * 21600, 'unixepoch') || '-11:30'", true},
      {"dates", "date(1577836800 + i * 86400, 'unixepoch')", true},
      {"days first", "strftime('%d/%m/%Y %H:%M', 1577836800 + i * 21600, 'unixepoch')", true},
  };
  auto range = with([](io::ReadOptions& o) {
    o.start = 1'580'515'200 * kNanosecondsPerSecond;  // 2020-02-01
    o.end = 1'582'934'400 * kNanosecondsPerSecond;    // 2020-02-29
  });
  for (const Kind& kind : kinds) {
    for (const char* declared : {"", " INTEGER", " TEXT", " INTEGER PRIMARY KEY"}) {
      const bool is_key = std::string_view(declared).ends_with("KEY");
      if (is_key && kind.is_text) continue;
      run_sql("DROP VIEW IF EXISTS v; DROP TABLE IF EXISTS t");
      run_sql(("CREATE TABLE t(time" + std::string(declared) + ", close)").c_str());
      run_sql(("WITH RECURSIVE c(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM c WHERE i < 399) INSERT INTO t SELECT " +
               std::string(kind.cell) + ", i FROM c")
                  .c_str());
      if (!is_key) run_sql("INSERT INTO t VALUES (NULL, 1000); CREATE INDEX by_time ON t(time)");
      run_sql("CREATE VIEW v AS SELECT * FROM t");
      range.table = "SELECT * FROM t";
      const auto expected = io::read_table(path_, range);
      ASSERT_TRUE(expected.ok()) << kind.name << ": " << expected.error().message;
      ASSERT_GT(expected->table.rows(), 20U) << kind.name;
      for (const char* table : {"t", "v"}) {
        range.table = table;
        const auto rows = io::read_table(path_, range);
        ASSERT_TRUE(rows.ok()) << kind.name << ": " << rows.error().message;
        EXPECT_EQ(times_of(rows->table), times_of(expected->table)) << kind.name << declared << ", " << table;
        EXPECT_EQ(numbers_of(rows->table, "close"), numbers_of(expected->table, "close")) << kind.name << declared;
      }
    }
  }
}

TEST_F(DatabaseFiles, RowsOutsideOfTheTimesAreNotLookedAt) {
  run_sql(
      "CREATE TABLE t(time TEXT, close); WITH RECURSIVE c(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM c WHERE i < "
      "299) INSERT INTO t SELECT date('2010-01-01', i || ' days'), 1 FROM c; INSERT INTO t VALUES ('2019-05-01', 'not "
      "yet'), ('2020-03-01', 1.5), "
      "('2020-03-02', 2.5), ('2020-3-3', 3.5)");
  EXPECT_FALSE(io::read_bars(path_).ok());
  auto range = with([](io::ReadOptions& o) { o.start = 1'582'934'400 * kNanosecondsPerSecond; });  // 2020-02-29
  const auto bars = io::read_bars(path_, range);
  ASSERT_TRUE(bars.ok()) << bars.error().message;
  EXPECT_EQ(bars->bars.size(), 3U);                     // a date without its zeros is found where its year is
  range.start = 1'893'456'000 * kNanosecondsPerSecond;  // 2030
  const auto none = io::read_bars(path_, range);
  ASSERT_FALSE(none.ok());
  EXPECT_NE(none.error().message.find("no rows lie in the time asked for"), std::string::npos) << none.error().message;
}

TEST_F(DatabaseFiles, OnlyQueriesThatReadAreRun) {
  ASSERT_TRUE(write_table(some_bars(10), path_, "bars").ok());
  for (const char* sql : {"DELETE FROM bars", "WITH x AS (SELECT 1) DELETE FROM bars",
                          "SELECT * FROM bars; DELETE FROM bars", "SELECT nothing FROM bars", "select"}) {
    EXPECT_FALSE(io::read_bars(path_, with([&](auto& o) { o.table = sql; })).ok()) << sql;
  }
  EXPECT_EQ(io::read_bars(path_)->bars.size(), 10U);
}

TEST_F(DatabaseFiles, DamageIsAnError) {
  ASSERT_TRUE(write_table(some_bars(5000), path_, "bars").ok());
  std::filesystem::resize_file(path_, std::filesystem::file_size(path_) / 2);
  expect_error(io::read_bars(path_), ErrorCode::kBadData, "damaged");
  std::ofstream(path_, std::ios::binary | std::ios::trunc) << "SQLite format 3" << '\0' << std::string(5000, 'x');
  EXPECT_FALSE(io::read_bars(path_).ok());
  expect_error(io::read_bars(path_, with([&](auto& o) { o.max_bytes = 100; })), ErrorCode::kBadData, path_.c_str());
}

/// Bytes anywhere in the file, changed at random: an error or rows, never more than that.
TEST_F(DatabaseFiles, AnyDamageEndsInRowsOrAnError) {
  ASSERT_TRUE(write_table(some_bars(300), path_, "bars").ok());
  std::string good(static_cast<std::size_t>(std::filesystem::file_size(path_)), '\0');
  std::ifstream(path_, std::ios::binary).read(good.data(), static_cast<std::streamsize>(good.size()));
  std::mt19937_64 random(3);
  int refused = 0;
  for (int turn = 0; turn < 300; ++turn) {
    std::string bad = good;
    for (std::uint64_t i = 0; i < 1 + random() % 20; ++i) {
      const std::size_t most = random() % 2 == 0 ? 512 : bad.size();  // the schema lies in front
      bad[16 + random() % (most - 16)] = static_cast<char>(random());
    }
    std::ofstream(path_, std::ios::binary | std::ios::trunc) << bad;
    const auto table = io::read_table(path_, with([&](auto& o) { o.max_bytes = std::size_t{1} << 24; }));
    refused += table.ok() ? 0 : 1;
    const std::string message = table.ok() ? "bars.db" : table.error().message;
    EXPECT_NE(message.find("bars.db"), std::string::npos) << message;
  }
  EXPECT_GT(refused, 30);
}

TEST_F(DatabaseFiles, NothingOfOthersIsReplaced) {
  ASSERT_TRUE(write_table(some_bars(10), path_, "bars").ok());
  ASSERT_TRUE(write_table(some_bars(20), path_, "bars").ok());
  EXPECT_EQ(io::read_bars(path_)->bars.size(), 20U);
  run_sql("CREATE TABLE mine(a INTEGER); INSERT INTO mine VALUES (1);");
  EXPECT_FALSE(write_table(some_bars(10), path_, "mine").ok());
  EXPECT_FALSE(write_table(some_bars(10), path_, "sqlite_x").ok());
  EXPECT_FALSE(write_table(some_bars(10), path_, "").ok());
  EXPECT_EQ(io::read_bars(path_, with([&](auto& o) { o.table = "bars"; }))->bars.size(), 20U);
  const std::string store = (folder_ / "store.db").string();
  ASSERT_TRUE(TradeStore::open(store).ok());
  EXPECT_FALSE(write_table(some_bars(10), store, "trades").ok());
  const std::string text = (folder_ / "text.db").string();
  std::ofstream(text)
      << "this is no database, and it is longer than a page's header by a good deal, so that it is read";
  const auto before = std::filesystem::file_size(text);
  EXPECT_FALSE(write_table(some_bars(10), text, "bars").ok());
  EXPECT_EQ(std::filesystem::file_size(text), before);
  const std::string fresh = (folder_ / "none" / "x.db").string();
  EXPECT_FALSE(write_table(some_bars(10), fresh, "bars").ok());
}

// Killed at any moment, the old table or the new one is there, whole.
TEST_F(DatabaseFiles, AKilledWriterLeavesTheOldTableOrTheNew) {
  ASSERT_TRUE(write_table(some_bars(1000), path_, "bars").ok());
  for (int turn = 0; turn < 6; ++turn) {
    const pid_t child = ::fork();
    if (child == 0) {
      for (;;) static_cast<void>(write_table(some_bars(turn % 2 == 0 ? 2000 : 1000), path_, "bars"));
    }
    ::usleep(static_cast<unsigned>(3'000 + 7'000 * turn));
    ::kill(child, SIGKILL);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    const auto bars = io::read_bars(path_);
    ASSERT_TRUE(bars.ok()) << bars.error().message;
    EXPECT_TRUE(bars->bars.size() == 1000 || bars->bars.size() == 2000) << bars->bars.size();
  }
}

}  // namespace
}  // namespace peak::store
