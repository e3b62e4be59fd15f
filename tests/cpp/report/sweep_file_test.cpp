#include "peak/report/sweep_file.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <limits>
#include <sstream>
#include <utility>
#include <vector>

#include "peak/report/sweep.hpp"

namespace peak {
namespace {

constexpr std::uint64_t kGroupOfRows = 131'072;

std::string text_of(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

/// 400 * 500 rows, more than one group, of which none is finished.
SweepResult unfinished_sweep() {
  SweepResult result;
  std::vector<GridAxis> axes = {GridAxis::parse("a=1:400:1").value(), GridAxis::parse("b=1:500:1").value()};
  result.grid = Grid::make(std::move(axes), {}).value();
  result.markets.resize(1);
  result.metrics = {Metric::kSharpe, Metric::kTrades};
  result.values.assign(result.rows() * 2, std::numeric_limits<double>::quiet_NaN());
  result.finished.assign(result.rows(), 0);
  return result;
}

void finish_rows(SweepResult& result, std::uint64_t first, std::uint64_t end) {
  for (std::uint64_t row = first; row < end; ++row) {
    result.values[2 * row] = static_cast<double>(row) / 7;
    result.values[2 * row + 1] = static_cast<double>(row % 13);
    result.finished[row] = 1;
  }
}

class SweepFiles : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "peak_sweep_file_XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
    path_ = (folder_ / "rows.csv").string();
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  /// Of the one file in the folder.
  [[nodiscard]] std::uintmax_t size_so_far() const {
    std::uintmax_t size = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder_)) size += entry.file_size();
    return size;
  }
  /// What write_sweep() makes of it.
  [[nodiscard]] std::string written_at_once(const SweepResult& result) const {
    const std::string other = (folder_ / "other.csv").string();
    EXPECT_TRUE(write_sweep(result, other).ok());
    return text_of(other);
  }
  std::filesystem::path folder_;
  std::string path_;
};

TEST_F(SweepFiles, RowsAreWrittenAsSoonAsThoseBeforeThemAreThere) {
  SweepResult result = unfinished_sweep();
  SweepFile file = SweepFile::create(path_).value();
  finish_rows(result, 10, kGroupOfRows + 5);
  file.add({result, {}});
  EXPECT_EQ(size_so_far(), 0U);  // ten rows before them are not there
  finish_rows(result, 0, 10);
  file.add({result, {}});
  const std::uintmax_t one_group = size_so_far();
  EXPECT_GT(one_group, kGroupOfRows * 8);
  EXPECT_FALSE(std::filesystem::exists(path_));
  file.add({result, {}});
  EXPECT_EQ(size_so_far(), one_group);
  finish_rows(result, kGroupOfRows + 5, result.rows());
  result.finished.clear();
  ASSERT_TRUE(file.commit(result).ok());
  EXPECT_EQ(text_of(path_), written_at_once(result));
  EXPECT_EQ(size_so_far(), 2 * std::filesystem::file_size(path_));  // this file and the other one
}

TEST_F(SweepFiles, AFailureAfterTheFirstGroupBeginsTheFileAgain) {
  SweepResult result = unfinished_sweep();
  SweepFile file = SweepFile::create(path_).value();
  finish_rows(result, 0, kGroupOfRows);
  file.add({result, {}});
  EXPECT_GT(size_so_far(), 0U);
  finish_rows(result, kGroupOfRows, result.rows());
  result.failures = {{150'000, "the later one"}, {140'000, "the earlier one"}};  // in the order in which they came
  file.add({result, {}});
  std::swap(result.failures[0], result.failures[1]);
  result.finished.clear();
  ASSERT_TRUE(file.commit(result).ok());
  const std::string text = text_of(path_);
  EXPECT_EQ(text.substr(0, text.find('\n')), "a,b,sharpe,trades,error");
  EXPECT_EQ(text, written_at_once(result));
  // Row 140,000 is a = 140,000 / 500 + 1 = 281, b = 1, 140,000 / 7 = 20,000, 140,000 % 13 = 3.
  EXPECT_NE(text.find("\n281,1,20000,3,the earlier one\n"), std::string::npos);
}

TEST_F(SweepFiles, WithoutACommitNothingStays) {
  {
    SweepResult result = unfinished_sweep();
    SweepFile file = SweepFile::create(path_).value();
    finish_rows(result, 0, kGroupOfRows);
    file.add({result, {}});
    EXPECT_GT(size_so_far(), 0U);
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder_));
}

TEST_F(SweepFiles, WhatCannotBeWrittenIsTold) {
  const auto made = SweepFile::create((folder_ / "none" / "rows.csv").string());
  ASSERT_FALSE(made.ok());
  EXPECT_NE(made.error().message.find("folder does not exist"), std::string::npos) << made.error().message;
  if (!std::filesystem::exists("/dev/full")) return;
  SweepResult result = unfinished_sweep();
  finish_rows(result, 0, result.rows());
  SweepFile full = SweepFile::create("/dev/full").value();
  full.add({result, {}});
  const Status told = full.commit(result);
  ASSERT_FALSE(told.ok());
  EXPECT_EQ(told.error().code, ErrorCode::kIo);
}

TEST(SweepText, AStoppedSweepGoesOnOnlyWhereRowsAreKept) {
  SweepResult result = unfinished_sweep();
  finish_rows(result, 0, 3);
  const auto told = [&result] { return format_sweep(result).value(); };
  EXPECT_NE(told().find("and nothing is kept"), std::string::npos) << told();
  result.store = "somewhere";
  EXPECT_NE(told().find("the same sweep again goes on from here"), std::string::npos) << told();
  result.note = "results are not kept: the disk is full";
  EXPECT_NE(told().find("and nothing is kept"), std::string::npos) << told();
}

}  // namespace
}  // namespace peak
