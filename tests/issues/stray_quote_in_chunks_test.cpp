// Reading a large file in pieces, a quote that is never closed (5" pipe) made the search for the end of the last whole
// record count all quotes again at each line end before it: hours for a block of 16 MiB.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

#include "peak/io/chunks.hpp"

namespace peak::io {
namespace {

TEST(StrayQuoteInChunks, IsReadAsTheWholeFileIs) {
  const std::string path = ::testing::TempDir() + "peak_stray_quote_" + std::to_string(::getpid()) + ".csv";
  constexpr std::size_t kRows = 480'000;  // 18 MiB: more than a block
  {
    std::ofstream file(path, std::ios::binary);
    file << "time,open,high,low,close,note\n";
    for (std::size_t i = 0; i < kRows; ++i) {
      char line[96];
      std::snprintf(line, sizeof line, "2020-01-01 00:00:00.%06d,1,2,0.5,1.5,%s\n", static_cast<int>(i),
                    i == 5 ? "5\" pipe" : "pipe");
      file << line;
    }
  }
  std::size_t rows = 0;
  const Status status = read_chunks(path, 100'000, [&](const LoadedTable& chunk) {
    rows += chunk.table.rows();
    return Status();
  });
  EXPECT_TRUE(status.ok()) << status.error().message;
  EXPECT_EQ(rows, kRows);
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace peak::io
