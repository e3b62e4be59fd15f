// Files through the cache: the same bars, and never those of a file as it was before.
#include "peak/runtime/cached_bars.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

namespace peak::runtime {
namespace {

class CachedBarsTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "peak_bars_XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
    path_ = folder_ + "/BTCUSD.csv";
    auto cache = cache::DiskCache::open({.path = folder_ + "/cache", .max_bytes = 8 << 20});
    ASSERT_TRUE(cache.ok());
    cache_ = *cache;
  }
  void TearDown() override {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  void write(double last_close, const std::string& path) const {
    std::ofstream file(path);
    file << "date,open,high,low,close,volume,signal\n";
    for (int day = 1; day < 10; ++day) {
      file << "2020-01-0" << day << ",10,20,5," << (day == 9 ? last_close : 15.0) << ",100," << day << "\n";
    }
  }
  CachedBars read(const io::ReadOptions& options = {}, FileCheck check = FileCheck::kTimes) const {
    auto result = read_bars(*cache_, path_, options, check);
    EXPECT_TRUE(result.ok()) << result.error().message;
    return result.ok() ? *result : CachedBars();
  }
  static void settle() { std::this_thread::sleep_for(std::chrono::milliseconds(150)); }

  std::string folder_, path_;
  std::shared_ptr<cache::DiskCache> cache_;
};

TEST_F(CachedBarsTest, TheSecondReadGivesTheSameFromTheCache) {
  write(16, path_);
  settle();
  const CachedBars first = read(), second = read();
  EXPECT_FALSE(first.from_cache);
  EXPECT_TRUE(second.from_cache);
  const Bars &a = first.loaded.bars, &b = second.loaded.bars;
  EXPECT_EQ(a.fingerprint(), b.fingerprint());
  EXPECT_EQ(a.symbol(), b.symbol());
  EXPECT_EQ(a.time_zone(), b.time_zone());
  EXPECT_EQ(a.column_names(), b.column_names());
  EXPECT_NE(b.find("signal"), nullptr);
  const io::Detected &found = first.loaded.detected, &kept = second.loaded.detected;
  EXPECT_EQ(found.path, kept.path);
  EXPECT_EQ(found.size_bytes, kept.size_bytes);
  EXPECT_EQ(found.time_format, kept.time_format);
  EXPECT_EQ(found.time_columns, kept.time_columns);
  EXPECT_EQ(found.notes, kept.notes);
  EXPECT_EQ(found.first, kept.first);
  EXPECT_EQ(found.order, kept.order);
  ASSERT_EQ(found.columns.size(), kept.columns.size());
  EXPECT_EQ(found.columns[4].role, kept.columns[4].role);
}

TEST_F(CachedBarsTest, AChangeIsNoticedEvenWithTheOldTimeAndSize) {
  write(16, path_);
  settle();
  static_cast<void>(read());
  EXPECT_TRUE(read().from_cache);
  const auto time = std::filesystem::last_write_time(path_);
  write(17, path_);
  std::filesystem::last_write_time(path_, time);
  const CachedBars changed = read();
  EXPECT_FALSE(changed.from_cache);
  EXPECT_EQ(changed.loaded.bars.close().back(), 17.0);
}

TEST_F(CachedBarsTest, ChangesInQuickSuccessionAreAllNoticed) {
  for (int i = 0; i < 40; ++i) {
    write(10 + i % 10, path_);
    EXPECT_EQ(read().loaded.bars.close().back(), 10.0 + i % 10);
  }
}

TEST_F(CachedBarsTest, ATouchedOrMovedFileWithTheSameContentComesFromTheCache) {
  write(16, path_);
  settle();
  static_cast<void>(read());
  std::filesystem::last_write_time(path_, std::filesystem::file_time_type::clock::now());
  EXPECT_TRUE(read().from_cache);
  EXPECT_TRUE(read({}, FileCheck::kContent).from_cache);
  std::filesystem::create_directory(folder_ + "/elsewhere");
  std::filesystem::rename(path_, folder_ + "/elsewhere/BTCUSD.csv");
  path_ = folder_ + "/elsewhere/BTCUSD.csv";
  const CachedBars moved = read();
  EXPECT_TRUE(moved.from_cache);
  EXPECT_EQ(moved.loaded.detected.path, path_);
}

TEST_F(CachedBarsTest, OtherOptionsAndOtherNamesAreOtherBars) {
  write(16, path_);
  settle();
  static_cast<void>(read());
  io::ReadOptions options;
  options.symbol = "ETHUSD";
  const CachedBars named = read(options);
  EXPECT_FALSE(named.from_cache);
  EXPECT_EQ(named.loaded.bars.symbol(), "ETHUSD");
  options = {};
  options.roles.volume = "signal";
  EXPECT_FALSE(read(options).from_cache);
  options = {};
  options.checks.repairs.sort = true;
  EXPECT_FALSE(read(options).from_cache);
  std::filesystem::copy_file(path_, folder_ + "/SPY.csv");
  path_ = folder_ + "/SPY.csv";
  const CachedBars other = read();
  EXPECT_FALSE(other.from_cache);
  EXPECT_EQ(other.loaded.bars.symbol(), "SPY");
}

TEST_F(CachedBarsTest, ErrorsAreThoseOfReading) {
  EXPECT_EQ(read_bars(*cache_, folder_ + "/missing.csv").error().code, ErrorCode::kNotFound);
  std::ofstream(path_) << "date,close\n2020-01-01,x\n";
  EXPECT_FALSE(read_bars(*cache_, path_).ok());
  EXPECT_FALSE(read_bars(*cache_, path_).ok());  // and a failure is not kept
}

}  // namespace
}  // namespace peak::runtime
