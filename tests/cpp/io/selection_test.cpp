// A part of a file: columns, times, symbols, and what a dataset's names tell. The parts are compared with the whole.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "io/path_dates.hpp"
#include "peak/io/chunks.hpp"
#include "peak/io/dataset.hpp"
#include "peak/io/module.hpp"
#include "peak/io/read.hpp"
#include "peak/io/time_bound.hpp"
#include "peak/io/write.hpp"

namespace peak::io {
namespace {

std::string day_text(int day) { return "2024-01-" + std::string(day < 10 ? "0" : "") + std::to_string(day); }

/// One row to each day of January from the 1st on; prices are the day.
std::string csv_of(int first, int last, const char* head = "date,open,high,low,close,volume,rank,note\n") {
  std::string text = head;
  for (int day = first; day <= last; ++day) {
    const std::string n = std::to_string(day);
    text += day_text(day) + "," + n + "," + n + "," + n + "," + n + ",100," + n + "0,\"a, " + n + "\"\n";
  }
  return text;
}

std::vector<std::string> names_of(const Table& table) {
  std::vector<std::string> names;
  for (const Column& column : table.columns) names.push_back(column.name());
  return names;
}

/// Options with a few members set.
template <typename Set>
ReadOptions with(const Set& set) {
  ReadOptions options;
  set(options);
  return options;
}

class Selection : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ =
        std::filesystem::temp_directory_path() / ("peak_selection_" + std::to_string(::getpid()) + "_" +
                                                  ::testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::string write(const std::string& name, const std::string& content) {
    const std::filesystem::path path = folder_ / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << content;
    return path.string();
  }
  std::filesystem::path folder_;
};

TEST(TimeBound, TextsMeanTheWholeOfWhatTheyName) {
  const Nanoseconds kDay = kNanosecondsPerDay;
  EXPECT_EQ(*parse_time_bound("1970-01-02", false), kDay);
  EXPECT_EQ(*parse_time_bound("1970-01-02", true), 2 * kDay - 1);
  EXPECT_EQ(*parse_time_bound("1970-02", true), 59 * kDay - 1);  // 31 + 28 days
  EXPECT_EQ(*parse_time_bound("1970-12", true), 365 * kDay - 1);
  EXPECT_EQ(*parse_time_bound("1970", true), 365 * kDay - 1);
  EXPECT_EQ(*parse_time_bound("1970-01-01 01", true), 7200 * kNanosecondsPerSecond - 1);
  EXPECT_EQ(*parse_time_bound("1970-01-01T00:01", true), 120 * kNanosecondsPerSecond - 1);
  EXPECT_EQ(*parse_time_bound("1970-01-01T00:00:01", true), 2 * kNanosecondsPerSecond - 1);
  EXPECT_EQ(*parse_time_bound("1970-01-01T01:00:00+01:00", true), 0);
  for (const char* wrong : {"", "soon", "2024-13", "2024-02-30", "20"})
    EXPECT_FALSE(parse_time_bound(wrong, false).ok());
}

TEST_F(Selection, CsvColumnsAndTimes) {
  const std::string path = write("days.csv", csv_of(1, 31));
  const auto table = read_table(path, with([&](auto& o) { o.select = {"CLOSE", "note"}; }));
  ASSERT_TRUE(table.ok()) << table.error().message;
  EXPECT_EQ(names_of(table->table), (std::vector<std::string>{"date", "close", "note"}));
  EXPECT_EQ((*table->table.columns[2].dictionary())[4], "a, 5");
  const auto bars = read_bars(path, with([&](auto& o) {
                                o.select = {"rank"};
                                o.start = parse_time_bound("2024-01-10", false).value();
                                o.end = parse_time_bound("2024-01-12", true).value();
                              }));
  ASSERT_TRUE(bars.ok()) << bars.error().message;
  EXPECT_EQ(bars->bars.column_names(),
            (std::vector<std::string>{"time", "open", "high", "low", "close", "volume", "rank"}));
  ASSERT_EQ(bars->bars.size(), 3U);
  EXPECT_EQ(bars->bars.close()[0], 10);
  EXPECT_EQ(bars->bars.find("rank")->as_float64().float64s()[2], 120);
  EXPECT_EQ(bars->detected.rows, 3U);
}

TEST_F(Selection, WhatIsWrongWithItIsTold) {
  const std::string path = write("days.csv", csv_of(1, 31));
  const auto unknown = read_bars(path, with([&](auto& o) { o.select = {"rnk"}; }));
  ASSERT_FALSE(unknown.ok());
  EXPECT_EQ(unknown.error().code, ErrorCode::kInvalidArgument);
  EXPECT_NE(unknown.error().message.find("'rnk'; did you mean 'rank'?"), std::string::npos) << unknown.error().message;
  const auto none = read_bars(path, with([&](auto& o) { o.start = parse_time_bound("2025", false).value(); }));
  ASSERT_FALSE(none.ok());
  EXPECT_NE(none.error().message.find("no rows lie in the time asked for"), std::string::npos);
  const auto timeless =
      read_table(write("timeless.csv", "a,b\nx,1\ny,2\n"), with([&](auto& o) { o.start = Nanoseconds{0}; }));
  ASSERT_FALSE(timeless.ok());
  EXPECT_NE(timeless.error().message.find("no column of times"), std::string::npos) << timeless.error().message;
}

TEST_F(Selection, RowsThatAreNotInOrderAreFoundAllTheSame) {
  const std::string path = write("mixed.csv", "date,close\n2024-01-03,3\n2024-01-01,1\n2024-01-02,2\n2024-01-09,9\n");
  const auto table = read_table(path, with([&](auto& o) {
                                  o.start = parse_time_bound("2024-01-02", false).value();
                                  o.end = parse_time_bound("2024-01-03", true).value();
                                }));
  ASSERT_TRUE(table.ok());
  ASSERT_EQ(table->table.rows(), 2U);
  EXPECT_EQ(table->table.find("close")->as_float64().float64s()[0], 3);
  EXPECT_EQ(table->table.find("close")->as_float64().float64s()[1], 2);
}

TEST_F(Selection, ParquetAndArrowGiveTheSamePartAsCsv) {
  if (!arrow_module_path().ok()) GTEST_SKIP() << arrow_module_path().error().message;
  const auto whole = read_table(write("days.csv", csv_of(1, 31)));
  ASSERT_TRUE(whole.ok());
  const TablePart part = [&](std::uint64_t first, std::uint64_t count) -> Result<Table> {
    Table rows;
    for (const Column& column : whole->table.columns) rows.columns.push_back(column.slice(first, count));
    return rows;
  };
  const std::string parquet = (folder_ / "days.parquet").string(), arrow = (folder_ / "days.arrow").string();
  ASSERT_TRUE(write_parquet(parquet, 31, part).ok());
  ASSERT_TRUE(write_arrow(arrow, 31, part).ok());
  const ReadOptions options = with([&](auto& o) {
    o.select = {"rank"};
    o.start = parse_time_bound("2024-01-30", false).value();
  });
  const auto expected = read_bars((folder_ / "days.csv").string(), options);
  ASSERT_TRUE(expected.ok());
  for (const std::string& path : {parquet, arrow}) {
    const auto bars = read_bars(path, options);
    ASSERT_TRUE(bars.ok()) << bars.error().message;
    EXPECT_EQ(bars->bars.fingerprint().hex(), expected->bars.fingerprint().hex()) << path;
    const auto all = read_bars(path);
    ASSERT_TRUE(all.ok()) << all.error().message;
    EXPECT_EQ(all->bars.size(), 31U);
    EXPECT_FALSE(read_bars(path, with([&](auto& o) { o.select = {"rnk"}; })).ok());
    EXPECT_FALSE(read_bars(path, with([&](auto& o) { o.start = parse_time_bound("2025", false).value(); })).ok());
  }
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_), {}), 3) << "a file beside was left";
}

/// The pieces of a file put together again, and that none is empty or too long.
Table in_pieces(const std::string& path, std::size_t rows, const ReadOptions& options = {}) {
  std::vector<Table> pieces;
  const Status done = read_chunks(
      path, rows,
      [&](LoadedTable piece) {
        EXPECT_GT(piece.table.rows(), 0U);
        EXPECT_LE(piece.table.rows(), rows);
        pieces.push_back(piece.table);
        return Status();
      },
      options);
  EXPECT_TRUE(done.ok()) << done.error().message;
  Table whole;
  for (std::size_t i = 0; !pieces.empty() && i < pieces[0].columns.size(); ++i) {
    if (pieces[0].columns[i].type() == ColumnType::kText) continue;
    std::vector<double> values;
    for (const Table& piece : pieces) {
      const Column column = piece.columns[i].as_float64();
      values.insert(values.end(), column.float64s().begin(), column.float64s().end());
    }
    whole.columns.push_back(Column::own(pieces[0].columns[i].name(), values));
  }
  return whole;
}

TEST_F(Selection, PiecesMakeTheWhole) {
  // More than a block of 16 MiB, with line ends between quotes all along.
  std::string text = "date,close,note\n";
  std::size_t rows = 0;
  for (; text.size() < (std::size_t{17} << 20); ++rows) {
    text += std::to_string(1'600'000'000 + rows) + "," + std::to_string(rows % 1000) + ",\"two\nlines and " +
            std::string(100, 'x') + "\"\n";
  }
  const std::string path = write("large.csv", text);
  const Table csv = in_pieces(path, 40'000, with([](auto& o) { o.select = {"close"}; }));
  ASSERT_EQ(names_of(csv), (std::vector<std::string>{"date", "close"}));
  ASSERT_EQ(csv.rows(), rows);
  for (std::size_t i = 0; i < rows; ++i) ASSERT_EQ(csv.columns[1].float64s()[i], static_cast<double>(i % 1000)) << i;
  EXPECT_EQ(in_pieces(path, 7, with([](auto& o) {
                        o.start = (1'600'000'000 + std::int64_t{100'000}) * kNanosecondsPerSecond;
                        o.end = *o.start + 9 * kNanosecondsPerSecond;
                      }))
                .rows(),
            10U);
  // A cell that does not fit, in the second block, is named with its line.
  const Status broken =
      read_chunks(write("broken.csv", text + "1,wrong,x\n"), 1000, [](const LoadedTable&) { return Status(); });
  ASSERT_FALSE(broken.ok());
  EXPECT_NE(broken.error().message.find("line " + std::to_string(2 * rows + 2)), std::string::npos)
      << broken.error().message;
  // What the taker says comes back as it is.
  const Status stopped = read_chunks(path, 5, [](const LoadedTable&) { return Status(invalid_argument("enough")); });
  EXPECT_EQ(stopped.error().message, "enough");
  EXPECT_FALSE(read_chunks(path, 0, [](const LoadedTable&) { return Status(); }).ok());
  EXPECT_EQ(read_chunks(write("x.json", "[]"), 5, [](const LoadedTable&) { return Status(); }).error().code,
            ErrorCode::kUnsupported);
}

TEST_F(Selection, PiecesOfParquetAndArrow) {
  if (!arrow_module_path().ok()) GTEST_SKIP() << arrow_module_path().error().message;
  constexpr std::size_t kRows = 300'000;  // three row groups
  std::vector<std::int64_t> times(kRows);
  std::vector<double> closes(kRows);
  for (std::size_t i = 0; i < kRows; ++i) {
    times[i] = static_cast<std::int64_t>(i) * kNanosecondsPerSecond;
    closes[i] = static_cast<double>(i);
  }
  const Column time = Column::own("time", times, ColumnType::kTime), close = Column::own("close", closes);
  const TablePart part = [&](std::uint64_t first, std::uint64_t count) -> Result<Table> {
    return Table{{time.slice(first, count), close.slice(first, count)}};
  };
  const std::string parquet = (folder_ / "x.parquet").string(), arrow = (folder_ / "x.arrow").string();
  ASSERT_TRUE(write_parquet(parquet, kRows, part).ok());
  ASSERT_TRUE(write_arrow(arrow, kRows, part).ok());
  for (const std::string& path : {parquet, arrow}) {
    for (const std::size_t rows : {std::size_t{7'001}, std::size_t{200'000}, std::size_t{1'000'000}}) {
      const Table whole = in_pieces(path, rows);
      ASSERT_EQ(whole.rows(), kRows) << path;
      EXPECT_TRUE(std::equal(closes.begin(), closes.end(), whole.columns[1].float64s().begin())) << path << rows;
    }
    const Table part_of = in_pieces(path, 1000, with([&](auto& o) { o.start = times[299'000]; }));
    EXPECT_EQ(part_of.rows(), 1000U);
  }
}

TEST(PathDates, FoldersAndBareNamesTellAndOthersDoNot) {
  const auto first = [](const char* path) { return format_time_short(dates_in_path(path).first); };
  const auto last = [](const char* path) { return format_time(dates_in_path(path).last); };
  // A day before and a day after, for the zone.
  EXPECT_EQ(first("a/date=2024-03-05/x.csv"), "2024-03-04");
  EXPECT_EQ(last("a/date=2024-03-05/x.csv"), "2024-03-06T23:59:59.999999999Z");
  EXPECT_EQ(first("a/year=2024/month=3/x.csv"), "2024-02-29");
  EXPECT_EQ(first("lean/20170903_trade.zip"), "2017-09-02");
  for (const char* path : {"spy_20240101.csv", "date=soon/x.csv", "a/month=3/x.csv", "x.csv", "date=2024-03-05.csv"})
    EXPECT_EQ(dates_in_path(path).first, PathDates().first) << path;
}

TEST_F(Selection, DatasetsOpenOnlyWhatIsAskedFor) {
  write("symbol=SPY/date=2024-01-01/x.csv", csv_of(1, 1));
  write("symbol=SPY/date=2024-01-10/x.csv", csv_of(10, 10));
  write("symbol=SPY/date=2024-01-20/x.csv", "this is no table: opening it would be an error");
  write("symbol=QQQ/date=2024-01-10/x.csv", "nor is this");
  const std::vector<std::string> paths{folder_.string()};
  EXPECT_FALSE(read_dataset(paths).ok());
  ReadOptions options;
  options.symbols = {"SPY"};
  options.start = parse_time_bound("2024-01-02", false).value();
  options.end = parse_time_bound("2024-01-12", true).value();
  const auto found = read_dataset(paths, options);
  ASSERT_TRUE(found.ok()) << found.error().message;
  ASSERT_EQ(found->size(), 1U);
  ASSERT_EQ(found->front().size(), 1U);  // the 1st was opened, for it may lie a day off, and its row left out
  EXPECT_EQ(found->front().close()[0], 10);
}

TEST_F(Selection, SymbolsOfLongAndWideTables) {
  const std::string long_rows =
      write("long.csv", "date,symbol,close\n2024-01-01,SPY,1\n2024-01-01,QQQ,2\n2024-01-02,SPY,3\n");
  ReadOptions options;
  options.symbols = {"QQQ"};
  const std::vector<std::string> paths{long_rows};
  const auto found = read_dataset(paths, options);
  ASSERT_TRUE(found.ok()) << found.error().message;
  ASSERT_EQ(found->size(), 1U);
  EXPECT_EQ(found->front().symbol(), "QQQ");
  const std::vector<std::string> wide{write("wide.csv", "date,SPY,QQQ\n2024-01-01,1,2\n2024-01-02,3,4\n")};
  const auto column = read_dataset(wide, options);
  ASSERT_TRUE(column.ok()) << column.error().message;
  EXPECT_EQ(column->front().close()[1], 4);
  options.symbols = {"QQX"};
  const auto missing = read_dataset(wide, options);
  ASSERT_FALSE(missing.ok());
  EXPECT_NE(missing.error().message.find("'QQX'"), std::string::npos) << missing.error().message;
}

TEST_F(Selection, PricesInPointsAreScaled) {
  const std::string path =
      write("points.csv", "date,open,high,low,close,volume\n2024-01-01,110033,110041,110003,110007,5\n");
  const auto bars = read_bars(path, with([&](auto& o) { o.price_scale = 0.00001; }));
  ASSERT_TRUE(bars.ok());
  EXPECT_EQ(bars->bars.close()[0], 1.10007);
  EXPECT_EQ(bars->bars.high()[0], 1.10041);
  EXPECT_EQ(bars->bars.volume()[0], 5);
  EXPECT_FALSE(read_bars(path, with([&](auto& o) { o.price_scale = 0.0; })).ok());
  EXPECT_FALSE(read_bars(path, with([&](auto& o) { o.price_scale = -1.0; })).ok());
}

TEST_F(Selection, DatabasesNeedSomebodyWhoReadsThem) {
  // This test program links no SQLite.
  const auto bars = read_bars(write("x.db", std::string("SQLite format 3\0 and so on", 26)));
  ASSERT_FALSE(bars.ok());
  EXPECT_EQ(bars.error().code, ErrorCode::kUnsupported);
  EXPECT_NE(bars.error().message.find("read_databases()"), std::string::npos) << bars.error().message;
  EXPECT_FALSE(read_bars_from_memory(std::string_view("SQLite format 3\0 and so on", 26), "x.db").ok());
}

}  // namespace
}  // namespace peak::io
