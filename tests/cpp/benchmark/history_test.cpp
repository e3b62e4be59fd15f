#include "peak/benchmark/history.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace peak::benchmark {
namespace {

class HistoryTest : public ::testing::Test {
 protected:
  HistoryTest() : folder_(std::filesystem::temp_directory_path() / ("peak_history_" + std::to_string(::getpid()))) {}
  ~HistoryTest() override { std::filesystem::remove_all(folder_); }
  [[nodiscard]] std::string path() const { return (folder_ / "deep" / "bench.jsonl").string(); }

  static HistoryRun run(const std::string& machine, double median) {
    const std::vector<double> samples = {median, median, median};
    return {.time = 1, .version = "0.1.0", .machine = machine, .measurements = {*summarize("work", samples)}};
  }

  std::filesystem::path folder_;
};

TEST_F(HistoryTest, RunsAreAddedAndFoundByMachine) {
  EXPECT_TRUE(read_history(path())->empty());
  ASSERT_TRUE(add_to_history(path(), run("one", 1.0)).ok());
  ASSERT_TRUE(add_to_history(path(), run("two", 2.0)).ok());
  ASSERT_TRUE(add_to_history(path(), run("one", 3.0)).ok());
  const auto runs = read_history(path());
  ASSERT_TRUE(runs.ok()) << runs.error().message;
  ASSERT_EQ(runs->size(), 3U);
  EXPECT_EQ((*runs)[1].version, "0.1.0");
  EXPECT_EQ(last_measurement(*runs, "one", "work")->median, 3.0);
  EXPECT_EQ(last_measurement(*runs, "two", "work")->median, 2.0);
  EXPECT_EQ(last_measurement(*runs, "three", "work"), nullptr);
  EXPECT_EQ(last_measurement(*runs, "one", "other"), nullptr);
}

TEST_F(HistoryTest, ALineThatWasCutOffIsPassedOverAndDoesNotSwallowTheNext) {
  ASSERT_TRUE(add_to_history(path(), run("one", 1.0)).ok());
  std::ofstream(path(), std::ios::app) << R"({"time_ns": 5, "machine": "one", "measure)";
  ASSERT_TRUE(add_to_history(path(), run("one", 2.0)).ok());
  const auto runs = read_history(path());
  ASSERT_EQ(runs->size(), 2U);
  EXPECT_EQ(last_measurement(*runs, "one", "work")->median, 2.0);
}

TEST_F(HistoryTest, AnotherFileIsRefused) {
  std::filesystem::create_directories(folder_);
  const std::string other = (folder_ / "notes.txt").string();
  std::ofstream(other) << "not a history\n[1, 2]\n{\"measurements\": 5}\n";
  const auto runs = read_history(other);
  ASSERT_FALSE(runs.ok());
  EXPECT_EQ(runs.error().code, ErrorCode::kBadData);
  EXPECT_NE(runs.error().message.find("notes.txt"), std::string::npos);
}

}  // namespace
}  // namespace peak::benchmark
