// What is wrong with a file is said with its path, the line, the column and the text.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "peak/io/read.hpp"

namespace peak::io {
namespace {

constexpr const char* kGood = "date,open,high,low,close\n2020-01-02,1,2,1,2\n2020-01-03,2,3,2,3\n";

/// Expects an error of this kind that holds all the words.
void expect_error(const Result<LoadedBars>& loaded, ErrorCode code, std::initializer_list<const char*> words) {
  ASSERT_FALSE(loaded.ok());
  EXPECT_EQ(error_code_name(loaded.error().code), std::string(error_code_name(code))) << loaded.error().message;
  for (const char* word : words)
    EXPECT_NE(loaded.error().message.find(word), std::string::npos) << word << " in: " << loaded.error().message;
}

void expect_bad(const std::string& text, std::initializer_list<const char*> words, const ReadOptions& options = {}) {
  expect_error(read_bars_from_memory(text, "some.csv", options), ErrorCode::kBadData, words);
}

class Files : public ::testing::Test {
 protected:
  void SetUp() override {
    directory_ = std::filesystem::temp_directory_path() / ("peak_io_test_" + std::to_string(::getpid()));
    std::filesystem::create_directories(directory_);
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }
  std::string write(const char* name, const std::string& content) {
    const std::string path = (directory_ / name).string();
    std::ofstream(path, std::ios::binary) << content;
    return path;
  }
  std::filesystem::path directory_;
};

TEST_F(Files, MissingEmptyDirectoryUnreadable) {
  expect_error(read_bars((directory_ / "none.csv").string()), ErrorCode::kNotFound, {"none.csv", "no such file"});
  expect_error(read_bars(write("empty.csv", "")), ErrorCode::kBadData, {"empty.csv", "empty"});
  expect_error(read_bars(write("blank.csv", "\n \n")), ErrorCode::kBadData, {"blank.csv", "blank lines"});
  expect_error(read_bars(directory_.string()), ErrorCode::kIo, {"directory"});
  const std::string locked = write("locked.csv", kGood);
  ::chmod(locked.c_str(), 0);
  if (::geteuid() != 0) expect_error(read_bars(locked), ErrorCode::kIo, {"locked.csv", "cannot be read"});
  ::chmod(locked.c_str(), 0600);
}

TEST_F(Files, TheExtensionDoesNotMatter) {
  EXPECT_TRUE(read_bars(write("bars.parquet", kGood)).ok());
  EXPECT_TRUE(read_bars(write("bars.zip", kGood)).ok());
  EXPECT_TRUE(read_bars(write("json.csv", "[[1600000000,1,2,1,2,5]]")).ok());
}

TEST(Errors, BinaryAndOtherText) {
  expect_bad(std::string("\x7f"
                         "ELF\x02\x01\x01\0\0\0",
                         10),
             {"neither text nor a format known"});
  expect_bad(std::string("d\0a\0t\0e\0,\0", 10), {"neither text"});
  expect_bad(
      "\xff\xfe"
      "d,a",
      {"UTF-16"});
}

TEST(Errors, ColumnsThatAreNotThere) {
  expect_bad("date,opening,x\n2020-01-02,1,2\n",
             {"no column of closing prices", "'date', 'opening', 'x'", "roles.close"});
  expect_bad("name,open,high,low,close\na,1,2,1,2\n", {"no column of times", "'name', 'open'", "roles.time"});
  ReadOptions options;
  options.roles.close = "clse";
  expect_error(read_bars_from_memory(kGood, "some.csv", options), ErrorCode::kInvalidArgument,
               {"roles.close", "'clse'", "did you mean 'close'"});
  options.roles.close = "#9";
  expect_error(read_bars_from_memory(kGood, "some.csv", options), ErrorCode::kInvalidArgument, {"#9", "#1 to #5"});
  expect_bad("date,close\n", {"no rows"});
}

TEST(Errors, CellsThatAreNotWhatTheyShouldBe) {
  expect_bad("date,close\n2020-01-02,1\n2020-01-03,1\n2020-01-04,12x\n",
             {"some.csv", "line 4", "'close'", "'12x'", "not a number"});
  expect_bad("date,close\n2020-01-02,1\n2020-01-03,1\n2020-02-30,1\n",
             {"line 4", "'date'", "'2020-02-30'", "YYYY-MM-DD"});
  expect_bad("date,close\n2020-01-02,1\n2020-01-03,1,5\n2020-01-04,1\n", {"line 3", "more than 2 cells"});
  expect_bad("date,open,close\n2020-01-02,1,1\n2020-01-03,1\n2020-01-04,1,1\n", {"line 3", "fewer than 3 cells"});
  expect_bad("date,close\n2020-01-02,1\n2020-01-03,\"1\n", {"line 3", "quote"});
  expect_bad("date,close\n2020-01-02,1\n\"2020-01-03\",1\n\"a\nb\",1\n", {"line 4", "'date'", "'a\nb'"});
  expect_bad("date,close\nx,1\ny,2\n", {"no column of times", "such as 'x', are not times"});
  expect_bad("Date,Close\n\n2020-01-02,1\r\n\r\n2020-01-03,ab\r\n2020-01-03,2\r\n", {"line 5", "'ab'"});
}

TEST(Errors, BarsThatBreakARule) {
  expect_bad("date,close\n2020-01-03,1\n2020-01-02,2\n2020-01-04,3\n",
             {"1 row out of order", "line 3: 2020-01-02,2", "sort"});
  expect_bad("date,close\n2020-01-02,1\n2020-01-02,2\n2020-01-04,3\n",
             {"1 row with repeated times", "line 3", "drop_duplicates"});
  expect_bad("date,close\n2020-01-02,1\n2020-01-03,0\n2020-01-04,-3\n2020-01-05,inf\n",
             {"3 rows with impossible prices", "line 3: 2020-01-03,0", "line 4", "line 5", "drop_bad_rows",
              "allow_nonpositive"});
  expect_bad("date,close\n2020-01-02,1\n2020-01-03,nan\n", {"1 row with missing prices", "line 3", "allow_missing"});
  expect_bad("date,open,high,low,close\n2020-01-02,2,1,3,2\n", {"high 1 < low 3", "line 2"});
  expect_bad("date,close\n2020-01-02,1\n,2\n", {"1 row without a time", "line 3"});
}

TEST(Errors, SevenBadRowsAreCountedAndFiveShown) {
  std::string text = "date,close\n";
  for (int day = 1; day <= 7; ++day) text += "2020-01-0" + std::to_string(day) + ",-1\n";
  expect_bad(text, {"7 rows", "line 6", "..."});
  const auto loaded = read_bars_from_memory(text, "some.csv");
  EXPECT_EQ(loaded.error().message.find("line 7"), std::string::npos);
}

TEST(Errors, OptionsThatMakeNoSense) {
  ReadOptions options;
  options.delimiter = '"';
  expect_error(read_bars_from_memory(kGood, "some.csv", options), ErrorCode::kInvalidArgument, {"delimiter"});
  options = {};
  options.column_names = {"a", "b", "c", "d", "e", "f"};
  expect_error(read_bars_from_memory(kGood, "some.csv", options), ErrorCode::kInvalidArgument,
               {"column_names", "6", "5"});
  options = {};
  options.skip_lines = 10;
  expect_bad(kGood, {"skip_lines"}, options);
  options = {};
  options.time_zone = "Mars";
  expect_error(read_bars_from_memory(kGood, "some.csv", options), ErrorCode::kInvalidArgument, {"Mars"});
}

}  // namespace
}  // namespace peak::io
