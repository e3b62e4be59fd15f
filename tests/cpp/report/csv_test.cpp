#include "peak/report/csv.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "report/synthetic_result.hpp"

namespace peak {
namespace {

std::string content_of(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

/// A folder of its own for one test.
class CsvFile : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "peak_csv_XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  [[nodiscard]] std::size_t files() const {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder_), {}));
  }
  std::filesystem::path folder_;
};

TEST(Csv, OrdersLeaveTheUnfilledEmpty) {
  EXPECT_EQ(
      orders_csv(report_test::small_result()),
      "decision_bar,decision_time,fill_bar,fill_time,action,purpose,side,status,reason,quantity,price,fee,type,tag\n"
      "0,2020-01-01T00:00:00Z,1,2020-01-02T00:00:00Z,buy,enter,long,filled,,1,100,0.1,market,\n"
      "2,2020-01-03T00:00:00Z,3,2020-01-04T00:00:00Z,sell,exit,long,filled,,1,99,0.099,market,\n"
      "3,2020-01-04T00:00:00Z,,,buy,enter,long,expired,end_of_data,0,,0,market,\n");
}

TEST(Csv, EquityHasOneRowPerBar) {
  EXPECT_EQ(equity_csv(report_test::small_result()),
            "time,equity,return,in_position\n"
            "2020-01-01T00:00:00Z,1000,0,false\n"
            "2020-01-02T00:00:00Z,1009.9,0.0099,true\n"
            "2020-01-03T00:00:00Z,998.9,-0.010892,true\n"
            "2020-01-04T00:00:00Z,998.801,-9.91e-05,false\n");
}

TEST(Csv, TradesQuoteWhatNeedsIt) {
  BacktestResult result = report_test::small_result();
  result.bars.set_symbol("a,\"b\"");
  const std::string text = trades_csv(result);
  EXPECT_NE(text.find("\n\"a,\"\"b\"\"\",long,1,1,2020-01-02T00:00:00Z,100,3,2020-01-04T00:00:00Z,99,"),
            std::string::npos)
      << text;
}

TEST_F(CsvFile, ReplacesWholeAndLeavesNothingBeside) {
  const BacktestResult result = report_test::small_result();
  const std::filesystem::path path = folder_ / "equity.csv";
  std::ofstream(path) << "old";
  ASSERT_TRUE(write_equity_csv(result, path.string()).ok());
  EXPECT_EQ(content_of(path), equity_csv(result));
  EXPECT_EQ(files(), 1U);
}

TEST_F(CsvFile, FollowsASymbolicLink) {
  const BacktestResult result = report_test::small_result();
  std::ofstream(folder_ / "real.csv") << "old";
  std::filesystem::create_symlink(folder_ / "real.csv", folder_ / "link.csv");
  ASSERT_TRUE(write_equity_csv(result, (folder_ / "link.csv").string()).ok());
  EXPECT_TRUE(std::filesystem::is_symlink(folder_ / "link.csv"));
  EXPECT_EQ(content_of(folder_ / "real.csv"), equity_csv(result));
}

TEST_F(CsvFile, SaysWhatStandsInTheWay) {
  const BacktestResult result = report_test::small_result();
  const Status folder = write_equity_csv(result, folder_.string());
  ASSERT_FALSE(folder.ok());
  EXPECT_EQ(folder.error().code, ErrorCode::kIo);
  EXPECT_NE(folder.error().message.find("folder"), std::string::npos);
  const Status missing = write_equity_csv(result, (folder_ / "no" / "x.csv").string());
  ASSERT_FALSE(missing.ok());
  EXPECT_NE(missing.error().message.find("does not exist"), std::string::npos) << missing.error().message;
  EXPECT_EQ(write_equity_csv(result, "").error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(files(), 0U);
}

TEST_F(CsvFile, WritesToADeviceWithoutReplacingIt) {
  EXPECT_TRUE(write_equity_csv(report_test::small_result(), "/dev/null").ok());
  EXPECT_FALSE(std::filesystem::is_regular_file("/dev/null"));
}

}  // namespace
}  // namespace peak
