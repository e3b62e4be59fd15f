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
