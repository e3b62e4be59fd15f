// Large texts are parsed in parts by several threads: every cell, text code and message is that of one pass.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "io/csv_parse.hpp"
#include "peak/io/read.hpp"

namespace peak::io {
namespace {

constexpr std::size_t kLargeRows = 90'000;  // 3 MB and more: several parts

/// Row i of the file: a minute, a price, a text that new ones join late, a number that every 101st row lacks.
struct LargeFile {
  std::string line_end = "\n";
  std::size_t blank_every = 0;   ///< a blank line after so many rows; 0: none
  std::size_t quoted_every = 0;  ///< a quoted text with a line end in it
  bool ends_with_line_end = true;
  std::size_t bad_row = kLargeRows;  ///< whose price is a word

  [[nodiscard]] static double price(std::size_t row) { return 100 + static_cast<double>(row % 997) / 8; }
  [[nodiscard]] std::string note(std::size_t row) const {
    if (quoted_every != 0 && row % quoted_every == 1) return "two\nlines";
    return "note_" + std::to_string(row * row / 1'000'000'000);
  }
  [[nodiscard]] std::string text() const {
    std::string text = "time,close,note,count" + line_end;
    for (std::size_t row = 0; row < kLargeRows; ++row) {
      const std::string words = note(row);
      text += std::to_string(1'600'000'000 + 60 * row) + ",";
      text += row == bad_row ? "word" : std::to_string(price(row));
      text += words.find('\n') == std::string::npos ? "," + words + "," : ",\"" + words + "\",";
      if (row % 101 != 7) text += std::to_string(row);
      if (row + 1 != kLargeRows || ends_with_line_end) text += line_end;
      if (blank_every != 0 && row % blank_every == 0) text += line_end;
    }
    return text;
  }
};

void expect_read(const LargeFile& file) {
  const auto loaded = read_table_from_memory(file.text(), "large.csv");
  ASSERT_TRUE(loaded.ok()) << loaded.error().message;
  const Table& table = loaded->table;
  ASSERT_EQ(table.rows(), kLargeRows);
  const Column &notes = table.columns[2], counts = table.columns[3].as_float64();
  std::int32_t known = -1;
  for (std::size_t row = 0; row < kLargeRows; ++row) {
    ASSERT_EQ(table.columns[0].int64s()[row],
              (1'600'000'000 + 60 * static_cast<std::int64_t>(row)) * kNanosecondsPerSecond);
    ASSERT_EQ(table.columns[1].float64s()[row], LargeFile::price(row));
    const std::int32_t code = notes.codes()[row];
    ASSERT_LE(code, known + 1) << "codes count texts in the order of the rows";
    known = std::max(known, code);
    ASSERT_EQ((*notes.dictionary())[static_cast<std::size_t>(code)], file.note(row));
    if (row % 101 == 7) {
      ASSERT_TRUE(std::isnan(counts.float64s()[row]));
    } else {
      ASSERT_EQ(counts.float64s()[row], static_cast<double>(row));
    }
  }
  EXPECT_EQ(loaded->detected.columns[3].missing, (kLargeRows - 8) / 101 + 1);
  EXPECT_EQ(loaded->detected.columns[1].missing, 0U);
}

TEST(CsvParts, Rows) { expect_read({}); }
TEST(CsvParts, RowsThatEndWithCarriageReturns) { expect_read({.line_end = "\r\n"}); }
TEST(CsvParts, RowsThatEndWithCarriageReturnsOnly) { expect_read({.line_end = "\r"}); }
TEST(CsvParts, BlankLinesBetweenRows) { expect_read({.blank_every = 20'011}); }
TEST(CsvParts, LineEndsInQuotes) { expect_read({.quoted_every = 3}); }
TEST(CsvParts, OneCellWithALineEnd) { expect_read({.quoted_every = 60'000}); }
TEST(CsvParts, NoLineEndAtTheEnd) { expect_read({.ends_with_line_end = false}); }

TEST(CsvParts, AFaultIsToldWithItsLine) {
  LargeFile file;
  file.bad_row = kLargeRows - 10;
  const auto loaded = read_table_from_memory(file.text(), "large.csv");
  ASSERT_FALSE(loaded.ok());
  const std::string line = "line " + std::to_string(kLargeRows - 8) + ", column 'close': 'word' is not a number";
  EXPECT_NE(loaded.error().message.find(line), std::string::npos) << loaded.error().message;
  const std::string open = LargeFile{}.text() + "1700000000,1,\"never closed,1\n";
  const auto cut = read_table_from_memory(open, "large.csv");
  ASSERT_FALSE(cut.ok());
  EXPECT_NE(cut.error().message.find("line " + std::to_string(kLargeRows + 2) + ": a quote is opened and never closed"),
            std::string::npos)
      << cut.error().message;
}

TEST(CsvParts, BytesAreCounted) {
  std::string text;
  for (std::size_t i = 0; i < 3'000; ++i) {
    const auto plain = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
    ASSERT_EQ(count_of('\n', text), plain) << i;
    text += static_cast<char>(i % 11 == 0 ? '\n' : i % 251);
  }
  EXPECT_EQ(count_of('\n', std::string(20'001, '\n')), 20'001U);
  EXPECT_EQ(count_of('\n', std::string_view(text).substr(3)),
            static_cast<std::size_t>(std::count(text.begin() + 3, text.end(), '\n')));
}

}  // namespace
}  // namespace peak::io
