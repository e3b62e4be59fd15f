// Times in the hour that clocks show twice: files read in parts, in pieces, and rows that the quick way leaves to the
// plain reader got the wrong one of the two hours.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "peak/base/time.hpp"
#include "peak/io/chunks.hpp"
#include "peak/io/read.hpp"

namespace peak::io {
namespace {

// New York's clocks went from 2:00 back to 1:00 at 2024-11-03T06:00Z: 1:00 to 2:00 is shown from 05:00Z and from
// 06:00Z.
constexpr Nanoseconds kFirstTime = 1'730'610'000 * kNanosecondsPerSecond;  // 2024-11-03T05:00:00Z
constexpr Nanoseconds kSecondTime = kFirstTime + kNanosecondsPerHour;

/// A clock of that night, for instants of those two hours.
std::string clock_text(Nanoseconds instant) {
  const Nanoseconds since = (instant - kFirstTime) % kNanosecondsPerHour / (kNanosecondsPerSecond / 1000);
  char text[40];
  std::snprintf(text, sizeof text, "2024-11-03 01:%02d:%02d.%03d", static_cast<int>(since / 60'000),
                static_cast<int>(since / 1000 % 60), static_cast<int>(since % 1000));
  return text;
}

/// Two hours in steps; every `gap_every`-th price is missing, so that the plain reader has the row.
std::string two_hours(Nanoseconds step, std::size_t gap_every) {
  std::string text = "time,close\n";
  std::size_t row = 0;
  for (Nanoseconds at = kFirstTime; at < kSecondTime + kNanosecondsPerHour; at += step, ++row) {
    text += clock_text(at) + (row % gap_every == 1 ? ",\n" : ",1.5\n");
  }
  return text;
}

ReadOptions of_new_york() {
  ReadOptions options;
  options.time_zone = "America/New_York";
  return options;
}

void expect_steps(const Column& times, std::size_t first_row, Nanoseconds step) {
  for (std::size_t row = 0; row < times.size(); ++row) {
    ASSERT_EQ(times.int64s()[row], kFirstTime + step * static_cast<Nanoseconds>(first_row + row)) << first_row + row;
  }
}

TEST(RepeatedHour, RowsOfThePlainReaderKeepTheirHour) {
  const Nanoseconds step = kNanosecondsPerMinute;
  const auto loaded = read_table_from_memory(two_hours(step, 7), "night.csv", of_new_york());
  ASSERT_TRUE(loaded.ok()) << loaded.error().message;
  ASSERT_EQ(loaded->table.rows(), 120U);
  expect_steps(loaded->table.columns[0], 0, step);
}

TEST(RepeatedHour, APartThatBeginsInItIsReadBehindTheOneBefore) {
  const Nanoseconds step = kNanosecondsPerSecond / 20;  // 144,000 rows of 28 bytes: several parts
  const auto loaded = read_table_from_memory(two_hours(step, 997), "night.csv", of_new_york());
  ASSERT_TRUE(loaded.ok()) << loaded.error().message;
  ASSERT_EQ(loaded->table.rows(), 144'000U);
  expect_steps(loaded->table.columns[0], 0, step);
}

TEST(RepeatedHour, PiecesGoOnWhereTheLastOneEnded) {
  const Nanoseconds step =
      kNanosecondsPerSecond / 100;  // 720,000 rows of 28 bytes: a block of 16 MiB ends in the second hour
  const std::string path =
      (std::filesystem::temp_directory_path() / ("peak_night_" + std::to_string(::getpid()) + ".csv")).string();
  std::ofstream(path, std::ios::binary) << two_hours(step, 9973);
  std::size_t rows = 0;
  const Status done = read_chunks(
      path, 50'000,
      [&](LoadedTable piece) -> Status {
        expect_steps(piece.table.columns[0], rows, step);
        rows += piece.table.rows();
        return ::testing::Test::HasFatalFailure() ? Status(bad_data("a wrong time")) : Status();
      },
      of_new_york());
  std::filesystem::remove(path);
  ASSERT_TRUE(done.ok()) << done.error().message;
  EXPECT_EQ(rows, 720'000U);
}

/// Minutes of some years through every change of the clocks, parted among threads: each instant comes back.
TEST(RepeatedHour, YearsOfMinutesComeBack) {
  std::string text = "time,close\n";
  std::vector<Nanoseconds> instants;
  // Vienna's winter is one hour ahead, its summer two: from 2023-03-26 to 2023-10-29 and 2024-03-31 to 2024-10-27,
  // 01:00Z.
  constexpr std::int64_t kChanges[] = {1'679'792'400, 1'698'541'200, 1'711'846'800, 1'729'990'800};
  const auto offset = [&](std::int64_t second) {
    int passed = 0;
    for (const std::int64_t change : kChanges) passed += second >= change ? 1 : 0;
    return passed % 2 == 0 ? 3600 : 7200;
  };
  for (std::int64_t second = 1'672'531'200; second < 1'735'603'200; second += 420) {
    text += format_time(Nanoseconds{second + offset(second)} * kNanosecondsPerSecond).substr(0, 19) + ",1.25\n";
    instants.push_back(second * kNanosecondsPerSecond);
  }
  ASSERT_GT(text.size(), std::size_t{3} << 20);
  ReadOptions options;
  options.time_zone = "Europe/Vienna";
  const auto loaded = read_table_from_memory(text, "years.csv", options);
  ASSERT_TRUE(loaded.ok()) << loaded.error().message;
  ASSERT_EQ(loaded->table.rows(), instants.size());
  for (std::size_t row = 0; row < instants.size(); ++row) {
    ASSERT_EQ(loaded->table.columns[0].int64s()[row], instants[row]) << row;
  }
}

}  // namespace
}  // namespace peak::io
