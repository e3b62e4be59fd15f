// A strategy file that was a pipe to which nobody writes was waited for without end.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

#include "peak/base/text_file.hpp"
#include "peak/strategy/file.hpp"

namespace peak {
namespace {

class StrategyPipe : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() / ("peak_strategy_pipe_" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder_);
    ASSERT_EQ(::mkfifo(path().c_str(), 0600), 0);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  [[nodiscard]] std::string path() const { return (folder_ / "strategy.toml").string(); }

  std::filesystem::path folder_;
};

TEST_F(StrategyPipe, ThatNobodyWritesToIsAnErrorAndNotWaitedForWithoutEnd) {
  const auto text = read_text_file(path(), "strategy file", 1000, {.first_ms = 20, .next_ms = 20});
  ASSERT_FALSE(text.ok());
  EXPECT_EQ(text.error().code, ErrorCode::kBadData);
  EXPECT_NE(text.error().message.find("a pipe that nobody writes to"), std::string::npos) << text.error().message;
}

TEST_F(StrategyPipe, WhoseWriterComesIsRead) {
  std::thread writer([this] {
    std::ofstream out(path());
    out << "name = \"mine\"\n[signals]\nentry = \"close > sma(close, 10)\"\n";
  });
  const auto strategy = load_strategy(path());
  writer.join();
  ASSERT_TRUE(strategy.ok()) << strategy.error().message;
  EXPECT_EQ(strategy->name, "mine");
}

TEST_F(StrategyPipe, WhatIsNoFileIsNamed) {
  const auto device = load_strategy("/dev/null");
  ASSERT_FALSE(device.ok());
  EXPECT_NE(device.error().message.find("a device, not a file"), std::string::npos) << device.error().message;
  const auto folder = load_strategy(folder_.string());
  ASSERT_FALSE(folder.ok());
  EXPECT_NE(folder.error().message.find("a folder, not a file"), std::string::npos) << folder.error().message;
}

}  // namespace
}  // namespace peak
