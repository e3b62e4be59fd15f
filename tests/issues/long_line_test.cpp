// A line of 10^9 characters was read as one number, for minutes and with gigabytes of memory; nothing said what was
// wrong.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "peak/io/chunks.hpp"
#include "peak/io/read.hpp"

namespace peak::io {
namespace {

constexpr const char* kSays = "line 3 is longer than max_line_bytes = ";

TEST(LongLine, IsToldWithItsNumber) {
  const std::string text = "date,close\n2020-01-01,1\n2020-01-02," + std::string(std::size_t{20} << 20, '7') + "\n";
  const auto refused = read_table_from_memory(text, "long.csv");
  ASSERT_FALSE(refused.ok());
  EXPECT_NE(refused.error().message.find(std::string(kSays) + "16777216"), std::string::npos)
      << refused.error().message;
}

TEST(LongLine, TheLimitIsTheReaders) {
  const std::string text = "date,close\n2020-01-01,1\n2020-01-02,12345678901234567890\n2020-01-03,3";
  ReadOptions options;
  options.max_line_bytes = 31;  // as long as the third line is
  EXPECT_TRUE(read_table_from_memory(text, "short.csv", options).ok());
  options.max_line_bytes = 30;
  const auto refused = read_table_from_memory(text, "short.csv", options);
  ASSERT_FALSE(refused.ok());
  EXPECT_NE(refused.error().message.find(kSays), std::string::npos) << refused.error().message;
  options.max_line_bytes = 11;  // of the last line, which has no end
  EXPECT_FALSE(read_table_from_memory("close\n1\n123456789012", "short.csv", options).ok());
}

TEST(LongLine, IsToldBeyondTheFirstPieceToo) {
  const std::string path = ::testing::TempDir() + "peak_long_line_" + std::to_string(::getpid()) + ".csv";
  std::string rows = "date,close\n";
  constexpr std::size_t kRows = 1'000'000;  // 19 MB: more than a piece
  for (std::size_t i = 0; i < kRows; ++i) rows += std::to_string(1'600'000'000 + i) + ",100.125\n";
  std::ofstream(path, std::ios::binary) << rows << std::string(std::size_t{17} << 20, '7');
  std::size_t taken = 0;
  const Status status = read_chunks(path, 100'000, [&](const LoadedTable& piece) {
    taken += piece.table.rows();
    return Status();
  });
  std::filesystem::remove(path);
  ASSERT_FALSE(status.ok());
  EXPECT_NE(status.error().message.find("line 1000002 is longer than"), std::string::npos) << status.error().message;
  EXPECT_GT(taken, 0U);
}

}  // namespace
}  // namespace peak::io
